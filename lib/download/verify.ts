import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { BitsVerificationError } from '../errors';
import { fitsSeal, NO_ROOM, sealed } from './job_tag';
import type { Identity } from './job_tag';

/** What is at `at` against what is expected under the name `path`; resolves with the difference, or null. */
export async function verify(
  at: string,
  { path, size, sha256 }: Identity,
  signal?: AbortSignal,
): Promise<BitsVerificationError | null> {
  const actual = await sizeOf(at);
  if (actual === null) return missing(path);
  if (size !== null && actual !== size) {
    return new BitsVerificationError({ path, check: 'size', expected: `${size} bytes`, actual: `${actual} bytes` });
  }
  if (sha256 === null) return null;
  const hash = await sha256Of(at, signal);
  return hash === sha256 ? null : new BitsVerificationError({ path, check: 'sha256', expected: sha256, actual: hash });
}

/** The same for files of which only a seal is known. */
export async function verifySealed(
  check: string,
  files: readonly { readonly at: string; readonly path: string }[],
  signal?: AbortSignal,
): Promise<BitsVerificationError | null> {
  const path = files[0]?.path ?? '';
  const failed = (actual: string) =>
    new BitsVerificationError({ path, check: 'files', expected: 'as they were announced', actual });
  if (check === NO_ROOM) return failed('that only a download() with the same key can tell');
  const wanted = sealed(
    check,
    files.map((file) => file.path),
  );
  const identities: Identity[] = [];
  for (const file of files) {
    const { size = false, sha256 = false } = wanted.get(file.path) ?? {};
    const actual = await sizeOf(file.at);
    if (actual === null) return missing(file.path);
    identities.push({
      path: file.path,
      size: size ? actual : null,
      sha256: sha256 ? await sha256Of(file.at, signal) : null,
    });
  }
  return fitsSeal(check, identities) ? null : failed('something else');
}

export async function sha256Of(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, signal === undefined ? {} : { signal });
  return hash.digest('hex');
}

/** Bytes; null when there is no such file. */
export async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    ({ size }) => size,
    () => null,
  );
}

function missing(path: string): BitsVerificationError {
  return new BitsVerificationError({ path, check: 'missing', expected: 'a file', actual: 'none' });
}
