import { CODES } from './codes';
import type { CodeFamily, CodeRow, KnownCode, UnavailableReason } from './codes';

/** `code` of an HRESULT: its symbol, or `HRESULT_0x8020FFFF` when the table has none. */
export type HresultCode = KnownCode | `HRESULT_0x${string}`;

const BY_NUMBER: ReadonlyMap<number, KnownCode> = new Map(
  (Object.keys(CODES) as KnownCode[]).map((symbol) => [CODES[symbol].hresult, symbol]),
);

/** An HRESULT as 0x and eight capital digits; signed and unsigned numbers give the same text. */
export function hresultHex(hresult: number): `0x${string}` {
  return `0x${(hresult >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
}

/** Symbol of an HRESULT (signed or unsigned), else `HRESULT_0x…`. */
export function codeOf(hresult: number): HresultCode {
  return BY_NUMBER.get(hresult >>> 0) ?? `HRESULT_${hresultHex(hresult)}`;
}

/**
 * HTTP status of an HRESULT in BITS' HTTP block, 0x80190000 + status, with a name of its own or not; null for any other
 * number (0x8019 40xx are ids of event-log messages).
 * @see https://learn.microsoft.com/windows/win32/bits/bits-return-values
 */
export function httpStatusOf(hresult: number): number | null {
  const number = hresult >>> 0;
  const status = number & 0xFFFF;
  return number >>> 16 === 0x8019 && status >= 100 && status <= 999 ? status : null;
}

/** The parts of an HRESULT. */
export interface HresultParts {
  readonly severity: 'success' | 'failure';
  /** Facility number, 11 bits. */
  readonly facility: number;
  /** Name of the facility where BITS callers meet it. */
  readonly facilityName?: string;
  /** Code inside the facility, 16 bits. */
  readonly number: number;
}

const FACILITIES: Readonly<Record<number, string>> = {
  0: 'general', 1: 'RPC', 4: 'interface', 7: 'Win32', 8: 'COM', 9: 'security', 11: 'certificate', 25: 'HTTP',
  32: 'BITS',
};

/** @see https://learn.microsoft.com/windows/win32/com/structure-of-com-error-codes */
export function hresultParts(hresult: number): HresultParts {
  const unsigned = hresult >>> 0;
  const facility = (unsigned >>> 16) & 0x7FF;
  const name = FACILITIES[facility];
  return {
    severity: unsigned >= 0x80000000 ? 'failure' : 'success',
    facility,
    ...(name === undefined ? {} : { facilityName: name }),
    number: unsigned & 0xFFFF,
  };
}

/** What is known about an HRESULT: its row, or for a number without one what its range tells. */
export function describe(hresult: number): CodeRow {
  const symbol = BY_NUMBER.get(hresult >>> 0);
  return symbol === undefined ? describeUnknown(hresult >>> 0) : CODES[symbol];
}

function describeUnknown(hresult: number): CodeRow {
  const { severity, facility, facilityName, number } = hresultParts(hresult);
  const kind = severity;
  const row = (family: CodeFamily, retryable: boolean, text: string, reason?: UnavailableReason): CodeRow => ({
    hresult, kind, family, retryable, summary: text, cause: `${text}.`, action: '',
    ...(reason === undefined ? {} : { reason }),
  });
  const where = `facility ${facilityName ?? facility}, number ${number}`;
  if (kind === 'success') return row('success', false, `a success code without a name here (${where})`);
  const httpStatus = httpStatusOf(hresult);
  if (httpStatus !== null) {
    // 429 and the 5xx that have no name of their own are the server's passing troubles.
    const retryable = httpStatus === 429 || httpStatus >= 500;
    return { ...row('transfer', retryable, `the server answered ${httpStatus}`), httpStatus };
  }
  const text = `a code without a name here (${where})`;
  // WinHTTP and WinINet share 12000 to 12999; the RPC run-time has 1700 to 1769, COM's calls have facility 1.
  if (facility === 7 && number >= 12000 && number < 13000) return row('transfer', false, text);
  const rpc = facility === 1 || (facility === 7 && number >= 1700 && number < 1770);
  return rpc ? row('unavailable', false, text, 'rpc') : row('general', false, text);
}
