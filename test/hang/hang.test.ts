import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { types } from 'node:util';
import type { BitsJob, BitsManager, DownloadOneOptions } from '../../lib';
import { connectTo } from '../../lib/connect';
import type { NativeAddon } from '../../lib/contract/addon';
import { loadAddon } from '../../lib/native/load';
import { double } from '../support/double';
import { rejection } from '../support/outcome';
import { until } from '../support/until';

/*
 * A service that hangs, for good, in one method: each of the COM methods that an operation uses is blocked once, and the
 * promise settles within its limit and two seconds. Which methods an operation uses is found out by running it first.
 */

jest.mock('../../lib/util/limits', () => ({
  ...jest.requireActual<object>('../../lib/util/limits'),
  MIN_CALL_LIMIT: 100,
}));

const LIMIT = 500;
/** What is allowed beyond the limit. */
const GRACE = 2000;
/** How long an operation is watched to find out which methods it uses, in milliseconds. */
const SEEN_BY = 700;
/** The outcome of an operation of which nothing hangs: it may wait for its job for ever. */
const WAITS = 'waits';
const STATES = { transferring: 2, error: 4, transferred: 6 } as const;
const TAG = '[windows-bits/1 v=0.1.0 owner=hang key=k id=6f3a0c9d12ab part=0 made=2020-01-31T12:00:00Z]';
const URL = 'http://one.example/f';

/** Where an operation runs: a connection of its own, and a job of its own that is there already. */
interface Stage {
  readonly addon: CountingAddon;
  readonly bits: BitsManager;
  readonly job: BitsJob;
  readonly path: string;
  /** Resolves once callbacks are attached: the watcher has nothing more to begin. */
  attached(): Promise<void>;
}

interface Operation {
  readonly name: string;
  readonly state: keyof typeof STATES;
  /** Milliseconds after which its own limit is over. Default: LIMIT from when the service does not answer any more. */
  readonly limit?: number;
  /** Gets so far that the hang may begin; the function returned does what must settle. */
  begin(stage: Stage): Promise<() => Promise<unknown>>;
}

const atOnce = (act: (stage: Stage) => Promise<unknown>) => (stage: Stage) => Promise.resolve(() => act(stage));

/** Aborted while something waits for the job. */
const abortOf = (start: (stage: Stage, signal: AbortSignal) => Promise<unknown>) => async (stage: Stage) => {
  const abort = new AbortController();
  const waiting = rejection(start(stage, abort.signal));
  await stage.attached();
  return () => {
    abort.abort();
    return waiting;
  };
};

const download = (stage: Stage, options: Partial<DownloadOneOptions> = {}) =>
  stage.bits.download({ url: URL, path: stage.path, app: 'hang', ...options });

/** A download that has come so far that it waits for its job. */
const underWay = (options: Partial<DownloadOneOptions>, end?: AbortController) => async (stage: Stage) => {
  let waiting: () => void;
  const seen = new Promise<void>((resolve) => {
    waiting = resolve;
  });
  const result = rejection(
    download(stage, {
      ...options,
      ...(end === undefined ? {} : { signal: end.signal }),
      onProgress: () => {
        waiting();
      },
    }),
  );
  await seen;
  await sleep(100); // the callbacks are attached
  return () => {
    end?.abort();
    return result;
  };
};

const whole = async (stage: Stage) => {
  const stream = stage.job.watch({ serviceTimeout: LIMIT });
  let result;
  do result = await stream.next();
  while (result.done !== true);
};

