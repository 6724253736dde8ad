import type { InspectOptions } from 'node:util';

/** util.inspect as it passes itself to custom inspections. */
export type Inspect = (value: unknown, options: InspectOptions) => string;

/** Name of the method by which util.inspect and console.log show an object. */
export const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** An object in short: its class, and what can be known without asking BITS. */
export function show(name: string, facts: object, depth: number, options: InspectOptions, inspect: Inspect): string {
  if (Object.keys(facts).length === 0) return `${name} {}`;
  if (depth < 0) return `[${name}]`;
  const { depth: left } = options;
  return `${name} ${inspect(facts, { ...options, depth: typeof left === 'number' ? left - 1 : null })}`;
}
