import { subject } from '../case';
import { answerOf, beIn, jobOf, settle, settled } from '../steps';
import { bytesOf } from '../world';

// What has arrived is kept: after Suspend, after a broken connection, after an error.

export const resuming = subject('resuming', [
  {
    id: 'suspend-keeps',
    title: 'Suspend keeps what has arrived, and Resume goes on there',
    source: 'IBackgroundCopyJob::Suspend',
    answer: { kept: true, state: 'transferred', whole: true, twice: false },
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      await job.resume();
      await beIn(world, job, 'transferring');
      await world.eventually(async () => (await job.getProgress()).bytesTransferred >= 4000);
      const suspended = await answerOf(job.suspend());
      if (suspended !== 'ok') return suspended;
      const { bytesTransferred } = await job.getProgress();
      await job.resume();
      const state = await settle(world, job);
      await job.complete();
      const { total } = world.fetched('a.bin');
      return {
        kept: bytesTransferred >= 4000,
        state,
        whole: (await world.read('a.bin'))?.equals(bytesOf('a.bin', 40_000)) ?? false,
        // What was under way when it was suspended may be fetched again, and no more.
        twice: total > 40_000 + bytesTransferred / 2 + 4000,
      };
    },
  },
  {
    id: 'suspended-is-still',
    title: 'A suspended job does not move',
    source: 'IBackgroundCopyJob::Suspend',
    answer: ['suspended', true],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      await job.resume();
      await beIn(world, job, 'transferring');
      const suspended = await answerOf(job.suspend());
      if (suspended !== 'ok') return suspended;
      const { bytesTransferred } = await job.getProgress();
      const isStill = await world.never(
        async () => (await job.getProgress()).bytesTransferred !== bytesTransferred,
        60_000,
      );
      return [await job.getState(), isStill];
    },
  },
  {
    id: 'resume-twice',
    title: 'Resume on a job that transfers already changes nothing',
    source: 'IBackgroundCopyJob::Resume',
    answer: ['ok', 'transferred', 40_000],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      await job.resume();
      await beIn(world, job, 'transferring');
      return [await answerOf(job.resume()), await settle(world, job), world.fetched('a.bin').total];
    },
  },
  {
    id: 'cut-is-transient',
    title: 'A connection that breaks is a transient error, never a short file',
    source: 'Life Cycle of a BITS Job (transient errors)',
    answer: ['transientError', null],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': { size: 40_000, cut: 20_000 } });
      await job.complete();
      return [state, (await world.read('a.bin'))?.length ?? null];
    },
  },
  {
    id: 'cut-goes-on',
    title: 'After a broken connection the file is whole, and no more than the end is fetched again',
    source: 'HTTP Requirements for BITS Downloads (ranges)',
    answer: ['transferred', true, true],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': { size: 40_000, cut: 20_000 } });
      world.serve('a.bin', { size: 40_000 });
      await job.resume();
      const state = await settle(world, job);
      await job.complete();
      const isWhole = (await world.read('a.bin'))?.equals(bytesOf('a.bin', 40_000)) ?? false;
      return [state, isWhole, world.fetched('a.bin').total <= 60_000];
    },
  },
  {
    id: 'error-fixed',
    title: 'A job in the state error is resumed after the cause is fixed, and completes',
    source: 'IBackgroundCopyJob::Resume; Handling Errors',
    answer: ['error', 'ok', 'transferred', 'complete', true],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': { status: 404 } });
      world.serve('a.bin');
      const [resumed, then] = [await answerOf(job.resume()), await settle(world, job)];
      const completed = await answerOf(job.complete());
      return [state, resumed, then, completed, (await world.read('a.bin'))?.equals(bytesOf('a.bin', 1000)) ?? false];
    },
  },
  {
    id: 'transient-fixed',
    title:
      'A job in the state transientError is resumed after the cause is fixed, and completes: Resume retries at once',
    source: 'IBackgroundCopyJob::Resume; BG_JOB_STATE_TRANSIENT_ERROR',
    answer: ['transientError', 'ok', 'transferred', 'complete'],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': { status: 503 } });
      world.serve('a.bin');
      return [state, await answerOf(job.resume()), await settle(world, job), await answerOf(job.complete())];
    },
  },
  {
    id: 'other-files-kept',
    title: 'Files that have arrived are not fetched again when the job is resumed after an error',
    source: 'IBackgroundCopyJob::Resume',
    answer: ['error', 'transferred', 1000],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': {}, 'b.bin': { status: 404 } });
      world.serve('b.bin');
      await job.resume();
      return [state, await settle(world, job), world.fetched('a.bin').total];
    },
  },
  {
    id: 'dynamic-starts-over',
    title: 'Dynamic content starts from the beginning after an interruption',
    source: 'BITS_JOB_PROPERTY_DYNAMIC_CONTENT',
    answer: ['suspended', 'transferred', true, true],
    run: async (world) => {
      const job = await jobOf(
        world,
        { 'a.bin': { size: 40_000, slow: true, unsized: true } },
        { priority: 'foreground' },
      );
      const set = await answerOf(job.setProperty('dynamicContent', true));
      if (set !== 'ok') return set;
      await job.resume();
      await world.eventually(() => world.fetched('a.bin').total >= 4000);
      await job.suspend();
      const suspended = await job.getState();
      await job.resume();
      const state = await settle(world, job);
      await job.complete();
      const isWhole = (await world.read('a.bin'))?.equals(bytesOf('a.bin', 40_000)) ?? false;
      return [suspended, state, isWhole, world.fetched('a.bin').total >= 44_000];
    },
  },
  {
    id: 'several-connections',
    title: 'Several connections see the same job, and closing one does not touch it',
    source: 'IBackgroundCopyManager::GetJob',
    answer: ['suspended', 'suspended'],
    run: async (world) => {
      const job = await world.createJob();
      const other = await world.connect();
      const seen = await (await other.getJob(job.id)).getState();
      await other.close();
      return [seen, await job.getState()];
    },
  },
  {
    id: 'other-program',
    title: 'Another program of the user finds the job by its id, and resumes it',
    source: 'IBackgroundCopyManager::GetJob',
    answer: 'transferred',
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      const other = await world.connect();
      await (await other.getJob(job.id.toUpperCase())).resume();
      return settle(world, job);
    },
  },
]);