const ofJob: readonly Operation[] = [
  ...(['transferring', 'error', 'transferred'] as const).flatMap((state): Operation[] => [
    { name: 'snapshot', state, begin: atOnce(({ job }) => job.snapshot()) },
    { name: 'getFileSnapshots', state, begin: atOnce(({ job }) => job.getFileSnapshots()) },
    { name: 'failure', state, begin: atOnce(({ job }) => job.failure()) },
    { name: 'explain', state, begin: atOnce(({ job }) => job.explain()) },
    {
      name: 'wait, from the start',
      state,
      begin: atOnce(({ job }) => job.wait({ serviceTimeout: LIMIT, until: 'acknowledged' })),
    },
    { name: 'watch', state, begin: atOnce(whole) },
  ]),
  {
    name: 'wait, later',
    state: 'transferring',
    begin: async ({ job, attached }) => {
      const waiting = rejection(job.wait({ serviceTimeout: LIMIT }));
      await attached();
      return () => waiting;
    },
  },
  {
    name: 'wait with a timeout',
    state: 'transferring',
    limit: LIMIT,
    begin: atOnce(({ job }) => job.wait({ timeout: LIMIT })),
  },
  {
    name: 'wait that stalls',
    state: 'transferring',
    limit: LIMIT,
    begin: atOnce(({ job }) => job.wait({ stallTimeout: LIMIT })),
  },
  { name: 'events', state: 'error', begin: atOnce(({ job }) => new Promise((resolve) => job.on('error', resolve))) },
  ...(['detach', 'suspend', 'cancel'] as const).map((onAbort): Operation => ({
    name: `abort with ${onAbort}`,
    state: 'transferring',
    limit: 0,
    begin: abortOf(({ job }, signal) => job.wait({ signal, onAbort })),
  })),
  {
    name: 'close while waiting',
    state: 'transferring',
    limit: LIMIT,
    begin: async ({ bits, job, attached }) => {
      void rejection(job.wait());
      await attached();
      return () => bits.close();
    },
  },
  {
    name: 'close with calls under way',
    state: 'transferring',
    limit: LIMIT,
    begin: atOnce(({ bits, job }) => {
      const calls = [job.snapshot(), job.explain(), job.cancel(), job.complete()].map(rejection);
      return Promise.all([bits.close(), ...calls]);
    }),
  },
];

const ofManager: readonly Operation[] = [
  { name: 'connect', state: 'transferring', begin: atOnce(({ addon }) => open(addon)) },
  { name: 'getJobs', state: 'transferring', begin: atOnce(({ bits }) => bits.getJobs()) },
  { name: 'getSnapshots', state: 'transferring', begin: atOnce(({ bits }) => bits.getSnapshots()) },
  { name: 'getJob', state: 'transferring', begin: atOnce(({ bits, job }) => bits.getJob(job.id)) },
  {
    name: 'createJob',
    state: 'transferring',
    begin: atOnce(({ bits, path: file }) =>
      bits.createJob({
        name: 'x',
        description: 'd',
        priority: 'low',
        files: [{ url: URL, path: file }],
      }),
    ),
  },
  { name: 'capabilities', state: 'transferring', begin: atOnce(({ bits }) => bits.capabilities) },
  { name: 'restore', state: 'transferring', begin: atOnce(({ bits }) => bits.restore({ app: 'hang' })) },
  { name: 'restore what is ready', state: 'transferred', begin: atOnce(({ bits }) => bits.restore({ app: 'hang' })) },
  { name: 'restore what failed', state: 'error', begin: atOnce(({ bits }) => bits.restore({ app: 'hang' })) },
  { name: 'reap', state: 'transferring', begin: atOnce(({ bits }) => bits.reap({ app: 'hang', olderThan: 0 })) },
  {
    name: 'close during createJob',
    state: 'transferring',
    limit: LIMIT,
    begin: atOnce(({ bits, path: file }) => {
      const making = rejection(bits.createJob({ name: 'x', files: [{ url: URL, path: file }] }));
      return Promise.all([bits.close(), making]);
    }),
  },
  ...(['transferring', 'error', 'transferred'] as const).map((state): Operation => ({
    name: 'download',
    state,
    begin: atOnce((stage) => download(stage, { serviceTimeout: LIMIT, headers: { Cookie: 'x' } })),
  })),
  {
    name: 'download with a timeout',
    state: 'transferring',
    limit: LIMIT,
    begin: atOnce((stage) => download(stage, { timeout: LIMIT })),
  },
  {
    name: 'download with a key',
    state: 'transferring',
    begin: atOnce((stage) => download(stage, { serviceTimeout: LIMIT, key: 'k' })),
  },
  {
    name: 'download with a mirror',
    state: 'error',
    begin: atOnce((stage) =>
      download(stage, {
        serviceTimeout: LIMIT,
        mirrors: ['http://two.example/f'],
      }),
    ),
  },
  { name: 'download under way', state: 'transferring', begin: underWay({ serviceTimeout: LIMIT }) },
  {
    name: 'download with a key under way',
    state: 'transferring',
    begin: underWay({ serviceTimeout: LIMIT, key: 'k' }),
  },
  ...(['suspend', 'cancel'] as const).map((onAbort): Operation => ({
    name: `abort of a download with ${onAbort}`,
    state: 'transferring',
    limit: 0,
    begin: (stage) => underWay({ onAbort }, new AbortController())(stage),
  })),
  {
    name: 'upload',
    state: 'transferred',
    begin: atOnce(({ bits, path: file }) => {
      fs.writeFileSync(file, 'x');
      return bits.upload({
        url: URL,
        path: file,
        replyPath: `${file}.reply`,
        serviceTimeout: LIMIT,
        headers: { Cookie: 'x' },
      });
    }),
  },
  {
    name: 'upload with a timeout',
    state: 'transferring',
    limit: LIMIT,
    begin: atOnce(({ bits, path: file }) => {
      fs.writeFileSync(file, 'x');
      return bits.upload({ url: URL, path: file, timeout: LIMIT });
    }),
  },
];

