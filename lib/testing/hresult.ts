import { checkInteger, outOfRange, quoted, wrongType, wrongValue } from '../arguments/checks';
import { CODES } from '../errors/codes';
import type { KnownCode } from '../errors/codes';

/** Whether a name is one of the codes that this package knows. */
const isKnown = (name: string): name is KnownCode => Object.hasOwn(CODES, name);

/**
 * Checks a failure: an HRESULT as an unsigned or a signed 32-bit number, or its name. Returns the unsigned number.
 * Throws TypeError or RangeError, also for a code of success.
 */
export function checkFailure(value: unknown, argument: string): number {
  const hresult = typeof value === 'string' ? named(value, argument) : numbered(value, argument);
  if (hresult < 0x8000_0000) throw outOfRange(argument, 'be a failure', `0x${hresult.toString(16)}`);
  return hresult;
}

function named(name: string, argument: string): number {
  if (!isKnown(name)) throw wrongValue(argument, "be the name of a known code, as 'BG_E_EMPTY'", quoted(name));
  return CODES[name].hresult;
}

function numbered(value: unknown, argument: string): number {
  if (typeof value !== 'number') throw wrongType(argument, 'an HRESULT or its name', value);
  return checkInteger(value, argument, { min: -0x8000_0000, max: 0xffff_ffff }) >>> 0;
}
