import { runInNewContext } from 'node:vm';
import {
  checkArray,
  checkBoolean,
  checkFunction,
  checkGuid,
  checkInteger,
  checkNonEmptyArray,
  checkOneOf,
  checkOptions,
  checkText,
  checkUint32,
  received,
} from '../../lib/arguments/checks';
import { checkLocalPath, checkUrl } from '../../lib/arguments/urls_and_paths';
import { checkSignal } from '../../lib/arguments/signal';
import { checkHeaders, toHeaderText } from '../../lib/arguments/headers';

const TYPE = 'ERR_INVALID_ARG_TYPE';
const VALUE = 'ERR_INVALID_ARG_VALUE';
const RANGE = 'ERR_OUT_OF_RANGE';

function refusal(check: () => unknown): { name: string; code: string; argument: string; message: string } {
  try {
    check();
  } catch (error) {
    const { name, code, argument, message } = error as Error & { code: string; argument: string };
    expect(error).toBeInstanceOf(name === 'RangeError' ? RangeError : TypeError);
    expect(code === RANGE).toBe(name === 'RangeError');
    expect(message).not.toMatch(/[\r\n\0]|undefined argument/);
    return { name, code, argument, message };
  }
  throw new Error('was not refused');
}

describe('text', () => {
  test.each([
    ['', {}],
    ['é\u{1F600}', { max: 3 }],
    ['abc', { max: 3, allowEmpty: false }],
  ])('accepts %p', (text, limits) => expect(checkText(text, 'name', limits)).toBe(text));

  test.each([
    [undefined, {}, TYPE, 'must be a string. Received undefined'],
    [null, {}, TYPE, 'Received null'],
    [new String('x'), {}, TYPE, 'Received an instance of String'],
    [7n, {}, TYPE, 'Received 7n'],
    ['', { allowEmpty: false }, VALUE, 'must not be empty'],
    ['a\0b', {}, VALUE, 'NUL character. Received one at position 1'],
    ['x\uD800y', {}, VALUE, 'a lone surrogate at position 1'],
    ['\uDC00', {}, VALUE, 'position 0'],
    ['abcd', { max: 3 }, RANGE, 'must be at most 3 characters long. Received 4 characters'],
    ['\u{1F600}\u{1F600}', { max: 3 }, RANGE, 'Received 4 characters'],
  ])('refuses %p', (value, limits, code, message) => {
    const error = refusal(() => checkText(value, 'name', limits));
    expect(error).toMatchObject({ code, argument: 'name' });
    expect(error.message).toContain('"name" argument');
    expect(error.message).toContain(message);
  });

  test('never repeats the text', () => {
    for (const value of ['hunter2\0', 'hunter2\uD800', 'hunter2'.repeat(100)]) {
      expect(refusal(() => checkText(value, 'password', { max: 5 })).message).not.toContain('hunter2');
    }
    expect(refusal(() => checkUint32('hunter2', 'n')).message).not.toContain('hunter2');
  });
});

