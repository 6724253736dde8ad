import type { JobState, UnknownWord } from '../contract/enums';
import { describe } from '../errors';
import type { RetryEstimate } from '../errors/job_explanation';

/** What is known about a job that failed; what is not available stays undefined. */
export interface RetryFacts {
  readonly state?: JobState | UnknownWord | undefined;
  /** Code of the job's error. */
  readonly hresult?: number | undefined;
  /** Of the job's times. */
  readonly modificationTime?: Date | null | undefined;
  /** Seconds. */
  readonly minimumRetryDelay?: number | undefined;
  /** Seconds. */
  readonly noProgressTimeout?: number | undefined;
}

const NONE: RetryEstimate = Object.freeze({ automatic: false, waitsFor: null, next: null });

/**
 * When BITS tries again: the retry delay after the job entered the state transientError. The job's modification time
 * stands for that moment; a property that was set since then makes the estimate late. BITS does not count the delay
 * down while the network, the volume or a policy stands in the way, and never tries again when the delay is longer than
 * the no-progress timeout.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setminimumretrydelay
 */
export function estimateRetry(facts: RetryFacts): RetryEstimate {
  const { state, hresult, modificationTime, minimumRetryDelay, noProgressTimeout } = facts;
  if (state !== 'transientError') return NONE;
  if (hresult !== undefined && waitsForCondition(hresult)) {
    return Object.freeze({ automatic: true, waitsFor: 'condition', next: null });
  }
  if (minimumRetryDelay !== undefined && noProgressTimeout !== undefined && minimumRetryDelay > noProgressTimeout) {
    return NONE;
  }
  const known = modificationTime !== undefined && modificationTime !== null && minimumRetryDelay !== undefined;
  const next = known ? new Date(modificationTime.getTime() + minimumRetryDelay * 1000) : null;
  return Object.freeze({ automatic: true, waitsFor: 'delay', next });
}

function waitsForCondition(hresult: number): boolean {
  const DESTINATION_LOCKED = 0x8020000d;
  const { family, reason } = describe(hresult);
  return hresult >>> 0 === DESTINATION_LOCKED || (family === 'unavailable' && reason !== 'rpc');
}
