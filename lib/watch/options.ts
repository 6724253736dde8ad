import { checkInteger, checkNonEmptyArray, checkOneOf, checkOptions } from '../arguments/checks';
import { checkSignal } from '../arguments/signal';
import { checkMilliseconds } from '../arguments/time';
import { JOB_STATE, wordsOf } from '../contract/enums';
import type { JobState } from '../contract/enums';
import type { StreamSettings } from './stream';
import type { OnAbort, CheckedWaitOptions } from './wait';

/** How to watch a job. */
export interface WatchOptions {
  /** Ends the iteration with BitsAbortError. The job is not affected. */
  readonly signal?: AbortSignal | undefined;
  /** Shortest time between two snapshots in milliseconds, 0 or more. Default 200. The last snapshot is not delayed. */
  readonly interval?: number | undefined;
  /**
   * How long the service may be unreachable or not answer, in milliseconds, before the iteration fails with
   * BitsUnavailableError. Default: that of `connect()`.
   */
  readonly serviceTimeout?: number | undefined;
}

/** Limits for waiting. Times are in milliseconds; Infinity for no limit. */
export interface WaitLimits {
  /** Stops waiting with BitsAbortError; `onAbort` decides what happens to the job. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What an abort does to the job. 'detach' (default): nothing, BITS continues. 'suspend' and 'cancel' suspend or
   * cancel the job before the promise rejects. If that fails, or the service does not answer within a second or two,
   * the job counts as detached and the error's `refused` says why; a call that was not answered may still take effect
   * later.
   */
  readonly onAbort?: OnAbort | undefined;
  /** Stops waiting with BitsTimeoutError. The job continues. Default: no limit. */
  readonly timeout?: number | undefined;
  /** How many transient errors to tolerate; the next one rejects with its BitsTransferError. Default: no limit. */
  readonly maxTransientErrors?: number | undefined;
  /** Stops waiting with BitsStalledError after this time without progress, in any state. Default: no limit. */
  readonly stallTimeout?: number | undefined;
  /**
   * How long the service may be unreachable or not answer before BitsUnavailableError. Default: that of `connect()`.
   */
  readonly serviceTimeout?: number | undefined;
}

/** How to wait for a job. */
export interface WaitOptions extends WaitLimits {
  /** The state to wait for, or several. Default 'transferred'. */
  readonly until?: JobState | readonly JobState[] | undefined;
}

export const LIMIT_KEYS = [
  'signal',
  'onAbort',
  'timeout',
  'maxTransientErrors',
  'stallTimeout',
  'serviceTimeout',
] as const;

export function checkWatchOptions(options: unknown, serviceTimeout: number): StreamSettings {
  const given = checkOptions(options, 'options', ['signal', 'interval', 'serviceTimeout']);
  return {
    signal: checkSignal(given.signal, 'options.signal'),
    interval: checkMilliseconds(given.interval ?? 200, 'options.interval'),
    serviceTimeout: checkMilliseconds(given.serviceTimeout ?? serviceTimeout, 'options.serviceTimeout'),
  };
}

export function checkWaitOptions(options: unknown): CheckedWaitOptions {
  const given = checkOptions(options, 'options', ['until', ...LIMIT_KEYS]);
  return { ...checkWaitLimits(given), until: checkUntil(given.until) };
}

export function checkWaitLimits(
  given: Readonly<Partial<Record<(typeof LIMIT_KEYS)[number], unknown>>>,
  onAbort: OnAbort = 'detach',
): Omit<CheckedWaitOptions, 'until'> {
  const { maxTransientErrors = Infinity } = given;
  const time = (name: 'timeout' | 'stallTimeout') => checkMilliseconds(given[name] ?? Infinity, `options.${name}`);
  return {
    signal: checkSignal(given.signal, 'options.signal'),
    onAbort: checkOneOf(given.onAbort ?? onAbort, 'options.onAbort', ['detach', 'suspend', 'cancel']),
    timeout: time('timeout'),
    maxTransientErrors:
      maxTransientErrors === Infinity ? Infinity : checkInteger(maxTransientErrors, 'options.maxTransientErrors'),
    stallTimeout: time('stallTimeout'),
    serviceTimeout:
      given.serviceTimeout === undefined
        ? undefined
        : checkMilliseconds(given.serviceTimeout, 'options.serviceTimeout'),
  };
}

function checkUntil(until: unknown): ReadonlySet<JobState> {
  const words = wordsOf(JOB_STATE);
  if (typeof until === 'object' && until !== null) {
    return new Set(checkNonEmptyArray(until, 'options.until', (state, name) => checkOneOf(state, name, words)));
  }
  return new Set([checkOneOf(until ?? 'transferred', 'options.until', words)]);
}
