import { CONTEXT, HRESULT, formatHresult, httpError } from './upload_protocol';

/** What is known about a failed upload. */
export interface UploadFailureInit {
  /** Unsigned 32-bit number. */
  readonly hresult: number;
  /** BG_ERROR_CONTEXT: 4 the local file, 5 the server or its file, 7 the server application. */
  readonly context: number;
  /** The same may succeed later: a job goes to the state 'transientError', and otherwise to 'error'. */
  readonly transient: boolean;
  /** HTTP status; absent if there was no answer. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** An upload has failed, as BITS would report it. */
export class UploadFailure extends Error {
  readonly hresult: number;
  readonly context: number;
  readonly transient: boolean;
  readonly status: number | undefined;

  constructor({ hresult, context, transient, status, cause }: UploadFailureInit) {
    const answer = status === undefined ? '' : `, HTTP ${status}`;
    super(`upload failed: ${formatHresult(hresult)} in context ${context}${answer}`, { cause });
    this.name = 'UploadFailure';
    this.hresult = hresult;
    this.context = context;
    this.transient = transient;
    this.status = status;
  }
}

/** The server did not keep to the protocol. */
export const protocolFailure = (hresult: number = HRESULT.invalidServerResponse, status?: number): UploadFailure =>
  new UploadFailure({ hresult, context: CONTEXT.remoteFile, transient: false, ...(status ? { status } : {}) });

/** There was no answer. */
export const noAnswer = (hresult: number, cause?: unknown): UploadFailure =>
  new UploadFailure({ hresult, context: CONTEXT.remoteFile, transient: !CERTIFICATE.has(hresult), cause });

const CERTIFICATE = new Set<number>([
  HRESULT.certificateDate,
  HRESULT.certificateName,
  HRESULT.certificateAuthority,
  HRESULT.certificateOther,
]);

/** The failure that a refusal by the server means. Names of headers in lower case. */
export function refusal(status: number, headers: Readonly<Record<string, string | undefined>>): UploadFailure {
  const hresult = hexadecimal(headers['bits-error-code']) ?? httpError(status);
  const context = hexadecimal(headers['bits-error-context']) ?? CONTEXT.remoteFile;
  const transient = context === CONTEXT.remoteApplication ? isRetriedByApplication(status) : isRetried(status, hresult);
  return new UploadFailure({ hresult, context, transient, status });
}

function isRetried(status: number, hresult: number): boolean {
  if (hresult === HRESULT.tooLarge || status === 501) return false; // the server is not going to change its mind
  return status >= 500 || status === 408;
}

/** https://learn.microsoft.com/windows/win32/bits/handling-server-application-errors */
function isRetriedByApplication(status: number): boolean {
  if (status >= 300 && status < 400) return status > 305 && status !== 307;
  if (status >= 400 && status < 500) return status === 408 || status === 409;
  return status !== 501 && status !== 505;
}

function hexadecimal(header: string | undefined): number | undefined {
  return header !== undefined && /^0x[0-9a-f]{1,8}$/i.test(header) ? Number(header) : undefined;
}
