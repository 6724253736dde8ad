import { BitsError } from '../../lib';
import type { BitsJob, CreateJobOptions, JobState } from '../../lib';
import type { Answer } from './case';
import type { Served, World } from './world';

/** What a call answers: its value ('ok' when it has none), or the code of the error. */
export async function answerOf(call: Promise<unknown> | (() => Promise<unknown>)): Promise<Answer> {
  try {
    return asAnswer(await (typeof call === 'function' ? call() : call));
  } catch (error) {
    if (error instanceof BitsError) return error.code;
    if (error instanceof TypeError || error instanceof RangeError) return error.name;
    throw error;
  }
}

/** How a call is refused, with all that its error says; 'ok' when it is not. */
export async function refusalOf(call: Promise<unknown>): Promise<Answer> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return 'ok';
  if (!(error instanceof BitsError)) throw error as Error;
  const { name, code, hresult, method } = error;
  return asAnswer({ name, code, hresult, method, state: 'state' in error ? error.state : undefined });
}

/** A value as plain data. */
export function asAnswer(value: unknown): Answer {
  if (value === undefined) return 'ok';
  return JSON.parse(JSON.stringify(value)) as Answer;
}

/** What several calls answer, one after another. */
export async function answersOf(calls: Readonly<Record<string, () => Promise<unknown>>>): Promise<Answer> {
  const answers: Record<string, Answer> = {};
  for (const [name, call] of Object.entries(calls)) answers[name] = await answerOf(call);
  return answers;
}

/** A state, or the class of those that follow each other at any moment: 'active'. */
export async function stateOf(job: BitsJob): Promise<string> {
  const state = await job.getState();
  return ['queued', 'connecting', 'transferring'].includes(state) ? 'active' : state;
}

const AT_REST: readonly string[] = ['error', 'transientError', 'transferred', 'suspended', 'acknowledged', 'cancelled'];

/** Waits until the job goes no further by itself for now, and says in which state. */
export async function settle(world: World, job: BitsJob, within?: number): Promise<string> {
  let state = '';
  const isThere = await world.eventually(async () => AT_REST.includes((state = await job.getState())), within);
  return isThere ? state : `still ${state}`;
}

/** Waits for a state. False when the job comes to rest in another one, or does not get there in time. */
export async function reach(world: World, job: BitsJob, state: JobState, within?: number): Promise<boolean> {
  let now = '';
  const isOver = async () => {
    now = await job.getState();
    return now === state || (now !== 'transientError' && AT_REST.includes(now));
  };
  await world.eventually(isOver, within);
  return now === state;
}

/** As `reach`, for cases that begin there: on a target that does not get there the answer is 'not reached'. */
export class NotReached extends Error {}

export async function beIn(world: World, job: BitsJob, state: JobState, within?: number): Promise<void> {
  if (!(await reach(world, job, state, within))) throw new NotReached(`${state} (${await job.getState()})`);
}

/** A job with files that the server has; it is suspended. */
export async function jobOf(
  world: World,
  files: Readonly<Record<string, Served>>,
  options: Partial<CreateJobOptions> = {},
): Promise<BitsJob> {
  const named = Object.entries(files).map(([name, served]) => ({
    url: world.serve(name, served),
    path: world.path(name),
  }));
  return world.createJob({ ...options, files: named });
}

/** A job that has been resumed and has come to rest. */
export async function settled(
  world: World,
  files: Readonly<Record<string, Served>>,
  options: Partial<CreateJobOptions> = {},
): Promise<{ readonly job: BitsJob; readonly state: string }> {
  const job = await jobOf(world, files, options);
  await job.resume();
  return { job, state: await settle(world, job) };
}

/** Ways to bring a job into each state. */
export const IN_STATE: Readonly<Record<string, (world: World) => Promise<BitsJob>>> = {
  suspended: (world) => jobOf(world, { 'a.bin': {} }),
  connecting: async (world) => {
    const job = await jobOf(world, { 'a.bin': { silent: true } });
    await job.resume();
    await beIn(world, job, 'connecting');
    return job;
  },
  transferring: async (world) => {
    const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
    await job.resume();
    await beIn(world, job, 'transferring');
    return job;
  },
  transientError: async (world) => {
    const job = await jobOf(world, { 'a.bin': { status: 503 } });
    await job.resume();
    await beIn(world, job, 'transientError');
    return job;
  },
  error: async (world) => {
    const job = await jobOf(world, { 'a.bin': { status: 404 } });
    await job.resume();
    await beIn(world, job, 'error');
    return job;
  },
  transferred: async (world) => {
    const job = await jobOf(world, { 'a.bin': {} });
    await job.resume();
    await beIn(world, job, 'transferred');
    return job;
  },
  acknowledged: async (world) => {
    const job = await jobOf(world, { 'a.bin': {} });
    await job.resume();
    await beIn(world, job, 'transferred');
    await job.complete();
    return job;
  },
  cancelled: async (world) => {
    const job = await jobOf(world, { 'a.bin': {} });
    await job.cancel();
    return job;
  },
};

/** The job's error in short; null when it has none. */
export async function failureOf(job: BitsJob): Promise<Answer> {
  const failure = await job.failure();
  return failure === null ? null : { code: failure.code, context: failure.context };
}
