import type { FileState } from '../file_state';
import { temporaryNameOf } from '../job_files';
import type { PlacedJobs, Placement } from './placement';

/**
 * What every Windows does: BITS keeps a file under a temporary name, which it tells (IBackgroundCopyFile3), until the job
 * is completed. Files are verified under that name; completing the job publishes them.
 */
export class TemporaryNames implements Placement {
  readonly staging = false;
  readonly comparesLengths = false;

  needsLook(): boolean {
    return true; // their temporary names, and what the server answered
  }

  localNameOf(path: string): string {
    return path;
  }

  async locate(
    _jobs: PlacedJobs,
    states: readonly FileState[],
    { all }: { readonly all: boolean },
  ): Promise<ReadonlyMap<FileState, string>> {
    const wanted = all ? states : states.filter(({ file: { size, sha256 } }) => size !== null || sha256 !== null);
    const names = new Map<FileState, string>();
    // What its job does not list is nowhere. Its final name may be that of an older file.
    for (const state of wanted) names.set(state, state.seen === null ? '' : await temporaryNameOf(state.seen));
    return names;
  }

  /** A wrong file of a job would be published together with the good ones: all of the job's files are fetched again. */
  discardWrong(wrong: readonly FileState[], states: readonly FileState[]): Promise<readonly FileState[]> {
    const jobs = new Set(wrong.map(({ job }) => job));
    return Promise.resolve(states.filter(({ job }) => job !== null && jobs.has(job)));
  }

  publish(jobs: PlacedJobs, _states: readonly FileState[], signal: AbortSignal | undefined): Promise<void> {
    return jobs.completeAll((state) => {
      state.markPublished();
    }, signal);
  }

  /** They are published when the job is completed. */
  waitUntilPublished(): Promise<void> {
    return Promise.resolve();
  }

  /** A file is in its job until it is published. */
  hasOrphans(): boolean {
    return false;
  }

  removeOrphans(): Promise<void> {
    return Promise.resolve();
  }
}
