import { BitsEndedError, BitsStateError } from '../errors';
import type { Disk } from '../host';
import type { FileState } from './file_state';
import type { OngoingDownload } from './ongoing_download';
import { sizeOf, verifyFile } from './verify';

/** Gives verified files their final names. */
export async function publish(
  { host: { disk }, jobs, states }: OngoingDownload,
  signal: AbortSignal | undefined,
): Promise<void> {
  await jobs.placement.publish(jobs, states, signal);
  for (const state of states) if (!state.hasFailed) await measure(disk, state);
}

/**
 * Whether a download that failed is published all the same: somebody else, such as another process with the same key, has
 * completed its job, and puts the files in place soon.
 */
export async function isPublishedByAnother(
  { host: { disk }, jobs, states }: OngoingDownload,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const jobState = error instanceof BitsEndedError || error instanceof BitsStateError ? error.state : undefined;
  if (jobState !== 'acknowledged') return false;
  await jobs.placement.waitUntilPublished(states, signal);
  for (const state of states) {
    if ((await verifyFile(disk, state.file.path, state.file, signal)) !== null) return false;
    await measure(disk, state);
  }
  for (const state of states) if (!state.hasFailed) state.markPublished();
  return true;
}

/** The size of a published file is that of the file: not every service counts all bytes. */
async function measure(disk: Disk, state: FileState): Promise<void> {
  const { path } = state.file;
  const error = await verifyFile(disk, path, { path, size: null, sha256: null });
  if (error !== null) throw error;
  state.noteSize((await sizeOf(disk, path)) ?? 0);
}
