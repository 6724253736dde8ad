import { registerClass, isError } from './cross_realm';
import { BitsAbortError, BitsError } from './classes';
import type { LibraryErrorInit } from './classes';

/*
 * Everything that the library rejects with is a TypeError or a RangeError for a bad argument, or else a BitsError.
 * Errors of others (the file system, mostly) are wrapped here, with the original as their cause.
 */

/** The file system refused something: the folder cannot be made, the file cannot be moved … `cause` is Node's own error. */
export class BitsFileError extends BitsError {
  declare readonly code: 'BITS_FILE';
  /** Node's code: 'ENOTDIR', 'ENOSPC' … */
  readonly systemCode: string;
  /** What it was about, when Node tells. */
  readonly path: string | null;

  constructor(what: string, systemCode: string, path: string | null, init: LibraryErrorInit = {}) {
    super(`${what} failed: ${systemCode} (BITS_FILE)`, { advice: ADVICE[systemCode], ...init, code: 'BITS_FILE' });
    this.systemCode = systemCode;
    this.path = path;
  }
}

registerClass(BitsFileError, 'BitsFileError');

const NAME_TAKEN = 'A file has the name that a folder is to have: move it away, or choose another folder.';
const NO_WRITE_ACCESS = 'Check that you may write there, and that no other program has the file open.';

const ADVICE: Readonly<Record<string, string>> = {
  ENOTDIR: NAME_TAKEN,
  EEXIST: NAME_TAKEN,
  EACCES: NO_WRITE_ACCESS,
  EPERM: NO_WRITE_ACCESS,
  EBUSY: NO_WRITE_ACCESS,
  ENOENT: 'Check the folder: a part of it does not exist, such as the drive.',
  ENOSPC: 'Free space on the disk.',
  EROFS: 'Choose a folder on a disk that can be written to.',
  ENAMETOOLONG: 'Choose a shorter path.',
  EISDIR: 'Name a file, not a folder.',
};

/** The error as the library may throw it: itself, or a BitsError with it as the cause. */
export function toLibraryError(thrown: unknown): Error {
  if (thrown instanceof BitsError) return thrown;
  const { name, code, syscall, path } = fieldsOf(thrown);
  if (name === 'TypeError' || name === 'RangeError') return thrown as Error;
  if (typeof syscall === 'string' && typeof code === 'string') {
    const where = typeof path === 'string' ? path : null;
    return new BitsFileError(`${syscall}${where === null ? '' : ` of ${where}`}`, code, where, { cause: thrown });
  }
  if (name === 'AbortError') return new BitsAbortError('the call', { cause: thrown });
  return new BitsError('an unexpected error, see its cause (BITS_UNEXPECTED)', {
    code: 'BITS_UNEXPECTED',
    cause: thrown,
  });
}

/** Fields of an error; none when it is no error, or one of them throws. */
function fieldsOf(thrown: unknown): { readonly [name in 'name' | 'code' | 'syscall' | 'path']?: unknown } {
  if (!isError(thrown)) return {};
  try {
    const { name, code, syscall, path } = thrown as Error & { code?: unknown; syscall?: unknown; path?: unknown };
    return { name, code, syscall, path };
  } catch {
    return {};
  }
}
