/**
 * How closely jobs are looked at. 'attended': somebody looks at the progress. 'unattended': nobody does, and what counts
 * is to cost nothing. Callbacks of BITS make a look at once in both.
 */
export type WatchProfile = 'attended' | 'unattended';

/** Milliseconds between two looks at a job. */
export interface PollIntervals {
  /** While something changes. */
  readonly shortest: number;
  /** When nothing has changed for a while: each look without a change doubles the time, up to this. */
  readonly longest: number;
}

export const POLL_INTERVALS: Readonly<Record<WatchProfile, PollIntervals>> = {
  attended: { shortest: 200, longest: 2000 },
  unattended: { shortest: 2000, longest: 60_000 },
};

/** Least time between two looks that callbacks ask for: several callbacks of one moment make one look. */
export const MIN_POLL_GAP = 50;
