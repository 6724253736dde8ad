import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../lib';
import type { BitsJob, BitsManager, CreateJobOptions, OnAbort } from '../../lib';
import { simulateBits } from '../../lib/testing';
import type { Simulation } from '../../lib/testing';
import { processes, programsOf } from './elsewhere';
import type { Elsewhere } from './elsewhere';
import { expectedOn, isReal } from './expected_on';
import { run } from './process';
import { FileServer } from './server';
import type { Served } from './server';
import { until } from './until';

/**
 * The service of Windows or Wine, elsewhere a simulated one, with a file server and a folder, which are real in any case.
 * Whatever a test made is gone after it.
 */
export interface Service {
  readonly bits: BitsManager;
  readonly server: FileServer;
  readonly folder: string;
  /** Other programs. */
  readonly elsewhere: Elsewhere;
  createJob(options?: Partial<CreateJobOptions>): Promise<BitsJob>;
  /** Makes the server have a file, and returns it as one to add. */
  serve(name: string, body: Buffer, how?: Omit<Served, 'body'>): { url: string; path: string };
}

/** A job that goes on is in any of these: its time slice can end at any moment. */
export const ACTIVE = ['queued', 'connecting', 'transferring'] as const;

/** One of some words, where several are right. */
export const oneOf = (...words: readonly string[]): string =>
  expect.stringMatching(new RegExp(`^(${words.join('|')})$`)) as string;

/**
 * What an abort may leave of a job, by what is asked for: Wine's service cannot suspend; Windows may refuse to when the
 * job has stopped.
 */
export function mayBeLeft(state: string): Readonly<Record<OnAbort, readonly string[]>> {
  const stopped = ['error', 'transferred'].includes(state);
  const suspend = expectedOn({ windows: ['suspended', ...(stopped ? ['detached'] : [])], wine: ['detached'] });
  return { detach: ['detached'], suspend, cancel: ['cancelled'] };
}

/** How a Suspend is refused. */
export const refusal = (): object =>
  expectedOn<object>({
    windows: { name: 'BitsStateError' },
    wine: { code: 'E_NOTIMPL', method: 'IBackgroundCopyJob::Suspend' },
  });

/** Elsewhere than on Windows: the computer that is simulated. */
let simulation: Simulation | undefined;

/** Real files and servers take real time, and so does the rest. */
function simulate(): Simulation {
  const sim = simulateBits({ disk: os.tmpdir(), clock: 'real', now: new Date() });
  const unresolved = { then: { hresult: 0x80072ee7 }, times: 1_000_000 }; // ERROR_WINHTTP_NAME_NOT_RESOLVED
  const refused = { then: { hresult: 0x80072efd }, times: 1_000_000 }; // ERROR_WINHTTP_CANNOT_CONNECT
  sim.serve('http://nobody.invalid/*', { script: [unresolved] });
  sim.serve('http://127.0.0.1:1/*', { script: [refused] });
  sim.install();
  return sim;
}

const PREFIX = `windows-bits test ${process.pid}`;

/** Sets up for one test file: `const at = useService();` */
export function useService(): Service {
  const at = {} as { -readonly [K in keyof Service]: Service[K] };
  const jobs: BitsJob[] = [];

  beforeAll(async () => {
    simulation = isReal ? undefined : simulate();
    at.elsewhere = simulation === undefined ? processes : programsOf(simulation);
    at.bits = await connect();
    at.server = await FileServer.start();
    // As BITS names it: TEMP is often a short name (C:\\Users\\RUNNER~1\\…).
    at.folder = fs.realpathSync.native(fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-')));
    at.createJob = async (options = {}) => {
      const job = await at.bits.createJob({
        name: `${PREFIX} ${expect.getState().currentTestName}`.slice(0, 256),
        ...options,
      });
      jobs.push(job);
      return job;
    };
    at.serve = (name, body, how = {}) => {
      at.server.files.set(`/${name}`, { body, ...how });
      return { url: at.server.url(`/${name}`), path: path.join(at.folder, name) };
    };
  });

  afterEach(async () => {
    for (const job of jobs.splice(0)) await job.cancel().catch(() => undefined); // most have ended already
  });

  afterAll(async () => {
    await at.bits.close();
    await at.server.stop();
    fs.rmSync(at.folder, { recursive: true, force: true });
    simulation?.dispose();
  });

  return at;
}

/** Waits for a state, and fails at once when the job gets into another one that it does not leave by itself. */
export async function reach(job: BitsJob, state: string, limit = 60_000): Promise<void> {
  let now = '';
  const isReached = async () => {
    now = await job.getState();
    if (now === state) return true;
    if (['error', 'transferred', 'acknowledged', 'cancelled'].includes(now))
      throw new Error(`the job is ${now}, not ${state}`);
    return false;
  };
  await until(isReached, { what: () => `the job to be ${state}; it is ${now}`, limit });
}

/** Opens a file so that nobody else can, as a program that uses it does. Node shares what it opens, even for deleting. */
export function holdFile(file: string): { release(): void } {
  if (simulation !== undefined) {
    const { files } = simulation;
    files.lock(file);
    return { release: () => files.unlock(file) };
  }
  const UV_FS_O_EXLOCK = 0x10000000; // libuv's, for which fs.constants has no name
  const open = fs.openSync(file, fs.constants.O_RDWR | UV_FS_O_EXLOCK);
  return {
    release: () => {
      fs.closeSync(open);
    },
  };
}

/** Starts or stops the service, which takes an administrator; rejects when there is nothing to do. */
export async function net(verb: 'start' | 'stop'): Promise<void> {
  await run(path.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'net.exe'), [verb, 'bits']);
}

/** The service has really stopped when this resolves. The next call starts it again. */
export async function stopService(at: Service): Promise<void> {
  const witness = await at.createJob();
  await net('stop');
  if (at.bits.system.wine === null) return;
  // Wine says that the service has stopped a moment before it has, and somebody may have woken it in that moment. Once
  // it has really stopped, its queue is gone.
  const isGone = () =>
    witness.getState().then(
      () => false,
      () => true,
    );
  const stopAgain = async () => {
    await sleep(200);
    await net('stop').catch(() => undefined);
  };
  await until(isGone, { what: 'the service to lose its queue', limit: 60_000, pause: stopAgain });
}
