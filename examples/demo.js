'use strict';
// Downloads several files over HTTP with the BITS service, and shows each state of the job and each HRESULT by name.
// Run it with `npm run demo`, or on any system with `npm run demo -- --simulated`: then the service is a simulated one. The
// exit code is 1 if any result is not as expected.
const { createHash, randomBytes } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { codeOf, connect, hresultHex, isBitsError } = require('windows-bits');
const { FileServer } = require('../test/support/server.js');

const simulated = process.argv.includes('--simulated');

const MB = 1024 * 1024;
const terminal = process.env.WINDOWS_BITS_TTY === '1' || process.stdout.isTTY === true;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Makes a call that must fail with the given code, and prints the error. */
async function refused(what, call, code) {
  const error = await call().then(
    () => assert(false, `${what} should have been refused with ${code}`),
    (reason) => reason,
  );
  assert(isBitsError(error, code), `${what}: expected ${code}, got ${error}`);
  console.log(`  ${what} -> ${hresultHex(error.hresult)} ${error.code} (${error.name})`);
}

/** Makes a call that must succeed, and prints the result. */
async function accepted(what, call) {
  const result = await call();
  console.log(`  ${what} -> 0x00000000 S_OK${result === undefined ? '' : ` (${result})`}`);
  return result;
}

function assert(fact, message) {
  if (!fact) throw new Error(message);
}

function bar(done, total) {
  const filled = Math.round((30 * done) / total);
  const percent = `${Math.floor((100 * done) / total)} %`;
  return `[${'#'.repeat(filled)}${'.'.repeat(30 - filled)}] ${percent.padStart(5)} ${(done / MB).toFixed(1)} MB`;
}

/**
 * Shows the progress until the job is transferred, and returns the states it went through. `size` is the total size of the
 * files. It is used while the service does not know the size and reports null.
 */
async function watch(job, size) {
  const states = [];
  for (let drawn = ''; ; await sleep(50)) {
    const state = await job.getState();
    const { bytesTransferred, bytesTotal } = await job.getProgress();
    if (states.at(-1) !== state) states.push(state);
    const line = `  ${state.toUpperCase().padEnd(14)} ${bar(bytesTransferred, bytesTotal ?? size)}`;
    if (terminal) process.stdout.write(`\r${line}`);
    else if (line !== drawn) console.log((drawn = line));
    if (state === 'transferred') break;
    if (state === 'error') {
      const { context, hresult } = await (await job.getError()).getError();
      throw new Error(`the job failed: ${hresultHex(hresult)} ${codeOf(hresult)} (${context})`);
    }
  }
  if (terminal) process.stdout.write('\n');
  return states;
}

/** Has connect() reach a simulated service. Its files are real ones, and its time is ours. */
function simulate() {
  const { simulateBits } = require('windows-bits/testing');
  const drive = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-demo-drive-'));
  const simulation = simulateBits({ clock: 'real', disk: drive });
  simulation.install();
  return () => {
    simulation.dispose();
    fs.rmSync(drive, { recursive: true, force: true });
  };
}

async function main() {
  const end = simulated ? simulate() : () => {};
  try {
    await show();
  } finally {
    end();
  }
}

async function show() {
  const bits = await connect();
  const { windows, wine } = bits.system;
  const system = wine === null ? `Windows ${windows}` : `Wine ${wine} (as Windows ${windows})`;
  if (simulated) console.log(`A simulation answered, as if it were ${system}: no BITS takes part in this`);
  else console.log(`BITS of ${system} answered`);

  const bodies = new Map([1, 3, 4].map((size, i) => [`/file${i + 1}.bin`, randomBytes(size * MB)]));
  const server = await FileServer.start();
  // Serve slowly enough to watch.
  for (const [name, body] of bodies) server.files.set(name, { body, chunk: MB / 4, delay: 25 });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-demo-'));
  const job = await bits.createJob({ name: 'windows-bits demo' });
  let open = true;
  try {
    console.log(`Job ${job.id}`);
    assert((await job.getState()) === 'suspended', 'a new job should be suspended');
    await refused('resume() on the empty job', () => job.resume(), 'BG_E_EMPTY');

    const files = [...bodies.keys()].map((name) => ({
      url: server.url(name),
      path: path.join(folder, path.basename(name)),
    }));
    await accepted(`addFileSet() of ${files.length} files`, () => job.addFileSet(files));
    await accepted('resume()', () => job.resume());
    const states = await watch(
      job,
      [...bodies.values()].reduce((sum, { length }) => sum + length, 0),
    );
    console.log(`  ${['suspended', ...states].join(' -> ').toUpperCase()}`);

    assert((await accepted('complete()', () => job.complete())) === 'complete', 'the job should be complete');
    open = false;
    for (const file of files) {
      const [got, sent] = [fs.readFileSync(file.path), bodies.get(`/${path.basename(file.path)}`)].map(sha256);
      assert(got === sent, `${file.path} differs from what was sent`);
      console.log(`  ${path.basename(file.path)} SHA-256 ${got.slice(0, 16)}… as sent`);
    }
    await refused('resume() on the acknowledged job', () => job.resume(), 'BG_E_INVALID_STATE');
    console.log('All as it should be.');
  } finally {
    if (open) await job.cancel().catch(() => {});
    await bits.close();
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
