/*
 * The addon as TypeScript sees it: one line for each row of its method table (native/binding/methods.cc). Enumerations
 * are numbers, times are milliseconds since 1970, and 64-bit counts are numbers with `null` for BG_SIZE_UNKNOWN. The
 * addon's promises reject with a NativeFailure, never with an Error. A pending call keeps the process alive. Each
 * function is named after the COM method that it calls: 'IBackgroundCopyJob::Resume'.
 */

/** A reference to a BITS object. */
export type Handle<Kind extends string> = { readonly [kind in Kind]: never };
export type ManagerHandle = Handle<'manager'>;
export type JobHandle = Handle<'job'>;
export type FileHandle = Handle<'file'>;
export type ErrorHandle = Handle<'error'>;
export type RecordHandle = Handle<'record'>;
export type PeerHandle = Handle<'peer'>;
/** A pending decision about a certificate. */
export type VerdictHandle = Handle<'verdict'>;

/** Why a call failed. */
export interface NativeFailure {
  /** Unsigned 32-bit. */
  readonly hresult: number;
  /** 'IBackgroundCopyJob::Resume' */
  readonly method: string;
  /**
   * call: the method failed. interface: this BITS does not have the interface. closed: nobody waits for the result any
   * more, and no call was made. lost: the connection broke during a call that is not safe to repeat.
   */
  readonly kind: 'call' | 'interface' | 'closed' | 'lost';
}

export interface NativeJobProgress {
  readonly bytesTotal: number | null;
  readonly bytesTransferred: number;
  readonly filesTotal: number;
  readonly filesTransferred: number;
}

export interface NativeJobTimes {
  readonly creationTime: number | null;
  readonly modificationTime: number | null;
  readonly transferCompletionTime: number | null;
}

export interface NativeFileProgress {
  readonly bytesTotal: number | null;
  readonly bytesTransferred: number;
  readonly completed: boolean;
}

export interface NativeNamedJob {
  readonly id: string;
  readonly handle: JobHandle;
}

/** A file to add: IBackgroundCopyJob::AddFileSet's BG_FILE_INFO. */
export interface NativeNewFile {
  readonly remoteName: string;
  readonly localName: string;
}

export interface NativeRange {
  readonly offset: number;
  /** In bytes; `null`: to the end of the file. */
  readonly length: number | null;
}

/** A file of which only ranges are transferred: IBackgroundCopyJob3::AddFileWithRanges. */
export interface NativeNewRanges extends NativeNewFile {
  readonly ranges: readonly NativeRange[];
}

/** Settings of a new job besides its name and type. Absent and undefined ones keep the default of BITS. */
export interface NativeNewJob {
  readonly description?: string | undefined;
  readonly priority?: number | undefined;
  /** Seconds. */
  readonly minimumRetryDelay?: number | undefined;
  /** Seconds. */
  readonly noProgressTimeout?: number | undefined;
  /** BITS_JOB_PROPERTY_DYNAMIC_CONTENT; needs foreground priority. */
  readonly dynamicContent?: boolean | undefined;
  readonly files?: readonly NativeNewFile[] | undefined;
  /**
   * Added after `files`. Fails with E_NOTIMPL where the service accepts ranges without adding a file, as Wine's does;
   * Windows adds it.
   */
  readonly ranges?: readonly NativeNewRanges[] | undefined;
  readonly replyFileName?: string | undefined;
  readonly customHeaders?: string | undefined;
  /** Make the headers unreadable, if this BITS supports it. */
  readonly writeOnlyHeaders?: boolean | undefined;
}

/** What the jobs and files of this BITS support. */
export interface NativeProbe {
  /** Names of the interfaces. */
  readonly job: string[];
  readonly file: string[];
  /** The requested job properties that can be read. */
  readonly properties: number[];
}

export interface NativeReplyProgress {
  readonly bytesTotal: number | null;
  readonly bytesTransferred: number;
}

export interface NativeClientCertificate {
  readonly storeLocation: number;
  readonly storeName: string | null;
  readonly hash: Uint8Array;
  readonly subjectName: string | null;
}

export interface NativeJobSnapshot {
  readonly state: number;
  readonly progress: NativeJobProgress | null;
  readonly type: number | null;
  readonly priority: number | null;
  readonly times: NativeJobTimes | null;
  readonly errorCount: number | null;
  readonly displayName: string | null;
  readonly description: string | null;
  readonly owner: string | null;
}

/** A job of the queue, with what `snapshot()` reads of it. */
export interface NativeListedJob extends NativeNamedJob {
  readonly snapshot: NativeJobSnapshot;
}

/** A job that has changed since the last look at it. */
export interface NativeJobChange {
  /** In the list of the jobs. Changes are in the order of that list. */
  readonly index: number;
  /** Stands for what has been found: 1 to 2^53 - 1; 0 without a snapshot. */
  readonly stamp: number;
  /** `null`: it could not be read, or did not answer soon. */
  readonly snapshot: NativeJobSnapshot | null;
}

