import { createHash } from 'node:crypto';
import { checkText, outOfRange } from '../check';
import { MAX_DESCRIPTION } from '../job/queue';
import { VERSION } from '../version';

/*
 * The queue is the only memory: what a later process must know about a job stands in its description, readable for
 * people first and for this library at the end:
 *
 *   Download of 2 files for "acme-updater" (release 4.2), by windows-bits 0.1.0.
 *   [windows-bits/1 v=0.1.0 owner=acme-updater key=release%204.2 id=6f3a0c9d12ab part=0 made=2026-01-31T12:00:00Z check=*2:…]
 */

/** Whose jobs they are when nobody says. */
export const DEFAULT_OWNER = 'default';
const MAX_OWNER = 64;
const MAX_KEY = 128;

/** What a job's description says about it. */
export interface OwnerTag {
  readonly owner: string;
  readonly key: string | null;
  /** The same for all jobs of one transfer: 12 hexadecimal digits. */
  readonly id: string;
  /** Jobs of one transfer are numbered as they are made; files of an earlier one that have not arrived are in a later one. */
  readonly part: number;
  /** When this job was made. Not every service tells. */
  readonly made: Date | null;
  /** Of this library. */
  readonly version: string;
  /** How to verify the files, from `seal()`; null when nothing was expected of them. */
  readonly check: string | null;
}

/** The description of a job. Throws RangeError when owner and key are too long for it. */
export function toDescription(tag: Omit<OwnerTag, 'version' | 'made'>, what: string): string {
  const { owner, key, id, part, check } = tag;
  const fields = [
    `v=${VERSION}`, `owner=${encode(owner)}`, ...(key === null ? [] : [`key=${encode(key)}`]), `id=${id}`, `part=${part}`,
    `made=${new Date().toISOString().slice(0, 19)}Z`,
    ...(check === null ? [] : [`check=${check}`]),
  ];
  const machine = `[windows-bits/1 ${fields.join(' ')}]`;
  if (machine.length > MAX_DESCRIPTION) {
    const argument = key === null ? 'options.owner' : 'options.key';
    throw outOfRange(argument, `fit into the description of a job (${MAX_DESCRIPTION} characters)`, `${machine.length} characters in all`);
  }
  const purpose = key === null ? '' : ` (${key})`;
  const human = `${what} for "${owner}"${purpose}, by windows-bits ${VERSION}. `.replace(/[[\]]/g, '');
  return human.length + machine.length > MAX_DESCRIPTION ? machine : human + machine;
}

/** The tag in a description; null when there is none. */
export function fromDescription(description: string | null): OwnerTag | null {
  const found = /\[windows-bits\/1 ([^[\]]+)\]$/.exec(description ?? '')?.[1];
  if (found === undefined) return null;
  const fields = new Map(found.split(' ').map((field) => {
    const at = field.indexOf('=');
    return [field.slice(0, at), field.slice(at + 1)];
  }));
  const owner = decode(fields.get('owner'));
  const id = fields.get('id') ?? '';
  const part = Number(fields.get('part'));
  const made = new Date(fields.get('made') ?? NaN);
  if (owner === null || !/^[0-9a-f]{12}$/.test(id) || !Number.isSafeInteger(part)) return null;
  return {
    owner, key: decode(fields.get('key')), id, part, made: Number.isNaN(made.getTime()) ? null : made,
    version: fields.get('v') ?? '', check: fields.get('check') ?? null,
  };
}

export function checkOwner(value: unknown, argument: string): string {
  return value === undefined ? DEFAULT_OWNER : checkText(value, argument, { max: MAX_OWNER, allowEmpty: false });
}

export function checkKey(value: unknown, argument: string): string {
  return checkText(value, argument, { max: MAX_KEY, allowEmpty: false });
}

/** What a file is, or is expected to be. */
export interface Identity {
  readonly path: string;
  readonly size: number | null;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string | null;
}

/** Longer seals leave no room for owner and key. */
const MAX_SEAL = 400;
/** A seal that is too long to be kept: only who knows what is expected can verify. */
export const NO_ROOM = 'x';

/**
 * One value from which it can be verified later that all files are as expected, however many they are: for each file
 * which of size (1) and hash (2) is known, and a hash of those. null: nothing is known about any.
 */
export function seal(files: readonly Identity[]): string | null {
  const sorted = inOrder(files);
  const known = sorted.map(({ size, sha256 }) => (size === null ? 0 : 1) + (sha256 === null ? 0 : 2));
  if (known.every((what) => what === 0)) return null;
  const flags = known.every((what) => what === known[0]) ? `*${known[0] ?? 0}` : known.join('');
  const text = `${flags}:${digest(sorted)}`;
  return text.length > MAX_SEAL ? NO_ROOM : text;
}

/** Which of size and hash a seal needs, for each of these paths. */
export function sealed(check: string, paths: readonly string[]): Map<string, { size: boolean; sha256: boolean }> {
  const flags = check.split(':')[0] ?? '';
  const sorted = inOrder(paths.map((path) => ({ path })));
  return new Map(sorted.map(({ path }, i) => {
    const what = Number(flags.startsWith('*') ? flags.slice(1) : flags[i]);
    return [path, { size: (what & 1) !== 0, sha256: (what & 2) !== 0 }];
  }));
}

function inOrder<T extends { readonly path: string }>(files: readonly T[]): T[] {
  const name = ({ path }: T) => path.toLowerCase();
  return [...files].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

function digest(files: readonly Identity[]): string {
  const lines = files.map(({ path, size, sha256 }) => `${path.toLowerCase()}\n${size ?? ''}\n${sha256 ?? ''}\n`);
  return createHash('sha256').update(lines.join('')).digest('base64url');
}

/** All that has a meaning in the tag is escaped: spaces, brackets, the equals sign. */
function encode(text: string): string {
  return encodeURIComponent(text);
}

function decode(text: string | undefined): string | null {
  if (text === undefined) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
