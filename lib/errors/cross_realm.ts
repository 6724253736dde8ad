/*
 * instanceof across copies of the package and across realms (two versions in node_modules, jest's vm contexts, Electron
 * bundles). Each class puts a registered symbol on its prototype; instanceof looks for the symbol instead of comparing
 * prototypes. Subclasses inherit the symbols of their parents, so the hierarchy holds; a class of the user's own that
 * extends one of ours has no brand and is compared the ordinary way.
 */

type Class = abstract new (...args: never[]) => object;

const symbols = new WeakMap<object, symbol>();
const classes = new Map<string, Class>();

/** Gives a class its brand and its name (on the prototype, not enumerable, as Error's own classes have it). */
export function registerClass(Class: Class, name: string): void {
  const symbol = Symbol.for(`windows-bits.${name}`);
  symbols.set(Class, symbol);
  classes.set(name, Class);
  Object.defineProperty(Class.prototype, symbol, { value: true });
  Object.defineProperty(Class.prototype, 'name', { value: name, writable: true, configurable: true });
}

/** The branded class of that name. */
export function registeredClass(name: string): Class | undefined {
  return classes.get(name);
}

/** An Error of any realm, or a DOMException. What throws when it is looked at (a revoked proxy) is none. */
export function isError(value: unknown): value is Error & { readonly code?: unknown } {
  try {
    return value instanceof Error || /^\[object (Error|DOMException)\]$/.test(Object.prototype.toString.call(value));
  } catch {
    return false;
  }
}

/** The [Symbol.hasInstance] of branded classes. */
export function isInstance(Class: object, value: unknown): boolean {
  const symbol = symbols.get(Class);
  if (symbol === undefined) return Function.prototype[Symbol.hasInstance].call(Class, value);
  try {
    return typeof value === 'object' && value !== null && symbol in value;
  } catch {
    return false; // a revoked proxy
  }
}
