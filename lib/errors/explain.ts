import { quoted, received, wrongType, wrongValue } from '../arguments/checks';
import { isError } from './cross_realm';
import { BitsError, BitsTransferError, BitsUnavailableError } from './classes';
import type { BitsErrorCode } from './classes';
import { CODES, LIBRARY_CODES } from './codes';
import type { Audience, CodeFamily, LibraryCode, UnavailableReason } from './codes';
import { checkHresult, codeOf, describe, hresultHex, hresultParts, isLibraryCode } from './table';

/** What is known about a failure, without asking BITS. Frozen. */
export interface Explanation {
  /** Whether the table has an entry for the code, or the number explains itself (an HTTP status). */
  readonly known: boolean;
  /** The symbol, or `HRESULT_0x…`; null for an Error that carries no code of BITS or Windows. */
  readonly code: BitsErrorCode | null;
  /** Unsigned; null for the library's own codes and for an Error without an HRESULT. */
  readonly hresult: number | null;
  /** The HRESULT in hexadecimal. */
  readonly hex: `0x${string}` | null;
  readonly severity: 'success' | 'failure';
  readonly facility: number | null;
  /** 'BITS', 'HTTP', 'Win32' …; null for other facilities. */
  readonly facilityName: string | null;
  /** The code inside the facility. */
  readonly number: number | null;
  /** Determines the error class of a failed call; 'library' for the library's own codes. */
  readonly family: CodeFamily | 'library';
  /** Whether the call can succeed later without any change to the program. False if unknown. */
  readonly retryable: boolean;
  /** The cause, in one sentence. */
  readonly cause: string;
  /** What to do about it. */
  readonly action: string;
  /** Who can do that, the most likely first. */
  readonly audience: readonly Audience[];
  /** Microsoft's page about it; null if there is none. */
  readonly page: string | null;
  /** Only for a response of an HTTP server. */
  readonly httpStatus?: number;
  /** Only when BITS is unavailable or may not transfer. */
  readonly reason?: UnavailableReason;
  /** All of it in one paragraph: `BG_E_EMPTY (0x80200003): The job has no files. Add …` */
  readonly text: string;
}

/**
 * Explains an HRESULT, a code or an error, offline.
 *
 * - A number, signed or unsigned: `0x80200003`, `-2145386493`.
 * - A text: a hexadecimal number (`'0x80200003'`; eight digits that begin with 8 to F need no prefix), a decimal one
 *   (`'-2145386493'`), a symbol in any case (`'BG_E_EMPTY'`, WinINet's names, `'HRESULT_FROM_WIN32(1245)'`), or a
 *   message that contains exactly one HRESULT (`'Exception from HRESULT: 0x80200003'`).
 * - An error: a BitsError, or any object with `hresult`, `HResult` or `code`, with one HRESULT in its message, or with
 *   a `cause` like that.
 *
 * For codes that are not in the table, `known` is false, and severity, facility and number are decoded. Never throws
 * for an Error. Throws TypeError for a value that is neither number, code nor error, and RangeError for a number that
 * does not fit into 32 bits.
 *
 * @example
 * try {
 *   await job.resume();
 * } catch (error) {
 *   console.error(explain(error).text);
 * }
 */
export function explain(hresultOrError: unknown): Explanation {
  switch (typeof hresultOrError) {
    case 'number':
      return explainHresult(checkHresult(hresultOrError, 'hresultOrError'));
    case 'string':
      return explainCode(parseCode(hresultOrError) ?? findHresult(hresultOrError)) ?? throwNotACode(hresultOrError);
    case 'object':
      return (hresultOrError === null ? undefined : explainObject(hresultOrError)) ?? throwNotACode(hresultOrError);
    default:
      return throwNotACode(hresultOrError);
  }
}

function throwNotACode(value: unknown): never {
  throw notACode(value);
}

function explainCode(found: ParsedCode | undefined): Explanation | undefined {
  if (found === undefined) return undefined;
  return typeof found === 'number' ? explainHresult(found) : explainLibraryCode(found);
}

/** Explains a BitsError, another object that carries a code, or an Error that carries none. */
function explainObject(value: object): Explanation | undefined {
  if (value instanceof BitsError && isError(value)) {
    try {
      return explainBitsError(value);
    } catch {
      /* a damaged BitsError is read like any other error */
    }
  }
  return explainCode(findCode(value, 0)) ?? (isError(value) ? explainWithoutHresult() : undefined);
}

function explainHresult(hresult: number): Explanation {
  const { severity, facility, facilityName = null, number } = hresultParts(hresult);
  const { family, retryable, cause, audience, page, httpStatus, reason, action } = describe(hresult);
  const code = codeOf(hresult);
  const known = Object.hasOwn(CODES, code) || httpStatus !== undefined;
  return withText({
    known,
    code,
    hresult: hresult >>> 0,
    hex: hresultHex(hresult),
    severity,
    facility,
    facilityName,
    number,
    family,
    retryable,
    cause,
    action: known ? action : `${action}${hint(hresult)}`,
    audience,
    page,
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(reason === undefined ? {} : { reason }),
  });
}

/** Small numbers are rarely HRESULTs: often an HTTP status or a Windows error number is meant. */
function hint(hresult: number): string {
  if (hresult <= 0 || hresult > 0xffff) return '';
  const as = (what: string, base: number) => ` As ${what} it would be ${hresultHex(base + hresult)}.`;
  const status = hresult >= 100 && hresult <= 599 ? as('an HTTP status', 0x80190000) : '';
  return `${status}${as('a Windows error number', 0x80070000)}`;
}

const NO_NUMBER = {
  hresult: null,
  hex: null,
  severity: 'failure',
  facility: null,
  facilityName: null,
  number: null,
  page: null,
} as const;

