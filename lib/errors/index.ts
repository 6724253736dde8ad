export {
  BitsAbortError,
  BitsAccessError,
  BitsArgumentError,
  BitsClosedError,
  BitsError,
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
export type {
  BitsErrorCode,
  BitsErrorInit,
  BitsLoadErrorInit,
  BitsLoadReason,
  BitsNeeds,
  BitsTransferErrorInit,
  FailedFile,
  JobLeft,
  LibraryErrorInit,
} from './classes';
export { BitsFileError, toLibraryError } from './to_library_error';
export { BitsEndedError, BitsStalledError, BitsVerificationError } from './library_errors';
export type { VerificationFailure } from './library_errors';
export type { Audience, CodeFamily, Environment, KnownCode, LibraryCode, UnavailableReason } from './codes';
export { detectEnvironment } from './environment';
export { explain } from './explain';
export type { Explanation } from './explain';
export { codeOf, describe, hresultHex, httpStatusOf } from './table';
export type { HresultCode } from './table';
export { errorFromNative, transferError, forCancelledJob } from './from_native';
export { withCallerStack } from './caller_stack';
export { isBitsError } from './narrow';
export type { AnyBitsError, BitsErrorOf } from './narrow';
