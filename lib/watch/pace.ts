/**
 * How closely jobs are looked at. 'attended': somebody looks at the progress. 'unattended': nobody does, and what counts
 * is to cost nothing. Callbacks of BITS make a look at once in both.
 */
export type WatchProfile = 'attended' | 'unattended';

/** Milliseconds between two looks at a job. */
export interface Pace {
  /** While something changes. */
  readonly quick: number;
  /** When nothing has changed for a while: each look without a change doubles the time, up to this. */
  readonly slow: number;
}

export const PACES: Readonly<Record<WatchProfile, Pace>> = {
  attended: { quick: 200, slow: 2000 },
  unattended: { quick: 2000, slow: 60_000 },
};

/** Least time between two looks that callbacks ask for: several callbacks of one moment make one look. */
export const LEAST_GAP = 50;
