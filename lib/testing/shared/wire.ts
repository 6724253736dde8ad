import type { Duplex } from 'node:stream';

/*
 * The raw contract between processes: lines of JSON. What JSON lacks has a form of its own: functions and handles are
 * numbers, and bytes are base64.
 */

/** A message to the service. */
export type Request =
  | { readonly open: number; readonly clsid?: string | undefined; readonly context?: number | undefined }
  | { readonly call: number; readonly group: string; readonly method: string; readonly args: readonly unknown[] }
  | { readonly abandon: number }
  | { readonly release: number }
  | { readonly verdict: number; readonly accept: boolean };

/** A message to a program. */
export type Answer =
  | { readonly call: number; readonly result: unknown }
  | { readonly call: number; readonly failure: unknown }
  | { readonly call: number; readonly problem: string }
  | { readonly callback: number; readonly args: readonly unknown[] };

/** A handle on its way. */
export interface WireHandle {
  readonly handle: number;
  readonly kind: string;
  /** Id of the job that it is about. */
  readonly job: string | null;
}

/** How one side writes what JSON lacks; undefined: it is nothing special. */
export type Special = (value: object) => Record<string, unknown> | undefined;

export function encode(value: unknown, special: Special): unknown {
  if (value === undefined) return { $: 'undefined' };
  if (typeof value !== 'object' && typeof value !== 'function') return value;
  if (value === null) return null;
  if (value instanceof Uint8Array) return { $: 'bytes', base64: Buffer.from(value).toString('base64') };
  const known = special(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) return value.map((each) => encode(each, special));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, encode(each, special)]));
}

/** How one side reads functions and handles. */
export type Revive = (kind: string, value: Readonly<Record<string, unknown>>) => unknown;

export function decode(value: unknown, revive: Revive): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => decode(each, revive));
  const fields = value as Readonly<Record<string, unknown>>;
  const kind = fields['$'];
  if (kind === 'undefined') return undefined;
  if (kind === 'bytes') return new Uint8Array(Buffer.from(String(fields['base64']), 'base64'));
  if (typeof kind === 'string') return revive(kind, fields);
  return Object.fromEntries(Object.entries(fields).map(([name, each]) => [name, decode(each, revive)]));
}

export function send(stream: Duplex, message: Request | Answer): void {
  if (!stream.destroyed) stream.write(`${JSON.stringify(message)}\n`);
}

/** Calls a function with each message that arrives. */
export function receive(stream: Duplex, work: (message: unknown) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) work(JSON.parse(line));
  });
}
