import { BitsEndedError, BitsStateError } from '../errors';
import type { Disk } from '../host';
import { eachOf } from '../util/each_of';
import type { FileState } from './file_state';
import type { OngoingDownload } from './ongoing_download';
import { verifyFile } from './verify';

/** Gives verified files their final names. */
export async function publish(
  { host: { disk }, jobs, states }: OngoingDownload,
  signal: AbortSignal | undefined,
): Promise<void> {
  await jobs.placement.publish(jobs, states, signal);
  // What has been renamed here is there, with the size that it had when it was verified.
  const isKnown = (state: FileState) => jobs.placement.staging && state.isMeasured;
  const published = states.filter((state) => !state.hasFailed && !isKnown(state));
  await eachOf(published, (state) => measure(disk, state));
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
  const isThere = async (state: FileState) => {
    const found = await verifyFile(disk, state.file.path, state.file, signal);
    if (typeof found === 'number') state.noteSize(found);
    return typeof found === 'number';
  };
  if ((await eachOf(states, isThere, signal)).includes(false)) return false;
  for (const state of states) if (!state.hasFailed) state.markPublished();
  return true;
}

/** The size of a published file is that of the file: not every service counts all bytes. */
async function measure(disk: Disk, state: FileState): Promise<void> {
  const { path } = state.file;
  const found = await verifyFile(disk, path, { path, size: null, sha256: null });
  if (found instanceof Error) throw found;
  state.noteSize(found);
}
