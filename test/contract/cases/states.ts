import type { BitsJob } from '../../../lib';
import { subject } from '../case';
import type { Answer, Case } from '../case';
import { answerOf, answersOf, beIn, IN_STATE, jobOf, reach, refusalOf, settle, settled, stateOf } from '../steps';
import type { World } from '../world';

// The nine states, what leads from one to another, and which calls each allows.

const LIFE = 'Life Cycle of a BITS Job';

/** Calls that change the state; each is made on a job of its own. */
const CHANGERS: Readonly<Record<string, (job: BitsJob) => Promise<unknown>>> = {
  Resume: (job) => job.resume(),
  Suspend: (job) => job.suspend(),
  Cancel: (job) => job.cancel(),
  Complete: (job) => job.complete(),
};

/** What each answers in each state, and the state afterwards. Null: not documented. */
const CHANGES: Readonly<Record<string, Readonly<Record<string, readonly [answer: string, state: string] | null>>>> = {
  Resume: {
    suspended: ['ok', 'left'],
    connecting: ['ok', 'active'],
    transferring: ['ok', 'active'],
    transientError: ['ok', 'left'],
    error: ['ok', 'left'],
    transferred: null,
    acknowledged: ['BG_E_INVALID_STATE', 'acknowledged'],
    cancelled: ['BG_E_INVALID_STATE', 'cancelled'],
  },
  Suspend: {
    suspended: ['ok', 'suspended'],
    connecting: ['ok', 'suspended'],
    transferring: ['ok', 'suspended'],
    transientError: ['ok', 'suspended'],
    error: null,
    transferred: null,
    acknowledged: ['BG_E_INVALID_STATE', 'acknowledged'],
    cancelled: ['BG_E_INVALID_STATE', 'cancelled'],
  },
  Cancel: {
    suspended: ['cancelled', 'cancelled'],
    connecting: ['cancelled', 'cancelled'],
    transferring: ['cancelled', 'cancelled'],
    transientError: ['cancelled', 'cancelled'],
    error: ['cancelled', 'cancelled'],
    transferred: ['cancelled', 'cancelled'],
    acknowledged: ['BG_E_INVALID_STATE', 'acknowledged'],
    cancelled: ['BG_E_INVALID_STATE', 'cancelled'],
  },
  Complete: {
    suspended: ['partial', 'acknowledged'],
    connecting: ['partial', 'acknowledged'],
    transferring: ['partial', 'acknowledged'],
    transientError: ['partial', 'acknowledged'],
    error: ['partial', 'acknowledged'],
    transferred: ['complete', 'acknowledged'],
    acknowledged: ['BG_E_INVALID_STATE', 'acknowledged'],
    cancelled: ['BG_E_INVALID_STATE', 'cancelled'],
  },
};

async function change(world: World, name: string, state: string): Promise<Answer> {
  const job = await IN_STATE[state]!(world);
  const answer = await answerOf(CHANGERS[name]!(job));
  if (CHANGES[name]?.[state]?.[1] !== 'left') return [answer, await stateOf(job)];
  // The job is in the queue now, or beyond it already.
  const isLeft = await world.eventually(
    async () => ['active', 'transferred', 'error'].includes(await stateOf(job)),
    2000,
  );
  return [answer, isLeft ? 'left' : await stateOf(job)];
}

const changes: readonly Case[] = Object.entries(CHANGES).flatMap(([name, row]) =>
  Object.entries(row).flatMap(([state, answer]) =>
    answer === null
      ? []
      : {
          id: `${name.toLowerCase()}-when-${state}`,
          title: `${name} on a job in the state ${state}`,
          source: `IBackgroundCopyJob::${name}; ${LIFE}`,
          answer,
          run: (world) => change(world, name, state),
        },
  ),
);

/** Calls that leave the state as it is. */
const setters = (world: World, job: BitsJob): Readonly<Record<string, () => Promise<unknown>>> => ({
  setDescription: () => job.setDescription('d'),
  setPriority: () => job.setPriority('low'),
  setNotifyFlags: () => job.setNotifyFlags(['jobError']),
  setMinimumRetryDelay: () => job.setMinimumRetryDelay(60),
  setNoProgressTimeout: () => job.setNoProgressTimeout(600),
  setCustomHeaders: () => job.setCustomHeaders({ 'X-A': 'b' }),
  replaceRemotePrefix: () => job.replaceRemotePrefix('http://nobody.invalid/', 'http://nobody.invalid/b/'),
  setNotifyInterface: () => job.setNotifyInterface(null),
  addFile: () => job.addFile(world.serve('more.bin'), world.path('more.bin')),
});
const everywhere = (answer: string): Answer => ({
  setDescription: answer,
  setPriority: answer,
  setNotifyFlags: answer,
  setMinimumRetryDelay: answer,
  setNoProgressTimeout: answer,
  setCustomHeaders: answer,
  replaceRemotePrefix: answer,
  setNotifyInterface: answer,
  addFile: answer,
});

