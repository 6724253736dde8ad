'use strict';
// Random arguments from a seed: what a caller without types can pass, from right to hostile.

/** A generator of random numbers that gives the same for the same seed (mulberry32). */
class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000;
  }

  below(n) {
    return Math.floor(this.next() * n);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  chance(p) {
    return this.next() < p;
  }
}

const boom = () => {
  throw new Error('a getter of the caller threw');
};
const traps = Object.getOwnPropertyNames(Reflect).filter((name) => typeof Reflect[name] === 'function');
/** A listener that throws is an uncaught exception, as of any event emitter. */
const everyTrap = {
  ...Object.fromEntries(traps.map((name) => [name, boom])),
  apply() {
    throw new Error('a listener of the caller threw');
  },
};

function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

class Settings {
  constructor() {
    this.name = 'x';
    this.url = 'http://127.0.0.1/x';
  }

  get path() {
    return 'C:\\x';
  }
}

const deaf = () => ({ addEventListener() {}, removeEventListener() {} });

/** Signals as old polyfills and other realms have them: some whole, some not. */
const polyfills = {
  'a signal without removeEventListener': () => ({ aborted: false, addEventListener() {}, throwIfAborted() {} }),
  'a signal without throwIfAborted': () => ({ aborted: false, addEventListener() {}, removeEventListener() {} }),
  'an aborted signal of its own': () => ({ aborted: true, addEventListener() {}, removeEventListener() {} }),
  'a signal that cannot be listened to': () => ({ aborted: false, addEventListener: boom, removeEventListener: boom }),
  'a signal that throws when read': () => Object.defineProperty(deaf(), 'aborted', { get: boom, enumerable: true }),
  'a signal with a reason that throws': () =>
    Object.defineProperty({ ...deaf(), aborted: true }, 'reason', { get: boom }),
  'a signal aborted by a revoked proxy': () => AbortSignal.abort(revoked({})),
  'a signal in name only': () => Object.create(AbortSignal.prototype),
};

/** Values that no method wants, or that few do. By name, so that a report can say what it was. */
const HOSTILE = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  zero: () => 0,
  'minus one': () => -1,
  'a fraction': () => 1.5,
  NaN: () => NaN,
  Infinity: () => Infinity,
  '2^32': () => 2 ** 32,
  '2^53': () => 2 ** 53,
  'a bigint': () => 7n,
  'minus zero': () => -0,
  'an empty text': () => '',
  'a text': () => 'x',
  'a text with NUL': () => 'a\0b',
  'half a surrogate': () => 'a\ud800',
  'a line end': () => 'a\r\nb: c',
  'a long text': () => 'x'.repeat(70_000),
  'a very long text': () => 'http://h/'.padEnd(3_000_000, 'y'),
  'a symbol': () => Symbol('s'),
  'a function': () => () => 1,
  'an async function': () => async () => 1,
  'a class': () => Settings,
  'a device': () => 'C:\\data\\COM1.txt',
  'an empty array': () => [],
  'a huge array': () => new Array(2 ** 32 - 1),
  'an array with a hole': () => [, 1], // eslint-disable-line no-sparse-arrays
  'a hole at the end': () => ['x', ,], // eslint-disable-line no-sparse-arrays
  'a long array': () => new Array(200_000).fill('x'),
  'an array that throws': () => Object.defineProperty([1], 0, { get: boom }),
  'an array of an array': () => [[]],
  'an object': () => ({}),
  'an object without a prototype': () => Object.create(null),
  'an unknown option': () => ({ nonsense: 1 }),
  'a Map': () => new Map([['name', 'x']]),
  'a Set': () => new Set(['x']),
  'a Date': () => new Date(),
  'a regular expression': () => /x/,
  'an Error': () => new Error('x'),
  'a promise': () => Promise.resolve({ name: 'x' }),
  'a thenable': () => ({ then() {} }),
  'a proxy that throws': () => new Proxy({}, everyTrap),
  'a function proxy that throws': () => new Proxy(() => 1, everyTrap),
  'a proxy of an array that throws': () => new Proxy([1], { get: boom }),
  'a proxy of a record': () => new Proxy({ name: 'x' }, {}),
  'a revoked proxy': () => revoked({}),
  'a revoked array': () => revoked([]),
  'a revoked function': () => revoked(() => 1),
  'keys that throw': () => new Proxy({}, { ownKeys: boom }),
  'an object that throws as text': () => ({ toString: boom, [Symbol.toPrimitive]: boom, toJSON: boom }),
  bytes: () => new Uint8Array(20),
  'few bytes': () => new Uint8Array(3),
  floats: () => new Float64Array(20),
  'a buffer': () => new ArrayBuffer(20),
  'a class instance': () => new Settings(),
  'an heir of options': () => Object.create({ name: 'x', url: 'http://h/x', path: 'C:\\x' }),
  'an AbortController': () => new AbortController(),
  'an AbortSignal': () => new AbortController().signal,
  'an aborted signal': () => AbortSignal.abort(),
  headers: () => new Headers({ a: 'b' }),
  parameters: () => new URLSearchParams('a=b'),
  'an iterator that throws': () => ({ [Symbol.iterator]: boom }),
  'endless pairs': () =>
    Object.create({
      *[Symbol.iterator]() {
        for (;;) yield ['a', 'b'];
      },
    }),
  'a number object': () => new Number(1),
  'a text object': () => new String('x'),
  'an own prototype': () => JSON.parse('{"__proto__":{"name":"x"}}'),
  itself: () => {
    const value = {};
    value.value = value;
    return value;
  },
  'a URL': () => new URL('http://127.0.0.1/x'),
  'a URL that throws': () => Object.defineProperty({ [Symbol.toStringTag]: 'URL' }, 'href', { get: boom }),
  'a tag that throws': () => Object.defineProperty({}, Symbol.toStringTag, { get: boom }),
  'a constructor that throws': () => Object.defineProperty(Object.create({}), 'constructor', { get: boom }),
  'the global object': () => globalThis,
  ...polyfills,
};

const NAMES = Object.keys(HOSTILE);

/** A hostile value and what it is called. */
function hostile(random) {
  const name = random.pick(NAMES);
  return { name, value: HOSTILE[name]() };
}

const isContainer = (value) =>
  Array.isArray(value) ||
  (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype);

/** Every place in the arguments: [container, key]. */
function places(container, found = []) {
  for (const key of Object.keys(container)) {
    found.push([container, key]);
    if (isContainer(container[key])) places(container[key], found);
  }
  return found;
}

/** Does something bad to one place of right arguments. Returns what it did. */
function spoil(random, args) {
  const all = places(args);
  if (all.length === 0) {
    const { name, value } = hostile(random);
    args.push(value);
    return `${name} in addition`;
  }
  const [container, key] = random.pick(all);
  const old = container[key];
  switch (random.below(8)) {
    case 0:
      delete container[key]; // a hole, or a missing option
      return `no ${key}`;
    case 1:
      if (container !== args) {
        Object.defineProperty(container, key, { get: boom, enumerable: true, configurable: true });
        return `${key} throws`;
      }
      break;
    case 2:
      if (isContainer(old)) {
        const trap = random.pick(['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor']);
        container[key] = new Proxy(old, random.chance(0.5) ? {} : { [trap]: boom });
        return `${key} is a proxy`;
      }
      break;
    case 3:
      if (isContainer(old) && !Array.isArray(old)) {
        container[key] = Object.create(old);
        return `${key} inherits`;
      }
      break;
    default:
  }
  const { name, value } = hostile(random);
  container[key] = value;
  return `${key} is ${name}`;
}

module.exports = { Random, hostile, spoil };
