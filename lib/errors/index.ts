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
export { REASONS } from './codes';
export type {
  Audience,
  CodeFamily,
  CodeRow,
  Environment,
  KnownCode,
  LibraryCode,
  ReasonRow,
  UnavailableReason,
} from './codes';
export { detectEnvironment } from './environment';
export { explain } from './explain';
export type { Explanation } from './explain';
export { codeOf, describe, hresultHex, hresultParts, httpStatusOf } from './table';
export type { HresultCode, HresultParts } from './table';
export { errorFromNative, transferError, forCancelledJob } from './from_native';
export { withCallerStack } from './caller_stack';
export type { FailureContext, TransferFailure } from './from_native';
export { isBitsError } from './narrow';
export type { AnyBitsError, BitsErrorOf } from './narrow';