describe('url', () => {
  test.each([
    'http://host/a',
    'https://user:pw@host:8443/a?b#c',
    'HTTP://HOST',
    'http://[::1]/a',
    'http://host/%zz space',
    'file:///C:/a.txt',
    'file://server/share/a',
    '\\\\server\\share\\a.txt',
    'C:\\a.txt',
    'c:/a.txt',
    'ftp://host/a',
    `http://h/${'a'.repeat(2191)}`,
  ])('accepts %p unchanged', (url) => expect(checkUrl(url, 'url')).toBe(url));

  test('accepts a URL object, of another realm too', () => {
    expect(checkUrl(new URL('https://host/a b'), 'url')).toBe('https://host/a%20b');
  });

  test.each([
    [42, TYPE, 'must be a URL. Received 42'],
    [{ href: 'http://h/' }, TYPE, 'Received an object'],
    ['', VALUE, 'must not be empty'],
    ['host/a.zip', VALUE, 'must be an absolute URL'],
    ['www.host.com:80/a', VALUE, 'absolute'],
    ['/a/b', VALUE, 'absolute'],
    ['http:/host/a', VALUE, 'absolute'],
    ['C:a.txt', VALUE, 'absolute'],
    [' http://host/a', VALUE, 'absolute'],
    ['http:///a', VALUE, 'must have a host'],
    ['https://', VALUE, 'must have a host'],
    ['http://user@:80/', VALUE, 'must have a host'],
    ['http://h/a\nb', VALUE, 'control characters. Received one at position 10'],
    ['http://h/\0', VALUE, 'NUL'],
    ['http://h/\uD800', VALUE, 'surrogate'],
    [`http://h/${'a'.repeat(2192)}`, RANGE, 'at most 2200 characters long. Received 2201'],
  ])('refuses %p', (value, code, message) => {
    const error = refusal(() => checkUrl(value, 'url'));
    expect(error).toMatchObject({ code, argument: 'url' });
    expect(error.message).toContain(message);
  });

  test.each([
    'me:hunter2@host/a',
    'http:/me:hunter2@host/a',
    'https://me:hunter2@:1/',
    'host/a?sig=hunter2',
    'me:hunt/er2@h',
  ])('does not show the secret of %p', (url) => {
    expect(refusal(() => checkUrl(url, 'url')).message).not.toMatch(/hunt/);
  });

  test('shows only the beginning of a long one', () => {
    expect(refusal(() => checkUrl(`host/${'a'.repeat(1000)}`, 'url')).message.length).toBeLessThan(220);
  });
});

describe('local path', () => {
  test.each([
    ['C:\\a.txt', 'C:\\a.txt'],
    ['c:/data/a.txt', 'c:\\data\\a.txt'],
    ['C:\\a/b\\ü 😀.txt', 'C:\\a\\b\\ü 😀.txt'],
    ['\\\\server\\share\\a.txt', '\\\\server\\share\\a.txt'],
    ['//server/share/d/a.txt', '\\\\server\\share\\d\\a.txt'],
    [`C:\\${'a'.repeat(256)}`, `C:\\${'a'.repeat(256)}`],
    ['C:\\d\\..\\a', 'C:\\d\\..\\a'],
  ])('accepts %p', (path, expected) => expect(checkLocalPath(path, 'path')).toBe(expected));

  test.each([
    [undefined, TYPE, 'a string'],
    ['', VALUE, 'not be empty'],
    ['a.txt', VALUE, 'absolute path'],
    ['.\\a', VALUE, 'absolute path'],
    ['\\a', VALUE, 'absolute path'],
    ['/tmp/a', VALUE, 'absolute path'],
    ['C:a', VALUE, 'absolute path'],
    ['C:', VALUE, 'absolute'],
    ['\\\\server\\share', VALUE, 'absolute path'],
    ['file:///C:/a', VALUE, 'absolute path'],
    ['\\\\?\\C:\\a', VALUE, 'not start with \\\\?\\'],
    ['//?/C:/a', VALUE, 'not start with \\\\?\\'],
    ['\\\\.\\C:\\a', VALUE, 'not start'],
    ['C:\\a.txt:stream', VALUE, 'alternate streams'],
    ['C:\\a?.txt', VALUE, 'reserved character "?"'],
    ['C:\\a*', VALUE, '"*"'],
    ['C:\\<a', VALUE, '"<"'],
    ['C:\\a\tb', VALUE, 'reserved character "\\t"'],
    ['C:\\a"', VALUE, 'reserved'],
    ['\\\\server\\share\\a|b', VALUE, '"|"'],
    ['C:\\', VALUE, 'name a file'],
    ['C:\\d\\', VALUE, 'name a file'],
    ['//server/share/', VALUE, 'name a file'],
    ['C:\\a\0', VALUE, 'NUL'],
    ['C:\\\uDFFF', VALUE, 'surrogate'],
    [`C:\\${'a'.repeat(257)}`, RANGE, 'at most 259 characters long. Received 260 characters'],
  ])('refuses %p', (value, code, message) => {
    const error = refusal(() => checkLocalPath(value, 'path'));
    expect(error).toMatchObject({ code, argument: 'path' });
    expect(error.message).toContain(message);
  });
});

