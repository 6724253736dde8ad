import type { SystemInfo } from '../../bits/connection';
import type { Host } from '../../host';
import { valueWithin } from '../../util/deadline';
import { eachOf } from '../../util/each_of';
import { ANSWER_LIMIT } from '../../util/limits';
import type { FileState } from '../file_state';
import { moveFile, removeFile, removeFileSoon, waitUntilMoved } from '../publish_file';
import type { PlacedJobs, Placement } from './placement';

/*
 * For the BITS service of Wine, which does not tell temporary names (it lacks IBackgroundCopyFile3), deletes what is
 * under the names of a job's files when the job is cancelled, and does not notice when a connection breaks.
 */

/** A name that belongs to one download: `app.zip` arrives as `app.zip.6f3a0c9d.bits`. */
const suffixOf = (id: string) => `.${id.slice(0, 8)}.bits`;

/** Whether a name is a staging name of this download. */
export function isStagingName(localName: string, id: string): boolean {
  return localName.endsWith(suffixOf(id));
}

/** The final name of a file, whether it is staged or not. */
export function finalNameOf(localName: string, id: string): string {
  return isStagingName(localName, id) ? localName.slice(0, -suffixOf(id).length) : localName;
}

/** Whether a service probably needs this, as long as it could not be asked. A wrong guess costs one more job. */
export function expectsStaging({ wine }: SystemInfo): boolean {
  return wine !== null;
}

/**
 * BITS is told a staging name beside the final one. The jobs are completed first; then the files are verified, and renamed
 * to be published.
 */
export class Staging implements Placement {
  readonly staging = true;
  readonly comparesLengths = true;

  constructor(
    private readonly host: Host,
    private readonly id: string,
  ) {}

  /** A file whose size or hash is known is verified by that, and need not have its length compared. */
  needsLook(states: readonly FileState[]): boolean {
    return states.some(({ file: { size, sha256 } }) => size === null && sha256 === null);
  }

  localNameOf(path: string): string {
    return path + suffixOf(this.id);
  }

  async locate(
    jobs: PlacedJobs,
    states: readonly FileState[],
    { signal }: { readonly signal: AbortSignal | undefined },
  ): Promise<ReadonlyMap<FileState, string>> {
    await jobs.completeAll((state) => {
      state.markStaged();
    }, signal);
    return new Map(states.map((state) => [state, state.localName]));
  }

  async discardWrong(wrong: readonly FileState[]): Promise<readonly FileState[]> {
    await eachOf(wrong, ({ localName }) => removeFile(this.host, localName));
    return wrong;
  }

  async publish(_jobs: PlacedJobs, states: readonly FileState[], signal: AbortSignal | undefined): Promise<void> {
    await eachOf(states, async (state) => {
      if (state.hasFailed) await removeFileSoon(this.host, state.localName);
      else if (state.phase === 'verified') {
        await moveFile(this.host, state.localName, state.file.path, signal);
        state.markPublished();
      }
    });
  }

  async waitUntilPublished(states: readonly FileState[], signal: AbortSignal | undefined): Promise<void> {
    await Promise.all(states.map(({ localName }) => waitUntilMoved(this.host, localName, signal)));
  }

  hasOrphans(states: readonly FileState[]): boolean {
    return states.some(isOrphan);
  }

  /** With files that were given up after they had been staged. One that is in use is removed later, in the background. */
  async removeOrphans(states: readonly FileState[]): Promise<void> {
    const orphans = states.filter((state) => isOrphan(state) || state.hasFailed);
    const removals = eachOf(orphans, ({ localName }) => removeFileSoon(this.host, localName));
    await valueWithin(this.host.clock, ANSWER_LIMIT, removals);
  }
}

/** Its job is completed, and it does not have its final name yet. */
function isOrphan({ phase }: FileState): boolean {
  return phase === 'staged' || phase === 'verified';
}
