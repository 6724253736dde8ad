import {
  checkArray,
  checkRecord,
  checkText,
  isRecord,
  readArgument,
  MAX_ELEMENTS,
  outOfRange,
  wrongType,
  wrongValue,
} from './checks';

/** Headers as pairs of name and value, in order. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Headers as callers may pass them: a record, a `Headers` object, a Map, or an array or other iterable of pairs. */
export type HeadersInput = Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string>>;

/**
 * The most characters of all headers together, without the terminating NUL.
 * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-setcustomheaders
 */
const MAX_CUSTOM_HEADERS = 16_383;

// RFC 9110: a token, and text without line breaks. A line break in a value would begin another header.
export const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// eslint-disable-next-line no-control-regex -- refuses control characters on purpose
const HEADER_VALUE = /^[^\u0000-\u0008\u000a-\u001f\u007f]*$/;

/** Checks headers and returns them as a list of pairs. The input is read once. */
export function checkHeaders(value: unknown, argument: string): HeaderList {
  const pairs: (readonly [string, string])[] = [];
  let length = 0;
  for (const [name, text] of pairsOf(value, argument)) {
    length += lineOf(name, text).length;
    if (length > MAX_CUSTOM_HEADERS) {
      throw outOfRange(argument, `be at most ${MAX_CUSTOM_HEADERS} characters long`, 'more than that');
    }
    pairs.push([name, text]);
  }
  return pairs;
}

/** Headers as BITS takes them; null, which clears them, when there are none. */
export function toHeaderText(headers: HeaderList): string | null {
  return headers.length === 0 ? null : headers.map(([name, value]) => lineOf(name, value)).join('');
}

function lineOf(name: string, value: string): string {
  return `${name}: ${value}\r\n`;
}

function* pairsOf(value: unknown, argument: string): Generator<readonly [string, string]> {
  if (readArgument(argument, () => Array.isArray(value))) {
    yield* checkArray(value, argument, checkPair);
    return;
  }
  if (readArgument(argument, () => isRecord(value))) {
    const record = checkRecord(value, argument);
    for (const [i, name] of readArgument(argument, () => Object.keys(record)).entries()) {
      checkName(name, `${argument}[${i}]`);
      yield [
        name,
        checkValue(
          readArgument(`${argument}.${name}`, () => record[name]),
          `${argument}.${name}`,
        ),
      ];
    }
    return;
  }
  const iterator = iterate(value, argument);
  for (let i = 0; i < MAX_ELEMENTS; i++) {
    const step: { readonly done?: boolean; readonly value: unknown } = readArgument(argument, () => iterator.next());
    if (readArgument(argument, () => step.done) === true) return;
    yield checkPair(
      readArgument(argument, () => step.value),
      `${argument}[${i}]`,
    );
  }
}

/** Iterates over a Headers object of any realm, a Map or a generator. */
function iterate(value: unknown, argument: string): Iterator<unknown> {
  const begin = (): Iterator<unknown> | undefined => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined;
    return (value as Partial<Iterable<unknown>>)[Symbol.iterator]?.();
  };
  const iterator = readArgument(argument, begin);
  if (typeof iterator !== 'object') {
    throw wrongType(argument, 'a plain object, a Headers object, a Map, or an array of pairs', value);
  }
  return iterator;
}

function checkPair(pair: unknown, argument: string): readonly [string, string] {
  const [name, value, ...more] = checkArray(pair, argument, (element) => element, 'a pair of name and value');
  if (value === undefined || more.length > 0) throw wrongType(argument, 'a pair of name and value', pair);
  return [checkName(name, `${argument}[0]`), checkValue(value, `${argument}[1]`)];
}

function checkName(value: unknown, argument: string): string {
  const name = checkText(value, argument);
  if (!TOKEN.test(name)) throw wrongValue(argument, 'be a header name that HTTP allows');
  return name;
}

function checkValue(value: unknown, argument: string): string {
  const text = checkText(value, argument);
  if (!HEADER_VALUE.test(text)) throw wrongValue(argument, 'not contain line ends or control characters');
  return text;
}
