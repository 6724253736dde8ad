import { adviceFor } from './advice';
import { registeredClass, isInstance, isError } from './cross_realm';
import { LIBRARY_CODES } from './codes';
import { INTERFACES } from './interfaces';
import { CONTEXT_PHRASES } from './context_phrases';
import { codeOf, describe, httpStatusOf, isLibraryCode } from './table';

type Fields = Record<string, unknown>;

/** How many causes are followed. */
const MAX_CAUSE_DEPTH = 8;

/** Implements `BitsError.from()`. */
export function reviveError(value: unknown, depth = 0): Error | null {
  if (typeof value !== 'object' || value === null || depth > MAX_CAUSE_DEPTH) return null;
  const Base = registeredClass('BitsError');
  if (Base !== undefined && isInstance(Base, value)) return value as Error;
  try {
    return isError(value) ? fromText(value, depth) : fromJson(value as Fields, depth);
  } catch {
    return null; // a value that throws when it is read is not one of our errors
  }
}

/** From the output of `toJSON()`. */
function fromJson(json: Fields, depth: number): Error | null {
  const { name, message, code, hresultHex: _hex, stack: _stack, cause, ...fields } = json;
  const known = typeof name === 'string' && typeof message === 'string' && typeof code === 'string';
  return known
    ? reviveAs(name, message, { code, retryable: false, ...revived(fields) }, reviveCause(cause, depth))
    : null;
}

/** Converts dates, which are strings in JSON. */
function revived(fields: Fields): Fields {
  const { nextRetry, explanation, ...others } = fields;
  return {
    ...others,
    ...(nextRetry === undefined ? {} : { nextRetry: toDate(nextRetry) }),
    ...(explanation === undefined ? {} : { explanation: explanationFrom(explanation) }),
  };
}

function explanationFrom(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return null;
  const { expires, retry, ...others } = value as Fields;
  const { next = null } = (retry ?? {}) as Fields;
  return { ...others, expires: toDate(expires), retry: { ...(retry as object | undefined), next: toDate(next) } };
}

function toDate(value: unknown): unknown {
  return typeof value === 'string' ? new Date(value) : value;
}

/** The beginning of a message: the prefix that Electron's `ipcRenderer.invoke()` adds, and the name of the class. */
const HEAD = /^(?:Error invoking remote method '[^']*': )?(?:(Bits\w*Error): )?/;
/** The end of every message: the code, and the HRESULT if there is one. */
const TAIL = /\((\w+)(?:, (0x[0-9A-F]{8}))?\)$/;

/**
 * From a copy that has at most name, message, stack and cause: restores the fields that the message contains.
 */
function fromText(error: Error, depth: number): Error | null {
  const [head, inMessage] = HEAD.exec(error.message) ?? ['', undefined];
  const name = inMessage ?? HEAD.exec(error.stack ?? '')?.[1];
  const message = error.message.slice(head.length);
  const [, code, hex] = TAIL.exec(message) ?? [];
  if (name === undefined || code === undefined) return null;
  const facts = hex === undefined ? ofLibrary(code) : ofCall(Number(hex), message);
  if (facts === null) return null;
  return reviveAs(
    name,
    message,
    { ...facts, ...FROM_MESSAGE[name]?.(message, facts) },
    reviveCause(error.cause, depth),
    error.stack,
  );
}

function ofLibrary(code: string): Fields | null {
  if (!isLibraryCode(code)) return null;
  const { retryable, action } = LIBRARY_CODES[code];
  return { code, retryable, advice: action };
}

function ofCall(hresult: number, message: string): Fields {
  const { retryable, action } = describe(hresult);
  const method = /\bI[A-Z]\w+::\w+/.exec(message)?.[0];
  return { code: codeOf(hresult), hresult, retryable, advice: action, ...(method === undefined ? {} : { method }) };
}

