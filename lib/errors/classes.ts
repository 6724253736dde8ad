import type { InspectOptions } from 'node:util';
import type { ErrorContext, JobState, UnknownWord } from '../contract/enums';
import { INSPECT } from '../util/inspect';
import type { Inspect } from '../util/inspect';
import { redactText, redactUrl } from '../util/redaction';
import { registerClass, isInstance, isError } from './cross_realm';
import { LIBRARY_CODES } from './codes';
import type { LibraryCode, UnavailableReason } from './codes';
import { reviveError } from './revive';
import type { InterfaceNeeds } from './interfaces';
import { describe, hresultHex, isLibraryCode } from './table';
import type { HresultCode } from './table';

/** The values of `BitsError.code`: an SDK symbol, `HRESULT_0x…`, or one of the library's own codes. */
export type BitsErrorCode = HresultCode | LibraryCode;

/** Fields of a BitsError. A field that is absent here is absent on the error too. */
export interface BitsErrorInit<C extends BitsErrorCode = BitsErrorCode> {
  readonly code: C;
  /** Unsigned 32-bit. Absent on errors that the library makes by itself. */
  readonly hresult?: number | undefined;
  /** COM name of what was called: 'IBackgroundCopyJob::Resume'. */
  readonly method?: string | undefined;
  /** GUID of the job, `{…}` in lower case. */
  readonly jobId?: string | undefined;
  /** Text from the BITS service in the requested language. For people: do not parse it. */
  readonly description?: string | undefined;
  /** What to do about the error, in English. Default: the table's advice for the code. */
  readonly advice?: string | undefined;
  /** Default false. */
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
  /** For a file with mirrors: the errors of all sources that were tried, in order. */
  readonly errors?: readonly Error[] | undefined;
  /** Leave URLs as they are. Default false: user info, query and fragment are redacted in every text. */
  readonly revealUrls?: boolean | undefined;
}

/** The same fields for classes that set the code themselves. */
export type LibraryErrorInit = Partial<Omit<BitsErrorInit, 'code'>>;

/**
 * Base class of every error that the package rejects with, except TypeError and RangeError for bad arguments.
 * `code` is stable and meant for `switch`; `message` and `description` are for people.
 * @see https://learn.microsoft.com/windows/win32/bits/bits-return-values
 */
export class BitsError extends Error {
  readonly code: BitsErrorCode;
  /** Unsigned 32-bit HRESULT; absent on errors that the library makes by itself. */
  declare readonly hresult?: number;
  /** COM name of what was called: 'IBackgroundCopyJob::Resume'. */
  declare readonly method?: string;
  /** GUID of the job, `{…}` in lower case. */
  declare readonly jobId?: string;
  /** Localized text from the BITS service. */
  declare readonly description?: string;
  /** What to do about the error, in English. */
  declare readonly advice?: string;
  /**
   * For a download whose mirrors failed too: the errors of all sources that were tried, in order; `cause` is the first.
   */
  declare readonly errors?: readonly Error[];
  /** Whether the same call or transfer can succeed later without any change to the program. */
  readonly retryable: boolean;

