import type { ErrorContext, JobState, UnknownWord } from '../contract/enums';
import { redactText, redactUrl } from '../util/redaction';
import type { NativeFailure } from '../contract/addon';
import { adviceFor } from './advice';
import {
  BitsAccessError,
  BitsArgumentError,
  BitsClosedError,
  BitsError,
  BitsLimitError,
  BitsNotFoundError,
  BitsNotSupportedError,
  BitsStateError,
  BitsTransferError,
  BitsUnavailableError,
} from './classes';
import type { BitsErrorInit, BitsNeeds, BitsTransferErrorInit } from './classes';
import { ENVIRONMENTS, REASONS } from './codes';
import type { CodeFamily, CodeRow, Environment } from './codes';
import { INTERFACES } from './interfaces';
import { CONTEXT_PHRASES } from './context_phrases';
import { codeOf, describe, hresultHex, httpStatusOf } from './table';

/** What the caller of a native method knows in addition to the failure. */
export interface FailureContext {
  /** GUID of the job. */
  readonly jobId?: string | undefined;
  /** What was tried, as a noun phrase: 'adding 3 files'. Default: the method's name. URLs in it are redacted. */
  readonly action?: string | undefined;
  /** State of the job, if known. */
  readonly state?: JobState | UnknownWord | undefined;
  /** The environment of the process, if it explains failures (`detectEnvironment()`, or its token). */
  readonly environment?: Environment | undefined;
  /** Leave URLs as they are. Default false. */
  readonly revealUrls?: boolean | undefined;
}

/**
 * Codes with which COM reports a missing interface. Any other failure of QueryInterface concerns the job or the
 * service.
 */
const NO_INTERFACE: ReadonlySet<string> = new Set(['E_NOINTERFACE', 'E_NOTIMPL', 'REGDB_E_IIDNOTREG']);

type ErrorFactory = (message: string, init: BitsErrorInit, row: CodeRow, context: FailureContext) => BitsError;

const plain: ErrorFactory = (message, init) => new BitsError(message, init);

/** The error class of a failed call, by family of the code. */
const FACTORIES: Readonly<Record<CodeFamily, ErrorFactory>> = {
  state: (message, init, _row, { state }) => new BitsStateError(message, { ...init, state }),
  notFound: (message, init) => new BitsNotFoundError(message, init),
  access: (message, init) => new BitsAccessError(message, init),
  limit: (message, init) => new BitsLimitError(message, init),
  argument: (message, init) => new BitsArgumentError(message, init),
  notSupported: (message, init) => new BitsNotSupportedError(message, init),
  unavailable: (message, init, row) => new BitsUnavailableError(message, { ...init, reason: row.reason ?? 'rpc' }),
  transfer: plain,
  general: plain,
  success: plain,
};

/**
 * The Error for a failed native call. The message says what was tried, what went wrong, and the code:
 * `IBackgroundCopyJob::Resume failed: the job has no files (BG_E_EMPTY, 0x80200003)`.
 */
export function errorFromNative(failure: NativeFailure, context: FailureContext = {}): BitsError {
  const error = makeError(failure, context);
  Error.captureStackTrace(error, errorFromNative); // the stack starts at the caller, not here
  return error;
}