/** The fields that the messages of each class contain besides the code. */
const FROM_MESSAGE: Readonly<Partial<Record<string, (message: string, facts: Fields) => Fields>>> = {
  BitsStateError: (message) => captures({ state: /in state '([^']+)'/ }, message),
  BitsUnavailableError: (message, { hresult }) => ({
    reason: (typeof hresult === 'number' ? describe(hresult).reason : undefined) ?? 'rpc',
    ...(message.includes('was not repeated') ? { retryable: false } : {}),
  }),
  BitsNotSupportedError: (message, { method }) => {
    const name = String(method).split('::')[0] ?? '';
    return { needs: message.includes(' needs BITS ') ? { interface: name, ...INTERFACES[name] } : null };
  },
  BitsTransferError: (message, { hresult, retryable, advice }) => {
    const [, url, localName] = /^the transfer of (\S+) \((.+?)\) (?:failed|is held up)/.exec(message) ?? [];
    const transient = / is held up/.test(message);
    const place = Object.entries(CONTEXT_PHRASES).find(([, words]) => words !== '' && message.includes(`${words}: `));
    const httpStatus = httpStatusOf(Number(hresult));
    const { reason } = describe(Number(hresult));
    return {
      context: place?.[0] ?? 'unknown',
      transient,
      retryable: retryable === true || transient,
      advice: adviceFor(String(advice), transient ? 'waiting' : 'stopped'),
      ...(url === undefined || localName === undefined ? {} : { url, file: { remoteName: url, localName } }),
      ...(httpStatus === null ? {} : { httpStatus }),
      ...(reason === undefined ? {} : { reason }),
    };
  },
  BitsPlatformError: (message) => ({ platform: 'unknown', ...captures({ platform: /this is (\w+)/ }, message) }),
  BitsLoadError: () => ({ reason: 'other', tried: [] }),
  BitsAbortError: (message) => {
    const left = /the job is (left as it was|suspended|cancelled)/.exec(message)?.[1];
    return left === undefined ? {} : { left: left === 'left as it was' ? 'detached' : left };
  },
  BitsTimeoutError: (message) => ({ timeout: Number(/longer than (\d+)/.exec(message)?.[1]) }),
  BitsEndedError: (message) => ({ state: message.includes('was completed') ? 'acknowledged' : 'cancelled' }),
  BitsStalledError: (message) => ({
    stallTimeout: Number(/progress for (\d+)/.exec(message)?.[1]),
    explanation: null,
  }),
  BitsVerificationError: (message) => {
    const [, path, check, expected, actual] =
      /^verifying (.+) failed: expected (there|the size|the length|the SHA-256|all files)(?: together)?(?: to (?:be|match))? (.+), found (.+) \(/.exec(
        message,
      ) ?? [];
    return { path, check: CHECKS[check ?? ''], expected, actual };
  },
};

const CHECKS: Readonly<Record<string, string>> = {
  there: 'missing',
  'the size': 'size',
  'the length': 'length',
  'the SHA-256': 'sha256',
  'all files': 'files',
};

function captures(patterns: Readonly<Record<string, RegExp>>, message: string): Fields {
  return Object.fromEntries(
    Object.entries(patterns).flatMap(([name, pattern]) => {
      const value = pattern.exec(message)?.[1];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function reviveCause(cause: unknown, depth: number): unknown {
  const known = reviveError(cause, depth + 1);
  if (known !== null || typeof cause !== 'object' || cause === null || isError(cause)) return known ?? cause;
  const { name, message, code } = cause as Fields; // an Error of another kind, as toJSON() writes it
  if (typeof name !== 'string' || typeof message !== 'string') return cause;
  const error = Object.defineProperty(new Error(message), 'name', { value: name, configurable: true, writable: true });
  error.stack = `${name}: ${message}`;
  return code === undefined ? error : Object.assign(error, { code });
}

function reviveAs(name: string, message: string, fields: Fields, cause: unknown, stack?: string): Error | null {
  const Class = registeredClass(name);
  if (Class === undefined) return null;
  const bare = new Error(message, cause === undefined ? undefined : { cause });
  const error = Object.setPrototypeOf(bare, Class.prototype as object) as Error;
  error.stack = stack ?? `${name}: ${message}`;
  for (const [field, value] of Object.entries(fields)) {
    // Defined, not assigned: JSON from elsewhere may contain "__proto__".
    if (value !== undefined)
      Object.defineProperty(error, field, { value, writable: true, enumerable: true, configurable: true });
  }
  return error;
}
