import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOST } from '../../lib/host';
import { Hashing } from '../../lib/util/hashing';
import { outcomeOf, rejection } from '../support/outcome';

const { disk } = HOST;
const MB = 1 << 20;
/** More than is hashed before a test aborts it. Windows sets that much space aside. */
const HUGE = 2048 * MB;
/** Milliseconds that an abort may take. */
const ABORT_LIMIT = 100;

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-hash-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Content that differs everywhere, so that no piece can be left out, repeated or exchanged. */
function written(size: number, name = `${size}`): { file: string; sha256: string } {
  const body = Buffer.alloc(size);
  for (let i = 0; i + 4 <= size; i += 4) body.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
  const file = path.join(folder, name);
  fs.writeFileSync(file, body);
  return { file, sha256: createHash('sha256').update(body).digest('hex') };
}

/** A file of zeros that takes no space. */
function sparse(size: number, name = 'sparse'): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, '');
  fs.truncateSync(file, size);
  return file;
}

/** Sizes around each at which something else is done: the first piece, the others, small files, pieces of workers. */
const SIZES = [1 << 14, 1 << 18, (1 << 14) + (1 << 18), MB, MB + (1 << 14), 2 * MB].flatMap((n) => [n - 1, n, n + 1]);

test.each([0, 1, 2000, ...SIZES, 7 * MB + 5])('a file of %d bytes', async (size) => {
  const { file, sha256 } = written(size);
  expect(await disk.sha256(file)).toBe(sha256);
});

test('many files at once, small and large', async () => {
  const files = Array.from({ length: 40 }, (_, i) => written(i % 2 === 0 ? 1000 + i : MB + 1000 * i));
  expect(await Promise.all(files.map(({ file }) => disk.sha256(file)))).toEqual(files.map(({ sha256 }) => sha256));
});

test('a signal that does not abort changes nothing, and keeps no listener', async () => {
  const { signal } = new AbortController();
  const added = jest.spyOn(signal, 'addEventListener');
  const removed = jest.spyOn(signal, 'removeEventListener');
  for (const size of [1000, 3 * MB]) {
    const { file, sha256 } = written(size);
    expect(await disk.sha256(file, signal)).toBe(sha256);
  }
  expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
});

describe('errors are those of node:fs', () => {
  test('a file that is not there', async () => {
    const file = path.join(folder, 'none');
    expect(await rejection(disk.sha256(file))).toMatchObject({ code: 'ENOENT', syscall: 'open', path: file });
  });

  test('a folder', async () => {
    expect(await rejection(disk.sha256(folder))).toMatchObject({ code: 'EISDIR', path: folder });
  });

  test('reading fails in a worker', async () => {
    const opened = await open(sparse(3 * MB), 'r');
    // What is read here is there; what the worker reads has been closed.
    const closed = { fd: 1 << 20, read: opened.read.bind(opened) };
    const error = await rejection(new Hashing(HOST.clock).sha256(closed));
    await opened.close();
    expect(error).toMatchObject({ code: 'EBADF', syscall: 'read', message: expect.stringMatching(/^EBADF: /) });
  });
});

describe('an abort', () => {
  /** Aborts while a file is hashed so many times at once, and most of them wait for their turn. */
  async function aborted(count: number, after: () => Promise<unknown>): Promise<readonly unknown[]> {
    const abort = new AbortController();
    const file = sparse(HUGE);
    const hashes = Array.from({ length: count }, () => outcomeOf(disk.sha256(file, abort.signal)));
    await after();
    const started = performance.now();
    abort.abort('enough');
    const outcomes = await Promise.all(hashes);
    expect(performance.now() - started).toBeLessThan(ABORT_LIMIT + 50); // and what a busy computer takes to notice
    fs.renameSync(file, `${file}.moved`);
    fs.unlinkSync(`${file}.moved`);
    expect(fs.readdirSync(folder)).toEqual([]); // under Windows the name stays while the file is open
    return outcomes;
  }

  test('before the file is opened', async () => {
    expect(await rejection(disk.sha256(path.join(folder, 'none'), AbortSignal.abort('enough')))).toBe('enough');
  });

  test.each([
    ['at once', () => Promise.resolve()],
    ['while the first pieces are read', () => sleep(2)],
    ['in workers, and waiting for one', () => sleep(500)],
  ])('%s', async (_, after) => {
    expect(await aborted(12, after)).toEqual(Array(12).fill('enough'));
  });

  test('leaves the workers and the turns to others', async () => {
    const { file, sha256 } = written(3 * MB);
    const abort = new AbortController();
    const huge = sparse(HUGE);
    const others = Array.from({ length: 8 }, () => rejection(disk.sha256(huge, abort.signal)));
    await sleep(300);
    const hash = disk.sha256(file); // behind them
    abort.abort('enough');
    expect(await hash).toBe(sha256);
    expect(await Promise.all(others)).toEqual(Array(8).fill('enough'));
  });

  // Windows has no files that can be made to hang.
  (process.platform === 'win32' ? test.skip : test)('is answered even if opening or reading hangs', async () => {
    const abort = new AbortController();
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const hash = rejection(disk.sha256(pipe, abort.signal)); // waits for somebody to write
    await sleep(20);
    const started = performance.now();
    abort.abort('enough');
    expect(await hash).toBe('enough');
    expect(performance.now() - started).toBeLessThan(ABORT_LIMIT + 50);
    fs.writeFileSync(pipe, '');
  });
});

