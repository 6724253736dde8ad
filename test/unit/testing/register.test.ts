import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { simulateBits } from '../../../lib/testing';
import type { SavedSimulation } from '../../../lib/testing';

// Programs in processes of their own, which load the compiled package: `npm run build` before.

const ROOT = path.resolve(__dirname, '../../..');
const REGISTER = path.join(ROOT, 'dist/testing/register.js');
const HEAD = `const { connect, download } = require(${JSON.stringify(path.join(ROOT, 'entry/index.cjs'))});`;
/** BG_JOB_STATE_SUSPENDED */
const SUSPENDED = 3;
const URL = 'https://example.com/app.zip';

let folder: string;
let stateFile: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-register-'));
  children = [];
  stateFile = path.join(folder, 'state.json');
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await serviceEnded();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function until(condition: () => boolean): Promise<void> {
  const begun = performance.now();
  while (!condition()) {
    if (performance.now() - begun > 30_000) throw new Error('it does not happen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const serviceEnded = () => until(() => !fs.existsSync(`${stateFile}.lock`));

function prepare(rate: `${number} MB/s` | null = null): void {
  const sim = simulateBits();
  sim.serve(URL, { size: 5_000_000 });
  sim.network.bandwidth(rate);
  fs.writeFileSync(stateFile, JSON.stringify(sim.save()));
  sim.dispose();
}

const saved = () => JSON.parse(fs.readFileSync(stateFile, 'utf8')) as SavedSimulation;

function argumentsOf(program: string): string[] {
  return ['--require', REGISTER, '-e', `${HEAD}(async () => { ${program} })()`];
}

const environment = (speed = '1') => ({
  ...process.env,
  WINDOWS_BITS_SIMULATION: stateFile,
  WINDOWS_BITS_SIMULATION_SPEED: speed,
});

function run(program: string, speed?: string): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const options = { env: environment(speed), timeout: 60_000 };
    execFile(process.execPath, argumentsOf(program), options, (error, stdout, stderr) =>
      error === null ? resolve({ stdout, stderr }) : reject(error),
    );
  });
}

/** A program that runs beside the test, and the lines that it prints. */
function start(program: string): { readonly child: ChildProcess; readonly line: () => Promise<string> } {
  const child = spawn(process.execPath, argumentsOf(program), {
    env: environment(),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  children.push(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { child, line: async () => String((await lines.next()).value) };
}

test('a program downloads to a real file, and one line says what it is', async () => {
  prepare();
  const target = path.join(folder, process.platform === 'win32' ? 'app.zip' : 'App.zip');
  const options = JSON.stringify({ url: URL, path: target });
  const { stdout, stderr } = await run(`console.log((await download(${options})).bytes)`);
  expect(stdout.trim()).toBe('5000000');
  expect(stderr).toBe(`windows-bits: BITS is simulated in this process, no BITS takes part (${stateFile})\n`);
  expect(fs.statSync(target).size).toBe(5_000_000);
  await serviceEnded();
  expect(saved().jobs).toEqual([]);
});

test('processes share the queue; one that is killed leaves its job, and its callbacks die', async () => {
  prepare('1 MB/s');
  const file = path.join(folder, 'app.zip');
  const first = start(`
    const bits = await connect();
    const job = await bits.createJob({ name: 'shared', files: [{ url: '${URL}', path: ${JSON.stringify(file)} }] });
    await job.setNotifyInterface({ jobTransferred: () => console.log('transferred') });
    console.log(job.id, await job.getNotifyInterface());
    setInterval(() => {}, 1000);`);
  const [id, own] = (await first.line()).split(' ');
  expect(own).toBe('own');
  const second = start(`
    const bits = await connect();
    const [job] = await bits.getJobs();
    await job.resume();
    console.log(job.id, await job.getNotifyInterface());
    await new Promise((resolve) => process.stdin.once('data', resolve));
    process.stdin.destroy();
    console.log(await job.getNotifyInterface());
    await job.wait({ serviceTimeout: 30000 });
    console.log(await job.complete());
    await bits.close();`);
  expect(await second.line()).toBe(`${id} other`);
  first.child.kill('SIGKILL');
  await new Promise((resolve) => first.child.once('exit', resolve));
  await until(() => saved().jobs.some(({ state }) => state !== SUSPENDED));
  second.child.stdin!.write('on\n');
  expect(await second.line()).toBe('null');
  expect(await second.line()).toBe('complete');
  expect(fs.statSync(file).size).toBe(5_000_000);
});

test('callbacks arrive from the process of the service, and time passes faster', async () => {
  prepare('1 MB/s');
  const file = JSON.stringify(path.join(folder, 'app.zip'));
  const { stdout } = await run(
    `
    const bits = await connect();
    const begun = performance.now();
    const job = await bits.createJob({ name: 'fast', priority: 'foreground', files: [{ url: '${URL}', path: ${file} }] });
    const told = new Promise((resolve) => job.setNotifyInterface({ jobTransferred: ({ type }) => resolve(type ?? 'told') }));
    const alive = setInterval(() => {}, 1000);
    await job.resume();
    console.log(typeof (await told), await job.complete());
    const { creationTime, transferCompletionTime } = await job.getTimes();
    console.log((transferCompletionTime - creationTime) / (performance.now() - begun));
    clearInterval(alive);
    await bits.close();`,
    '5',
  );
  const [told, speed] = stdout.trim().split('\n');
  expect(told).toBe('string complete');
  expect(Number(speed)).toBeGreaterThan(2);
});

test('the queue outlives the processes, and the death of the service', async () => {
  prepare('1 MB/s');
  const file = JSON.stringify(path.join(folder, 'app.zip'));
  await run(`
    const bits = await connect();
    const job = await bits.createJob({ name: 'kept', files: [{ url: '${URL}', path: ${file} }] });
    await job.resume();
    await bits.close();`);
  await serviceEnded();
  const { stdout } = await run(`
    const bits = await connect();
    const [job] = await bits.getJobs();
    process.kill(Number(require('node:fs').readFileSync(${JSON.stringify(`${stateFile}.lock`)})), 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 200));
    console.log(await job.getDisplayName(), (await bits.getJobs()).length);
    await job.wait();
    await job.complete();
    await bits.close();`);
  expect(stdout.trim()).toBe('kept 1');
});

test('without a state file, it says what is missing', async () => {
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env['WINDOWS_BITS_SIMULATION'];
  const error = await new Promise<Error | null>((resolve) => {
    execFile(process.execPath, ['--require', REGISTER, '-e', '0'], { env }, (failure) => resolve(failure));
  });
  expect(error?.message).toMatch(/needs WINDOWS_BITS_SIMULATION/);
});
