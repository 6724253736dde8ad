import { BitsStalledError, BitsTimeoutError, BitsUnavailableError, isBitsError, withoutJob } from '../errors';
import type { JobLeft } from '../errors';
import { leaveJob } from '../watch/wait';
import type { OnAbort } from '../watch/wait';
import type { Caller } from './caller';
import { areVerified } from './file_state';
import type { FileState } from './file_state';
import type { JobSet } from './job_set';
import type { DownloadProgress } from './options';

/** Who gives a download up, and who is left. */
interface GivingUp {
  readonly caller: Caller<DownloadProgress>;
  readonly limits: { readonly onAbort: OnAbort };
  readonly isShared?: () => boolean;
  /** Whether a later call can find the jobs. */
  readonly isFindable: boolean;
}

/** Leaves neither jobs nor files, except published ones. */
export async function cancelDownload(states: readonly FileState[], jobs: JobSet): Promise<void> {
  const [outcome] = await Promise.allSettled([jobs.cancelAll(), discardFiles(states, jobs)]);
  if (outcome.status === 'rejected') throw outcome.reason;
}

/** Ends a download that has failed: leaves its jobs to a later call, or cancels them. Resolves with the error to throw. */
export async function giveUp(
  thrown: unknown,
  states: readonly FileState[],
  jobs: JobSet,
  how: GivingUp,
): Promise<unknown> {
  const { caller } = how;
  if (caller.signal.aborted && !caller.timedOut) return abort(states, jobs, how);
  const jobId = jobs.latestId === '' ? undefined : jobs.latestId;
  const error = caller.timedOut ? caller.error({ jobId }) : thrown;
  if (isLeftToLaterCall(error, states, jobs, how)) return error;
  return cancelDownload(states, jobs).then(
    () => withoutJob(error),
    () => error,
  );
}

/** Whether jobs and files are kept: somebody will go on with them. */
function isLeftToLaterCall(
  error: unknown,
  states: readonly FileState[],
  jobs: JobSet,
  { caller, isShared, isFindable }: GivingUp,
): boolean {
  const isWanted = isFindable || isShared?.() === true;
  // What is verified only waits for a file that is in use.
  if (areVerified(states)) return isWanted || !caller.timedOut;
  if (jobs.placement.hasOrphans(states)) return false;
  // Over a connection that is closed nothing can be cancelled.
  return (isWanted && waitingMayHelp(error)) || isBitsError(error, 'BITS_CLOSED');
}

function waitingMayHelp(error: unknown): boolean {
  return (
    error instanceof BitsTimeoutError || error instanceof BitsStalledError || error instanceof BitsUnavailableError
  );
}

/** Does with the jobs what the caller wants an abort to do. */
async function abort(
  states: readonly FileState[],
  jobs: JobSet,
  { caller, limits, isShared }: GivingUp,
): Promise<Error> {
  const { latestId: jobId } = jobs;
  if (jobId === '') return caller.error();
  const onAbort = jobs.placement.hasOrphans(states) ? 'cancel' : isShared?.() === true ? 'detach' : limits.onAbort;
  if (onAbort === 'cancel') await discardFiles(states, jobs);
  const outcomes = await Promise.all(jobs.all.map((job) => leaveJob(job, onAbort)));
  const left: JobLeft = outcomes.at(-1)?.left ?? 'cancelled'; // without jobs there were only files
  return caller.error({ jobId, left, refused: outcomes.find(({ refused }) => refused !== undefined)?.refused });
}

/** Removes files that are in no job any more; nothing is left to be published. */
async function discardFiles(states: readonly FileState[], jobs: JobSet): Promise<void> {
  const removing = jobs.placement.removeOrphans(states);
  for (const state of states) state.startOver();
  await removing;
}
