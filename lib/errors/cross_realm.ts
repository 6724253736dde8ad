/*
 * instanceof across copies of the package and across realms (two versions in node_modules, jest's vm contexts, Electron
 * bundles). Each registered class has a symbol from the global registry on its prototype; instanceof looks for the
 * symbol instead of comparing prototypes. Subclasses inherit their parents' symbols, so the hierarchy is preserved. A
 * user's class that extends one of ours is not registered and is compared the ordinary way.
 */

type Class = abstract new (...args: never[]) => object;

const symbols = new WeakMap<object, symbol>();
const classes = new Map<string, Class>();

/** Registers a class and sets its name (on the prototype, not enumerable, as with JavaScript's own error classes). */
export function registerClass(Class: Class, name: string): void {
  const symbol = Symbol.for(`windows-bits.${name}`);
  symbols.set(Class, symbol);
  classes.set(name, Class);
  Object.defineProperty(Class.prototype, symbol, { value: true });
  Object.defineProperty(Class.prototype, 'name', { value: name, writable: true, configurable: true });
}

/** The registered class with this name. */
export function registeredClass(name: string): Class | undefined {
  return classes.get(name);
}

/** Whether a value is an Error of any realm or a DOMException. False for what cannot be inspected (a revoked proxy). */
export function isError(value: unknown): value is Error & { readonly code?: unknown } {
  try {
    return value instanceof Error || /^\[object (Error|DOMException)\]$/.test(Object.prototype.toString.call(value));
  } catch {
    return false;
  }
}

/** Implements [Symbol.hasInstance] for registered classes. */
export function isInstance(Class: object, value: unknown): boolean {
  const symbol = symbols.get(Class);
  if (symbol === undefined) return Function.prototype[Symbol.hasInstance].call(Class, value);
  try {
    return typeof value === 'object' && value !== null && symbol in value;
  } catch {
    return false; // a revoked proxy
  }
}