describe('numbers', () => {
  test.each([0, 1, 0xffffffff])('uint32 accepts %p', (n) => expect(checkUint32(n, 'n')).toBe(n));

  test('-0 is 0', () => expect(Object.is(checkUint32(-0, 'n'), 0)).toBe(true));

  test.each([
    ['1', {}, TYPE],
    [1n, {}, TYPE],
    [-1, {}, RANGE],
    [0x100000000, {}, RANGE],
    [1.5, {}, RANGE],
    [NaN, {}, RANGE],
    [Infinity, {}, RANGE],
    [0, { min: 1 }, RANGE],
    [6, { max: 5 }, RANGE],
  ])('uint32 refuses %p %p', (n, limits, code) => {
    expect(refusal(() => checkUint32(n, 'n', limits))).toMatchObject({ code, argument: 'n' });
  });

  test('64-bit counts go to 2^53 - 1', () => {
    expect(checkInteger(2 ** 53 - 1, 'size')).toBe(2 ** 53 - 1);
    const { message } = refusal(() => checkInteger(2 ** 53, 'size', { min: 1 }));
    expect(message).toBe(
      'The "size" argument must be an integer from 1 to 9007199254740991. ' + 'Received 9007199254740992',
    );
  });
});

describe('guid', () => {
  const guid = '{6c1f5c4a-0d2e-4b8e-9f57-0123456789ab}';
  test.each([guid, guid.slice(1, -1), guid.toUpperCase()])('accepts %p', (g) => expect(checkGuid(g, 'id')).toBe(guid));

  test.each([
    ['', VALUE],
    [guid.slice(1), VALUE],
    [guid.slice(0, -1), VALUE],
    [guid.replace(/-/g, ''), VALUE],
    [`${guid}\n`, VALUE],
    ['{6c1f5c4a-0d2e-4b8e-9f57-0123456789ag}', VALUE],
    [1, TYPE],
    [null, TYPE],
    ['x'.repeat(1e6), VALUE],
  ])('refuses', (value, code) => {
    const error = refusal(() => checkGuid(value, 'id'));
    expect(error).toMatchObject({ name: 'TypeError', code, argument: 'id' });
    expect(error.message.length).toBeLessThan(200);
  });
});

