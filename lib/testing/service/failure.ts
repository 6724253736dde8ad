import { CODES } from '../../errors/codes';
import type { KnownCode } from '../../errors/codes';

/** The number of a code: hr('BG_E_EMPTY'). */
export function hr(code: KnownCode): number {
  return CODES[code].hresult;
}

/** A COM method answers a failure. It never leaves the simulated addon, which rejects with a NativeFailure instead. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';

  constructor(
    readonly hresult: number,
    /** E_NOINTERFACE to QueryInterface, and not of a method. */
    readonly noInterface = false,
  ) {
    super(`0x${hresult.toString(16)}`);
  }
}

export function fail(code: KnownCode): never {
  throw new CallFailure(hr(code));
}

/** Fails unless a condition holds. */
export function need(condition: boolean, code: KnownCode): asserts condition {
  if (!condition) fail(code);
}

/** Codes of Node.js' file system as Windows has them. */
const DISK_CODES: Readonly<Record<string, KnownCode>> = {
  ENOENT: 'ERROR_FILE_NOT_FOUND',
  EACCES: 'E_ACCESSDENIED',
  EPERM: 'E_ACCESSDENIED',
  EBUSY: 'ERROR_SHARING_VIOLATION',
  ENOSPC: 'ERROR_DISK_FULL',
};

/** Works on the disk; what it throws becomes the failure of the call. */
export function onDisk<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? DISK_CODES[String(error.code)] : undefined;
    if (code === undefined) throw error;
    return fail(code);
  }
}
