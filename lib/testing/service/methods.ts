import type {
  ErrorHandle,
  FileHandle,
  JobHandle,
  ManagerHandle,
  NativeAddon,
  NativeNamedJob,
  PeerHandle,
  RecordHandle,
} from '../../contract/addon';
import type { Client, Computer, Registration } from '../computer/computer';
import type { ErrorState, FileState, JobState } from '../computer/state';

/*
 * The form in which the service's methods are written: one function for each, by its name in the contract, in one table
 * for each COM interface.
 */

interface Handles {
  readonly manager: ManagerHandle;
  readonly job: JobHandle;
  readonly file: FileHandle;
  readonly error: ErrorHandle;
  readonly peerCache: ManagerHandle;
  readonly record: RecordHandle;
  readonly peer: PeerHandle;
}
/** The groups of the contract's methods. */
export type Group = keyof Handles;

/** What the methods of a group are about. */
export interface Targets {
  readonly manager: null;
  readonly job: { readonly job: JobState };
  readonly file: { readonly job: JobState; readonly file: FileState };
  readonly error: { readonly job: JobState; readonly error: ErrorState };
  readonly peerCache: null;
  /** No computer ever has any: the peer cache needs other computers. */
  readonly record: never;
  readonly peer: never;
}

/** Gives out handles of what a method answers. */
export interface Adopter {
  job(job: JobState): NativeNamedJob;
  file(job: JobState, file: FileState): FileHandle;
  error(job: JobState, error: ErrorState): ErrorHandle;
}

/** A call as it reaches the service. */
export interface Call<T> {
  readonly computer: Computer;
  readonly client: Client;
  readonly target: T;
  readonly adopt: Adopter;
  /** What the calling program has registered by way of this object, to recognise it. */
  readonly own: { callback: Registration | null };
}

type Parameters<G extends Group, M extends keyof NativeAddon[G]> = NativeAddon[G][M] extends (
  handle: Handles[G],
  ...args: infer A
) => Promise<unknown>
  ? A
  : never;
type Answer<G extends Group, M extends keyof NativeAddon[G]> = NativeAddon[G][M] extends (
  ...args: never[]
) => Promise<infer R>
  ? R
  : never;

export type Run<G extends Group, M extends keyof NativeAddon[G]> = (
  call: Call<Targets[G]>,
  ...args: Parameters<G, M>
) => Answer<G, M>;

/** A method of the contract that is one COM method. */
export interface Method<G extends Group, M extends keyof NativeAddon[G]> {
  readonly face: string;
  readonly run: Run<G, M>;
}

/** The methods of one COM interface. */
export function methodsOf<G extends Group, M extends keyof NativeAddon[G]>(
  _group: G,
  face: string,
  runs: { readonly [K in M]: Run<G, K> },
): { readonly [K in M]: Method<G, K> } {
  const rows = Object.entries(runs).map(([name, run]) => [name, { face, run }]);
  return Object.fromEntries(rows) as { readonly [K in M]: Method<G, K> };
}

/** The results of a method that has several. */
export function several<T extends unknown[]>(...results: T): T {
  return results;
}

/** The codes of success, S_OK and S_FALSE. */
export const OK = 0;
export const FALSE = 1;
