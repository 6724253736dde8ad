import { outOfRange, received, wrongType } from './check';
import { MAX_TIMER } from './limits';

/** Milliseconds: 0 (or `min`) to 2147483647, or Infinity for no limit. */
export function checkMilliseconds(value: unknown, argument: string, min = 0): number {
  if (typeof value !== 'number') throw wrongType(argument, 'a number of milliseconds', value);
  if (value === Infinity || (value >= min && value <= MAX_TIMER)) return value;
  throw outOfRange(argument, `be from ${min} to ${MAX_TIMER} milliseconds, or Infinity`, received(value));
}

/** An AbortSignal, of whichever realm; absent is fine. */
export function checkSignal(value: unknown, argument: string): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (isSignal(value)) return value;
  throw wrongType(argument, 'an AbortSignal', value);
}

/** By form, not by instanceof: the signal may come from another realm. */
function isSignal(value: unknown): value is AbortSignal {
  return typeof value === 'object' && value !== null && 'aborted' in value && typeof value.aborted === 'boolean' &&
    'addEventListener' in value && typeof value.addEventListener === 'function';
}