/** What is read of a file with the others of its job; `null`: what cannot be read. */
export interface NativeFileSnapshot {
  readonly handle: FileHandle;
  readonly remoteName: string | null;
  readonly localName: string | null;
  readonly temporaryName: string | null;
  readonly bytesTotal: number | null;
  readonly bytesTransferred: number | null;
  readonly completed: boolean | null;
  readonly validationState: boolean | null;
}

/** What a callback of BITS reported. */
export interface NativeNotice {
  readonly type: 'jobTransferred' | 'jobError' | 'jobModification' | 'fileTransferred' | 'fileRangesTransferred';
  readonly file?: FileHandle;
  readonly error?: ErrorHandle;
  readonly ranges?: readonly NativeRange[];
}

export interface NativeCertificateRequest {
  readonly certificate: Uint8Array;
  readonly encoding: number;
  readonly store: Uint8Array;
  readonly file?: FileHandle;
}

/** The success code of a method without results. */
export type SuccessCode = number;

export interface NativeManager {
  connect(manager: ManagerHandle): Promise<SuccessCode>;
  /** Names of the interfaces that the manager has. */
  interfaces(manager: ManagerHandle): Promise<string[]>;
  /**
   * Creates the job and sets it up in one call. When a step fails, the job is cancelled, and the failure names the
   * method of that step. The job is also cancelled when nobody can receive the result, because the call was abandoned
   * or the environment ends.
   */
  createJob(manager: ManagerHandle, displayName: string, type: number, rest?: NativeNewJob): Promise<NativeNamedJob>;
  /** Creates a job, queries what it and its first file support, and cancels it, whatever happens meanwhile. */
  probe(
    manager: ManagerHandle,
    displayName: string,
    rest: NativeNewJob,
    properties: readonly number[],
  ): Promise<NativeProbe>;
  getJob(manager: ManagerHandle, id: string): Promise<NativeNamedJob>;
  enumJobs(manager: ManagerHandle, flags: number): Promise<NativeNamedJob[]>;
  /** Without jobs that have gone since the list was made, or that this user may not look at. */
  jobSnapshots(manager: ManagerHandle, flags: number): Promise<NativeListedJob[]>;
  /**
   * Looks at several jobs, at each behind the calls that were made on it before. Resolves with those whose state,
   * progress, error count or time of modification differs from what the stamps stand for; 0 stands for nothing. A job
   * that cannot be read, or does not answer within a second, is among them.
   */
  jobChanges(
    manager: ManagerHandle,
    jobs: readonly JobHandle[],
    stamps: readonly number[],
  ): Promise<readonly NativeJobChange[]>;
  getErrorDescription(manager: ManagerHandle, hresult: number, languageId: number): Promise<string | null>;
}

export interface NativeJob {
  interfaces(job: JobHandle): Promise<string[]>;
  snapshot(job: JobHandle): Promise<NativeJobSnapshot>;
  fileSnapshots(job: JobHandle): Promise<NativeFileSnapshot[]>;

  addFileSet(job: JobHandle, files: readonly NativeNewFile[]): Promise<SuccessCode>;
  addFile(job: JobHandle, remoteName: string, localName: string): Promise<SuccessCode>;
  enumFiles(job: JobHandle): Promise<FileHandle[]>;
  suspend(job: JobHandle): Promise<SuccessCode>;
  resume(job: JobHandle): Promise<SuccessCode>;
  cancel(job: JobHandle): Promise<SuccessCode>;
  complete(job: JobHandle): Promise<SuccessCode>;
  getId(job: JobHandle): Promise<string>;
  getType(job: JobHandle): Promise<number>;
  getProgress(job: JobHandle): Promise<NativeJobProgress>;
  getTimes(job: JobHandle): Promise<NativeJobTimes>;
  getState(job: JobHandle): Promise<number>;
  getError(job: JobHandle): Promise<ErrorHandle>;
  setDisplayName(job: JobHandle, value: string): Promise<SuccessCode>;
  getDisplayName(job: JobHandle): Promise<string | null>;
  setDescription(job: JobHandle, value: string): Promise<SuccessCode>;
  getDescription(job: JobHandle): Promise<string | null>;
  setPriority(job: JobHandle, value: number): Promise<SuccessCode>;
  getPriority(job: JobHandle): Promise<number>;
  getOwner(job: JobHandle): Promise<string | null>;
  setNotifyFlags(job: JobHandle, value: number): Promise<SuccessCode>;
  getNotifyFlags(job: JobHandle): Promise<number>;
  setNotifyInterface(job: JobHandle, listener: ((notice: NativeNotice) => void) | null): Promise<SuccessCode>;
  /** 0: nobody, 1: this environment, through this job's handle, 2: another owner. */
  getNotifyInterface(job: JobHandle): Promise<number>;
  setMinimumRetryDelay(job: JobHandle, seconds: number): Promise<SuccessCode>;
  getMinimumRetryDelay(job: JobHandle): Promise<number>;
  setNoProgressTimeout(job: JobHandle, seconds: number): Promise<SuccessCode>;
  getNoProgressTimeout(job: JobHandle): Promise<number>;
  getErrorCount(job: JobHandle): Promise<number>;
  setProxySettings(
    job: JobHandle,
    usage: number,
    proxyList: string | null,
    bypassList: string | null,
  ): Promise<SuccessCode>;
  getProxySettings(job: JobHandle): Promise<[usage: number, proxyList: string | null, bypassList: string | null]>;
  takeOwnership(job: JobHandle): Promise<SuccessCode>;

