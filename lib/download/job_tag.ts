import { createHash } from 'node:crypto';
import { checkText, outOfRange } from '../arguments/checks';
import { tagIn } from '../bits/job/description_tag';
import { MAX_DESCRIPTION } from '../bits/job/copy_job';
import { VERSION } from '../util/version';
import { componentsOf, normalised } from './local_paths';

/*
 * The queue is the only memory: what a later process must know about a job stands in its description, readable for
 * people first and for this library at the end:
 *
 *   Download of 2 files for "acme-updater" (release 4.2), by windows-bits 0.1.0.
 *   [windows-bits/1 v=0.1.0 owner=acme-updater key=release%204.2 id=6f3a0c9d12ab part=0 made=2026-01-31T12:00:00Z side=0 set=… check=n*2:…]
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
  /** The files arrive beside their final names; null where that is not written (0.1.0 and before). */
  readonly side: boolean | null;
  /** What `setOf()` makes of the final names of all files of the transfer; null as above, and for uploads. */
  readonly set: string | null;
  /** How to verify the files, from `seal()`; null when nothing was expected of them. */
  readonly check: string | null;
}

/** The description of a job. Throws RangeError when owner and key are too long for it. */
export function toDescription(tag: Omit<OwnerTag, 'version' | 'made'>, what: string): string {
  const { owner, key, id, part, side, set, check } = tag;
  const fields = [
    `v=${VERSION}`,
    `owner=${encode(owner)}`,
    ...(key === null ? [] : [`key=${encode(key)}`]),
    `id=${id}`,
    `part=${part}`,
    `made=${new Date().toISOString().slice(0, 19)}Z`,
    ...(side === null ? [] : [`side=${Number(side)}`]),
    ...(set === null ? [] : [`set=${set}`]),
    ...(check === null ? [] : [`check=${check}`]),
  ];
  const machine = `[windows-bits/1 ${fields.join(' ')}]`;
  if (machine.length > MAX_DESCRIPTION) {
    const argument = key === null ? 'options.owner' : 'options.key';
    throw outOfRange(
      argument,
      `fit into the description of a job (${MAX_DESCRIPTION} characters)`,
      `${machine.length} characters in all`,
    );
  }
  const purpose = key === null ? '' : ` (${key})`;
  const human = `${what} for "${owner}"${purpose}, by windows-bits ${VERSION}. `.replace(/[[\]]/g, '');
  return human.length + machine.length > MAX_DESCRIPTION ? machine : human + machine;
}

/** The tag in a description; null when there is none. */
export function fromDescription(description: string | null): OwnerTag | null {
  const found = tagIn(description);
  if (found === undefined) return null;
  const fields = new Map(
    found.split(' ').map((field) => {
      const at = field.indexOf('=');
      return [field.slice(0, at), field.slice(at + 1)];
    }),
  );
  const owner = decode(fields.get('owner'));
  const id = fields.get('id') ?? '';
  const part = Number(fields.get('part'));
  const made = new Date(fields.get('made') ?? NaN);
  if (owner === null || !/^[0-9a-f]{12}$/.test(id) || !Number.isSafeInteger(part)) return null;
  return {
    owner,
    key: decode(fields.get('key')),
    id,
    part,
    made: Number.isNaN(made.getTime()) ? null : made,
    version: fields.get('v') ?? '',
    side: fields.has('side') ? fields.get('side') === '1' : null,
    set: fields.get('set') ?? null,
    check: fields.get('check') ?? null,
  };
}

/**
 * One short value for the final names of a transfer, to compare them by later: what BITS tells of a name need not be
 * what it was given.
 */
export function setOf(paths: readonly string[]): string {
  const names = paths.map(normalised).sort();
  return createHash('sha256').update(JSON.stringify(names)).digest('base64url').slice(0, 16);
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

/** Begins a seal by the ends of the names; one without it (0.1.0 and before) is by the whole paths. */
const BY_NAMES = 'n';

/**
 * One value from which it can be verified later that all files are as expected, however many they are: for each file
 * which of size (1) and hash (2) is known, and a hash of those. null: nothing is known about any.
 */
export function seal(files: readonly Identity[]): string | null {
  return sealBy(BY_NAMES, files);
}

/** Whether files are as a seal wants them: what it does not need is null in them. */
export function fitsSeal(check: string, files: readonly Identity[]): boolean {
  return sealBy(kindOf(check), files) === check;
}

/** Which of size and hash a seal needs, for each of these paths. */
export function sealed(check: string, paths: readonly string[]): Map<string, { size: boolean; sha256: boolean }> {
  const kind = kindOf(check);
  const flags = (check.split(':')[0] ?? '').slice(kind.length);
  const sorted = inOrder(
    kind,
    paths.map((path) => ({ path })),
  );
  return new Map(
    sorted.map(({ file: { path } }, i) => {
      const what = Number(flags.startsWith('*') ? flags.slice(1) : flags[i]);
      return [path, { size: (what & 1) !== 0, sha256: (what & 2) !== 0 }];
    }),
  );
}

type SealKind = typeof BY_NAMES | '';

function kindOf(check: string): SealKind {
  return check.startsWith(BY_NAMES) ? BY_NAMES : '';
}

function sealBy(kind: SealKind, files: readonly Identity[]): string | null {
  const sorted = inOrder(kind, files);
  const known = sorted.map(({ file: { size, sha256 } }) => (size === null ? 0 : 1) + (sha256 === null ? 0 : 2));
  if (known.every((what) => what === 0)) return null;
  const flags = known.every((what) => what === known[0]) ? `*${known[0] ?? 0}` : known.join('');
  const lines = sorted.map(({ name, file: { size, sha256 } }) => `${name}\n${size ?? ''}\n${sha256 ?? ''}\n`);
  const text = `${kind}${flags}:${createHash('sha256').update(lines.join('')).digest('base64url')}`;
  return text.length > MAX_SEAL ? NO_ROOM : text;
}

/** Files by their names in a seal. */
function inOrder<T extends { readonly path: string }>(
  kind: SealKind,
  files: readonly T[],
): { name: string; file: T }[] {
  const names = kind === BY_NAMES ? endsOf(files.map(({ path }) => path)) : files.map(({ path }) => path.toLowerCase());
  const named = files.map((file, i) => ({ name: names[i] ?? '', file }));
  return named.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The part of each path that stays when BITS tells it in another form: the last component; with the one before where
 * several files have the same one.
 */
function endsOf(paths: readonly string[]): string[] {
  const parts = paths.map(componentsOf);
  const count = new Map<string, number>();
  for (const components of parts) count.set(components.at(-1) ?? '', (count.get(components.at(-1) ?? '') ?? 0) + 1);
  return parts.map((components) =>
    components.slice((count.get(components.at(-1) ?? '') ?? 0) > 1 ? -2 : -1).join('\\'),
  );
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
