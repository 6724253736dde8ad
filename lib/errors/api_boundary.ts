import { wrongThis } from '../arguments/checks';
import { toLibraryError } from './to_library_error';

/*
 * The edge between callers and the library. Each method of a public class goes through here: called on anything else
 * than its object it is a TypeError before anything starts, and whatever it rejects with is an error of the library's.
 */

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Not for callers: how the engine and Node show an object, and its prototype too. */
const HOOKS: ReadonlySet<string | symbol> = new Set([
  'constructor',
  Symbol.toStringTag,
  Symbol.for('nodejs.util.inspect.custom'),
]);

/**
 * Guards the methods and accessors of a class, and those that it inherits up to (and without) the class `top`. Methods
 * that return a promise must be async functions: that is how they are known.
 */
export function guardMethods(Class: Class, isOwn: (value: unknown) => boolean, top: Class = Object): void {
  for (
    let at = Class.prototype as object | null;
    at !== null && at !== top.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    for (const key of Reflect.ownKeys(at)) {
      const member = Object.getOwnPropertyDescriptor(at, key) as Member | undefined;
      if (member === undefined || HOOKS.has(key)) continue;
      for (const part of ['value', 'get', 'set'] as const) {
        const method = member[part];
        if (typeof method === 'function') member[part] = guarded(method as Method, Class.name, isOwn);
      }
      Object.defineProperty(at, key, member as PropertyDescriptor);
    }
  }
}

type Member = { [part in 'value' | 'get' | 'set']?: unknown };
type Class = abstract new (...args: never[]) => object;

function guarded(method: Method, type: string, isOwn: (value: unknown) => boolean): Method {
  const wrapper: Method = isAsync(method)
    ? async function (...args) {
        if (!isOwn(this)) throw wrongThis(type, this);
        return atApiBoundary(() => Reflect.apply(method, this, args) as Promise<unknown>);
      }
    : function (...args) {
        if (!isOwn(this)) throw wrongThis(type, this);
        return Reflect.apply(method, this, args);
      };
  const { name, length } = method;
  return Object.defineProperties(wrapper, {
    name: { value: name, configurable: true },
    length: { value: length, configurable: true },
  });
}

function isAsync(method: Method): boolean {
  return Object.prototype.toString.call(method) === '[object AsyncFunction]';
}

/** For functions: what they reject with is a TypeError, a RangeError or a BitsError. */
export async function atApiBoundary<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toLibraryError(error);
  }
}
