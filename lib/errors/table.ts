import { checkInteger } from '../arguments/checks';
import { CODES, LIBRARY_CODES } from './codes';
import type { CodeRow, KnownCode, LibraryCode } from './codes';

/** `code` of an HRESULT: its symbol, or `HRESULT_0x8020FFFF` when the table has none. */
export type HresultCode = KnownCode | `HRESULT_0x${string}`;

const BY_NUMBER: ReadonlyMap<number, KnownCode> = new Map(
  (Object.keys(CODES) as KnownCode[]).map((symbol) => [CODES[symbol].hresult, symbol]),
);

/** Checks an HRESULT: a 32-bit integer, signed or unsigned. Returns it unsigned. */
export function checkHresult(value: unknown, argument = 'hresult'): number {
  return checkInteger(value, argument, { min: -0x80000000, max: 0xffffffff }) >>> 0;
}

/**
 * An HRESULT as 0x and eight upper-case digits; signed and unsigned numbers give the same text. Throws TypeError for a
 * value that is not a number, and RangeError for one that is not a 32-bit integer.
 */
export function hresultHex(hresult: number): `0x${string}` {
  return `0x${checkHresult(hresult).toString(16).toUpperCase().padStart(8, '0')}`;
}

/**
 * The symbol of an HRESULT (signed or unsigned), or else `HRESULT_0x…`. Throws TypeError for a value that is not a
 * number, and RangeError for one that is not a 32-bit integer. For symbols and errors, use `explain()`.
 */
export function codeOf(hresult: number): HresultCode {
  return BY_NUMBER.get(checkHresult(hresult)) ?? `HRESULT_${hresultHex(hresult)}`;
}

/**
 * The HTTP status of an HRESULT in the HTTP range of BITS, 0x80190000 + status, whether it has a symbol or not; null
 * for any other number (0x801940xx are ids of event-log messages). Throws TypeError for a value that is not a number,
 * and RangeError for one that is not a 32-bit integer.
 * @see https://learn.microsoft.com/windows/win32/bits/bits-return-values
 */
export function httpStatusOf(hresult: number): number | null {
  const number = checkHresult(hresult);
  const status = number & 0xffff;
  return number >>> 16 === 0x8019 && status >= 100 && status <= 999 ? status : null;
}

/** The parts of an HRESULT. */
export interface HresultParts {
  readonly severity: 'success' | 'failure';
  /** Facility number, 11 bits. */
  readonly facility: number;
  /** Name of the facility, if it is one that BITS uses. */
  readonly facilityName?: string;
  /** Code inside the facility, 16 bits. */
  readonly number: number;
}

const FACILITIES: Readonly<Record<number, string>> = {
  0: 'general',
  1: 'RPC',
  3: 'storage',
  4: 'interface',
  7: 'Win32',
  8: 'COM',
  9: 'security',
  11: 'certificate',
  12: 'Internet',
  25: 'HTTP',
  32: 'BITS',
};

/** @see https://learn.microsoft.com/windows/win32/com/structure-of-com-error-codes */
export function hresultParts(hresult: number): HresultParts {
  const unsigned = hresult >>> 0;
  const facility = (unsigned >>> 16) & 0x7ff;
  const name = FACILITIES[facility];
  return {
    severity: unsigned >= 0x80000000 ? 'failure' : 'success',
    facility,
    ...(name === undefined ? {} : { facilityName: name }),
    number: unsigned & 0xffff,
  };
}

/** Whether a code is one of the library's own. */
export function isLibraryCode(code: string): code is LibraryCode {
  return Object.hasOwn(LIBRARY_CODES, code);
}

/** What is known about an HRESULT: its row in the table, or else what follows from its range. */
export function describe(hresult: number): CodeRow {
  const symbol = BY_NUMBER.get(hresult >>> 0);
  return symbol === undefined ? describeUnknown(hresult >>> 0) : CODES[symbol];
}

const DOCS = 'https://learn.microsoft.com/windows/win32/';
const AGAIN = 'Reconnect and get the job by its id: jobs survive a restart of the service.';
const ASK =
  'Ask the service for its text with bits.describeError(), or check the event log ' +
  'Microsoft-Windows-Bits-Client/Operational.';

/** What a description adds to the number. */
type Description = Partial<CodeRow> & Pick<CodeRow, 'family' | 'summary' | 'action' | 'audience'>;

function describeUnknown(hresult: number): CodeRow {
  const { severity, facility, facilityName, number } = hresultParts(hresult);
  const row = (page: string, description: Description): CodeRow => ({
    hresult,
    kind: severity,
    retryable: false,
    cause: `${capital(description.summary)}.`,
    page: DOCS + page,
    ...description,
  });
  const general = 'com/structure-of-com-error-codes';
  const where = `facility ${facilityName ?? facility}, number ${number}`;
  const isWin32 = facility === 7;
  if (severity === 'success') {
    const summary = `an unknown success code (${where})`;
    return row(general, { family: 'success', summary, action: 'Nothing to do.', audience: ['app'] });
  }
  const httpStatus = httpStatusOf(hresult);
  if (httpStatus !== null) return row('bits/bits-return-values', unknownStatus(httpStatus));
  const summary = `an unknown code (${where})`;
  if (isWin32 && isHttpStack(number)) {
    const action = 'Look up the number, and check the connection to the server: name, port, TLS, proxy.';
    return row('winhttp/error-messages', { family: 'transfer', summary, action, audience: ['admin', 'server'] });
  }
  if (isRpc(hresult)) {
    const page = facility === 1 ? 'com/com-error-codes-3' : 'debug/system-error-codes--1700-3999-';
    return row(page, { family: 'unavailable', reason: 'rpc', summary, action: AGAIN, audience: ['app'] });
  }
  if (!isWin32) return row(general, { family: 'general', summary, action: ASK, audience: ['app', 'admin'] });
  const action = `Run "net helpmsg ${number}" on Windows for its text.`;
  return row('debug/system-error-codes', { family: 'general', summary, action, audience: ['app', 'admin'] });
}

/** Windows errors that WinHTTP and WinINet share. */
function isHttpStack(number: number): boolean {
  return number >= 12000 && number < 13000;
}

/**
 * Whether an HRESULT comes from the RPC runtime: facility 1 for COM calls; the Windows errors 1700 to 1769,
 * RPC_S_COMM_FAILURE (1820), OR_INVALID_OXID (1910) and OR_INVALID_OID (1911); and CO_E_OBJSRV_RPC_FAILURE
 * (0x80080006).
 */
function isRpc(hresult: number): boolean {
  const { facility, number } = hresultParts(hresult);
  if (facility !== 7) return facility === 1 || hresult === 0x80080006;
  return (number >= 1700 && number < 1770) || [1820, 1910, 1911].includes(number);
}

function unknownStatus(httpStatus: number): Description {
  // 429 and the 5xx without a symbol are temporary problems of the server.
  const retryable = httpStatus === 429 || httpStatus >= 500;
  const action = retryable
    ? "Try again later; if it repeats, ask the server's owner."
    : "Check the URL and the account; ask the server's owner.";
  const summary = `the server answered ${httpStatus}`;
  return { family: 'transfer', retryable, httpStatus, summary, action, audience: ['server', 'app'] };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
