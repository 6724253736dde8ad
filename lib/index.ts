/** Background Intelligent Transfer Service (BITS) for Node.js and Electron. */
export { connect, BitsManager } from './manager';
export type { ConnectOptions, CreateJobOptions } from './manager';
export { isSupported } from './support';
export type { Support } from './support';
export type { SystemInfo } from './connection';
export type { Capabilities } from './capabilities';
export { BitsJob } from './job';
export type { JobSnapshot } from './job';
export type {
  CancelResult, CompleteResult, JobProgress, JobTimes, NewFile, Notice, NotifyCallbacks, ProxySettings,
} from './job/queue';
export type { Credentials, NotifyCommandOptions, ReplyProgress } from './job/later';
export type { CertificateRequest, CertificateValidator, ClientCertificate, HeaderList } from './job/http';
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
  BitsAbortError, BitsAccessError, BitsArgumentError, BitsClosedError, BitsError, BitsLimitError, BitsLoadError,
  BitsNotFoundError, BitsNotSupportedError, BitsPlatformError, BitsStateError, BitsTimeoutError, BitsTransferError,
  BitsUnavailableError, codeOf, explain, hresultHex, httpStatusOf, isBitsError,
} from './errors';
export type {
  Audience, BitsErrorCode, BitsLoadReason, BitsNeeds, CodeFamily, Explanation, FailedFile, KnownCode, UnavailableReason,
} from './errors';
export type { JobAction, JobExplanation, JobVerdict } from './explain_job';
export type { RetryEstimate } from './retry';
