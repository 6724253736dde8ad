import { subject } from '../case';
import type { Answer, Case } from '../case';
import { beIn, jobOf, settle, settled } from '../steps';
import type { Control, World } from '../world';

// What makes jobs wait: no network, its cost, the battery, policies. They wait in the state transientError, and go on by
// themselves when the condition ends, without a retry delay.

interface Condition {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly code: string;
  readonly needs: readonly Control[];
  readonly priority?: 'foreground';
  begin(world: World): void;
  end(world: World): void;
}

const CONDITIONS: readonly Condition[] = [
  {
    name: 'network',
    title: 'there is no network',
    source: 'Users and Network Connections (BG_E_NETWORK_DISCONNECTED)',
    code: 'BG_E_NETWORK_DISCONNECTED',
    needs: ['network'],
    begin: (world) => {
      world.network.disconnect();
    },
    end: (world) => {
      world.network.connect();
    },
  },
  {
    name: 'cost',
    title: 'the network is outside the cost policy of the job',
    source: 'BITS_JOB_TRANSFER_POLICY (BG_E_BLOCKED_BY_COST_TRANSFER_POLICY)',
    code: 'BG_E_BLOCKED_BY_COST_TRANSFER_POLICY',
    needs: ['network'],
    begin: (world) => {
      world.network.cost('roaming');
    },
    end: (world) => {
      world.network.cost('unrestricted');
    },
  },
  {
    name: 'battery-saver',
    title: 'the battery saver is on',
    source: 'BITS Return Values (BG_E_BLOCKED_BY_BATTERY_SAVER)',
    code: 'BG_E_BLOCKED_BY_BATTERY_SAVER',
    needs: ['power'],
    begin: (world) => {
      world.power.battery(15);
      world.power.saver(true);
    },
    end: (world) => {
      world.power.saver(false);
      world.power.battery(null);
    },
  },
  {
    name: 'bandwidth-zero',
    title: 'policy gives background transfers no bandwidth',
    source: 'Group Policies (BG_E_BLOCKED_BY_POLICY)',
    code: 'BG_E_BLOCKED_BY_POLICY',
    needs: ['policy'],
    begin: (world) => {
      world.policy.set({ bandwidth: 0 });
    },
    end: (world) => {
      world.policy.set({ bandwidth: null });
    },
  },
  {
    name: 'game-mode',
    title: 'the game mode is on',
    source: 'BITS Return Values (BG_E_BLOCKED_BY_GAME_MODE)',
    code: 'BG_E_BLOCKED_BY_GAME_MODE',
    needs: ['policy'],
    begin: (world) => {
      world.policy.set({ gameMode: true });
    },
    end: (world) => {
      world.policy.set({ gameMode: false });
    },
  },
];

/** Under way when it begins. */
async function under(world: World, condition: Condition): Promise<Answer> {
  const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
  if (condition.name === 'cost') await job.setProperty('costFlags', 'notRoaming');
  await job.resume();
  await beIn(world, job, 'transferring');
  await world.eventually(async () => (await job.getProgress()).bytesTransferred >= 10_000);
  condition.begin(world);
  await world.eventually(async () => (await job.getState()) === 'transientError', 5000);
  const state = await job.getState();
  const code = (await job.failure())?.code ?? null;
  const stays = await world.never(async () => (await job.getState()) !== 'transientError', 3_600_000);
  condition.end(world);
  const since = await settleAfter(world, job);
  // What was on its way when the condition began may be fetched again, and no more: one piece or two of 2000 bytes.
  return { state, code, stays, isKept: world.fetched('a.bin').total <= 44_000, ...since };
}

async function settleAfter(world: World, job: Parameters<typeof settle>[1]): Promise<{ then: string }> {
  await world.eventually(async () => (await job.getState()) === 'transferred', 60_000);
  return { then: await job.getState() };
}

const begun: readonly Case[] = CONDITIONS.map((condition) => ({
  id: `${condition.name}-while-transferring`,
  title: `A job that transfers waits while ${condition.title}, and goes on by itself within a minute`,
  source: condition.source,
  needs: [...condition.needs, 'clock'],
  answer: { state: 'transientError', code: condition.code, stays: true, isKept: true, then: 'transferred' },
  run: (world) => under(world, condition),
}));