test('the event loop is free while large files are hashed', async () => {
  await disk.sha256(written(2 * MB).file); // has started a worker
  const files = Array.from({ length: 4 }, (_, i) => sparse(256 * MB, `${i}`));
  const before = performance.eventLoopUtilization();
  await Promise.all(files.map((file) => disk.sha256(file)));
  // On this thread it would be busy for most of the time.
  expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.3);
});

describe('a process', () => {
  const host = JSON.stringify(path.join(__dirname, '../../dist/host'));

  /** Runs a script in a process of its own; resolves with its exit code and output. It hashes `file` by `hash()`. */
  async function run(
    script: string,
    file: string,
    {
      args = [],
      env = {},
    }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<readonly [number, string]> {
    const code = `const hash = () => require(${host}).HOST.disk.sha256(${JSON.stringify(file)}); ${script}`;
    const child = spawn(process.execPath, [...args, '-e', code], { env: { ...process.env, ...env } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    const [exitCode] = (await once(child, 'close')) as [number];
    return [exitCode, output.trim()];
  }

  test('waits for each hash, if nobody else does, and then ends without waiting for workers', async () => {
    const { file, sha256 } = written(40 * MB);
    const script = `hash().then(hash).then((it) => { console.log(it); const end = performance.now();
      process.on('exit', () => console.log(performance.now() - end < 4000)); })`; // idle workers end after 5 s
    expect(await run(script, file)).toEqual([0, `${sha256}\ntrue`]);
  });

  test('can be ended while files are hashed', async () => {
    const script = 'hash(); hash(); setTimeout(() => process.exit(7), 200)';
    expect(await run(script, sparse(HUGE))).toEqual([7, '']);
  });

  test('hashes in a worker of its own, which ends when it is told to', async () => {
    const { file, sha256 } = written(3 * MB);
    const inWorker = `require('node:worker_threads').parentPort.on('message', () => undefined);
      const hash = () => require(${host}).HOST.disk.sha256(${JSON.stringify(file)});
      hash().then((it) => require('node:worker_threads').parentPort.postMessage(it))`;
    const script = `const worker = new (require('node:worker_threads').Worker)(${JSON.stringify(inWorker)}, { eval: true });
      worker.on('message', async (it) => console.log(it, await worker.terminate()))`;
    expect(await run(script, file)).toEqual([0, `${sha256} 1`]);
  });

  test('has what it preloads, and its standard streams, to itself', async () => {
    const { file, sha256 } = written(3 * MB);
    const preloaded = path.join(folder, 'preloaded.cjs');
    fs.writeFileSync(preloaded, "console.log('preloaded')");
    const script = `const { get } = Object.getOwnPropertyDescriptor(process, 'stdout'); let gets = 0;
      Object.defineProperty(process, 'stdout', { get: () => (gets++, get()), configurable: true });
      hash().then((it) => { const before = gets; console.log(it, before); })`;
    const env = { NODE_OPTIONS: `--require ${JSON.stringify(preloaded)}` };
    expect(await run(script, file, { args: ['--require', preloaded], env })).toEqual([0, `preloaded\n${sha256} 0`]);
  });
});
