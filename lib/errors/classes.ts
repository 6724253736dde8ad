import type { InspectOptions } from 'node:util';
import type { ErrorContext, JobState, UnknownWord } from '../contract/enums';
import { INSPECT } from '../util/inspect';
import type { Inspect } from '../util/inspect';
import { maskText, maskUrl } from '../util/redaction';
import { brand, hasBrand, isError } from './brand';
import { LIBRARY_CODES } from './codes';
import type { LibraryCode, UnavailableReason } from './codes';
import { errorFrom } from './from';
import type { InterfaceNeeds } from './interfaces';
import { describe, hresultHex, isLibraryCode } from './table';
import type { HresultCode } from './table';

/** Every value of `BitsError.code`: SDK symbol, `HRESULT_0x…`, or a code of the library's own. */
export type BitsErrorCode = HresultCode | LibraryCode;

/** Fields of a BitsError; an absent one stays absent on the error. */
export interface BitsErrorInit<C extends BitsErrorCode = BitsErrorCode> {
  readonly code: C;
  /** Unsigned 32-bit. Absent on errors that the library makes by itself. */
  readonly hresult?: number | undefined;
  /** COM name of what was called: 'IBackgroundCopyJob::Resume'. */
  readonly method?: string | undefined;
  /** GUID of the job, `{…}` in lower case. */
  readonly jobId?: string | undefined;
  /** Text of the BITS service, in the language asked for. For people; nothing may parse it. */
  readonly description?: string | undefined;
  /** What to do about it, in English. Default: the table's advice for the code. */
  readonly advice?: string | undefined;
  /** Default false. */
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
  /** Of a file: the errors of all sources that were tried, in order. */
  readonly errors?: readonly Error[] | undefined;
  /** Leave URLs as they are. Default false: user-info, query and fragment are masked in every text. */
  readonly revealUrls?: boolean | undefined;
}

/** The same fields where the class itself decides the code. */
export type LibraryErrorInit = Partial<Omit<BitsErrorInit, 'code'>>;

/**
 * Base class of everything the package rejects with, except TypeError and RangeError for bad arguments.
 * `code` is stable and made for `switch`; `message` and `description` are for people.
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
  /** Text of the BITS service, localized. */
  declare readonly description?: string;
  /** What to do about it, in English. */
  declare readonly advice?: string;
  /** Of a download whose mirrors failed as well: the errors of all sources that were tried, in order; `cause` is the first. */
  declare readonly errors?: readonly Error[];
  /** The same call, or the same transfer, can succeed later without any change to the program. */
  readonly retryable: boolean;

  constructor(message: string, init: BitsErrorInit) {
    const { code, hresult, method, jobId, retryable = false, cause } = init;
    const shown = (text: string) => (init.revealUrls === true ? text : maskText(text));
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
    return hasBrand(this, value);
  }

  /**
   * The BitsError that something was before it was sent elsewhere, with its class: from what `toJSON()` wrote, which has
   * every field; from a `structuredClone()`, which keeps message, stack and cause of an Error, so that only those fields
   * return that the message tells (code and HRESULT, class, method, state, file, status, limits); or from the Error that
   * Electron's `ipcRenderer.invoke()` rejects with. `null` for what was none; a BitsError is returned as it is.
   *
   * In a catch block: `throw BitsError.from(error) ?? error`.
   */
  static from(value: unknown): BitsError | null {
    return errorFrom(value) as BitsError | null;
  }

  /** For logs and to send it: name, message, every field, `hresult` also as `hresultHex`, the cause in short. No stack. */
  toJSON(): Record<string, unknown> {
    const json: Record<string, unknown> = { name: this.name, message: this.message, ...fieldsOf(this) };
    if (this.hresult !== undefined) json['hresultHex'] = hresultHex(this.hresult);
    if (this.cause !== undefined) json['cause'] = readable(() => causeToJson(this.cause));
    return json;
  }

  /** util.inspect and console.log: the stack, then the fields, the HRESULT as people write it. @internal */
  [INSPECT](depth: number, options: InspectOptions, inspect: Inspect): string {
    const fields = fieldsOf(this);
    if (this.hresult !== undefined) fields['hresult'] = new Verbatim(hresultHex(this.hresult));
    const { depth: left } = options;
    const nested = left === null || left === undefined ? options : { ...options, depth: left - 1 };
    // An error of ours has masked itself; what else may be a cause has not.
    if (this.cause instanceof BitsError) fields['cause'] = this.cause;
    else if (this.cause !== undefined)
      fields['cause'] = new Verbatim(readable(() => maskText(inspect(this.cause, nested))));
    const stack = this.stack ?? `${this.name}: ${this.message}`;
    return depth < 0 ? `[${this.name}: ${this.message}]` : `${stack} ${inspect(fields, nested)}`;
  }
}

/** The state of the job does not allow the call: BG_E_INVALID_STATE, BG_E_EMPTY … */
export class BitsStateError extends BitsError {
  /** State of the job, when it was known. */
  declare readonly state?: JobState | UnknownWord;

  constructor(message: string, init: BitsErrorInit & { readonly state?: JobState | UnknownWord | undefined }) {
    super(message, init);
    setPresent(this, { state: init.state });
  }
}

/** The file that a transfer failed at. */
export interface FailedFile {
  /** URL, without user-info, query and fragment unless the caller asked to reveal URLs. */
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
  /** The job is in the state transientError: BITS tries again by itself. */
  readonly transient: boolean;
  /** How often the job has failed so far. */
  readonly errorCount?: number | undefined;
  /** When BITS is expected to try again, estimated from the retry delay. */
  readonly nextRetry?: Date | undefined;
  /** Why the transfer is held up, where a policy or the system holds it. */
  readonly reason?: UnavailableReason | undefined;
}