function makeError(failure: NativeFailure, context: FailureContext): BitsError {
  const { hresult, method, kind } = failure;
  const { jobId, action, environment, revealUrls } = context;
  const tried = action === undefined ? method : revealUrls === true ? action : redactText(action);
  if (kind === 'closed') return new BitsClosedError(tried, { method, jobId, revealUrls });

  const row = describe(hresult);
  const code = codeOf(hresult);
  const tail = `(${code}, ${hresultHex(hresult)})`;
  const init: BitsErrorInit = {
    code,
    hresult,
    method,
    jobId,
    advice: row.action,
    retryable: row.retryable,
    revealUrls,
  };
  if (kind === 'lost') {
    const message =
      `${tried}: the connection to the BITS service was lost during the call, which was not repeated ` +
      `because it may have taken effect ${tail}`;
    const advice = 'Check the state and the files of the job before calling again.';
    return new BitsUnavailableError(message, { ...init, reason: 'rpc', advice, retryable: false });
  }
  if (kind === 'interface' && NO_INTERFACE.has(code)) return missingInterface(tried, tail, init);

  const via = tried === method ? '' : ` in ${method}`;
  if (environment !== undefined && (ENVIRONMENTS[environment] as readonly string[]).includes(code)) {
    const { text, ways } = REASONS[environment];
    const advice = `Possible solutions: ${ways.join('; ')}.`;
    const summary = text.charAt(0).toLowerCase() + text.slice(1, -1); // each begins with "This" or "The"
    const message = `${tried} failed${via}: ${summary} ${tail}`;
    return new BitsUnavailableError(message, { ...init, reason: environment, advice, retryable: false });
  }
  const state = row.family === 'state' && context.state !== undefined ? ` in state '${context.state}'` : '';
  return FACTORIES[row.family](`${tried} failed${via}${state}: ${row.summary} ${tail}`, init, row, context);
}

function missingInterface(tried: string, tail: string, init: BitsErrorInit): BitsNotSupportedError {
  const name = init.method?.split('::')[0] ?? '';
  const found = Object.hasOwn(INTERFACES, name) ? INTERFACES[name] : undefined;
  if (found === undefined) {
    return new BitsNotSupportedError(`${tried} is not supported by this BITS: it has no ${name} ${tail}`, init);
  }
  const needs: BitsNeeds = { interface: name, ...found };
  const advice = 'Check manager.capabilities first, and do not use the interface where it is missing.';
  const message =
    `${tried} is not supported by this BITS: ${name} needs BITS ${needs.bits}, ` + `${needs.windows} or later ${tail}`;
  return new BitsNotSupportedError(message, { ...init, needs, advice });
}

/** Fields that come from the table of codes. */
type FromTable = 'code' | 'hresult' | 'httpStatus' | 'reason' | 'retryable';

/** A job's error as IBackgroundCopyError reports it. */
export interface TransferFailure extends Omit<BitsTransferErrorInit, FromTable> {
  /** Unsigned or signed 32-bit. */
  readonly hresult: number;
}

/**
 * The Error for a job in the state error or transientError: `the transfer of https://host/a.zip (C:\\data\\a.zip)
 * failed at the remote file: the server answered 404: not found (BG_E_HTTP_ERROR_404, 0x80190194)`. URLs are redacted.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyerror-geterror
 */
export function transferError(failure: TransferFailure): BitsTransferError {
  const { hresult, context, transient, file, revealUrls } = failure;
  const row = describe(hresult);
  const code = codeOf(hresult);
  const where = Object.hasOwn(CONTEXT_PHRASES, context)
    ? CONTEXT_PHRASES[context as ErrorContext]
    : ` in context ${context}`;
  const verb = transient ? 'is held up' : 'failed';
  const url = file && (revealUrls === true ? file.remoteName : redactUrl(file.remoteName));
  const what = file === undefined ? '' : ` of ${url ?? ''} (${file.localName})`;
  const message = `the transfer${what} ${verb}${where}: ${row.summary} (${code}, ${hresultHex(hresult)})`;
  const error = new BitsTransferError(message, {
    ...failure,
    code,
    reason: row.reason,
    httpStatus: httpStatusOf(hresult) ?? undefined,
    advice: failure.advice ?? adviceFor(row.action, transient ? 'waiting' : 'stopped'),
    retryable: row.retryable || transient,
  });
  Error.captureStackTrace(error, transferError);
  return error;
}

/**
 * Changes the advice of an error whose job has been cancelled: it can no longer be to resume the job or to wait for it.
 */
export function forCancelledJob<T>(error: T): T {
  if (!(error instanceof BitsError) || error.advice === undefined) return error;
  const limit = error.code === 'BITS_TIMEOUT' || error.code === 'BITS_STALLED';
  const advice = limit ? 'Try again, with a longer limit if need be.' : adviceFor(error.advice, 'gone');
  return Object.assign(error, { advice });
}
