import { subject } from '../case';
import { answerOf, beIn, IN_STATE, jobOf, settle, settled } from '../steps';
import { bytesOf } from '../world';

// Complete and Cancel: what is left of the files and of the job.

const COMPLETE = 'IBackgroundCopyJob::Complete';

export const ending = subject('ending', [
  {
    id: 'complete',
    title: 'Complete gives every file its name and leaves nothing else',
    source: COMPLETE,
    answer: ['complete', 'acknowledged', ['a.bin', 'b.bin']],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': {}, 'b.bin': {} });
      return [await answerOf(job.complete()), await job.getState(), [...(await world.names())]];
    },
  },
  {
    id: 'partial',
    title: 'Complete before the end keeps the files that have arrived and deletes the others',
    source: `${COMPLETE} (BG_S_PARTIAL_COMPLETE)`,
    answer: ['error', 'partial', ['a.bin'], true],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': {}, 'b.bin': { status: 404 } });
      const completed = await answerOf(job.complete());
      const isWhole = (await world.read('a.bin'))?.equals(bytesOf('a.bin', 1000)) ?? false;
      return [state, completed, [...(await world.names())], isWhole];
    },
  },
  {
    id: 'partial-in-the-middle',
    title: 'Complete in the middle of a file leaves nothing of it',
    source: `${COMPLETE} (BG_S_PARTIAL_COMPLETE)`,
    answer: ['partial', 'acknowledged', []],
    run: async (world) => {
      const job = await IN_STATE['transferring']!(world);
      return [await answerOf(job.complete()), await job.getState(), [...(await world.names())]];
    },
  },
  {
    id: 'target-in-use',
    title: 'Complete fails while the target is in use; the job stays, and Complete works afterwards',
    source: `${COMPLETE} (the job remains in the state transferred)`,
    answer: ['refused', 'transferred', 'old', 'complete', 'acknowledged'],
    run: async (world) => {
      await world.write('a.bin', Buffer.from('old'));
      const { job } = await settled(world, { 'a.bin': {} });
      const held = await world.hold('a.bin');
      const refused = await answerOf(job.complete());
      const state = await job.getState();
      held.release();
      const content = (await world.read('a.bin'))?.length === 3 ? 'old' : 'new';
      const answer = refused === 'complete' || refused === 'partial' ? refused : 'refused';
      return [answer, state, content, await answerOf(job.complete()), await job.getState()];
    },
  },
  {
    id: 'cancel-cleans',
    title: 'Cancel deletes what has arrived; a file that was there before stays',
    source: 'IBackgroundCopyJob::Cancel; Completing and Canceling a Job',
    answer: ['cancelled', ['b.bin'], 'old'],
    run: async (world) => {
      await world.write('b.bin', Buffer.from('old'));
      const { job } = await settled(world, { 'a.bin': {}, 'b.bin': {} });
      const cancelled = await answerOf(job.cancel());
      return [cancelled, [...(await world.names())], (await world.read('b.bin'))?.toString() ?? null];
    },
  },
  {
    id: 'cancel-on-the-way',
    title: 'Cancel in the middle of a file leaves nothing of it, and no more is fetched',
    source: 'IBackgroundCopyJob::Cancel',
    answer: ['cancelled', [], true],
    run: async (world) => {
      const job = await IN_STATE['transferring']!(world);
      const cancelled = await answerOf(job.cancel());
      const { total } = world.fetched('a.bin');
      const isStill = await world.never(() => world.fetched('a.bin').total > total + 4000, 10_000);
      return [cancelled, [...(await world.names())], isStill];
    },
  },
  {
    id: 'cancelled-elsewhere',
    title: 'A job that another program has cancelled is cancelled here',
    source: 'IBackgroundCopyJob::GetState',
    answer: ['cancelled', 'BG_E_INVALID_STATE'],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      const other = await world.connect();
      await (await other.getJob(job.id)).cancel();
      return [await job.getState(), await answerOf(job.resume())];
    },
  },
  {
    id: 'completed-elsewhere',
    title: 'wait() says so when another program has completed the job',
    source: 'windows-bits: job.wait() (BITS_ENDED)',
    answer: 'BITS_ENDED',
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      const waiting = answerOf(job.wait({ until: 'error' }));
      await job.resume();
      await settle(world, job);
      const other = await world.connect();
      await (await other.getJob(job.id)).complete();
      return waiting;
    },
  },
  {
    id: 'which-arrived',
    title: 'After a partial Complete the files say which of them were handed over',
    source: `${COMPLETE}; BG_FILE_PROGRESS (Completed)`,
    answer: ['partial', [true, false]],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': {}, 'b.bin': { status: 404 } });
      const files = await job.getFiles();
      const completed = await answerOf(job.complete());
      return [completed, await Promise.all(files.map(async (file) => (await file.getProgress()).completed))];
    },
  },
  {
    id: 'inactive',
    title: 'A job that nobody touches for ninety days is cancelled by the service',
    source: 'Group Policies (JobInactivityTimeout)',
    needs: ['clock'],
    answer: ['found', 'BG_E_NOT_FOUND'],
    run: async (world) => {
      const { id } = await jobOf(world, { 'a.bin': {} });
      const find = () => answerOf(world.bits.getJob(id).then(() => 'found'));
      await world.clock.advance(89 * 86_400_000);
      const before = await find();
      await world.clock.advance(2 * 86_400_000);
      return [before, await find()];
    },
  },
  {
    id: 'cancel-while-connecting',
    title: 'Cancel does not wait for a server that does not answer',
    source: 'IBackgroundCopyJob::Cancel',
    answer: ['cancelled', 'cancelled'],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { silent: true } });
      await job.resume();
      await beIn(world, job, 'connecting');
      return [await answerOf(job.cancel()), await job.getState()];
    },
  },
]);