  setNotifyCmdLine(job: JobHandle, program: string | null, parameters: string | null): Promise<SuccessCode>;
  getNotifyCmdLine(job: JobHandle): Promise<[program: string | null, parameters: string | null]>;
  getReplyProgress(job: JobHandle): Promise<NativeReplyProgress>;
  getReplyData(job: JobHandle): Promise<Uint8Array>;
  setReplyFileName(job: JobHandle, localName: string | null): Promise<SuccessCode>;
  getReplyFileName(job: JobHandle): Promise<string | null>;
  setCredentials(
    job: JobHandle,
    target: number,
    scheme: number,
    userName: string | null,
    password: string | null,
  ): Promise<SuccessCode>;
  removeCredentials(job: JobHandle, target: number, scheme: number): Promise<SuccessCode>;

  replaceRemotePrefix(job: JobHandle, oldPrefix: string, newPrefix: string): Promise<SuccessCode>;
  addFileWithRanges(
    job: JobHandle,
    remoteName: string,
    localName: string,
    ranges: readonly NativeRange[],
  ): Promise<SuccessCode>;
  setFileACLFlags(job: JobHandle, flags: number): Promise<SuccessCode>;
  getFileACLFlags(job: JobHandle): Promise<number>;

  setPeerCachingFlags(job: JobHandle, flags: number): Promise<SuccessCode>;
  getPeerCachingFlags(job: JobHandle): Promise<number>;
  getOwnerIntegrityLevel(job: JobHandle): Promise<number>;
  getOwnerElevationState(job: JobHandle): Promise<boolean>;
  setMaximumDownloadTime(job: JobHandle, seconds: number): Promise<SuccessCode>;
  getMaximumDownloadTime(job: JobHandle): Promise<number>;

  /** The value is the 16 bytes of a BITS_JOB_PROPERTY_VALUE. */
  setProperty(job: JobHandle, id: number, value: Uint8Array): Promise<SuccessCode>;
  getProperty(job: JobHandle, id: number): Promise<Uint8Array>;

  setClientCertificateByID(
    job: JobHandle,
    storeLocation: number,
    storeName: string,
    hash: Uint8Array,
  ): Promise<SuccessCode>;
  setClientCertificateByName(
    job: JobHandle,
    storeLocation: number,
    storeName: string,
    subjectName: string,
  ): Promise<SuccessCode>;
  removeClientCertificate(job: JobHandle): Promise<SuccessCode>;
  getClientCertificate(job: JobHandle): Promise<NativeClientCertificate>;
  setCustomHeaders(job: JobHandle, headers: string | null): Promise<SuccessCode>;
  getCustomHeaders(job: JobHandle): Promise<string | null>;
  setSecurityFlags(job: JobHandle, flags: number): Promise<SuccessCode>;
  getSecurityFlags(job: JobHandle): Promise<number>;
  setHttpMethod(job: JobHandle, method: string): Promise<SuccessCode>;
  getHttpMethod(job: JobHandle): Promise<string | null>;
  setServerCertificateValidationInterface(
    job: JobHandle,
    validate: ((request: NativeCertificateRequest, verdict: VerdictHandle) => void) | null,
  ): Promise<SuccessCode>;
  makeCustomHeadersWriteOnly(job: JobHandle): Promise<SuccessCode>;

  setHelperTokenFlags(job: JobHandle, flags: number): Promise<SuccessCode>;
  getHelperTokenFlags(job: JobHandle): Promise<number>;
  setHelperToken(job: JobHandle): Promise<SuccessCode>;
  clearHelperToken(job: JobHandle): Promise<SuccessCode>;
  getHelperTokenSid(job: JobHandle): Promise<string | null>;
}

