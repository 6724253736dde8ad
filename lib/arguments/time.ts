import { outOfRange, received, wrongType } from './checks';
import { MAX_TIMER } from '../util/limits';

/** Checks a number of milliseconds: 0 (or `min`) to 2147483647, or Infinity for no limit. */
export function checkMilliseconds(value: unknown, argument: string, min = 0): number {
  if (typeof value !== 'number') throw wrongType(argument, 'a number of milliseconds', value);
  if (value === Infinity || (value >= min && value <= MAX_TIMER)) return value;
  throw outOfRange(argument, `be from ${min} to ${MAX_TIMER} milliseconds, or Infinity`, received(value));
}
