export {
  BitsAbortError, BitsAccessError, BitsArgumentError, BitsClosedError, BitsError, BitsLimitError, BitsLoadError,
  BitsNotFoundError, BitsNotSupportedError, BitsPlatformError, BitsStateError, BitsTimeoutError, BitsTransferError,
  BitsUnavailableError, isBitsError,
} from './classes';
export type {
  BitsErrorCode, BitsErrorInit, BitsNeeds, BitsTransferErrorInit, FailedFile, LibraryCode, LibraryErrorInit,
} from './classes';
export type { CodeFamily, CodeRow, KnownCode, UnavailableReason } from './codes';
export { codeOf, describe, hresultHex, hresultParts, httpStatusOf } from './table';
export type { HresultCode, HresultParts } from './table';
export { errorFromNative, transferError } from './from_native';
export type { FailureContext, TransferFailure } from './from_native';