const settings: readonly Case[] = Object.entries(IN_STATE).map(([state, make]) => {
  const isEnded = ['acknowledged', 'cancelled'].includes(state);
  return {
    id: `settings-when-${state}`,
    title: `${isEnded ? 'No setting can be changed' : 'Settings can be changed'} in the state ${state}`,
    source: `${LIFE}; the pages of the methods`,
    answer: everywhere(isEnded ? 'BG_E_INVALID_STATE' : 'ok'),
    run: async (world) => {
      const job = await make(world);
      return answersOf(setters(world, job));
    },
  };
});

export const states = subject('states', [
  {
    id: 'new',
    title: 'A new job is suspended',
    source: 'IBackgroundCopyManager::CreateJob',
    answer: 'suspended',
    run: async (world) => (await world.createJob()).getState(),
  },
  {
    id: 'resume-empty',
    title: 'A job without files cannot be resumed, and stays suspended',
    source: 'IBackgroundCopyJob::Resume (BG_E_EMPTY)',
    answer: [
      {
        name: 'BitsStateError',
        code: 'BG_E_EMPTY',
        hresult: 0x80200003,
        method: 'IBackgroundCopyJob::Resume',
        state: 'suspended',
      },
      'suspended',
    ],
    run: async (world) => {
      const job = await world.createJob();
      return [await refusalOf(job.resume()), await job.getState()];
    },
  },
  {
    id: 'resume-ended',
    title: 'The error of a call on an ended job says which state the job is in',
    source: 'IBackgroundCopyJob::Resume (BG_E_INVALID_STATE)',
    answer: ['acknowledged', 'cancelled'].map((state) => ({
      name: 'BitsStateError',
      code: 'BG_E_INVALID_STATE',
      hresult: 0x80200002,
      method: 'IBackgroundCopyJob::Resume',
      state,
    })),
    run: async (world) => {
      const [completed, cancelled] = [await IN_STATE['acknowledged']!(world), await IN_STATE['cancelled']!(world)];
      return [await refusalOf(completed.resume()), await refusalOf(cancelled.resume())];
    },
  },
  {
    id: 'leaves-suspended',
    title: 'Resume moves a job out of SUSPENDED into the queue',
    source: 'IBackgroundCopyJob::Resume',
    answer: ['suspended', true],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      const before = await job.getState();
      await job.resume();
      return [before, ['active', 'transferred'].includes(await stateOf(job))];
    },
  },
  {
    id: 'connecting',
    title: 'A job whose server has not answered yet is connecting',
    source: `BG_JOB_STATE_CONNECTING; ${LIFE}`,
    answer: true,
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { silent: true } });
      await job.resume();
      return reach(world, job, 'connecting');
    },
  },
  {
    id: 'transferring',
    title: 'A job whose bytes are coming is transferring',
    source: `BG_JOB_STATE_TRANSFERRING; ${LIFE}`,
    answer: true,
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      await job.resume();
      return reach(world, job, 'transferring');
    },
  },
  {
    id: 'order',
    title: 'A download goes through the queue, connecting and transferring in this order',
    source: LIFE,
    answer: 'in order',
    run: async (world) => {
      const order = ['suspended', 'queued', 'connecting', 'transferring', 'transferred'];
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      const seen = [await job.getState()];
      await job.resume();
      await world.eventually(async () => {
        const state = await job.getState();
        if (state !== seen.at(-1)) seen.push(state);
        return state === 'transferred';
      });
      // At the end of its time slice it is queued again.
      const places = seen.filter((state, i) => i < 2 || state !== 'queued').map((state) => order.indexOf(state));
      const isInOrder = places.every((place, i) => place >= (places[i - 1] ?? 0) && place >= 0);
      return isInOrder && seen.at(-1) === 'transferred' ? 'in order' : seen;
    },
  },
  {
    id: 'all-seen',
    title: 'Nothing between the queue and the end is left out',
    source: LIFE,
    needs: ['clock', 'network'],
    answer: ['queued', 'connecting', 'transferring', 'transferred'],
    run: async (world) => {
      world.network.bandwidth(4000);
      world.network.latency(3000);
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      const seen: string[] = [];
      job.on('stateChange', ({ state }) => seen.push(state));
      await job.resume();
      seen.push(await job.getState());
      await settle(world, job, 60_000);
      await world.eventually(() => seen.includes('transferred'));
      return seen.filter((state, i) => state !== seen[i - 1]);
    },
  },
  {
    id: 'queued-behind',
    title: 'Of two background jobs of one priority, one waits in the queue while the other transfers',
    source: `${LIFE} (jobs of equal priority take turns)`,
    answer: true,
    run: async (world) => {
      const [one, two] = [
        await jobOf(world, { 'a.bin': { size: 40_000, slow: true } }),
        await jobOf(world, { 'b.bin': { size: 40_000, slow: true } }),
      ];
      await one.resume();
      await two.resume();
      await beIn(world, one, 'transferring');
      return (await two.getState()) === 'queued';
    },
  },
  {
    id: 'foreground-beside',
    title: 'A foreground job does not wait for a background job',
    source: `${LIFE}; BG_JOB_PRIORITY_FOREGROUND`,
    answer: ['transferring', 'transferring'],
    run: async (world) => {
      const one = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      await one.resume();
      await beIn(world, one, 'transferring');
      const two = await jobOf(world, { 'b.bin': { size: 40_000, slow: true } }, { priority: 'foreground' });
      await two.resume();
      const state = (await reach(world, two, 'transferring')) ? 'transferring' : await stateOf(two);
      return [state === 'transferring' ? 'transferring' : await stateOf(one), state];
    },
  },
  {
    id: 'higher-priority-first',
    title: 'A job of higher priority goes before one of lower priority that is under way',
    source: 'BG_JOB_PRIORITY: jobs of higher priority preempt',
    answer: ['transferred', 'active'],
    run: async (world) => {
      const low = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } }, { priority: 'low' });
      await low.resume();
      await beIn(world, low, 'transferring');
      const high = await jobOf(world, { 'b.bin': {} }, { priority: 'high' });
      await high.resume();
      const state = await settle(world, high);
      return [state, await stateOf(low)];
    },
  },
  {
    id: 'gone-from-queue',
    title: 'A job that was completed or cancelled has left the queue: it is not listed and not found',
    source: `${LIFE}; IBackgroundCopyManager::GetJob (BG_E_NOT_FOUND)`,
    answer: { completed: ['BG_E_NOT_FOUND', false], cancelled: ['BG_E_NOT_FOUND', false] },
    run: async (world) => {
      const completed = await IN_STATE['acknowledged']!(world);
      const cancelled = await IN_STATE['cancelled']!(world);
      const find = (id: string) => answerOf(world.bits.getJob(id).then(() => 'found'));
      const listed = (await world.bits.getJobs()).map(({ id }) => id);
      return {
        completed: [await find(completed.id), listed.includes(completed.id)],
        cancelled: [await find(cancelled.id), listed.includes(cancelled.id)],
      };
    },
  },
  {
    id: 'error-information',
    title: 'There is an error to read in the states error and transientError only',
    source: 'IBackgroundCopyJob::GetError (BG_E_ERROR_INFORMATION_UNAVAILABLE)',
    answer: {
      suspended: 'BG_E_ERROR_INFORMATION_UNAVAILABLE',
      transferring: 'BG_E_ERROR_INFORMATION_UNAVAILABLE',
      transientError: 'ok',
      error: 'ok',
      transferred: 'BG_E_ERROR_INFORMATION_UNAVAILABLE',
    },
    run: async (world) => {
      const answers: Record<string, Answer> = {};
      for (const state of ['suspended', 'transferring', 'transientError', 'error', 'transferred']) {
        const job = await IN_STATE[state]!(world);
        answers[state] = await answerOf(job.getError().then(() => undefined));
        await job.cancel();
      }
      return answers;
    },
  },
  {
    id: 'added-after-transferred',
    title: 'A file that is added to a transferred job is fetched after Resume; the others are not fetched again',
    source: 'IBackgroundCopyJob::AddFile; IBackgroundCopyJob::Resume',
    answer: { before: 'transferred', after: 'transferred', files: 2, first: 1000 },
    run: async (world) => {
      const { job, state: before } = await settled(world, { 'a.bin': {} });
      await job.addFile(world.serve('b.bin'), world.path('b.bin'));
      await job.resume();
      await world.eventually(async () => (await job.getProgress()).filesTransferred === 2, 5000);
      const after = await settle(world, job);
      const { filesTransferred } = await job.getProgress();
      return { before, after, files: filesTransferred, first: world.fetched('a.bin').total };
    },
  },
  ...changes,
  ...settings,
]);