let folder: string;
let count = 0;
const longest = { over: -Infinity, what: '' };
const blocked = new Set<string>();
let trials = 0;

/** An addon that knows which calls made through it are under way: those of one stage, whoever else uses the double. */
interface CountingAddon {
  readonly native: NativeAddon;
  /** Milliseconds for which the oldest call under way has not been answered; 0 when there is none. */
  unanswered(): number;
}

function countingAddon(): CountingAddon {
  const native = loadAddon();
  const begun = new Map<unknown, number>();
  type Method = (...args: unknown[]) => unknown;
  const counted = (method: Method, group: object) =>
    ((...args) => {
      const result = method.apply(group, args);
      if (!types.isPromise(result)) return result;
      begun.set(result, performance.now());
      const answered = () => begun.delete(result);
      result.then(answered, answered);
      return result;
    }) as Method;
  const groups = Object.entries(native).map(([name, group]: [string, unknown]) => {
    if (typeof group !== 'object' || group === null) return [name, group] as const;
    const methods = Object.entries(group).map(([method, call]) => [method, counted(call as Method, group)]);
    return [name, Object.fromEntries(methods) as unknown] as const;
  });
  return {
    native: Object.fromEntries(groups) as unknown as NativeAddon,
    unanswered: () => (begun.size === 0 ? 0 : performance.now() - Math.min(...begun.values())),
  };
}

const open = ({ native }: CountingAddon) =>
  connectTo(native, { clsid: double.clsid, context: 1, limits: { serviceTimeout: LIMIT, closeTimeout: LIMIT } });

/** Closes the connections, and waits for what goes on in the background: a job that nobody wants is still cancelled. */
async function end(stages: readonly Stage[]): Promise<void> {
  await Promise.all(stages.map(({ bits }) => bits.close()));
  await until(() => stages.every(({ addon }) => addon.unanswered() === 0), { what: 'the last call to be answered' });
}

const sleep = (time: number) => after(time, undefined, { ref: false });

/** So many stages, for operations that want their jobs in these states. */
async function setUp(states: readonly (keyof typeof STATES)[]): Promise<Stage[]> {
  double.reset();
  const jobs = states.map((state) => {
    const number = String(++count);
    return {
      id: `{00000000-0000-0000-0000-${number.padStart(12, '0')}}`,
      state,
      path: path.join(folder, `${number}.bin`),
    };
  });
  double.setJobs(jobs.map(({ id }) => ({ id, files: [{}] })));
  double.script('IBackgroundCopyJob::GetDescription', { out: [TAG] });
  double.script('IBackgroundCopyJob::GetErrorCount', { out: [1] });
  double.script('IBackgroundCopyJob::GetProgress', {
    out: [{ BytesTotal: 5, BytesTransferred: 5, FilesTotal: 1, FilesTransferred: 1 }],
  });
  double.script('IBackgroundCopyError::GetError', { out: [5, 0x801901f7] });
  double.script('IBackgroundCopyFile::GetProgress', { out: [{ BytesTotal: 5, BytesTransferred: 5, Completed: 1 }] });
  double.script('IBackgroundCopyFile::GetRemoteName', { out: [URL] });
  for (const { id, state, path: file } of jobs) {
    double.script('IBackgroundCopyJob::GetState', { job: id, out: [STATES[state]] });
    double.script('IBackgroundCopyFile::GetLocalName', { job: id, out: [file] });
  }
  return Promise.all(
    jobs.map(async ({ id, path: file }) => {
      const addon = countingAddon();
      const bits = await open(addon);
      const job = await bits.getJob(id);
      const attached = async () => {
        while (job.callbacks !== 'own') await sleep(5);
        await sleep(50);
      };
      return { addon, bits, job, path: file, attached };
    }),
  );
}

/** For jobs that operations make: all of one batch want the same. */
function setDefaults(state: keyof typeof STATES): void {
  const temporary = path.join(folder, 'BIT.tmp');
  fs.writeFileSync(temporary, '12345');
  double.script('IBackgroundCopyJob::GetState', { out: [STATES[state]] });
  double.script('IBackgroundCopyFile::GetLocalName', { out: [path.join(folder, 'some.bin')] });
  double.script('IBackgroundCopyFile3::GetTemporaryName', { out: [temporary] });
}

