import type { BitsFile } from '../bits/file';
import { BitsNotSupportedError, BitsVerificationError } from '../errors';
import type { BitsTransferError } from '../errors';
import type { BitsJob } from '../job';
import type { FileState } from './file_state';
import { parseHttpAnswer } from './http_answer';
import { matchFiles, normalised } from './local_paths';

/** A file of a job, and what it is to the download. */
export interface JobFile {
  readonly state: FileState;
  readonly file: BitsFile;
}

/** Files of a job that are among these. */
export async function filesOf(job: BitsJob, states: readonly FileState[]): Promise<JobFile[]> {
  const files = await job.getFiles();
  const locals = await Promise.all(files.map((file) => file.getLocalName()));
  const names = new Set(states.map(({ localName }) => normalised(localName)));
  // Usually names come back as they were given, and the URLs need not be asked for.
  const unchanged = locals.every((local) => names.has(normalised(local)));
  const found = await Promise.all(
    files.map(async (file, i) => ({
      local: locals[i] ?? '',
      remote: unchanged ? '' : await file.getRemoteName(),
    })),
  );
  const indices = matchFiles(states.map(toWanted), found);
  return files.flatMap((file, i) => {
    const state = states[indices[i] ?? -1];
    return state === undefined ? [] : [{ state, file }];
  });
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
 * Asks a job how far its files are. `compareLengths`: compare what has arrived with the length that the server announced,
 * because the service does not notice when a connection breaks.
 */
export async function updateProgress(
  job: BitsJob,
  states: readonly FileState[],
  compareLengths: boolean,
): Promise<void> {
  const own = states.filter((state) => state.job === job);
  await Promise.all(
    (await filesOf(job, own)).map(async ({ file, state }) => {
      const { completed, bytesTotal, bytesTransferred } = await file.getProgress();
      // Of ranges the server announces the whole file.
      const comparable = compareLengths && completed && bytesTotal !== null && state.file.ranges === null;
      const error =
        comparable && bytesTotal !== bytesTransferred
          ? wrongLength(state.file.path, bytesTotal, bytesTransferred, job.id)
          : null;
      state.noteProgress(completed, bytesTransferred, error);
    }),
  );
}

function wrongLength(path: string, expected: number, actual: number, jobId: string): BitsVerificationError {
  return new BitsVerificationError(
    { path, check: 'length', expected: `${expected} bytes`, actual: `${actual} bytes` },
    { jobId },
  );
}

/** Reads what the server answered for files that have arrived, while their jobs are there to ask. */
export async function readHttpAnswers(jobs: readonly BitsJob[], states: readonly FileState[]): Promise<void> {
  for (const job of jobs) {
    const own = states.filter((state) => state.job === job && state.hasArrived && state.http === null);
    if (own.length === 0) continue;
    for (const { state, file } of await filesOf(job, own)) {
      try {
        state.http = parseHttpAnswer(await file.getProperty('httpResponseHeaders'));
      } catch (error) {
        if (error instanceof BitsNotSupportedError) return; // no other file can tell, either
      }
    }
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
    for (const { state, file } of await filesOf(job, states)) {
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
  for (const { state, file } of await filesOf(job, states)) {
    if (state.useSource(await file.getRemoteName())) continue;
    if (!(await changeUrls(job, [state]))) return false;
  }
  return true;
}