/**
 * The job itself failed (states error and transientError); a failing call is another class.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyerror
 */
export class BitsTransferError extends BitsError {
  /** Which part failed: 'localFile', 'remoteFile', 'transport' … */
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
    const url = file === undefined || revealUrls ? file?.remoteName : maskUrl(file.remoteName);
    const shown = file === undefined || url === undefined ? undefined : { remoteName: url, localName: file.localName };
    setPresent(this, { url, file: shown, protocol, httpStatus, errorCount, nextRetry, reason });
  }
}

/** There is no such job, file, certificate or folder. */
export class BitsNotFoundError extends BitsError {}

/** The caller has no right to it. */
export class BitsAccessError extends BitsError {}

/** A quota or length limit of BITS is reached. */
export class BitsLimitError extends BitsError {}

/** BITS refused an argument that the library let pass. */
export class BitsArgumentError extends BitsError {}

/** BITS cannot be used from here, or not now; `reason` says why. */
export class BitsUnavailableError extends BitsError {
  readonly reason: UnavailableReason;

  constructor(message: string, init: BitsErrorInit & { readonly reason: UnavailableReason }) {
    super(message, init);
    this.reason = init.reason;
  }
}

/** What a missing interface needs. */
export interface BitsNeeds extends InterfaceNeeds {
  /** 'IBackgroundCopyJob5' */
  readonly interface: string;
}

/** This BITS, this job or this combination of settings cannot do it. */
export class BitsNotSupportedError extends BitsError {
  /** The interface that is missing and who has it; null when the interface is there and the call says E_NOTIMPL. */
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
 * - `noBinary`: the package has none for this CPU
 * - `missing`: the file is not there
 * - `otherCpu`: the file is for another CPU than this process
 * - `corrupt`: the file is cut off, or no binary at all
 * - `archive`: the file is inside an asar or zip archive
 * - `blocked`: a policy, antivirus software or a permission forbids it
 * - `oldHost`: this Node.js or Electron is too old
 * - `otherVersion`: the file is from another version of the package
 * - `badPath`: the environment variable WINDOWS_BITS_BINARY does not hold a full path on a drive
 * - `other`: something else; the message has Windows' own words
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

/** What an abort left of a job: it goes on, it is suspended, or it is cancelled. */
export type JobLeft = 'detached' | 'suspended' | 'cancelled';

/** The caller's AbortSignal fired; `cause` is the signal's reason. */
export class BitsAbortError extends BitsError {
  declare readonly code: 'BITS_ABORTED';
  /** What became of the job, where there is one. */
  declare readonly left?: JobLeft;
  /** Why the job could not be left as the caller asked: it was detached instead. */
  declare readonly refused?: unknown;

  /** `what`: what was given up, 'waiting for the job'. */
  constructor(
    what: string,
    init: LibraryErrorInit & { readonly left?: JobLeft | undefined; readonly refused?: unknown } = {},
  ) {
    const { left, refused } = init;
    const job = left === undefined ? '' : `; the job ${LEFT[left]}`;
    const instead = refused === undefined ? '' : ', because what was asked for could not be done';
    super(`${what} was aborted by the caller${job}${instead} (BITS_ABORTED)`, { ...init, code: 'BITS_ABORTED' });
    setPresent(this, { left, refused });
  }
}

const LEFT: Readonly<Record<JobLeft, string>> = {
  detached: 'is left as it was',
  suspended: 'is suspended',
  cancelled: 'is cancelled',
};

/** A time limit of the caller's ran out. */
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

/** The manager was closed, or the environment is shutting down; nothing was called. */
export class BitsClosedError extends BitsError {
  declare readonly code: 'BITS_CLOSED';

  /** `what`: what could not be done, 'IBackgroundCopyJob::Resume'. */
  constructor(what: string, init: LibraryErrorInit = {}) {
    super(`${what} was not called: the connection to BITS is closed (BITS_CLOSED)`, { ...init, code: 'BITS_CLOSED' });
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
for (const [name, Class] of Object.entries(CLASSES)) brand(Class, name);

/** The table's advice: for a code of the library, or for the number. */
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

/** Own enumerable fields: ours. Message, stack and cause are not enumerable. */
function fieldsOf(error: BitsError): Record<string, unknown> {
  return Object.fromEntries(Object.entries(error));
}

/** A cause without stack or unknown fields: what it holds is not ours to print. */
function causeToJson(cause: unknown): unknown {
  if (cause instanceof BitsError) return cause.toJSON();
  if (!isError(cause)) {
    const holds = (typeof cause === 'object' && cause !== null) || typeof cause === 'function';
    return holds ? Object.prototype.toString.call(cause) : maskText(String(cause));
  }
  const { name, message, code } = cause as {
    readonly name: unknown;
    readonly message: unknown;
    readonly code?: unknown;
  };
  const shown = typeof code === 'string' || typeof code === 'number' ? { code } : {};
  return { name: String(name), message: maskText(String(message)), ...shown };
}

/** Somebody else's value in words; looking at it may throw (a revoked proxy, a getter), and a log must not fail for that. */
function readable<T>(words: () => T): T | string {
  try {
    return words();
  } catch {
    return 'something that throws when it is looked at';
  }
}

/** A value that inspect prints without quotes. */
class Verbatim {
  constructor(private readonly text: string) {}

  [INSPECT](): string {
    return this.text;
  }
}