describe('the rest', () => {
  test('oneOf', () => {
    expect(checkOneOf('b', 'x', ['a', 'b'])).toBe('b');
    expect(refusal(() => checkOneOf('c', 'x', ['a', 'b'])).message).toBe(
      "The \"x\" argument must be one of 'a', 'b'. Received 'c'",
    );
    expect(refusal(() => checkOneOf(1, 'x', ['a', 'b'])).code).toBe(TYPE);
  });

  test('options: known keys pass, absent is empty', () => {
    const given = { priority: 'low' };
    expect(checkOptions(given, 'options', ['name', 'priority'])).toEqual(given);
    expect(checkOptions(undefined, 'options', ['name'])).toEqual({});
    expect(checkOptions(runInNewContext('({ name: 1 })'), 'options', ['name'])).toEqual({ name: 1 });
  });

  test.each([
    [
      { priorty: 1 },
      'options.priorty',
      "Unknown option 'priorty' in the \"options\" argument: did you mean 'priority'?",
    ],
    [{ Name: 1 }, 'options.Name', "did you mean 'name'?"],
    [{ dscr: 1 }, 'options.dscr', "it knows 'name', 'priority', 'description'"],
    [{ ['k'.repeat(5000)]: 1 }, `options.${'k'.repeat(5000)}`, 'it knows'],
  ])('options: an unknown key names the nearest, or all', (value, argument, message) => {
    const error = refusal(() => checkOptions(value, 'options', ['name', 'priority', 'description']));
    expect(error).toMatchObject({ name: 'TypeError', code: VALUE, argument });
    expect(error.message).toContain(message);
    expect(error.message.length).toBeLessThan(200);
  });

  test.each([null, 1, 'x', [], () => 0])('options refuses %p', (value) => {
    expect(refusal(() => checkOptions(value, 'options', ['name'])).code).toBe(TYPE);
  });

  test('array, function, boolean', () => {
    const f = () => 0;
    expect([checkNonEmptyArray([1], 'a', checkUint32), checkFunction(f, 'f'), checkBoolean(false, 'b')]).toEqual([
      [1],
      f,
      false,
    ]);
    expect(refusal(() => checkNonEmptyArray([], 'files', checkUint32))).toMatchObject({
      code: VALUE,
      argument: 'files',
    });
    expect(refusal(() => checkNonEmptyArray({ length: 1 }, 'files', checkUint32)).code).toBe(TYPE);
    expect(refusal(() => checkFunction({}, 'f')).code).toBe(TYPE);
    expect(refusal(() => checkBoolean(1, 'b')).code).toBe(TYPE);
  });

  test('AbortSignal', () => {
    const { signal } = new AbortController();
    expect(checkSignal(signal, 'signal')).toBe(signal);
    expect(checkSignal(undefined, 'signal')).toBeUndefined();
    for (const value of [null, {}, { aborted: false }, new AbortController(), 'x']) {
      expect(refusal(() => checkSignal(value, 'signal'))).toMatchObject({ code: TYPE, argument: 'signal' });
    }
  });

  test.each([
    [undefined, 'undefined'],
    [-0, '-0'],
    [Symbol('secret'), 'a symbol'],
    ['', 'an empty string'],
    [[1, 2], 'an array of 2'],
    [Object.create(null), 'an object'],
    [new Map(), 'an instance of Map'],
    [{ constructor: 1 }, 'an object'],
    [{ constructor: { name: 'a\r\nb' } }, 'an object'],
    [{ constructor: { name: 'x'.repeat(1e6) } }, 'an object'],
  ])('received(%p)', (value, text) => expect(received(value)).toBe(text));
});

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const throwing = () => {
  throw new Error('mine');
};

describe('options are plain records, read as own properties, once', () => {
  class Settings {
    name = 'x';
  }

  test.each<[string, unknown]>([
    ['an AbortSignal', new AbortController().signal],
    ['a promise', Promise.resolve()],
    ['a Map', new Map()],
    ['a class instance', new Settings()],
    ['an Error', new Error('x')],
    ['a Date', new Date()],
    ['what inherits', Object.create({ name: 'x' })],
    ['what inherits nothing', Object.create(Object.create(null) as object)],
    ['an instance of another realm', runInNewContext('new (class A { name = 1; })()')],
  ])('%s is refused', (_, value) => {
    expect(refusal(() => checkOptions(value, 'options', ['name']))).toMatchObject({ code: TYPE, argument: 'options' });
  });

  test('records of any realm and without a prototype pass', () => {
    expect(checkOptions(Object.assign(Object.create(null) as object, { name: 1 }), 'options', ['name']).name).toBe(1);
    expect(checkOptions(runInNewContext('({ name: 1 })'), 'options', ['name']).name).toBe(1);
  });

  test('a polluted Object.prototype changes nothing', () => {
    const prototype = Object.prototype as { name?: unknown };
    prototype.name = 'polluted';
    try {
      expect(checkOptions({}, 'options', ['name']).name).toBeUndefined();
      expect(checkOptions(undefined, 'options', ['name']).name).toBeUndefined();
    } finally {
      delete prototype.name;
    }
  });

  test('a getter is asked once; what it throws is the cause of a TypeError', () => {
    let reads = 0;
    const given = {
      get name() {
        return ++reads;
      },
    };
    const checked = checkOptions(given, 'options', ['name']);
    expect([checked.name, checked.name, reads]).toEqual([1, 1, 1]);
    const error = refusal(() =>
      checkOptions(Object.defineProperty({}, 'name', { enumerable: true, get: throwing }), 'options', ['name']),
    );
    expect(error).toMatchObject({ name: 'TypeError', argument: 'options.name' });
    expect(refusal(() => checkOptions(revoked(), 'options', ['name']))).toMatchObject({
      name: 'TypeError',
      argument: 'options',
    });
  });
});

