/*
 * Checks of arguments, which every public method makes before any COM call. A wrong type or form is a TypeError; the
 * right type outside its limits is a RangeError. Both name the argument, say what was expected and what was received,
 * and never repeat a text that could be a secret.
 */

/** Codes of argument errors, the same as those of Node.js. */
export type ArgumentErrorCode =
  'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE' | 'ERR_INVALID_THIS' | 'ERR_OUT_OF_RANGE';

/** Extra properties of the TypeError or RangeError that an argument check throws. */
export interface ArgumentErrorInfo {
  readonly code: ArgumentErrorCode;
  /** Name of the argument, 'options.priority' for a member. */
  readonly argument: string;
}

function fail(
  Class: typeof TypeError | typeof RangeError,
  code: ArgumentErrorCode,
  argument: string,
  message: string,
): Error & ArgumentErrorInfo {
  return Object.assign(new Class(message), { code, argument });
}

/** Wrong type: `The "path" argument must be a string. Received undefined`. */
export function wrongType(argument: string, expected: string, value: unknown): Error & ArgumentErrorInfo {
  const message = `The "${argument}" argument must be ${expected}. Received ${received(value)}`;
  return fail(TypeError, 'ERR_INVALID_ARG_TYPE', argument, message);
}

/**
 * A method was called with a wrong `this`: `Value of "this" must be of type BitsJob. Received undefined`.
 */
export function wrongThis(type: string, value: unknown): Error & ArgumentErrorInfo {
  const message = `Value of "this" must be of type ${type}. Received ${received(value)}`;
  return fail(TypeError, 'ERR_INVALID_THIS', 'this', message);
}

/** Right type but invalid form: TypeError. `got` is text that is safe to show. */
export function wrongValue(argument: string, expected: string, got?: string): Error & ArgumentErrorInfo {
  const tail = got === undefined ? '' : `. Received ${got}`;
  return fail(TypeError, 'ERR_INVALID_ARG_VALUE', argument, `The "${argument}" argument must ${expected}${tail}`);
}

/** Right type and form but outside the limits: RangeError. */
export function outOfRange(argument: string, expected: string, got: string): Error & ArgumentErrorInfo {
  return fail(RangeError, 'ERR_OUT_OF_RANGE', argument, `The "${argument}" argument must ${expected}. Received ${got}`);
}

/**
 * Reads a value of the caller's, which may throw (a getter, a proxy, an iterator). Then throws a TypeError that names
 * the argument, with what was thrown as its cause.
 */
export function readArgument<T>(argument: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const error = wrongValue(argument, 'be readable', 'a value that throws when it is read');
    Object.defineProperty(error, 'cause', { value: cause, writable: true, configurable: true });
    throw error;
  }
}

/** Describes a received value. Strings are described by their length only, because they may be secrets. */
export function received(value: unknown): string {
  try {
    return receivedWords(value);
  } catch {
    // a revoked proxy, or a getter
    return 'an object that throws when it is read';
  }
}

function receivedWords(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value === '' ? 'an empty string' : `a string of ${value.length} characters`;
    case 'bigint':
      return `${value}n`;
    case 'symbol':
    case 'function':
      return `a ${typeof value}`;
    case 'object':
      return value === null ? 'null' : objectWords(value);
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

function objectWords(value: object): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  const shown = typeof name === 'string' && name !== 'Object' && /^[\p{L}\p{N}_$]{1,60}$/u.test(name);
  return shown ? `an instance of ${name}` : 'an object';
}

// eslint-disable-next-line no-control-regex -- matches control characters on purpose
const CONTROLS = /[\u0000-\u001f\u007f]/g;

/** Quotes a caller's text on one line, shortened. For texts that cannot be secrets (enum words, keys, GUIDs, paths). */
export function quoted(word: string): string {
  const cut = word.length <= 60 ? word : `${word.slice(0, 59)}…`;
  return `'${cut.replace(CONTROLS, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}'`;
}

