/** Background Intelligent Transfer Service (BITS) for Node.js and Electron. */
export { connect, download } from './connect';
export type { ConnectOptions } from './connect';
export { BitsManager } from './manager';
export type { CreateJobOptions } from './manager';
export { isSupported } from './native/support';
export type { Support } from './native/support';
export type {
  DownloadedFile,
  DownloadFile,
  DownloadManyOptions,
  DownloadOneOptions,
  DownloadOptions,
  DownloadProgress,
  DownloadResult,
  DownloadSettings,
} from './download/options';
export type { DownloadedHttp } from './download/http_answer';
export type { Downloader } from './download/downloader';
export type { ReapedJob, ReapOptions } from './download/reap';
export type { FinishOptions, RestoredDownload, RestoredStatus, RestoreOptions } from './download/restore';
export type { UploadOptions, UploadResult } from './download/upload';
export type { SystemInfo } from './bits/connection';
export type { Capabilities } from './bits/capabilities';
export { BitsJob } from './job';
export type { JobEvent, JobEventArguments, JobEventEmitter, JobEvents, JobListener, ListedJob } from './job';
export type { JobSnapshot } from './explain/explained_job';
export type {
  CancelResult,
  CompleteResult,
  JobProgress,
  JobTimes,
  NewFile,
  Notice,
  NotifyCallbacks,
  ProxySettings,
} from './bits/job/copy_job';
export type { Credentials, NotifyCommandOptions, ReplyProgress } from './bits/job/copy_job_2_to_5';
export type { CertificateRequest, CertificateValidator, ClientCertificate } from './bits/job/http_options';
export type { HeaderList, HeadersInput } from './arguments/headers';
export type { JobEventName, ListenOptions } from './watch/events';
export type { WaitLimits, WaitOptions, WatchOptions } from './watch/options';
export type { WatchProfile } from './watch/poll_intervals';
export type { WatchIterator } from './watch/stream';
export type { CallbackOwner } from './watch/callback_registration';
export type { WatchSnapshot } from './watch/snapshot';
export type { OnAbort } from './watch/wait';
export type { JobPropertyInput, JobPropertyValue } from './bits/job/properties';
export { BitsFile } from './bits/file';
export type { FileProgress, FileSnapshot } from './bits/file';
export type { FileRange } from './bits/ranges';
export { BitsErrorInfo } from './bits/error_info';
export { BitsPeer, BitsPeerCache, BitsPeerCacheRecord } from './bits/peer_cache';
export type {
  AuthScheme,
  AuthTarget,
  CertStoreLocation,
  CostFlag,
  ErrorContext,
  FileAclFlag,
  FileProperty,
  HelperTokenFlag,
  JobPeerCachingFlag,
  JobPriority,
  JobProperty,
  JobState,
  JobType,
  NotifyFlag,
  PeerCacheFlag,
  ProxyUsage,
  SecurityFlag,
  TransferPolicy,
  UnknownBits,
  UnknownWord,
} from './contract/enums';
export {
  BitsAbortError,
  BitsAccessError,
  BitsArgumentError,
  BitsClosedError,
  BitsEndedError,
  BitsError,
  BitsFileError,
  BitsLimitError,
  BitsLoadError,
  BitsNotFoundError,
  BitsNotSupportedError,
  BitsPlatformError,
  BitsStalledError,
  BitsStateError,
  BitsTimeoutError,
  BitsTransferError,
  BitsUnavailableError,
  BitsVerificationError,
  codeOf,
  explain,
  hresultHex,
  httpStatusOf,
  isBitsError,
} from './errors';
export type {
  AnyBitsError,
  Audience,
  BitsErrorCode,
  BitsErrorInit,
  BitsErrorOf,
  BitsLoadErrorInit,
  BitsLoadReason,
  BitsNeeds,
  BitsTransferErrorInit,
  CodeFamily,
  Explanation,
  FailedFile,
  HresultCode,
  JobLeft,
  KnownCode,
  LibraryCode,
  LibraryErrorInit,
  UnavailableReason,
  VerificationFailure,
} from './errors';
export type {
  JobAction,
  JobCall,
  JobErrorFacts,
  JobExplanation,
  JobFacts,
  JobVerdict,
  RetryEstimate,
} from './errors/job_explanation';
export type {
  BitsFileLike,
  BitsErrorInfoLike,
  BitsJobLike,
  BitsManagerLike,
  BitsPeerCacheLike,
  BitsPeerCacheRecordLike,
  BitsPeerLike,
} from './like';
