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
 * Which class an error is, by its code. A code of the library's own is one class. An HRESULT is the class of its family
 * when a call failed with it, and BitsTransferError when a job did; where Windows says no by a code of another family
 * (a restricted token, an old BITS), BitsUnavailableError or BitsNotSupportedError.
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

/** Each class with the HRESULTs that it can have. */
type CallErrors =
  | With<BitsStateError, CodesByFamily['state']>
  | With<BitsNotFoundError, CodesByFamily['notFound']>
  | With<BitsAccessError, CodesByFamily['access']>
  | With<BitsLimitError, CodesByFamily['limit']>
  | With<BitsArgumentError, CodesByFamily['argument']>
  | With<BitsNotSupportedError, CodesByFamily['notSupported'] | 'REGDB_E_IIDNOTREG'>
  | With<BitsUnavailableError, CodesByFamily['unavailable'] | 'E_ACCESSDENIED' | `HRESULT_0x${string}`>
  | With<BitsError, CodesByFamily['general' | 'success' | 'transfer'] | `HRESULT_0x${string}`>
  // The codes of a wrong moment are about a call, never about a job.
  | With<
      BitsTransferError,
      Exclude<BitsErrorCode, CodesByFamily['state'] | keyof LibraryErrors> | 'BG_E_ERROR_INFORMATION_UNAVAILABLE'
    >;

/** Fields that only some classes have, each of them absent where a class has not. */
type Fields = keyof BitsStateError | keyof BitsTransferError | keyof BitsNotSupportedError;
type With<E extends BitsError, C extends BitsErrorCode> = E & { readonly code: C } & {
  readonly [F in Exclude<Fields, keyof E>]?: undefined;
};

/** Every error of the package, to be told apart by `code`: `switch (error.code)` finds the class and its fields. */
export type AnyBitsError =
  CallErrors | { [C in keyof LibraryErrors]: LibraryErrors[C] & { readonly code: C } }[keyof LibraryErrors];

/** What an error with this code is. */
export type BitsErrorOf<C extends BitsErrorCode> = C extends keyof LibraryErrors
  ? LibraryErrors[C] & { readonly code: C }
  : Having<CallErrors, C>;
type Having<E, C extends BitsErrorCode> = E extends { readonly code: infer D }
  ? C extends D
    ? E & { readonly code: C }
    : never
  : never;

/**
 * True for an error of this package, of whichever copy or realm; with a code, true for that code only.
 * Both find the class: `isBitsError(error, 'BITS_TIMEOUT')` has `timeout`, and `switch (error.code)` does the same.
 *
 * @example if (isBitsError(error, 'BG_E_EMPTY')) await job.addFile(url, path);
 */
export function isBitsError(error: unknown): error is AnyBitsError;
export function isBitsError<C extends BitsErrorCode>(error: unknown, code: C): error is BitsErrorOf<C>;
export function isBitsError(error: unknown, code?: BitsErrorCode): boolean {
  return error instanceof BitsError && (code === undefined || error.code === code);
}
