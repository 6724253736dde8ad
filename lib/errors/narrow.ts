import { BitsError } from './classes';
import type {
  BitsAbortError,
  BitsAccessError,
  BitsArgumentError,
  BitsClosedError,
  BitsErrorCode,
  BitsLimitError,
  BitsLoadError,
  BitsNotFoundError,
  BitsNotSupportedError,
  BitsPlatformError,
  BitsStateError,
  BitsTimeoutError,
  BitsTransferError,
  BitsUnavailableError,
} from './classes';
import type { CodesByFamily } from './codes';
import type { BitsEndedError, BitsStalledError, BitsVerificationError } from './library_errors';

/*
 * The class of an error, by its code. Each of the library's own codes belongs to one class. An HRESULT belongs to the
 * class of its family when a call failed with it, and to BitsTransferError when a job did. When the environment or the
 * version of BITS is the cause (a restricted token, an old BITS), it is BitsUnavailableError or BitsNotSupportedError.
 */

interface LibraryErrors {
  BITS_PLATFORM: BitsPlatformError;
  BITS_LOAD: BitsLoadError;
  BITS_ABORTED: BitsAbortError;
  BITS_TIMEOUT: BitsTimeoutError;
  BITS_CLOSED: BitsClosedError;
  BITS_ENDED: BitsEndedError;
  BITS_STALLED: BitsStalledError;
  BITS_NO_ANSWER: BitsUnavailableError;
  BITS_VERIFICATION: BitsVerificationError;
}

/** The classes with the HRESULTs that each can have. */
type CallErrors =
  | With<BitsStateError, CodesByFamily['state']>
  | With<BitsNotFoundError, CodesByFamily['notFound']>
  | With<BitsAccessError, CodesByFamily['access']>
  | With<BitsLimitError, CodesByFamily['limit']>
  | With<BitsArgumentError, CodesByFamily['argument']>
  | With<BitsNotSupportedError, CodesByFamily['notSupported'] | 'REGDB_E_IIDNOTREG'>
  | With<BitsUnavailableError, CodesByFamily['unavailable'] | 'E_ACCESSDENIED' | `HRESULT_0x${string}`>
  | With<BitsError, CodesByFamily['general' | 'success' | 'transfer'] | `HRESULT_0x${string}`>
  // The codes of the family `state` occur for calls, never for jobs.
  | With<
      BitsTransferError,
      Exclude<BitsErrorCode, CodesByFamily['state'] | keyof LibraryErrors> | 'BG_E_ERROR_INFORMATION_UNAVAILABLE'
    >;

/** Fields that only some classes have; undefined on the others. */
type Fields = keyof BitsStateError | keyof BitsTransferError | keyof BitsNotSupportedError;
type With<E extends BitsError, C extends BitsErrorCode> = E & { readonly code: C } & {
  readonly [F in Exclude<Fields, keyof E>]?: undefined;
};

/** Every error of the package, discriminated by `code`: `switch (error.code)` narrows to the class and its fields. */
export type AnyBitsError =
  CallErrors | { [C in keyof LibraryErrors]: LibraryErrors[C] & { readonly code: C } }[keyof LibraryErrors];

/** The class of an error with this code. */
export type BitsErrorOf<C extends BitsErrorCode> = C extends keyof LibraryErrors
  ? LibraryErrors[C] & { readonly code: C }
  : Having<CallErrors, C>;
type Having<E, C extends BitsErrorCode> = E extends { readonly code: infer D }
  ? C extends D
    ? E & { readonly code: C }
    : never
  : never;

/**
 * Whether a value is an error of this package, from any copy or realm; with a code, whether it has that code. The
 * type is narrowed to the class: after `isBitsError(error, 'BITS_TIMEOUT')`, the error has `timeout`.
 *
 * @example if (isBitsError(error, 'BG_E_EMPTY')) await job.addFile(url, path);
 */
export function isBitsError(error: unknown): error is AnyBitsError;
export function isBitsError<C extends BitsErrorCode>(error: unknown, code: C): error is BitsErrorOf<C>;
export function isBitsError(error: unknown, code?: BitsErrorCode): boolean {
  return error instanceof BitsError && (code === undefined || error.code === code);
}
