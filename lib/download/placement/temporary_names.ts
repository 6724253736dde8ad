import type { BitsJob } from '../../job';
import type { JobQueue } from '../job_queue';
import type { NativeAddon } from '../../contract/addon';

/*
 * Whether this computer's BITS tells the temporary names of files (IBackgroundCopyFile3, BITS 3.0), so that they can be
 * verified before they have their final ones. The first download of a process asks a file of its own job.
 */

const known = new WeakMap<NativeAddon, boolean>();

/** What is known; undefined before anybody asked. */
export function temporaryNamesKnown(bits: JobQueue): boolean | undefined {
  return known.get(bits.connection.native);
}

/** What to expect before anybody asked. A wrong guess costs one more job; see `Transfer`. */
export function temporaryNamesExpected(bits: JobQueue): boolean {
  // Wine has none; and cancelling a job there deletes what is under its files' names.
  return temporaryNamesKnown(bits) ?? bits.connection.system.wine === null;
}

/** Asks, by way of the first file of a job. */
export async function askTemporaryNames(bits: JobQueue, job: BitsJob): Promise<boolean> {
  const [file] = await job.getFiles();
  const has = file !== undefined && (await file.interfaces()).includes('IBackgroundCopyFile3');
  known.set(bits.connection.native, has);
  return has;
}