describe('arrays', () => {
  // eslint-disable-next-line no-sparse-arrays -- that is what is refused
  test.each([[[1, , 3]], [[, 1]], [new Array(2)]])('a hole in %p is a TypeError that names it', (value: unknown) => {
    const error = refusal(() => checkArray(value, 'ranges', checkUint32));
    expect(error.name).toBe('TypeError');
    expect(error.argument).toMatch(/^ranges\[[01]\]$/);
  });

  test('one of 2^32 - 1 entries is refused at once', () => {
    const start = performance.now();
    expect(refusal(() => checkArray(new Array(2 ** 32 - 1), 'files', checkUint32))).toMatchObject({
      code: RANGE,
      argument: 'files',
    });
    expect(performance.now() - start).toBeLessThan(100);
  });

  test('what throws when it is read is a TypeError', () => {
    const array = Object.defineProperty([1], 0, { get: throwing });
    expect(refusal(() => checkArray(array, 'files', checkUint32)).argument).toBe('files[0]');
    expect(refusal(() => checkArray(revoked(), 'files', checkUint32)).argument).toBe('files');
    expect(received(revoked())).toBe('an object that throws when it is read');
  });
});

describe('headers', () => {
  const pairs = [
    ['X-A', '1'],
    ['X-B', 'two'],
  ];
  const generated = function* () {
    yield* pairs;
  };

  test.each<[string, unknown, string]>([
    ['a record', { 'X-A': '1', 'X-B': 'two' }, 'X-A: 1\r\nX-B: two\r\n'],
    ['a list of pairs', pairs, 'X-A: 1\r\nX-B: two\r\n'],
    ['a Map', new Map(pairs as [string, string][]), 'X-A: 1\r\nX-B: two\r\n'],
    ['Headers', new Headers({ 'X-A': '1', 'X-B': 'two' }), 'x-a: 1\r\nx-b: two\r\n'],
    ['a generator', generated(), 'X-A: 1\r\nX-B: two\r\n'],
    ['a Map of another realm', runInNewContext('new Map([["X-A", "1"]])'), 'X-A: 1\r\n'],
  ])('%s', (_, value, text) => expect(toHeaderText(checkHeaders(value, 'headers'))).toBe(text));

  test.each([[[]], [{}], [new Map()], [new Headers()]])('none in %p is no text at all', (value) => {
    expect(toHeaderText(checkHeaders(value, 'headers'))).toBeNull();
  });

  class Mine {
    'X-A' = '1';
  }
  const endless = {
    *[Symbol.iterator]() {
      for (;;) yield ['a', ''];
    },
  };
  test.each<[string, unknown, string, string]>([
    ['a class instance', new Mine(), 'TypeError', 'headers'],
    ['a promise', Promise.resolve({}), 'TypeError', 'headers'],
    ['a text', 'X-A: 1', 'TypeError', 'headers'],
    ['bytes', new Uint8Array(4), 'TypeError', 'headers'],
    ['a Set of names', new Set(['X-A']), 'TypeError', 'headers[0]'],
    ['a pair of three', [['a', 'b', 'c']], 'TypeError', 'headers[0]'],
    // eslint-disable-next-line no-sparse-arrays -- that is what is refused
    ['a hole', [['a', 'b'], , ['c', 'd']], 'TypeError', 'headers[1]'],
    ['a half pair', [['a']], 'TypeError', 'headers[0]'],
    ['headers without end', Object.create(endless), 'RangeError', 'headers'],
    ['a revoked proxy', revoked(), 'TypeError', 'headers'],
    ['an iterator that throws', new Proxy(new Map(), {}), 'TypeError', 'headers'],
    ['a line end in a pair', [['a', '1\r\nb: 2']], 'TypeError', 'headers[0][1]'],
    ['too many of them', Array.from({ length: 4000 }, (_, i) => [`h${i}`, '']), 'RangeError', 'headers'],
  ])('%s is refused', (_, value, name, argument) => {
    expect(refusal(() => checkHeaders(value, 'headers'))).toMatchObject({ name, argument });
  });
});

