import { registerClass, isError } from './cross_realm';
import { BitsAbortError, BitsError } from './classes';
import type { LibraryErrorInit } from './classes';

/*
 * The library rejects only with TypeError or RangeError for bad arguments, or with a BitsError. Other errors, mostly of
 * the file system, are wrapped here, with the original as the cause.
 */

/**
 * A file system operation failed: a folder cannot be created, a file cannot be renamed … `cause` is Node.js' error.
 */
export class BitsFileError extends BitsError {
  declare readonly code: 'BITS_FILE';
  /** Error code of Node.js: 'ENOTDIR', 'ENOSPC' … */
  readonly systemCode: string;
  /** The path, if Node.js reports one. */
  readonly path: string | null;

  constructor(what: string, systemCode: string, path: string | null, init: LibraryErrorInit = {}) {
    super(`${what} failed: ${systemCode} (BITS_FILE)`, { advice: ADVICE[systemCode], ...init, code: 'BITS_FILE' });
    this.systemCode = systemCode;
    this.path = path;
  }
}

registerClass(BitsFileError, 'BitsFileError');

const NAME_TAKEN = 'A file has the name that the folder needs: move the file, or choose another folder.';
const NO_WRITE_ACCESS = 'Check that you have write access, and that no other program has the file open.';

const ADVICE: Readonly<Record<string, string>> = {
  ENOTDIR: NAME_TAKEN,
  EEXIST: NAME_TAKEN,
  EACCES: NO_WRITE_ACCESS,
  EPERM: NO_WRITE_ACCESS,
  EBUSY: NO_WRITE_ACCESS,
  ENOENT: 'Check the path: the drive or one of its folders does not exist.',
  ENOSPC: 'Free space on the disk.',
  EROFS: 'Choose a folder on a writable disk.',
  ENAMETOOLONG: 'Choose a shorter path.',
  EISDIR: 'Name a file, not a folder.',
};

/** Names of errors for bad arguments, and for what a test has forgotten to script (`windows-bits/testing`). */
const AS_THEY_ARE: ReadonlySet<unknown> = new Set(['TypeError', 'RangeError', 'BitsSimulationError']);

/** Returns an error that the library may throw: the error itself, or a BitsError with it as the cause. */
export function toLibraryError(thrown: unknown): Error {
  if (thrown instanceof BitsError) return thrown;
  const { name, code, syscall, path } = fieldsOf(thrown);
  if (AS_THEY_ARE.has(name)) return thrown as Error;
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

/** The fields of an error; none for other values, or when reading one throws. */
function fieldsOf(thrown: unknown): { readonly [name in 'name' | 'code' | 'syscall' | 'path']?: unknown } {
  if (!isError(thrown)) return {};
  try {
    const { name, code, syscall, path } = thrown as Error & { code?: unknown; syscall?: unknown; path?: unknown };
    return { name, code, syscall, path };
  } catch {
    return {};
  }
}
