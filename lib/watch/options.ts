import { checkInteger, checkNonEmptyArray, checkOneOf, checkOptions } from '../arguments/checks';
import { checkSignal } from '../arguments/signal';
import { checkMilliseconds } from '../arguments/time';
import { JOB_STATE, wordsOf } from '../contract/enums';
import type { JobState } from '../contract/enums';
import type { StreamSettings } from './stream';
import type { OnAbort, CheckedWaitOptions } from './wait';

/** How to watch a job. */
export interface WatchOptions {
  /** Ends the iteration with BitsAbortError. The job is left as it is. */
  readonly signal?: AbortSignal | undefined;
  /** Least time between two snapshots in milliseconds, 0 or more. Default 200. The last one is not held back. */
  readonly interval?: number | undefined;
  /**
   * How long the service may be out of reach, or not answer, in milliseconds, before the iteration fails. Default: that
   * of `connect()`.
   */
  readonly serviceTimeout?: number | undefined;
}

/** When to give up, whatever is waited for. Times are milliseconds, Infinity for no limit. */
export interface WaitLimits {
  /** Gives up waiting with BitsAbortError; `onAbort` says what becomes of the job. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What an abort does to the job. 'detach' (default): nothing, it goes on without us. 'suspend' and 'cancel' do that
   * first; where it cannot be done, the job is detached, and the error's `refused` says why. That is so, too, when the
   * service has not answered after a second or two: then it is done in the background, whenever the service answers.
   */
  readonly onAbort?: OnAbort | undefined;
  /** Gives up with BitsTimeoutError. The job goes on. Default: no limit. */
  readonly timeout?: number | undefined;
  /** How many passing errors to put up with; the next one rejects with its BitsTransferError. Default: no limit. */
  readonly maxTransientErrors?: number | undefined;
  /** Gives up with BitsStalledError when no byte and no file has arrived for so long, in any state. Default: no limit. */
  readonly stallTimeout?: number | undefined;
  /** How long the service may be out of reach, or not answer, before BitsUnavailableError. Default: that of `connect()`. */
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