  constructor(message: string, init: BitsErrorInit) {
    const { code, hresult, method, jobId, retryable = false, cause } = init;
    const shown = (text: string) => (init.revealUrls === true ? text : redactText(text));
    super(shown(message), cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
    const unsigned = hresult === undefined ? undefined : hresult >>> 0;
    const description = init.description === undefined ? undefined : shown(init.description);
    const advice = init.advice === undefined ? adviceFor(code, unsigned) : shown(init.advice);
    setPresent(this, { hresult: unsigned, method, jobId, description, advice, errors: init.errors });
  }

  /** `instanceof` across copies of the package and across realms. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }

  /**
   * Restores a BitsError, including its class, after it was sent to another thread or process. Accepts the output of
   * `toJSON()`, which has every field; a `structuredClone()`, which keeps only message, stack and cause, so only the
   * fields that the message contains are restored (code and HRESULT, class, method, state, file, status, limits); and
   * the Error that Electron's `ipcRenderer.invoke()` rejects with. Returns `null` for anything else; a BitsError is
   * returned as it is.
   *
   * @example
   * const restored = BitsError.from(JSON.parse(line));
   * if (restored?.retryable) await later();
   */
  static from(value: unknown): BitsError | null {
    return reviveError(value) as BitsError | null;
  }

  /**
   * For logs and for sending the error: name, message, every field, `hresult` also as `hresultHex`, and the cause
   * without its details. No stack.
   */
  toJSON(): Record<string, unknown> {
    const json: Record<string, unknown> = { name: this.name, message: this.message, ...fieldsOf(this) };
    if (this.hresult !== undefined) json['hresultHex'] = hresultHex(this.hresult);
    if (this.cause !== undefined) json['cause'] = orPlaceholder(() => causeToJson(this.cause));
    return json;
  }

  /** For util.inspect and console.log: the stack, then the fields, the HRESULT in hexadecimal. @internal */
  [INSPECT](depth: number, options: InspectOptions, inspect: Inspect): string {
    const fields = fieldsOf(this);
    if (this.hresult !== undefined) fields['hresult'] = new Verbatim(hresultHex(this.hresult));
    const { depth: left } = options;
    const nested = left === null || left === undefined ? options : { ...options, depth: left - 1 };
    // Our own errors are redacted already; other causes are not.
    if (this.cause instanceof BitsError) fields['cause'] = this.cause;
    else if (this.cause !== undefined)
      fields['cause'] = new Verbatim(orPlaceholder(() => redactText(inspect(this.cause, nested))));
    const stack = this.stack ?? `${this.name}: ${this.message}`;
    return depth < 0 ? `[${this.name}: ${this.message}]` : `${stack} ${inspect(fields, nested)}`;
  }
}

/** The state of the job does not allow the call: BG_E_INVALID_STATE, BG_E_EMPTY … */
export class BitsStateError extends BitsError {
  /** State of the job, if known. */
  declare readonly state?: JobState | UnknownWord;

  constructor(message: string, init: BitsErrorInit & { readonly state?: JobState | UnknownWord | undefined }) {
    super(message, init);
    setPresent(this, { state: init.state });
  }
}

/** The file at which a transfer failed. */
export interface FailedFile {
  /** URL, with user info, query and fragment redacted unless the caller asked to reveal URLs. */
  readonly remoteName: string;
  readonly localName: string;
}

/** Fields of a BitsTransferError. */
export interface BitsTransferErrorInit extends BitsErrorInit {
  readonly context: ErrorContext | UnknownWord;
  readonly file?: FailedFile | undefined;
  /** 'http', 'https', 'file' … as BITS names it. */
  readonly protocol?: string | undefined;
  /** 100 to 999. */
  readonly httpStatus?: number | undefined;
  /** The job is in the state transientError: BITS retries by itself. */
  readonly transient: boolean;
  /** How often the job has failed so far. */
  readonly errorCount?: number | undefined;
  /** When BITS is expected to retry, estimated from the retry delay. */
  readonly nextRetry?: Date | undefined;
  /** Why BITS holds the transfer, when a policy or the system is the reason. */
  readonly reason?: UnavailableReason | undefined;
}

/**
 * The job itself has failed (states error and transientError). Failed calls have other classes.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyerror
 */
export class BitsTransferError extends BitsError {
  /** The context in which the error occurred: 'localFile', 'remoteFile', 'transport' … */
  readonly context: ErrorContext | UnknownWord;
  declare readonly file?: FailedFile;
  /** Remote name of the file. */
  declare readonly url?: string;
  declare readonly protocol?: string;
  declare readonly httpStatus?: number;
  readonly transient: boolean;
  declare readonly errorCount?: number;
  declare readonly nextRetry?: Date;
  declare readonly reason?: UnavailableReason;

