/**
 * How often jobs are polled. 'attended': a user is looking at the progress. 'unattended': nobody is, and polling should
 * cost as little as possible. In both, callbacks of BITS trigger a poll at once.
 */
export type WatchProfile = 'attended' | 'unattended';

/** Milliseconds between two polls of a job. */
export interface PollIntervals {
  /** While something changes. */
  readonly shortest: number;
  /** When nothing changes, each poll doubles the interval, up to this. */
  readonly longest: number;
}

export const POLL_INTERVALS: Readonly<Record<WatchProfile, PollIntervals>> = {
  attended: { shortest: 200, longest: 2000 },
  unattended: { shortest: 2000, longest: 60_000 },
};

/**
 * Shortest time between two polls that callbacks trigger, in milliseconds: callbacks in quick succession cause one
 * poll.
 */
export const MIN_POLL_GAP = 50;
