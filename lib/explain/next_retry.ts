import type { JobState, UnknownWord } from '../contract/enums';
import { describe } from '../errors';
import { CODES } from '../errors/codes';
import type { RetryEstimate } from '../errors/job_explanation';

/** What is known about a failed job; undefined: unknown. */
export interface RetryFacts {
  readonly state?: JobState | UnknownWord | undefined;
  /** HRESULT of the job's error. */
  readonly hresult?: number | undefined;
  /** The job's modification time. */
  readonly modificationTime?: Date | null | undefined;
  /** Milliseconds. */
  readonly minimumRetryDelay?: number | undefined;
  /** Milliseconds. */
  readonly noProgressTimeout?: number | undefined;
}

const NONE: RetryEstimate = Object.freeze({ automatic: false, waitsFor: null, next: null });

/**
 * Estimates when BITS retries: the retry delay after the job entered the state transientError. The modification time
 * stands for that moment, so the estimate is late if a property has been set since. The delay does not run while the
 * network, the volume or a policy blocks the job, and BITS never retries when the delay is longer than the no-progress
 * timeout.
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
  const next = known ? new Date(modificationTime.getTime() + minimumRetryDelay) : null;
  return Object.freeze({ automatic: true, waitsFor: 'delay', next });
}

function waitsForCondition(hresult: number): boolean {
  const { family, reason } = describe(hresult);
  return hresult >>> 0 === CODES.BG_E_DESTINATION_LOCKED.hresult || (family === 'unavailable' && reason !== 'rpc');
}