  constructor(message: string, init: BitsTransferErrorInit) {
    super(message, init);
    this.context = init.context;
    this.transient = init.transient;
    const { file, revealUrls = false, protocol, httpStatus, errorCount, nextRetry, reason } = init;
    const url = file === undefined || revealUrls ? file?.remoteName : redactUrl(file.remoteName);
    const shown = file === undefined || url === undefined ? undefined : { remoteName: url, localName: file.localName };
    setPresent(this, { url, file: shown, protocol, httpStatus, errorCount, nextRetry, reason });
  }
}

/** The job, file, certificate, folder or other object does not exist. */
export class BitsNotFoundError extends BitsError {}

/** The caller lacks the permission. */
export class BitsAccessError extends BitsError {}

/** A quota or length limit of BITS is exceeded. */
export class BitsLimitError extends BitsError {}

/** BITS refused an argument that the library had accepted. */
export class BitsArgumentError extends BitsError {}

/** BITS cannot be used in this environment, or not now; `reason` says why. */
export class BitsUnavailableError extends BitsError {
  readonly reason: UnavailableReason;

  constructor(message: string, init: BitsErrorInit & { readonly reason: UnavailableReason }) {
    super(message, init);
    this.reason = init.reason;
  }
}

/** What a missing interface requires. */
export interface BitsNeeds extends InterfaceNeeds {
  /** 'IBackgroundCopyJob5' */
  readonly interface: string;
}

/** This version of BITS, this job or this combination of settings does not support the call. */
export class BitsNotSupportedError extends BitsError {
  /**
   * The missing interface and the versions that have it; null when the interface exists but the call is not
   * implemented.
   */
  readonly needs: BitsNeeds | null;

  constructor(message: string, init: BitsErrorInit & { readonly needs?: BitsNeeds | null | undefined }) {
    super(message, init);
    this.needs = init.needs ?? null;
  }
}

/** This is not Windows. */
export class BitsPlatformError extends BitsError {
  declare readonly code: 'BITS_PLATFORM';
  /** process.platform */
  readonly platform: string;

  constructor(platform: string, init: LibraryErrorInit = {}) {
    super(`BITS is a service of Windows; this is ${platform} (BITS_PLATFORM)`, { ...init, code: 'BITS_PLATFORM' });
    this.platform = platform;
  }
}

/**
 * Why the native binary could not be loaded.
 *
 * - `noBinary`: the package has no binary for this CPU
 * - `missing`: the file does not exist
 * - `otherCpu`: the file is for another CPU than this process
 * - `corrupt`: the file is truncated, or is not a binary
 * - `archive`: the file is inside an asar or zip archive
 * - `blocked`: a policy, antivirus software or a permission forbids it
 * - `oldHost`: this Node.js or Electron is too old
 * - `otherVersion`: the file is from another version of the package
 * - `badPath`: the environment variable WINDOWS_BITS_BINARY does not hold a full path on a drive
 * - `other`: something else; the message contains Windows' text
 */
export type BitsLoadReason =
  | 'noBinary'
  | 'missing'
  | 'otherCpu'
  | 'corrupt'
  | 'archive'
  | 'blocked'
  | 'oldHost'
  | 'otherVersion'
  | 'badPath'
  | 'other';

/** Fields of a BitsLoadError. */
export interface BitsLoadErrorInit extends LibraryErrorInit {
  /** Default 'other'. */
  readonly reason?: BitsLoadReason;
  readonly tried?: readonly string[] | undefined;
}

/** The native binary is missing, blocked, or made for another CPU: `reason` says which, `advice` what to do. */
export class BitsLoadError extends BitsError {
  declare readonly code: 'BITS_LOAD';
  readonly reason: BitsLoadReason;
  /** Files that were tried, in order. */
  readonly tried: readonly string[];

  /** `problem`: a clause, 'the binary for win32-x64 is missing'. */
  constructor(problem: string, init: BitsLoadErrorInit = {}) {
    super(`loading the native addon failed: ${problem} (BITS_LOAD)`, { ...init, code: 'BITS_LOAD' });
    this.reason = init.reason ?? 'other';
    this.tried = init.tried ?? [];
  }
}

/** The job after an abort: 'detached', it continues; 'suspended'; or 'cancelled'. */
export type JobLeft = 'detached' | 'suspended' | 'cancelled';

/** The caller's AbortSignal fired; `cause` is the signal's reason. */
export class BitsAbortError extends BitsError {
  declare readonly code: 'BITS_ABORTED';
  /** What happened to the job, if there is one. */
  declare readonly left?: JobLeft;
  /** Why the job could not be suspended or cancelled as requested, and is detached instead. */
  declare readonly refused?: unknown;

