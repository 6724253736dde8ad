import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type workerThreads from 'node:worker_threads';
import { Worker } from 'node:worker_threads';
import { HOST } from '../../lib/host';
import type { Clock } from '../../lib/util/clock';
import { Hashing } from '../../lib/util/hashing';
import { HashingWorkers } from '../../lib/util/hashing_workers';

// Which workers there are, and what becomes of a hash when there are none.

jest.mock('node:worker_threads', () => {
  const actual = jest.requireActual<typeof workerThreads>('node:worker_threads');
  return { ...actual, Worker: jest.fn((...args: ConstructorParameters<typeof Worker>) => new actual.Worker(...args)) };
});
const { Worker: RealWorker } = jest.requireActual<typeof workerThreads>('node:worker_threads');
const Workers = jest.mocked(Worker);

const MB = 1 << 20;
const BODY = Buffer.alloc(5 * MB, 'what was wanted');
const SHA256 = createHash('sha256').update(BODY).digest('hex');
let folder: string;
let file: FileHandle;
beforeEach(async () => {
  Workers.mockClear();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-hash-'));
  const name = path.join(folder, 'file');
  fs.writeFileSync(name, BODY);
  file = await open(name, 'r+');
});
afterEach(async () => {
  await file.close();
  fs.rmSync(folder, { recursive: true });
});

const started = () => Workers.mock.results.map(({ value }) => value as Worker);
const hashAtOnce = (hashing: Hashing, count: number) =>
  Promise.all(Array.from({ length: count }, () => hashing.sha256(file)));

describe('without workers, the file is hashed all the same, and the event loop goes on', () => {
  test.each<[string, () => Worker]>([
    [
      'none can be started',
      () => {
        throw Object.assign(new Error('no platform'), { code: 'ERR_MISSING_PLATFORM_FOR_WORKER' });
      },
    ],
    ['it dies of an error', () => new RealWorker("throw new Error('out of memory')", { eval: true })],
    ['it ends', () => new RealWorker('process.exit(3)', { eval: true })],
    [
      'it ends while it works',
      () => {
        const die = "require('node:worker_threads').parentPort.once('message', () => process.exit(0))";
        return new RealWorker(die, { eval: true });
      },
    ],
  ])('%s', async (_, start) => {
    const hashing = new Hashing(HOST.clock, 2);
    Workers.mockImplementation(start);
    let turns = 0;
    const interval = setInterval(() => turns++, 0);
    expect(await hashAtOnce(hashing, 3)).toEqual([SHA256, SHA256, SHA256]);
    clearInterval(interval);
    expect(Workers).toHaveBeenCalledTimes(3);
    expect(turns).toBeGreaterThan(5);
    Workers.mockImplementation((...args) => new RealWorker(...args));
    expect(await hashAtOnce(hashing, 1)).toEqual([SHA256]);
  });
});

test('small files need no worker', async () => {
  await file.truncate(MB);
  await hashAtOnce(new Hashing(HOST.clock), 20);
  expect(Workers).not.toHaveBeenCalled();
});

test('there are no more workers than large files are hashed at a time, and they are used again', async () => {
  const hashing = new Hashing(HOST.clock, 3);
  expect(await hashAtOnce(hashing, 20)).toEqual(Array(20).fill(SHA256));
  expect(await hashAtOnce(hashing, 1)).toEqual([SHA256]);
  expect(Workers).toHaveBeenCalledTimes(3);
});

test('an abort stops the worker, which works on for others', async () => {
  const workers = new HashingWorkers(HOST.clock);
  await file.truncate(1024 * MB);
  const abort = new AbortController();
  const hash = workers.hash(file.fd, abort.signal);
  setTimeout(() => abort.abort(), 100);
  expect(await hash).toBeNull();
  expect(await workers.hash(file.fd, abort.signal)).toBeNull();
  await file.truncate(3 * MB);
  expect(await workers.hash(file.fd)).toBe(
    createHash('sha256')
      .update(BODY.subarray(0, 3 * MB))
      .digest('hex'),
  );
  expect(Workers).toHaveBeenCalledTimes(1);
});

describe('idle workers', () => {
  /** Timers that only tests start. */
  class ManualClock implements Clock {
    readonly timers = new Set<{ readonly ms: number; readonly work: () => void; reffed: boolean }>();
    now = () => performance.now();
    date = () => new Date();
    afterPendingEvents = HOST.clock.afterPendingEvents;
    after = (ms: number, work: () => void) => {
      const timer = { ms, work, reffed: true };
      this.timers.add(timer);
      return {
        cancel: () => void this.timers.delete(timer),
        ref: () => void (timer.reffed = true),
        unref: () => void (timer.reffed = false),
      };
    };
  }

  test('end after five seconds, unless they are needed before', async () => {
    const clock = new ManualClock();
    const workers = new HashingWorkers(clock);
    expect(await workers.hash(file.fd)).toBe(SHA256);
    expect([...clock.timers]).toMatchObject([{ ms: 5000, reffed: false }]);
    expect(await workers.hash(file.fd)).toBe(SHA256);
    expect([...clock.timers]).toMatchObject([{ ms: 5000, reffed: false }]);
    const [worker, ...others] = started();
    expect(others).toEqual([]);
    const ended = new Promise((resolve) => worker!.once('exit', resolve));
    for (const { work } of clock.timers) work();
    await ended;
    clock.timers.clear();
    expect(await workers.hash(file.fd)).toBe(SHA256);
    expect(started()).toHaveLength(2);
    for (const { work } of clock.timers) work();
  });
});
