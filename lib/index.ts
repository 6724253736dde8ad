/** Background Intelligent Transfer Service (BITS) for Node.js and Electron. */
export { connect, download, BitsManager } from './manager';
export type { ConnectOptions, CreateJobOptions } from './manager';
export { isSupported } from './support';
export type { Support } from './support';
export type {
  DownloadedFile, DownloadFile, DownloadManyOptions, DownloadOneOptions, DownloadOptions, DownloadProgress, DownloadResult,
  DownloadSettings,
} from './transfer/types';
export type { DownloadedHttp } from './transfer/http';
export type { ReapedJob, ReapOptions } from './transfer/reap';
export type { FinishOptions, RestoredDownload, RestoreOptions } from './transfer/restore';
export type { UploadOptions, UploadResult } from './transfer/upload';
export type { SystemInfo } from './connection';
export type { Capabilities } from './capabilities';
export { BitsJob } from './job';
export type { JobSnapshot } from './job';
export type {
  CancelResult, CompleteResult, JobProgress, JobTimes, NewFile, Notice, NotifyCallbacks, ProxySettings,
} from './job/queue';
export type { Credentials, NotifyCommandOptions, ReplyProgress } from './job/later';
export type { CertificateRequest, CertificateValidator, ClientCertificate } from './job/http';
export type { HeaderList, HeadersInput } from './headers';
export type {
  JobEvent, JobEventArguments, JobEventEmitter, JobEventName, JobEvents, JobListener, ListenOptions,
} from './watch/events';
export type { WaitLimits, WaitOptions, WatchOptions } from './watch/options';
export type { WatchProfile } from './watch/profile';
export type { WatchIterator } from './watch/stream';
export type { CallbackOwner } from './watch/registration';
export type { WatchSnapshot } from './watch/snapshot';
export type { OnAbort } from './watch/wait';
export type { JobPropertyInput, JobPropertyValue } from './properties';
export { BitsFile } from './file';
export type { FileProgress } from './file';
export type { FileRange } from './ranges';
export { BitsJobError } from './job_error';
export { BitsPeer, BitsPeerCache, BitsPeerCacheRecord } from './peer_cache';
export type {
  AuthScheme, AuthTarget, CertStoreLocation, CostFlag, ErrorContext, FileAclFlag, FileProperty, HelperTokenFlag,
  JobPeerCachingFlag, JobPriority, JobProperty, JobState, JobType, NotifyFlag, PeerCacheFlag, ProxyUsage, SecurityFlag,
  TransferPolicy, UnknownBits, UnknownWord,
} from './enums';
export {
  BitsAbortError, BitsAccessError, BitsArgumentError, BitsClosedError, BitsEndedError, BitsError, BitsFileError, BitsLimitError,
  BitsLoadError, BitsNotFoundError, BitsNotSupportedError, BitsPlatformError, BitsStalledError, BitsStateError,
  BitsTimeoutError, BitsTransferError, BitsUnavailableError, BitsVerificationError, codeOf, explain, hresultHex, httpStatusOf, isBitsError,
} from './errors';
export type {
  AnyBitsError, Audience, BitsErrorCode, BitsErrorOf, BitsLoadReason, BitsNeeds, CodeFamily, Explanation, FailedFile,
  JobLeft, KnownCode, LibraryCode,
  UnavailableReason, VerificationFailure,
} from './errors';
export type { JobAction, JobExplanation, JobVerdict } from './explain_job';
export type { RetryEstimate } from './retry';
export type {
  BitsFileLike, BitsJobErrorLike, BitsJobLike, BitsManagerLike, BitsPeerCacheLike, BitsPeerCacheRecordLike, BitsPeerLike,
} from './like';