/** The longest text, in UTF-16 units, where BITS documents no limit: that of Windows' counted strings. */
export const MAX_TEXT = 32_767;

/** Limits of a text. */
export interface TextLimits {
  /** The longest text in UTF-16 units, without the terminator. Default MAX_TEXT. */
  readonly max?: number;
  /** Default true. */
  readonly allowEmpty?: boolean;
}

/** Checks a string that is passed to Windows: no NUL, which would end the text, no lone surrogate, not too long. */
export function checkText(value: unknown, argument: string, limits: TextLimits = {}): string {
  const { max = MAX_TEXT, allowEmpty = true } = limits;
  if (typeof value !== 'string') throw wrongType(argument, 'a string', value);
  if (value === '' && !allowEmpty) throw wrongValue(argument, 'not be empty');
  if (value.length > max) throw outOfRange(argument, `be at most ${max} characters long`, `${value.length} characters`);
  const nul = value.indexOf('\0');
  if (nul >= 0) throw wrongValue(argument, 'not contain a NUL character', `one at position ${nul}`);
  const lone = value.search(/\p{Surrogate}/u);
  if (lone >= 0) throw wrongValue(argument, 'be well-formed UTF-16', `a lone surrogate at position ${lone}`);
  return value;
}

/** Limits of an integer, both inclusive. */
export interface IntegerLimits {
  readonly min?: number;
  readonly max?: number;
}

/** Checks an unsigned 32-bit integer. */
export function checkUint32(value: unknown, argument: string, limits: IntegerLimits = {}): number {
  return checkInteger(value, argument, { min: limits.min ?? 0, max: limits.max ?? 0xffffffff });
}

/** Checks an integer that a JavaScript number holds exactly, by default 0 to 2^53 - 1. For BITS' 64-bit counts. */
export function checkInteger(value: unknown, argument: string, limits: IntegerLimits = {}): number {
  if (typeof value !== 'number') throw wrongType(argument, 'a number', value);
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = limits;
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw outOfRange(argument, `be an integer from ${min} to ${max}`, received(value));
  }
  return value === 0 ? 0 : value; // -0 becomes 0
}

/** Checks a boolean. Other "truthy" values are refused. */
export function checkBoolean(value: unknown, argument: string): boolean {
  if (typeof value !== 'boolean') throw wrongType(argument, 'a boolean', value);
  return value;
}

const GUID = /^(\{)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(\})?$/i;

/** Checks a GUID with or without braces in any case; returns `{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}` in lower case. */
export function checkGuid(value: unknown, argument: string): string {
  if (typeof value !== 'string') throw wrongType(argument, 'a GUID string', value);
  const match = GUID.exec(value);
  if (match?.[2] === undefined || (match[1] === undefined) !== (match[3] === undefined)) {
    throw wrongValue(argument, 'be a GUID such as {6c1f5c4a-0d2e-4b8e-9f57-0123456789ab}', quoted(value));
  }
  return `{${match[2].toLowerCase()}}`;
}

/** Checks that a string is one of the words. */
export function checkOneOf<W extends string>(value: unknown, argument: string, words: readonly W[]): W {
  const list = words.map((word) => `'${word}'`).join(', ');
  if (typeof value !== 'string') throw wrongType(argument, `one of ${list}`, value);
  const found = words.find((word) => word === value);
  if (found === undefined) throw wrongValue(argument, `be one of ${list}`, quoted(value));
  return found;
}

/** A copy of an options object, without a prototype. Absent keys and undefined values are treated the same. */
export type Options<K extends string> = Readonly<Partial<Record<K, unknown>>>;

/**
 * Checks an options object: undefined, or a plain object (`{}`, or one without a prototype, from any realm) that has
 * only known keys. An unknown key is a TypeError that names the most similar known key, or all of them: refusing an
 * option is better than ignoring it silently. For the same reason objects whose options would not be own properties are
 * refused (a class instance, a Map, a promise, an AbortSignal). Each property is read once, and only own ones.
 */
