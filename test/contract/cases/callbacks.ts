import type { BitsJob, NotifyCallbacks } from '../../../lib';
import { subject } from '../case';
import type { Answer } from '../case';
import { answerOf, jobOf, reach, settle } from '../steps';
import type { World } from '../world';

// What the service tells a program by itself: callbacks, and the watching that is built on them.

const EVENTS = 'IBackgroundCopyCallback';

/** Registers for everything, and notes what is called. */
async function listen(job: BitsJob): Promise<string[]> {
  const heard: string[] = [];
  const note = (name: string) => () => void heard.push(name);
  const callbacks: NotifyCallbacks = {
    jobTransferred: note('jobTransferred'),
    jobError: note('jobError'),
    jobModification: note('jobModification'),
    fileTransferred: note('fileTransferred'),
  };
  await job.setNotifyInterface(callbacks);
  return heard;
}

async function heardOf(world: World, heard: readonly string[], name: string, within = 5000): Promise<boolean> {
  return world.eventually(() => heard.includes(name), within);
}

export const callbacks = subject('callbacks', [
  {
    id: 'transferred',
    title: 'jobTransferred is called, at least once, and nothing else by default',
    source: `${EVENTS}::JobTransferred; IBackgroundCopyJob::SetNotifyFlags`,
    answer: [true, ['jobTransferred'], 'transferred'],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      const heard = await listen(job);
      await job.resume();
      const isHeard = await heardOf(world, heard, 'jobTransferred');
      return [isHeard, [...new Set(heard)], await job.getState()];
    },
  },
  {
    id: 'error',
    title: 'jobError is called when the job gets into the state error',
    source: `${EVENTS}::JobError`,
    answer: [true, ['jobError'], 'error'],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { status: 404 } });
      const heard = await listen(job);
      await job.resume();
      await reach(world, job, 'error');
      return [await heardOf(world, heard, 'jobError', 1000), [...new Set(heard)], await job.getState()];
    },
  },
  {
    id: 'transient-is-no-error',
    title: 'A transient error does not call jobError; it is a modification',
    source: `${EVENTS}::JobError, JobModification`,
    answer: { jobError: false, jobModification: true },
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { status: 503 } });
      const heard = await listen(job);
      await job.setNotifyFlags(['jobError', 'jobModification', 'jobTransferred']);
      await job.resume();
      await settle(world, job);
      const isModified = await heardOf(world, heard, 'jobModification', 2000);
      return { jobError: heard.includes('jobError'), jobModification: isModified };
    },
  },
  {
    id: 'modification',
    title: 'jobModification is called while something changes, when it is asked for',
    source: `${EVENTS}::JobModification`,
    answer: true,
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      const heard = await listen(job);
      await job.setNotifyFlags(['jobModification']);
      await job.resume();
      await settle(world, job);
      return heardOf(world, heard, 'jobModification', 1000);
    },
  },
  {
    id: 'modification-throttled',
    title: 'jobModification is called every half second at most',
    source: 'BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS (500 ms)',
    needs: ['clock', 'network'],
    answer: { atLeast: true, atMost: true },
    run: async (world) => {
      world.network.bandwidth(1000);
      const job = await jobOf(world, { 'a.bin': { size: 10_000 } });
      const heard = await listen(job);
      await job.setNotifyFlags(['jobModification']);
      await job.resume();
      await settle(world, job, 60_000);
      return { atLeast: heard.length >= 5, atMost: heard.length <= 24 };
    },
  },
  {
    id: 'file-transferred',
    title: 'fileTransferred is called for each file, before jobTransferred',
    source: 'IBackgroundCopyCallback2::FileTransferred',
    answer: ['fileTransferred', 'fileTransferred', 'jobTransferred'],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {}, 'b.bin': {} });
      const heard = await listen(job);
      const flags = await answerOf(job.setNotifyFlags(['fileTransferred', 'jobTransferred']));
      if (flags !== 'ok') return flags;
      await job.resume();
      await heardOf(world, heard, 'jobTransferred');
      return heard;
    },
  },
  {
    id: 'disabled',
    title: 'The flag disable outweighs the others',
    source: 'IBackgroundCopyJob::SetNotifyFlags (BG_NOTIFY_DISABLE)',
    answer: ['transferred', true],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      const heard = await listen(job);
      await job.setNotifyFlags(['disable', 'jobTransferred']);
      await job.resume();
      const state = await settle(world, job);
      return [state, await world.never(() => heard.length > 0, 10_000)];
    },
  },
  {
    id: 'last-wins',
    title: 'The last registration wins: the first is called no more',
    source: 'Registering a COM Callback',
    answer: { first: false, second: true, owner: 'other' },
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      const first = await listen(job);
      const other = await world.connect();
      const second = await listen(await other.getJob(job.id));
      const owner = await job.getNotifyInterface();
      await job.resume();
      const isHeard = await heardOf(world, second, 'jobTransferred');
      return { first: first.includes('jobTransferred'), second: isHeard, owner };
    },
  },
  {
    id: 'withdrawn',
    title: 'After the callbacks were withdrawn nothing is called',
    source: 'IBackgroundCopyJob::SetNotifyInterface (NULL)',
    answer: ['own', null, 'transferred', true],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      const heard = await listen(job);
      const before = await job.getNotifyInterface();
      await job.setNotifyInterface(null);
      const after = await job.getNotifyInterface();
      await job.resume();
      return [before, after, await settle(world, job), await world.never(() => heard.length > 0, 1000)];
    },
  },
  {
    id: 'dead-program',
    title: 'Callbacks of a program that has ended count as nobody’s',
    source: 'Registering a COM Callback',
    needs: ['programs'],
    answer: ['other', null],
    run: async (world) => {
      const job = await world.createJob();
      const program = await world.programs.register(job.id);
      const before = await job.getNotifyInterface();
      await program.kill();
      await world.eventually(async () => (await job.getNotifyInterface()) === null, 5000);
      return [before, await job.getNotifyInterface()];
    },
  },
  {
    id: 'wait',
    title: 'wait() resolves when the job is transferred, and rejects with the error of one that failed',
    source: 'windows-bits: job.wait()',
    answer: ['transferred', 'BG_E_HTTP_ERROR_404'],
    run: async (world) => {
      const good = await jobOf(world, { 'a.bin': {} });
      const bad = await jobOf(world, { 'b.bin': { status: 404 } });
      const waits = [good, bad].map((job) => answerOf(job.wait().then(({ state }) => state)));
      await good.resume();
      await bad.resume();
      return Promise.all(waits);
    },
  },
  {
    id: 'events',
    title: 'The events of a watched job come in the order of its life, and end with transferred',
    source: 'windows-bits: job.on()',
    answer: { first: 'suspended', last: 'transferred', files: 2 },
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {}, 'b.bin': {} });
      const states: string[] = [];
      let files = 0;
      job.on('stateChange', ({ previous, state }) => states.push(previous, state));
      job.on('fileTransferred', () => files++);
      await job.resume();
      await world.eventually(() => states.at(-1) === 'transferred' && files === 2);
      await job[Symbol.asyncDispose]();
      return { first: states[0] ?? null, last: states.at(-1) ?? null, files } satisfies Answer;
    },
  },
  {
    id: 'snapshots',
    title: 'watch() gives the bytes as they come, and ends by itself',
    source: 'windows-bits: job.watch()',
    answer: { state: 'transferred', bytes: 40_000, percent: 100, isMonotonic: true },
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      await job.resume();
      let last;
      let isMonotonic = true;
      for await (const snapshot of job.watch({ interval: 100 })) {
        isMonotonic &&= snapshot.bytes >= (last?.bytes ?? 0);
        last = snapshot;
      }
      return { state: last?.state ?? null, bytes: last?.bytes ?? null, percent: last?.percent ?? null, isMonotonic };
    },
  },
]);