const there: readonly Case[] = CONDITIONS.map((condition) => ({
  id: `${condition.name}-at-resume`,
  title: `A job that is resumed while ${condition.title} waits, and goes on by itself within a minute`,
  source: condition.source,
  needs: [...condition.needs, 'clock'],
  answer: ['transientError', condition.code, 'transferred'],
  run: async (world) => {
    condition.begin(world);
    const job = await jobOf(world, { 'a.bin': {} });
    if (condition.name === 'cost') await job.setProperty('costFlags', 'notRoaming');
    await job.resume();
    const state = await settle(world, job);
    const code = (await job.failure())?.code ?? null;
    condition.end(world);
    return [state, code, (await settleAfter(world, job)).then];
  },
}));

export const conditions = subject('conditions', [
  ...begun,
  ...there,
  {
    id: 'foreground-has-no-limit',
    title: 'The bandwidth policy is for background jobs: a foreground job goes on',
    source: 'Group Policies; BG_JOB_PRIORITY_FOREGROUND',
    needs: ['policy'],
    answer: 'transferred',
    run: async (world) => {
      world.policy.set({ bandwidth: 0 });
      return (await settled(world, { 'a.bin': {} }, { priority: 'foreground' })).state;
    },
  },
  {
    id: 'always',
    title: 'A job with the cost policy "always" transfers over any network',
    source: 'BITS_JOB_TRANSFER_POLICY_ALWAYS',
    needs: ['network'],
    answer: 'transferred',
    run: async (world) => {
      world.network.cost('roaming');
      const job = await jobOf(world, { 'a.bin': {} });
      await job.setProperty('costFlags', 'always');
      await job.resume();
      return settle(world, job);
    },
  },
  {
    id: 'policy-changed',
    title: 'A wider cost policy lets a waiting job go on at once',
    source: 'BITS_JOB_PROPERTY_ID_COST_FLAGS (at any time)',
    needs: ['network', 'clock'],
    answer: ['transientError', 'transferred'],
    run: async (world) => {
      world.network.cost('roaming');
      const job = await jobOf(world, { 'a.bin': {} });
      await job.setProperty('costFlags', 'notRoaming');
      await job.resume();
      const state = await settle(world, job);
      await job.setProperty('costFlags', 'always');
      return [state, (await settleAfter(world, job)).then];
    },
  },
  {
    id: 'network-wakes-all',
    title: 'When a network appears, jobs in the state transientError are tried again, whatever their error was',
    source: 'Users and Network Connections',
    needs: ['network', 'clock'],
    answer: ['transientError', 'transferred'],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': { status: 503 } });
      world.serve('a.bin');
      world.network.disconnect();
      await world.clock.advance(1000);
      world.network.connect();
      return [state, (await settleAfter(world, job)).then];
    },
  },
  {
    id: 'no-retry-meanwhile',
    title: 'Without a network nothing is tried, and the job waits even beyond its no-progress time-out of 14 days',
    source: 'BG_JOB_STATE_TRANSIENT_ERROR; Users and Network Connections; IBackgroundCopyJob::SetNoProgressTimeout',
    needs: ['network', 'clock'],
    answer: ['transientError', 0, 'transferred'],
    run: async (world) => {
      world.network.disconnect();
      const job = await jobOf(world, { 'a.bin': {} });
      await job.resume();
      await world.clock.advance(20 * 86_400_000);
      const state = await settle(world, job);
      const tried = world.asked('a.bin').length;
      world.network.connect();
      return [state, tried, (await settleAfter(world, job)).then];
    },
  },
  {
    id: 'no-time-out-of-zero',
    title: 'A no-progress time-out of 0 makes errors fatal, but a job still waits for a network',
    source: 'IBackgroundCopyJob::SetNoProgressTimeout; Users and Network Connections',
    needs: ['network', 'clock'],
    answer: ['transientError', 'transferred'],
    run: async (world) => {
      world.network.disconnect();
      const job = await jobOf(world, { 'a.bin': {} });
      await job.setNoProgressTimeout(0);
      await job.resume();
      const state = await settle(world, job);
      world.network.connect();
      return [state, (await settleAfter(world, job)).then];
    },
  },
  {
    id: 'bandwidth',
    title: 'A slow network takes its time',
    source: 'Network Bandwidth',
    needs: ['network', 'clock'],
    answer: [true, true],
    run: async (world) => {
      world.network.bandwidth(1000);
      const job = await jobOf(world, { 'a.bin': { size: 60_000 } }, { priority: 'foreground' });
      await job.resume();
      await world.clock.advance(30_000);
      const { bytesTransferred } = await job.getProgress();
      await world.eventually(async () => (await job.getState()) === 'transferred', 60_000);
      return [bytesTransferred > 20_000 && bytesTransferred < 40_000, (await job.getState()) === 'transferred'];
    },
  },
]);
