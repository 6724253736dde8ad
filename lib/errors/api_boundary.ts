import { wrongThis } from '../arguments/checks';
import { toLibraryError } from './to_library_error';

/*
 * The boundary between callers and the library. Every method of a public class goes through here: called with a wrong
 * `this` it throws TypeError before anything starts, and it rejects only with TypeError, RangeError or BitsError.
 */

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Not guarded, because the engine and Node.js also use them on prototypes. */
const HOOKS: ReadonlySet<string | symbol> = new Set([
  'constructor',
  Symbol.toStringTag,
  Symbol.for('nodejs.util.inspect.custom'),
]);

/**
 * Guards the methods and accessors of a class, including inherited ones up to but not including the class `top`.
 * Methods that return a promise are recognized by being async functions, so they must be.
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

/** For functions: rejects only with TypeError, RangeError or BitsError. */
export async function atApiBoundary<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toLibraryError(error);
  }
}
