import type { BitsJob } from '../../job';
import type { FileState } from '../file_state';

/** The jobs of a download, as far as a placement has to do with them. */
export interface PlacedJobs {
  readonly all: readonly BitsJob[];
  /** Completes the jobs one after another; `completed` is called for each file that has arrived by one. */
  completeAll(completed: (state: FileState) => void, signal: AbortSignal | undefined): Promise<void>;
}

/**
 * Where the files of a download are until they are verified, and how they get their final names. Nothing that is not
 * verified must ever have a final name.
 */
export interface Placement {
  /** Whether BITS is told staging names: a later process reads it from the job. */
  readonly staging: boolean;
  /** Whether the service may take a broken connection for the end of a file, so that lengths have to be compared. */
  readonly comparesLengths: boolean;
  /** Whether the files of a job that is transferred have to be looked at before they are verified. */
  needsLook(states: readonly FileState[]): boolean;
  /** The name that BITS is told for a file. */
  localNameOf(path: string): string;
  /**
   * Makes files that have arrived readable, and tells where they are. Files of which nothing is expected may be left out,
   * unless `all` of them are needed.
   */
  locate(
    jobs: PlacedJobs,
    states: readonly FileState[],
    options: { readonly all: boolean; readonly signal: AbortSignal | undefined },
  ): Promise<ReadonlyMap<FileState, string>>;
  /** Throws away files that arrived wrong. Resolves with all that have to be fetched again because of them. */
  discardWrong(wrong: readonly FileState[], states: readonly FileState[]): Promise<readonly FileState[]>;
  /** Gives verified files their final names. */
  publish(jobs: PlacedJobs, states: readonly FileState[], signal: AbortSignal | undefined): Promise<void>;
  /** Waits for another process to publish the files: it has completed their job. */
  waitUntilPublished(states: readonly FileState[], signal: AbortSignal | undefined): Promise<void>;
  /** Whether some files are in no job any more, so that no later call could find them. */
  hasOrphans(states: readonly FileState[]): boolean;
  /** Removes those files. Which ones is decided at once. */
  removeOrphans(states: readonly FileState[]): Promise<void>;
}