  /** `what`: what was aborted, 'waiting for the job'. */
  constructor(
    what: string,
    init: LibraryErrorInit & { readonly left?: JobLeft | undefined; readonly refused?: unknown } = {},
  ) {
    const { left, refused } = init;
    const job = left === undefined ? '' : `; the job ${LEFT[left]}`;
    const instead = refused === undefined ? '' : ', because it could not be changed as requested';
    super(`${what} was aborted by the caller${job}${instead} (BITS_ABORTED)`, { ...init, code: 'BITS_ABORTED' });
    setPresent(this, { left, refused });
  }
}

const LEFT: Readonly<Record<JobLeft, string>> = {
  detached: 'is left as it was',
  suspended: 'is suspended',
  cancelled: 'is cancelled',
};

/** The caller's time limit is over. */
export class BitsTimeoutError extends BitsError {
  declare readonly code: 'BITS_TIMEOUT';
  /** The limit in milliseconds. */
  readonly timeout: number;

  /** `what`: what took too long, 'waiting for the job'. */
  constructor(what: string, timeout: number, init: LibraryErrorInit = {}) {
    const message = `${what} took longer than ${timeout} ms (BITS_TIMEOUT)`;
    super(message, { retryable: true, ...init, code: 'BITS_TIMEOUT' });
    this.timeout = timeout;
  }
}

/** The manager is closed or the process is shutting down; no call was made. */
export class BitsClosedError extends BitsError {
  declare readonly code: 'BITS_CLOSED';

  /** `what`: what was not done, 'IBackgroundCopyJob::Resume'. */
  constructor(what: string, init: LibraryErrorInit = {}) {
    super(`${what} failed: the connection to BITS is closed (BITS_CLOSED)`, { ...init, code: 'BITS_CLOSED' });
  }
}

const CLASSES = {
  BitsError,
  BitsStateError,
  BitsTransferError,
  BitsNotFoundError,
  BitsAccessError,
  BitsLimitError,
  BitsArgumentError,
  BitsUnavailableError,
  BitsNotSupportedError,
  BitsPlatformError,
  BitsLoadError,
  BitsAbortError,
  BitsTimeoutError,
  BitsClosedError,
};
for (const [name, Class] of Object.entries(CLASSES)) registerClass(Class, name);

/** The table's advice for a code of the library, or for an HRESULT. */
function adviceFor(code: BitsErrorCode, hresult: number | undefined): string | undefined {
  if (isLibraryCode(code)) return LIBRARY_CODES[code].action;
  return hresult === undefined ? undefined : describe(hresult).action;
}

/** Sets the fields that have a value, so that an absent one stays absent for inspect and JSON. */
function setPresent(target: BitsError, fields: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) Object.assign(target, { [name]: value });
  }
}

/** The fields of this library: own and enumerable, which message, stack and cause are not. */
function fieldsOf(error: BitsError): Record<string, unknown> {
  return Object.fromEntries(Object.entries(error));
}

/** A cause without its stack and unknown fields, which may hold secrets. */
function causeToJson(cause: unknown): unknown {
  if (cause instanceof BitsError) return cause.toJSON();
  if (!isError(cause)) {
    const holds = (typeof cause === 'object' && cause !== null) || typeof cause === 'function';
    return holds ? Object.prototype.toString.call(cause) : redactText(String(cause));
  }
  const { name, message, code } = cause as {
    readonly name: unknown;
    readonly message: unknown;
    readonly code?: unknown;
  };
  const shown = typeof code === 'string' || typeof code === 'number' ? { code } : {};
  return { name: String(name), message: redactText(String(message)), ...shown };
}

/**
 * Describes a foreign value. Reading it may throw (a revoked proxy, a getter), and logging must not fail because of
 * that.
 */
function orPlaceholder<T>(words: () => T): T | string {
  try {
    return words();
  } catch {
    return 'a value that throws when it is read';
  }
}

/** A value that inspect prints without quotes. */
class Verbatim {
  constructor(private readonly text: string) {}

  [INSPECT](): string {
    return this.text;
  }
}