export function checkOptions<K extends string>(value: unknown, argument: string, keys: readonly K[]): Options<K> {
  const copy = Object.create(null) as Partial<Record<K, unknown>>;
  if (value === undefined) return copy;
  const record = checkRecord(value, argument);
  for (const key of readArgument(argument, () => Object.keys(record))) {
    if ((keys as readonly string[]).includes(key)) continue;
    const near = nearest(key, keys);
    const advice =
      near !== undefined
        ? `did you mean '${near}'?`
        : keys.length === 0
          ? 'it has no options'
          : `it knows ${keys.map((known) => `'${known}'`).join(', ')}`;
    throw fail(
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      `${argument}.${key}`,
      `Unknown option ${quoted(key)} in the "${argument}" argument: ${advice}`,
    );
  }
  for (const key of keys) {
    readArgument(`${argument}.${key}`, () => {
      if (Object.hasOwn(record, key)) copy[key] = record[key];
    });
  }
  return copy;
}

/** Checks for a plain object. Its properties have not been read yet, and reading them may throw. */
export function checkRecord(value: unknown, argument: string): Readonly<Record<string, unknown>> {
  if (!readArgument(argument, () => isRecord(value))) throw wrongType(argument, 'a plain object', value);
  return value as Readonly<Record<string, unknown>>;
}

/** Whether a value is a plain object: its prototype is null or the Object.prototype of some realm. */
export function isRecord(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Object.prototype is the only object without a prototype that has this method as its own.
  return (
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf'))
  );
}

/**
 * The most elements of any list. The limits of BITS are lower and set by policy: by default 200 files per job, 500
 * ranges per file.
 */
export const MAX_ELEMENTS = 100_000;

/**
 * Checks an array of at most 100000 elements without holes, and returns what `check` returns for each element and its
 * name, `argument[i]`. Each element is read once.
 */
export function checkArray<T>(
  value: unknown,
  argument: string,
  check: (element: unknown, name: string) => T,
  expected = 'an array',
): T[] {
  if (!readArgument(argument, () => Array.isArray(value))) throw wrongType(argument, expected, value);
  const array = value as readonly unknown[];
  const length = readArgument(argument, () => array.length);
  if (length > MAX_ELEMENTS) throw outOfRange(argument, `have at most ${MAX_ELEMENTS} elements`, String(length));
  const checked: T[] = [];
  for (let i = 0; i < length; i++) {
    const name = `${argument}[${i}]`;
    const element = readArgument(name, () => (Object.hasOwn(array, i) ? { value: array[i] } : undefined));
    if (element === undefined) throw wrongValue(name, 'have a value', 'a hole in the array');
    checked.push(check(element.value, name));
  }
  return checked;
}

/** The same for an array with at least one element. */
export function checkNonEmptyArray<T>(
  value: unknown,
  argument: string,
  check: (element: unknown, name: string) => T,
): T[] {
  const checked = checkArray(value, argument, check);
  if (checked.length === 0) throw wrongValue(argument, 'not be empty', 'an array of 0');
  return checked;
}

/** Checks a function. */
export function checkFunction(value: unknown, argument: string): (...args: never[]) => unknown {
  if (typeof value !== 'function') throw wrongType(argument, 'a function', value);
  return value as (...args: never[]) => unknown;
}

/** The most similar word by edit distance; of equally similar ones, the first. */
function nearest<W extends string>(word: string, words: readonly W[]): W | undefined {
  let best: W | undefined;
  let least = Infinity;
  for (const candidate of words) {
    const distance = edits(word.toLowerCase(), candidate.toLowerCase());
    const another = distance > candidate.length / 2; // too different to be a misspelling
    if (distance < least && !another) [best, least] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance, one row at a time. The first word is cut, because it is the caller's and may be huge. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, a] of Array.from(from.slice(0, 64)).entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replace = (row[j] ?? 0) + (a === to[j] ? 0 : 1);
      next.push(Math.min(replace, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