export interface NativeFile {
  interfaces(file: FileHandle): Promise<string[]>;
  getRemoteName(file: FileHandle): Promise<string | null>;
  getLocalName(file: FileHandle): Promise<string | null>;
  getProgress(file: FileHandle): Promise<NativeFileProgress>;
  getFileRanges(file: FileHandle): Promise<NativeRange[]>;
  setRemoteName(file: FileHandle, remoteName: string): Promise<SuccessCode>;
  getTemporaryName(file: FileHandle): Promise<string | null>;
  setValidationState(file: FileHandle, valid: boolean): Promise<SuccessCode>;
  getValidationState(file: FileHandle): Promise<boolean>;
  isDownloadedFromPeer(file: FileHandle): Promise<boolean>;
  getPeerDownloadStats(file: FileHandle): Promise<[fromOrigin: number | null, fromPeers: number | null]>;
  setProperty(file: FileHandle, id: number, value: string): Promise<SuccessCode>;
  getProperty(file: FileHandle, id: number): Promise<string | null>;
  updateDownloadPosition(file: FileHandle, offset: number): Promise<SuccessCode>;
  requestFileRanges(file: FileHandle, ranges: readonly NativeRange[]): Promise<SuccessCode>;
  getFilledFileRanges(file: FileHandle): Promise<NativeRange[]>;
}

export interface NativeError {
  getError(error: ErrorHandle): Promise<[context: number, hresult: number]>;
  getFile(error: ErrorHandle): Promise<FileHandle>;
  getErrorDescription(error: ErrorHandle, languageId: number): Promise<string | null>;
  getErrorContextDescription(error: ErrorHandle, languageId: number): Promise<string | null>;
  getProtocol(error: ErrorHandle): Promise<string | null>;
}

export interface NativePeerCache {
  getMaximumCacheSize(manager: ManagerHandle): Promise<number>;
  setMaximumCacheSize(manager: ManagerHandle, value: number): Promise<SuccessCode>;
  getMaximumContentAge(manager: ManagerHandle): Promise<number>;
  setMaximumContentAge(manager: ManagerHandle, seconds: number): Promise<SuccessCode>;
  getConfigurationFlags(manager: ManagerHandle): Promise<number>;
  setConfigurationFlags(manager: ManagerHandle, flags: number): Promise<SuccessCode>;
  enumRecords(manager: ManagerHandle): Promise<RecordHandle[]>;
  getRecord(manager: ManagerHandle, id: string): Promise<RecordHandle>;
  clearRecords(manager: ManagerHandle): Promise<SuccessCode>;
  deleteRecord(manager: ManagerHandle, id: string): Promise<SuccessCode>;
  deleteUrl(manager: ManagerHandle, url: string): Promise<SuccessCode>;
  enumPeers(manager: ManagerHandle): Promise<PeerHandle[]>;
  clearPeers(manager: ManagerHandle): Promise<SuccessCode>;
  discoverPeers(manager: ManagerHandle): Promise<SuccessCode>;
}

export interface NativeRecord {
  getId(record: RecordHandle): Promise<string>;
  getOriginUrl(record: RecordHandle): Promise<string | null>;
  getFileSize(record: RecordHandle): Promise<number | null>;
  getFileModificationTime(record: RecordHandle): Promise<number | null>;
  getLastAccessTime(record: RecordHandle): Promise<number | null>;
  /** S_OK or S_FALSE. */
  isFileValidated(record: RecordHandle): Promise<SuccessCode>;
  getFileRanges(record: RecordHandle): Promise<NativeRange[]>;
}

export interface NativePeer {
  getPeerName(peer: PeerHandle): Promise<string | null>;
  isAuthenticated(peer: PeerHandle): Promise<boolean>;
  isAvailable(peer: PeerHandle): Promise<boolean>;
}

export interface NativeAddon {
  /** Version of the package that the binary was built from. */
  readonly version: string;
  /** Creates a handle without making a call. Other CLSIDs are for tests. */
  openManager(clsid?: string, context?: number): ManagerHandle;
  /** Releases the proxies of the manager and its jobs. Later calls connect again. */
  releaseManager(manager: ManagerHandle): void;
  /**
   * Declares that nobody waits for this call any more: it no longer keeps the process alive, and a job that it creates
   * is cancelled. The call itself continues, and its promise settles when it ends.
   */
  abandon(call: Promise<unknown>): void;
  /** Answers a certificate request. Only the first answer counts. */
  answerCertificate(verdict: VerdictHandle, accept: boolean): void;
  systemInfo(): {
    readonly windows: string;
    readonly wine: string | null;
    readonly elevated: boolean;
    readonly restrictedToken: boolean;
    /** No BITS takes part: lib/testing/. */
    readonly simulated?: true;
  };
  readonly manager: NativeManager;
  readonly job: NativeJob;
  readonly file: NativeFile;
  readonly error: NativeError;
  /** By the manager's handle. */
  readonly peerCache: NativePeerCache;
  readonly record: NativeRecord;
  readonly peer: NativePeer;
}
