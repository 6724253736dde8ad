import type { InspectOptions } from 'node:util';

/** The `inspect` function that util.inspect passes to custom inspection methods. */
export type Inspect = (value: unknown, options: InspectOptions) => string;

/** The method that util.inspect and console.log call to show an object. */
export const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Formats an object for util.inspect: its class, and what is known without asking BITS. */
export function show(name: string, facts: object, depth: number, options: InspectOptions, inspect: Inspect): string {
  if (Object.keys(facts).length === 0) return `${name} {}`;
  if (depth < 0) return `[${name}]`;
  const { depth: left } = options;
  return `${name} ${inspect(facts, { ...options, depth: typeof left === 'number' ? left - 1 : null })}`;
}
