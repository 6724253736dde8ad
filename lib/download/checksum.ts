import { createHash } from 'node:crypto';
import { componentsOf, normalised } from './local_paths';

/*
 * What a later process needs in order to verify files, in one short value that fits into the description of a job: a
 * checksum of what is expected of them.
 *
 *   n21:8Kg3…   n: files are told apart by the ends of their names
 *               21: of the first file the hash is known, of the second one the size (*2: of each file the hash)
 *               8Kg3…: SHA-256 of the names, sizes and hashes
 */

/** What a file is, or is expected to be. */
export interface Fingerprint {
  readonly path: string;
  readonly size: number | null;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string | null;
}

/** Which properties of a file a checksum covers. */
export interface Covered {
  readonly size: boolean;
  readonly sha256: boolean;
}

/** A longer checksum would leave no room for app and key. */
const MAX_LENGTH = 400;
/** Stands for a checksum that would be too long. Files cannot be verified by it. */
export const TOO_LONG = 'x';

/** By the ends of the names, which stay when BITS tells them in another form; or by whole paths, as in 0.1.0 and before. */
type Kind = 'n' | '';

/** The checksum of what is expected of files; null when nothing is expected of any. */
export function checksumOf(files: readonly Fingerprint[]): string | null {
  return checksumBy('n', files);
}

/** Whether files are as a checksum expects them to be. Properties that it does not cover must be null. */
export function fitsChecksum(checksum: string, files: readonly Fingerprint[]): boolean {
  return checksumBy(kindOf(checksum), files) === checksum;
}

/** Which properties of the files with these paths a checksum covers. */
export function coveredBy(checksum: string, paths: readonly string[]): Map<string, Covered> {
  const kind = kindOf(checksum);
  const flags = (checksum.split(':')[0] ?? '').slice(kind.length);
  const sorted = inOrder(
    kind,
    paths.map((path) => ({ path })),
  );
  return new Map(
    sorted.map(({ file: { path } }, i) => {
      const flag = Number(flags.startsWith('*') ? flags.slice(1) : flags[i]);
      return [path, { size: (flag & 1) !== 0, sha256: (flag & 2) !== 0 }];
    }),
  );
}

/** A checksum of names, in any order and case, to compare them by later: BITS may tell a name in another form. */
export function checksumOfNames(paths: readonly string[]): string {
  const names = paths.map(normalised).sort();
  return createHash('sha256').update(JSON.stringify(names)).digest('base64url').slice(0, 16);
}

function kindOf(checksum: string): Kind {
  return checksum.startsWith('n') ? 'n' : '';
}

function checksumBy(kind: Kind, files: readonly Fingerprint[]): string | null {
  const sorted = inOrder(kind, files);
  const covered = sorted.map(({ file: { size, sha256 } }) => (size === null ? 0 : 1) + (sha256 === null ? 0 : 2));
  if (covered.every((flag) => flag === 0)) return null;
  const flags = covered.every((flag) => flag === covered[0]) ? `*${covered[0] ?? 0}` : covered.join('');
  const lines = sorted.map(({ name, file: { size, sha256 } }) => `${name}\n${size ?? ''}\n${sha256 ?? ''}\n`);
  const text = `${kind}${flags}:${createHash('sha256').update(lines.join('')).digest('base64url')}`;
  return text.length > MAX_LENGTH ? TOO_LONG : text;
}

/** Files sorted by the names that tell them apart. */
function inOrder<T extends { readonly path: string }>(kind: Kind, files: readonly T[]): { name: string; file: T }[] {
  const paths = files.map(({ path }) => path);
  const names = kind === 'n' ? endsOf(paths) : paths.map((path) => path.toLowerCase());
  const named = files.map((file, i) => ({ name: names[i] ?? '', file }));
  return named.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The last component of each path; together with the folder before it where several files have the same name. */
function endsOf(paths: readonly string[]): string[] {
  const split = paths.map(componentsOf);
  const lastOf = (components: readonly string[]) => components.at(-1) ?? '';
  const count = new Map<string, number>();
  for (const components of split) count.set(lastOf(components), (count.get(lastOf(components)) ?? 0) + 1);
  return split.map((components) => components.slice((count.get(lastOf(components)) ?? 0) > 1 ? -2 : -1).join('\\'));
}
