import type { FileProgress, FileSnapshot } from '../bits/file';
import { BitsNotSupportedError, BitsVerificationError } from '../errors';
import type { BitsTransferError } from '../errors';
import type { BitsJob } from '../job';
import type { FileState } from './file_state';
import { parseHttpAnswer } from './http_answer';
import { matchFiles } from './local_paths';

/** A file of a job as it is now, and what it is to the download. */
export interface JobFile {
  readonly state: FileState;
  readonly seen: FileSnapshot;
}

/** Files of a job that are among these. */
export async function filesOf(job: BitsJob, states: readonly FileState[]): Promise<JobFile[]> {
  const files = await job.getFileSnapshots();
  const found = await Promise.all(
    files.map(async (seen) => ({ local: await localNameOf(seen), remote: await remoteNameOf(seen) })),
  );
  const indices = matchFiles(states.map(toWanted), found);
  return files.flatMap((seen, i) => {
    const state = states[indices[i] ?? -1];
    return state === undefined ? [] : [{ state, seen }];
  });
}

/*
 * What could not be read with the rest is asked for by itself, which tells why.
 */

export const localNameOf = async ({ localName, file }: FileSnapshot): Promise<string> =>
  localName ?? file.getLocalName();

export const remoteNameOf = async ({ remoteName, file }: FileSnapshot): Promise<string> =>
  remoteName ?? file.getRemoteName();

export const temporaryNameOf = async ({ temporaryName, file }: FileSnapshot): Promise<string> =>
  temporaryName ?? file.getTemporaryName();

async function progressOf({ completed, bytesTotal, bytesTransferred, file }: FileSnapshot): Promise<FileProgress> {
  return completed === null || bytesTransferred === null
    ? file.getProgress()
    : { completed, bytesTotal, bytesTransferred };
}

/** The file that a job failed at; where BITS does not say, the first that has not arrived. */
export function culpritOf(error: BitsTransferError, job: BitsJob, states: readonly FileState[]): FileState | undefined {
  const own = states.filter((state) => state.job === job);
  const named = stateNamed(error.file?.localName, own);
  if (named !== undefined) return named.hasFailed ? undefined : named;
  return own.find(({ isWaiting }) => isWaiting);
}

/** The file that BITS means by a local name. */
function stateNamed(local: string | undefined, states: readonly FileState[]): FileState | undefined {
  if (local === undefined) return undefined;
  const [index] = matchFiles(states.map(toWanted), [{ local, remote: '' }]);
  return index === undefined ? undefined : states[index];
}

function toWanted({ localName, file: { urls } }: FileState) {
  return { local: localName, remotes: urls };
}

/**
 * Notes how far files of a job are that it fetches. `compareLengths`: compare what has arrived with the length that the
 * server announced, because the service does not notice when a connection breaks.
 */
export async function noteProgress(job: BitsJob, files: readonly JobFile[], compareLengths: boolean): Promise<void> {
  for (const { seen, state } of files) {
    if (state.job !== job) continue;
    const { completed, bytesTotal, bytesTransferred } = await progressOf(seen);
    // Of ranges the server announces the whole file.
    const comparable = compareLengths && completed && bytesTotal !== null && state.file.ranges === null;
    const error =
      comparable && bytesTotal !== bytesTransferred
        ? wrongLength(state.file.path, bytesTotal, bytesTransferred, job.id)
        : null;
    state.seen = seen;
    state.noteProgress(completed, bytesTransferred, error);
  }
}

function wrongLength(path: string, expected: number, actual: number, jobId: string): BitsVerificationError {
  return new BitsVerificationError(
    { path, check: 'length', expected: `${expected} bytes`, actual: `${actual} bytes` },
    { jobId },
  );
}

/** Reads what the server answered for files that have arrived, while their jobs are there to ask. */
export async function readHttpAnswers(jobs: readonly BitsJob[], states: readonly FileState[]): Promise<void> {
  const isThere = ({ job }: FileState) => job !== null && jobs.includes(job);
  const [first, ...rest] = states.filter((state) => state.hasArrived && state.http === null && isThere(state));
  // Where one file cannot tell, no other can, either.
  if (first !== undefined && (await readHttpAnswer(first))) await Promise.all(rest.map(readHttpAnswer));
}

/** False where BITS cannot tell. */
async function readHttpAnswer(state: FileState): Promise<boolean> {
  try {
    state.http = parseHttpAnswer((await state.seen?.file.getProperty('httpResponseHeaders')) ?? null);
    return true;
  } catch (error) {
    return !(error instanceof BitsNotSupportedError);
  }
}

/**
 * Has a job fetch files from the URLs that are theirs now; false where BITS cannot change URLs. `wrong`: files that have
 * arrived and are to be fetched again.
 */
export async function changeUrls(
  job: BitsJob,
  states: readonly FileState[],
  wrong: readonly FileState[] = [],
): Promise<boolean> {
  try {
    for (const { state, seen } of await filesOf(job, states)) {
      const { file } = seen;
      await file.setRemoteName(state.url);
      if (wrong.includes(state)) await file.setValidationState(false);
    }
    return true;
  } catch (error) {
    if (error instanceof BitsNotSupportedError) return false;
    throw error;
  }
}

/**
 * Has a job of an earlier process fetch files from URLs that are wanted now; false where it would have to change URLs, and
 * BITS cannot.
 */
export async function useRequestedUrls(job: BitsJob, states: readonly FileState[]): Promise<boolean> {
  for (const state of states) {
    if (state.seen === null || state.useSource(await remoteNameOf(state.seen))) continue;
    if (!(await changeUrls(job, [state]))) return false;
  }
  return true;
}