function explainLibraryCode(code: LibraryCode): Explanation {
  return withText({ ...NO_NUMBER, known: true, code, family: 'library', ...LIBRARY_CODES[code] });
}

/** A BitsError can know more than its code: the reason from the environment, and advice for the call that failed. */
function explainBitsError(error: BitsError): Explanation {
  const { code, hresult, retryable, advice } = error;
  const reason = error instanceof BitsUnavailableError || error instanceof BitsTransferError ? error.reason : undefined;
  const base =
    hresult !== undefined
      ? explainHresult(hresult)
      : isLibraryCode(code)
        ? explainLibraryCode(code)
        : explainWithoutHresult(code);
  return withText({
    ...base,
    retryable,
    action: advice ?? base.action,
    ...(reason === undefined ? {} : { reason }),
  });
}

function explainWithoutHresult(code: BitsErrorCode | null = null): Explanation {
  return withText({
    ...NO_NUMBER,
    known: false,
    code,
    family: 'general',
    retryable: false,
    audience: ['app'],
    cause: 'The error carries no HRESULT, so it does not come from BITS.',
    action: 'See its own message.',
  });
}

function withText(parts: Omit<Explanation, 'text'>): Explanation {
  const { known, code, hex, cause, action, audience } = parts;
  const name = known && hex !== null ? `${code} (${hex})` : (hex ?? code);
  const text = `${name === null ? '' : `${name}: `}${cause} ${action}`;
  return Object.freeze({ ...parts, audience: Object.freeze([...audience]), text });
}

type ParsedCode = number | LibraryCode;

const NAMES: ReadonlyMap<string, ParsedCode> = new Map([
  ...Object.entries(CODES).flatMap(([symbol, { aliases = [], hresult }]) =>
    [symbol, ...aliases].map((name): [string, ParsedCode] => [name, hresult]),
  ),
  ...Object.keys(LIBRARY_CODES).map((code): [string, ParsedCode] => [code, code as LibraryCode]),
]);

/** Parses a text that consists of a code and nothing else. */
function parseCode(text: string): ParsedCode | undefined {
  const word = text.trim().toUpperCase();
  const hex = /^(?:HRESULT_)?0X([0-9A-F]{1,8})$/.exec(word)?.[1] ?? /^[89A-F][0-9A-F]{7}$/.exec(word)?.[0];
  if (hex !== undefined) return Number.parseInt(hex, 16);
  if (/^-?\d{1,10}$/.test(word)) return inRange(Number(word), -0x80000000, 0xffffffff);
  const status = /^BG_E_HTTP_ERROR_(\d{3})$/.exec(word)?.[1];
  if (status !== undefined) return 0x80190000 + Number(status);
  const win32 = /^_*HRESULT_FROM_WIN32\s*\(\s*(\w+)\s*\)$/.exec(word)?.[1];
  return win32 === undefined ? NAMES.get(word) : fromWin32(win32);
}

/** The HRESULT of a Windows error, given its name, which the table has as an HRESULT, or its number. */
function fromWin32(error: string): ParsedCode | undefined {
  if (!/^\d/.test(error)) return NAMES.get(error);
  const number = inRange(Number(error), 1, 0xffff);
  return number === undefined ? undefined : 0x80070000 + number;
}

function inRange(value: number, least: number, most: number): number | undefined {
  return value >= least && value <= most ? value : undefined;
}

/** The failure HRESULT in a message, written as 0x…; undefined when there is none or more than one. */
function findHresult(message: string): number | undefined {
  const found = Array.from(message.matchAll(/\b0x[89a-f][0-9a-f]{7}\b/gi), ([hex]) => Number.parseInt(hex, 16));
  const numbers = new Set(found);
  const [only] = numbers;
  return numbers.size === 1 ? only : undefined;
}

/** How many causes are followed. */
const MAX_CAUSE_DEPTH = 8;

/** The code that an error carries: in a field, in its message, or in its cause. */
function findCode(error: object, depth: number): ParsedCode | undefined {
  const { hresult, HResult, code, message, cause } = fieldsOf(error);
  const found = failureCode(hresult) ?? failureCode(HResult) ?? failureCode(code);
  if (found !== undefined) return found;
  const inMessage = typeof message === 'string' ? findHresult(message) : undefined;
  if (inMessage !== undefined || typeof cause !== 'object' || cause === null || depth === MAX_CAUSE_DEPTH)
    return inMessage;
  return findCode(cause, depth + 1);
}

/** The fields of a foreign object; none when reading one throws, as a getter of a COM wrapper may. */
function fieldsOf(error: object): Readonly<Record<string, unknown>> {
  try {
    const { hresult, HResult, code, message, cause } = error as Readonly<Record<string, unknown>>;
    return { hresult, HResult, code, message, cause };
  } catch {
    return {};
  }
}

/**
 * The value of a field if it is a failure code: `code` can also be an exit code, a DOMException's number or 'ENOENT'.
 */
function failureCode(value: unknown): ParsedCode | undefined {
  const found = typeof value === 'string' ? parseCode(value) : value;
  if (typeof found === 'string' && isLibraryCode(found)) return found;
  const fits = typeof found === 'number' && Number.isInteger(found) && found >= -0x80000000 && found <= 0xffffffff;
  return fits && found >>> 0 >= 0x80000000 ? found : undefined;
}

function notACode(value: unknown): Error {
  const expected = 'an HRESULT (0x80200003, -2145386493), a code (BG_E_EMPTY) or an error';
  if (typeof value !== 'string') return wrongType('hresultOrError', expected, value);
  const shown = /^\w{1,10}_\w{1,60}$/.test(value) ? quoted(value) : received(value);
  return wrongValue('hresultOrError', `be ${expected}`, shown);
}