interface Trial {
  readonly operation: Operation;
  readonly method: string;
}

/** Finds out which methods operations use, by running them all at once, or one after another where jobs are made. */
async function rehearse(operations: readonly Operation[], global: boolean): Promise<Trial[]> {
  const groups = global ? operations.map((operation) => [operation]) : [operations];
  const trials: Trial[] = [];
  for (const group of groups) {
    const stages = await setUp(group.map(({ state }) => state));
    if (global) setDefaults(group[0]!.state);
    const acts = await Promise.all(group.map((operation, i) => operation.begin(stages[i]!)));
    double.calls();
    const done = Promise.allSettled(acts.map((act) => act()));
    await Promise.race([done, sleep(SEEN_BY)]);
    const calls = double.calls();
    await end(stages);
    group.forEach((operation, i) => {
      const own = calls.filter(({ job }) => global || job === stages[i]!.job.id);
      const methods = new Set(own.map(({ method }) => method));
      for (const method of methods) trials.push({ operation, method });
    });
  }
  return trials;
}

/** Resolves after the time in which the rehearsal saw all calls, unless one of this stage is under way then. */
async function untilIdle({ addon }: Stage): Promise<typeof WAITS> {
  await sleep(SEEN_BY);
  return addon.unanswered() === 0 ? WAITS : new Promise<never>(() => undefined);
}

/** All trials at once. */
async function run(batch: readonly Trial[], global: boolean): Promise<void> {
  const stages = await setUp(batch.map(({ operation }) => operation.state));
  if (global) setDefaults(batch[0]!.operation.state);
  const acts = await Promise.all(batch.map(({ operation }, i) => operation.begin(stages[i]!)));
  double.calls();
  batch.forEach(({ method }, i) =>
    double.script(method, { block: true, ...(global ? {} : { job: stages[i]!.job.id }) }),
  );
  const began = performance.now();
  const took = acts.map((act, i) => {
    const isOwnLimit = batch[i]!.operation.limit !== undefined;
    const { addon } = stages[i]!;
    const time = () => (isOwnLimit ? performance.now() - began : addon.unanswered());
    return act().then(time, time);
  });
  const results = await Promise.all(
    took.map((each, i) => {
      const limit = (batch[i]!.operation.limit ?? LIMIT) + GRACE;
      const isLate = () => (stages[i]!.addon.unanswered() < LIMIT ? WAITS : Infinity);
      return Promise.race([each, untilIdle(stages[i]!), sleep(limit + 500).then(isLate)]);
    }),
  );
  const hanging = double.calls().filter(({ hresult }) => hresult === null);
  const failures = batch.flatMap(({ operation, method }, i) => {
    const time = results[i]!;
    const hangs = hanging.some((call) => call.method === method && (global || call.job === stages[i]!.job.id));
    if (time === WAITS || !(hangs || time === Infinity)) return [];
    trials++;
    blocked.add(method);
    const over = time - (operation.limit ?? LIMIT);
    const what = `${operation.name} (${operation.state}), ${method} hangs`;
    if (over > longest.over) Object.assign(longest, { over, what });
    return over > GRACE ? [`${what}: ${time.toFixed(0)} ms`] : [];
  });
  double.release();
  await end(stages);
  expect(failures).toEqual([]);
}

beforeAll(async () => {
  double.start();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-'));
  // What a process asks once, at its first download, is of no later one.
  const [stage] = await setUp(['transferring']);
  await download(stage!, { timeout: 100 }).catch(() => undefined);
  await end([stage!]);
});
afterAll(() => {
  double.reset();
  fs.rmSync(folder, { recursive: true });
  process.stderr.write(
    `${trials} operations with a COM method that hangs; the longest settled ${longest.over.toFixed(0)} ms ` +
      `after its limit: ${longest.what}. Methods blocked (${blocked.size}):\n${[...blocked].sort().join('\n')}\n`,
  );
});

test('whichever method hangs, what watches, waits, aborts or closes settles in time', async () => {
  const all = await rehearse(ofJob, false);
  const AT_ONCE = 40; // the addon has 64 threads
  for (let i = 0; i < all.length; i += AT_ONCE) await run(all.slice(i, i + AT_ONCE), false);
}, 180_000);

test.each(['transferring', 'error', 'transferred'] as const)(
  'so do downloads, uploads and the manager (%s)',
  async (state) => {
    const all = await rehearse(
      ofManager.filter((operation) => operation.state === state),
      true,
    );
    const methods = new Set(all.map(({ method }) => method));
    for (const method of methods)
      await run(
        all.filter((trial) => trial.method === method),
        true,
      );
  },
  300_000,
);
