import { JOB_PRIORITY } from '../../contract/enums';
import type { BitsVersion, JobState } from '../computer/state';

/*
 * Which jobs are transferred now ("Life Cycle of a BITS Job", BG_JOB_PRIORITY): all foreground jobs at once, beside one
 * background job. A higher priority comes first; jobs of equal priority take turns.
 */

/**
 * How long a background job is transferred before the next one of its priority has its turn, in milliseconds. That there
 * are time slices is documented, their length is not: five minutes are assumed.
 */
export const TIME_SLICE = 5 * 60 * 1000;

/** A job that could be transferred. */
export interface Candidate {
  readonly job: JobState;
  /** Smaller numbers are earlier in the queue. */
  readonly turn: number;
  /** It is being transferred now, and its time slice is not over. */
  readonly hasSlice: boolean;
}

const isForeground = ({ job }: Candidate): boolean => job.priority === JOB_PRIORITY.values.foreground;

/** Foreground is 0, low is 3. */
const byPriorityAndTurn = (a: Candidate, b: Candidate): number =>
  a.job.priority - b.job.priority || Number(b.hasSlice) - Number(a.hasSlice) || a.turn - b.turn;

/** The jobs that are transferred now. */
export function chosen(candidates: readonly Candidate[], version: BitsVersion): JobState[] {
  const ordered = [...candidates].sort(byPriorityAndTurn);
  // "BITS 1.5 and earlier: BITS processes one job at a time. Foreground jobs … run before background jobs."
  if (version === '1.5') return ordered.slice(0, 1).map(({ job }) => job);
  const foreground = ordered.filter(isForeground);
  const background = ordered.filter((candidate) => !isForeground(candidate)).slice(0, 1);
  return [...foreground, ...background].map(({ job }) => job);
}
