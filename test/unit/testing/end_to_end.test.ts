import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { connect, download, isBitsError, isSupported } from '../../../lib';
import { BitsSimulationError, createFileServer, simulateBits } from '../../../lib/testing';
import type { SavedSimulation, Simulation, SimulationOptions } from '../../../lib/testing';

const URL = 'https://example.com/app.zip';
const FILE = 'C:\\data\\app.zip';

/** A simulation that is clean at the end; jest 29 has no `await using`. */
async function simulated(work: (sim: Simulation) => Promise<void>, options: SimulationOptions = {}): Promise<void> {
  const sim = simulateBits(options);
  try {
    await work(sim);
    await sim.end();
  } finally {
    sim.dispose();
  }
}

test('a download', () =>
  simulated(async (sim) => {
    sim.serve(URL, { size: 5_000_000 });
    const bits = await sim.connect();
    expect(bits.system).toEqual({ windows: '10.0.19045', wine: null, simulated: true });
    const { bytes } = await bits.download({ url: URL, path: FILE });
    expect([bytes, sim.files.size(FILE), sim.files.list()]).toEqual([5_000_000, 5_000_000, [FILE]]);
  }));

test('dispose() ends connections to real servers', async () => {
  const server = http.createServer((request, response) => {
    // What is asked for after the size is never answered.
    if (request.method === 'HEAD') response.writeHead(200, { 'Content-Length': 1_000_000 }).end();
  });
  let asked: () => void;
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  const isBroken = new Promise<void>((resolve) => {
    server.on('request', ({ method }, response) => {
      if (method !== 'GET') return;
      response.on('close', resolve);
      asked();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/app.zip`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-dispose-'));
  const sim = simulateBits({ disk: folder, clock: 'real' });
  sim.files.makeFolder('C:\\data');
  const bits = await sim.connect();
  const job = await bits.createJob({ name: 'open', files: [{ url, path: FILE }] });
  await job.resume();
  await isAsked;
  sim.dispose();
  await isBroken;
  await new Promise((resolve) => server.close(resolve));
  fs.rmSync(folder, { recursive: true });
});

test('a program that connects by itself, while the network is gone for an hour', () =>
  simulated(async (sim) => {
    const installed = sim.install();
    expect(isSupported().supported).toBe(true);
    sim.serve(URL, { size: 50_000_000 });
    sim.network.bandwidth('1 MB/s');
    const downloading = download({ url: URL, path: FILE });
    await sim.clock.advance('10s');
    expect(sim.queue).toMatchObject([{ state: 'transferring', owner: 'user', files: [{ url: URL }] }]);
    sim.network.disconnect();
    await sim.clock.advance('1h');
    expect(sim.queue).toMatchObject([{ state: 'transientError', error: { code: 'BG_E_NETWORK_DISCONNECTED' } }]);
    sim.network.connect();
    await downloading;
    expect(sim.clock.now.getTime()).toBeGreaterThanOrEqual(Date.UTC(2026, 0, 1, 1, 0, 50));
    expect(sim.clock.now.getTime()).toBeLessThan(Date.UTC(2026, 0, 1, 1, 1, 0));

    installed.dispose();
    expect(isSupported().supported).toBe(process.platform === 'win32');
  }));

test('with the service disabled, connecting fails as on Windows', () =>
  simulated(async (sim) => {
    sim.install();
    sim.service.disable();
    await expect(connect()).rejects.toMatchObject({ code: 'ERROR_SERVICE_DISABLED', reason: 'disabled' });
    sim.service.enable();
    await (await connect()).close();
  }));

test('a restart of the computer: the program is gone, its download stays and is restored', () =>
  simulated(async (sim) => {
    sim.serve(URL, { size: 10_000_000 });
    sim.network.bandwidth('1 MB/s');
    const bits = await sim.connect();
    let settled = false;
    const end = () => (settled = true);
    bits.download({ url: URL, path: FILE, key: 'app' }).then(end, end);
    await sim.clock.advance('5s');
    await sim.machine.reboot({ down: '1h' });
    await sim.clock.advance('1h');
    expect(settled).toBe(false);
    expect(sim.queue).toMatchObject([{ state: 'transferred' }]);

    await expect(bits.getJobs()).rejects.toThrow(/the program has ended/);
    const again = await sim.connect();
    expect(await again.restore()).toMatchObject([{ key: 'app', status: 'completed' }]);
    expect(sim.files.size(FILE)).toBe(10_000_000);
  }));

test('a standard user may not write everywhere; another user sees nothing of their jobs', () =>
  simulated(async (sim) => {
    const bits = await sim.connect();
    const create = (file: string) => bits.createJob({ name: 'x', files: [{ url: URL, path: file }] });
    await expect(create('C:\\app.zip')).rejects.toMatchObject({ code: 'E_ACCESSDENIED' });
    const job = await create(FILE);
    const other = await sim.asUser('other').connect();
    expect(await other.getJobs()).toEqual([]);
    await expect(other.getJob(job.id)).rejects.toMatchObject({ code: 'E_ACCESSDENIED' });
    const admin = await sim.asUser('root', { kind: 'administrator', elevated: true }).connect();
    expect(await admin.getJobs({ allUsers: true })).toHaveLength(1);
    await job.cancel();
  }));

test('what nobody serves is an error of the simulation, which all that follows throws', async () => {
  const sim = simulateBits();
  const bits = await sim.connect();
  await expect(bits.download({ url: URL, path: FILE })).rejects.toThrow(BitsSimulationError);
  await expect(bits.getJobs()).rejects.toThrow(/nobody serves/);
  await expect(sim.end()).rejects.toThrow(/nobody serves .*example.com/);
});

test('in real time it is not waited for either', async () => {
  const sim = simulateBits({ clock: 'real' });
  const bits = await sim.connect();
  const begun = performance.now();
  await expect(bits.download({ url: URL, path: FILE })).rejects.toThrow(BitsSimulationError);
  expect(performance.now() - begun).toBeLessThan(20_000); // a service that does not answer is given a minute
  sim.dispose();
});

test('a wait that would never end is an error', async () => {
  const sim = simulateBits();
  sim.serve(URL, { size: 1000 });
  sim.network.disconnect();
  const bits = await sim.connect();
  await expect(bits.download({ url: URL, path: FILE })).rejects.toThrow(
    /nothing will happen[^]*app.zip': transientError, BG_E_NETWORK_DISCONNECTED/,
  );
  sim.dispose();
});

test('a wait with a limit ends by itself', () =>
  simulated(async (sim) => {
    sim.network.disconnect();
    const bits = await sim.connect();
    const downloading = bits.download({ url: URL, path: FILE, timeout: 8 * 3_600_000 });
    await expect(downloading).rejects.toMatchObject({ code: 'BITS_TIMEOUT' });
  }));

test('what is left over is named', async () => {
  const sim = simulateBits();
  const bits = await sim.connect();
  await bits.createJob({ name: 'left' });
  sim.files.write('C:\\data\\x', 'x');
  sim.files.lock('C:\\data\\x');
  sim.faults.next('resume', 'BG_E_EMPTY');
  sim.service.hang('getJob');
  void bits.getJob('{00000000-0000-0000-0000-000000000000}').catch(() => undefined);
  await new Promise(setImmediate);
  expect(() => sim.assertClean()).toThrow(
    /'left' is in the queue, suspended[^]*GetJob has not been answered[^]*waits[^]*locked[^]*the fault of resume/,
  );
  sim.dispose();
});

test('faults and hanging calls meet the library', () =>
  simulated(async (sim) => {
    const bits = await sim.connect({ serviceTimeout: 5000 });
    sim.faults.next('createJob', 0x80200049);
    await expect(bits.createJob({ name: 'x' })).rejects.toMatchObject({ code: 'BG_E_TOO_MANY_JOBS_PER_USER' });
    sim.service.hang('IBackgroundCopyManager::EnumJobs');
    await expect(bits.getJobs()).rejects.toMatchObject({ code: 'BITS_NO_ANSWER' });
    sim.service.release();
    await sim.clock.advance(0);
    expect(await bits.getJobs()).toEqual([]);
    expect(sim.calls.map(({ method }) => method)).toContain('IBackgroundCopyManager::EnumJobs');
  }));

test('the service ends two minutes after its queue became empty, and starts again', () =>
  simulated(async (sim) => {
    const bits = await sim.connect();
    const job = await bits.createJob({ name: 'x' });
    await sim.clock.advance('10m');
    expect(sim.service.running).toBe(true);
    await job.cancel();
    await sim.clock.advance('119s');
    expect(sim.service.running).toBe(true);
    await sim.clock.advance('1s');
    expect(sim.service.running).toBe(false);
    expect(await bits.getJobs()).toEqual([]);
    expect(sim.service.running).toBe(true);
  }));

test('a state that was saved in the middle of a transfer goes on elsewhere', async () => {
  const first = simulateBits({ seed: 7 });
  first.serve(URL, { size: 1_000_000_000 });
  first.network.bandwidth('1 MB/s');
  const bits = await first.connect();
  const job = await bits.createJob({ name: 'saved', files: [{ url: URL, path: FILE }] });
  await job.resume();
  await first.clock.advance('5m');
  const saved = JSON.parse(JSON.stringify(first.save())) as SavedSimulation;
  first.dispose();

  await simulated(
    async (sim) => {
      expect(sim.queue).toMatchObject([{ id: job.id, name: 'saved' }]);
      expect(sim.queue[0]!.files[0]!.bytesTransferred).toBeGreaterThan(250_000_000);
      await sim.clock.run();
      expect(sim.queue).toMatchObject([{ state: 'transferred' }]);
      const found = await (await sim.connect()).getJob(job.id);
      await found.complete();
      const expected = simulateBits();
      expected.files.write(FILE, { size: 1_000_000_000 });
      expect(sim.files.readPart(FILE, 999_000_000, 1000)).toEqual(expected.files.readPart(FILE, 999_000_000, 1000));
      expected.dispose();
    },
    { from: saved },
  );
});

test('real files and a real server, by the paths of this system', async () => {
  const body = Buffer.alloc(300_000, 'real');
  const server = await createFileServer({ files: { '/app.zip': body } });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-simulation-'));
  try {
    await simulated(
      async (sim) => {
        const url = server.url('/app.zip');
        const bits = await sim.connect();
        const options = { url, priority: 'foreground' } as const;
        await bits.download({ ...options, path: FILE });
        expect(fs.readFileSync(path.join(folder, 'data/app.zip')).equals(body)).toBe(true);
        const target = path.join(folder, 'system.zip');
        if (process.platform === 'win32') return;
        expect(await bits.download({ ...options, path: target })).toMatchObject({ files: [{ path: target }] });
        expect(fs.readFileSync(target).equals(body)).toBe(true);
      },
      { disk: folder },
    );
  } finally {
    fs.rmSync(folder, { recursive: true });
    await server.close();
  }
  const bad = simulateBits();
  const { download: again } = await bad.connect().then((bits) => ({ download: bits.download.bind(bits) }));
  const error: unknown = await again({ url: URL, path: '/tmp/x' }).catch((thrown: unknown) => thrown);
  expect([error, isBitsError(error)]).toEqual([expect.any(TypeError), false]);
  bad.dispose();
});
