import { BitsVerificationError } from '../errors';
import type { Disk } from '../host';
import { eachOf } from '../util/each_of';
import { coveredBy, fitsChecksum, TOO_LONG } from './checksum';
import type { Fingerprint } from './checksum';

/** A file that is to be verified: where it is now, and the name it is to have in the end. */
export interface Arrived {
  readonly at: string;
  readonly path: string;
}

/** Compares the file at `at` with what is expected of it; resolves with its size in bytes, or with the difference. */
export async function verifyFile(
  disk: Disk,
  at: string,
  { path, size, sha256 }: Fingerprint,
  signal?: AbortSignal,
): Promise<number | BitsVerificationError> {
  const actual = await sizeOf(disk, at);
  if (actual === null) return missing(path);
  if (size !== null && actual !== size) {
    return new BitsVerificationError({ path, check: 'size', expected: `${size} bytes`, actual: `${actual} bytes` });
  }
  if (sha256 === null) return actual;
  const hash = await disk.sha256(at, signal);
  return hash === sha256
    ? actual
    : new BitsVerificationError({ path, check: 'sha256', expected: sha256, actual: hash });
}

/** The same for files of which only the checksum of what is expected is known. */
export async function verifyByChecksum(
  disk: Disk,
  checksum: string,
  files: readonly Arrived[],
  signal?: AbortSignal,
): Promise<BitsVerificationError | null> {
  const failed = (actual: string, advice?: string) =>
    new BitsVerificationError(
      { path: files[0]?.path ?? '', check: 'files', expected: 'the given sizes and hashes', actual },
      { advice },
    );
  if (checksum === TOO_LONG) {
    return failed(
      'more files than can be verified after a restart',
      'Call download() again with the same key and files: that call knows what is expected of each.',
    );
  }
  const covered = coveredBy(
    checksum,
    files.map(({ path }) => path),
  );
  const fingerprintOf = async ({ at, path }: Arrived): Promise<Fingerprint | null> => {
    const { size = false, sha256 = false } = covered.get(path) ?? {};
    const actual = await sizeOf(disk, at);
    if (actual === null) return null;
    return { path, size: size ? actual : null, sha256: sha256 ? await disk.sha256(at, signal) : null };
  };
  const found = await eachOf(files, fingerprintOf, signal);
  const absent = files[found.indexOf(null)];
  if (absent !== undefined) return missing(absent.path);
  const fingerprints = found.filter((each) => each !== null);
  return fitsChecksum(checksum, fingerprints) ? null : failed('other content');
}

/** Bytes; null when there is no such file. */
export async function sizeOf(disk: Disk, file: string): Promise<number | null> {
  return disk.stat(file).then(
    ({ size }) => size,
    () => null,
  );
}

function missing(path: string): BitsVerificationError {
  return new BitsVerificationError({ path, check: 'missing', expected: 'a file', actual: 'none' });
}