describe('signals', () => {
  const whole = () => ({ aborted: false, addEventListener: jest.fn(), removeEventListener: jest.fn() });

  test('of a polyfill without throwIfAborted and reason are accepted', () => {
    const polyfill = whole();
    const signal = checkSignal(polyfill, 'signal');
    const listener = () => undefined;
    signal?.addEventListener('abort', listener, { once: true });
    signal?.removeEventListener('abort', listener);
    expect(polyfill.addEventListener).toHaveBeenLastCalledWith('abort', listener, { once: true });
    expect(polyfill.removeEventListener).toHaveBeenLastCalledWith('abort', listener);
    expect(polyfill.removeEventListener).toHaveBeenCalledTimes(polyfill.addEventListener.mock.calls.length);
    expect(signal).toMatchObject({ aborted: false, reason: undefined });
  });

  test.each<[string, unknown]>([
    ['without removeEventListener', { ...whole(), removeEventListener: undefined }],
    ['without addEventListener', { ...whole(), addEventListener: undefined }],
    ['without aborted', { ...whole(), aborted: undefined }],
    ['that throw', Object.defineProperty(whole(), 'aborted', { get: throwing })],
    ['that cannot be listened to', { ...whole(), addEventListener: throwing }],
    ['in name only', Object.create(AbortSignal.prototype)],
    ['revoked', revoked()],
  ])('%s are refused by name', (_, value) => {
    expect(refusal(() => checkSignal(value, 'options.signal'))).toMatchObject({
      name: 'TypeError',
      argument: 'options.signal',
    });
  });

  test('that begin to throw later disturb nothing', () => {
    const polyfill: object = whole();
    const signal = checkSignal(polyfill, 'options.signal');
    for (const name of ['aborted', 'reason', 'addEventListener', 'removeEventListener']) {
      Object.defineProperty(polyfill, name, { get: throwing });
    }
    expect([signal?.aborted, signal?.reason]).toEqual([false, undefined]);
    signal?.addEventListener('abort', throwing);
    signal?.removeEventListener('abort', throwing);
  });
});

describe('names of files', () => {
  test.each([
    'C:\\CON',
    'C:\\d\\nul.txt',
    'C:\\COM1',
    'C:\\lpt9.tar.gz',
    'C:\\COM\u00b9',
    'C:\\LPT\u00b3.log',
    'C:\\Prn .txt',
    'C:\\con\\a',
    '\\\\server\\share\\aux',
    'C:\\CONIN$',
  ])('%p is the name of a device', (path) => {
    const { name, argument, message } = refusal(() => checkLocalPath(path, 'path'));
    expect([name, argument]).toEqual(['TypeError', 'path']);
    expect(message).toContain('the name of a device');
  });

  test.each(['C:\\console', 'C:\\com10', 'C:\\COM', 'C:\\nullable.txt', 'C:\\a.con', 'C:\\auxiliary\\x'])(
    '%p is not',
    (path) => expect(checkLocalPath(path, 'path')).toBe(path),
  );

  test.each(['C:\\a.', 'C:\\a ', 'C:\\d.\\a', 'C:\\d \\a'])('%p ends in what Windows drops', (path) => {
    expect(refusal(() => checkLocalPath(path, 'path')).message).toContain('ends in a dot or a space');
  });

  test('the folder may have 247 characters', () => {
    const longest = `C:\\${'f'.repeat(244)}\\a.bin`;
    expect(checkLocalPath(longest, 'path')).toBe(longest);
    expect(refusal(() => checkLocalPath(`C:\\${'f'.repeat(245)}\\a.bin`, 'path'))).toMatchObject({
      code: RANGE,
      message: 'The "path" argument must have a folder of at most 247 characters. Received 248 characters',
    });
  });
});

test('a text for which BITS has no limit has one of 32767 characters', () => {
  expect(checkText('x'.repeat(32_767), 'value')).toHaveLength(32_767);
  expect(refusal(() => checkText('x'.repeat(32_768), 'value'))).toMatchObject({ code: RANGE, argument: 'value' });
});
