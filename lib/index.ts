/** Background Intelligent Transfer Service (BITS) for Node.js and Electron. */
export { connect, BitsManager } from './manager';
export type { CreateJobOptions, SystemInfo } from './manager';
export { BitsJob } from './job';
export type { CancelResult, CompleteResult, JobProgress, JobTimes, NewFile } from './job';
export { BitsFile } from './file';
export type { FileProgress } from './file';
export { BitsJobError } from './job_error';
export type { ErrorContext, JobPriority, JobState, JobType, UnknownWord } from './enums';
export {
  BitsAbortError, BitsAccessError, BitsArgumentError, BitsClosedError, BitsError, BitsLimitError, BitsLoadError,
  BitsNotFoundError, BitsNotSupportedError, BitsPlatformError, BitsStateError, BitsTimeoutError, BitsTransferError,
  BitsUnavailableError, codeOf, hresultHex, httpStatusOf, isBitsError,
} from './errors';
export type { BitsErrorCode, BitsNeeds, FailedFile, UnavailableReason } from './errors';
