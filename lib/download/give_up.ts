import { BitsStalledError, BitsTimeoutError, BitsUnavailableError, isBitsError, forCancelledJob } from '../errors';
import type { JobLeft } from '../errors';
import { applyOnAbort } from '../watch/wait';
import type { Caller } from './caller';
import type { OngoingDownload } from './ongoing_download';
import type { DownloadProgress } from './options';
import type { TransferLimits } from './request';

/** A caller's attempt to run a download to its end. */
export interface Attempt {
  readonly caller: Caller<DownloadProgress>;
  /** The caller's limits, with the caller's own signal. */
  readonly limits: TransferLimits;
  /** Whether others wait for the download, too: then this caller leaves it to them. */
  readonly isShared?: () => boolean;
}

/** Leaves neither jobs nor files, except published ones. Rejects when a job could not be cancelled. */
export async function cancelDownload(download: OngoingDownload): Promise<void> {
  const [outcome] = await Promise.allSettled([download.jobs.cancelAll(), discardFiles(download)]);
  if (outcome.status === 'rejected') throw outcome.reason;
}

/** How far a download was when it failed. */
interface Failed {
  /** A later call can find the jobs. */
  readonly isFindable: boolean;
  /** All files have been fetched: what failed is giving them their names. */
  readonly isFetched: boolean;
}

/** Ends an attempt that has failed: leaves the jobs to a later call, or cancels them. Resolves with the error to throw. */
export async function giveUp(
  download: OngoingDownload,
  attempt: Attempt,
  thrown: unknown,
  { isFindable, isFetched }: Failed,
): Promise<unknown> {
  const { caller, isShared } = attempt;
  if (caller.signal.aborted && !caller.timedOut) return abort(download, attempt);
  const { latestId } = download.jobs;
  const error = caller.timedOut ? caller.error({ jobId: latestId === '' ? undefined : latestId }) : thrown;
  const isWanted = isFindable || isShared?.() === true;
  if (isLeftToLaterCall(download, error, { isWanted, isFetched })) return error;
  return cancelDownload(download).then(
    () => forCancelledJob(error),
    () => error,
  );
}

/** Whether jobs and files are kept. `isWanted`: somebody can go on with them. */
function isLeftToLaterCall(
  { jobs, states }: OngoingDownload,
  error: unknown,
  { isWanted, isFetched }: { readonly isWanted: boolean; readonly isFetched: boolean },
): boolean {
  // What has been fetched only waits for a file that is in use.
  if (isFetched) return isWanted || !(error instanceof BitsTimeoutError);
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
async function abort(download: OngoingDownload, { caller, limits, isShared }: Attempt): Promise<Error> {
  const { jobs, states } = download;
  if (jobs.latestId === '') return caller.error();
  const onAbort = jobs.placement.hasOrphans(states) ? 'cancel' : isShared?.() === true ? 'detach' : limits.onAbort;
  if (onAbort === 'cancel') await discardFiles(download);
  const outcomes = await Promise.all(jobs.all.map((job) => applyOnAbort(job, onAbort)));
  const left: JobLeft = outcomes.at(-1)?.left ?? 'cancelled'; // without jobs there were only files
  const refused = outcomes.find((outcome) => outcome.refused !== undefined)?.refused;
  return caller.error({ jobId: jobs.latestId, left, refused });
}

/** Removes files that are in no job any more; nothing is left to be published. */
async function discardFiles({ jobs, states }: OngoingDownload): Promise<void> {
  const removing = jobs.placement.removeOrphans(states);
  for (const state of states) state.startOver();
  await removing;
}
