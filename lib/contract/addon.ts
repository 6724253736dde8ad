/*
 * The addon as TypeScript sees it: one line for each row of its method table (native/binding/methods.cc). Enumerations
 * are numbers here, times milliseconds since 1970, 64-bit counts numbers with `null` for BG_SIZE_UNKNOWN. A promise of
 * the addon rejects with a NativeFailure, never with an Error. It does not keep the process alive. The name of each function is the COM name of
 * what it calls: 'IBackgroundCopyJob::Resume'.
 */

/** Something of BITS that is held open. */
export type Handle<Kind extends string> = { readonly [kind in Kind]: never };
export type ManagerHandle = Handle<'manager'>;
export type JobHandle = Handle<'job'>;
export type FileHandle = Handle<'file'>;
export type ErrorHandle = Handle<'error'>;
export type RecordHandle = Handle<'record'>;
export type PeerHandle = Handle<'peer'>;
/** A question about a certificate that waits for its answer. */
export type VerdictHandle = Handle<'verdict'>;

/** Why a call failed. */
export interface NativeFailure {
  /** Unsigned 32-bit. */
  readonly hresult: number;
  /** 'IBackgroundCopyJob::Resume' */
  readonly method: string;
  /**
   * call: what the method answered. interface: this BITS does not have the interface. closed: nobody waits for the
   * result any more, and nothing was made. lost: the connection broke in a call that is not safe to repeat.
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
  /** `null`: to the end of the file. */
  readonly length: number | null;
}

/** A file of which only ranges are wanted: IBackgroundCopyJob3::AddFileWithRanges. */
export interface NativeNewRanges extends NativeNewFile {
  readonly ranges: readonly NativeRange[];
}

/** What a job is made with, beside its name and type. What is absent or undefined stays as BITS has it. */
export interface NativeNewJob {
  readonly description?: string | undefined;
  readonly priority?: number | undefined;
  /** Seconds. */
  readonly minimumRetryDelay?: number | undefined;
  /** Seconds. */
  readonly noProgressTimeout?: number | undefined;
  /** BITS_JOB_PROPERTY_DYNAMIC_CONTENT; wants foreground priority. */
  readonly dynamicContent?: boolean | undefined;
  readonly files?: readonly NativeNewFile[] | undefined;
  /** Added after `files`. Fails with E_NOTIMPL where BITS accepts them and does nothing. */
  readonly ranges?: readonly NativeNewRanges[] | undefined;
  readonly replyFileName?: string | undefined;
  readonly customHeaders?: string | undefined;
  /** The headers cannot be read back, where BITS can do that. */
  readonly writeOnlyHeaders?: boolean | undefined;
}

/** What a job and a file of this BITS have. */
export interface NativeProbe {
  /** Names of the interfaces. */
  readonly job: string[];
  readonly file: string[];
  /** Those of the job's properties asked for that can be read. */
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

/** What a callback of BITS said. */
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
  /** Names of the interfaces that the object has. */
  interfaces(manager: ManagerHandle): Promise<string[]>;
  /**
   * Makes the job and sets it up in one go: when a step fails, it is cancelled again, and the failure names the step's
   * method. It is cancelled, too, when nobody can take the result: the call has been abandoned, or the environment ends.
   */
  createJob(manager: ManagerHandle, displayName: string, type: number, rest?: NativeNewJob): Promise<NativeNamedJob>;
  /** Makes a job, looks at it and at its first file, and cancels it, whatever happens meanwhile. */
  probe(
    manager: ManagerHandle,
    displayName: string,
    rest: NativeNewJob,
    properties: readonly number[],
  ): Promise<NativeProbe>;
  getJob(manager: ManagerHandle, id: string): Promise<NativeNamedJob>;
  enumJobs(manager: ManagerHandle, flags: number): Promise<NativeNamedJob[]>;
  getErrorDescription(manager: ManagerHandle, hresult: number, languageId: number): Promise<string | null>;
}

export interface NativeJob {
  interfaces(job: JobHandle): Promise<string[]>;
  snapshot(job: JobHandle): Promise<NativeJobSnapshot>;

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
  /** 0: nobody, 1: this environment, by way of this job's handle, 2: somebody else. */
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
    judge: ((request: NativeCertificateRequest, verdict: VerdictHandle) => void) | null,
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
  /** Nothing is called yet. Other class ids are for tests. */
  openManager(clsid?: string, context?: number): ManagerHandle;
  /** Lets go of the service: the proxies of the manager and its jobs. What is called later connects again. */
  releaseManager(manager: ManagerHandle): void;
  /**
   * Nobody waits for this call any more: it does not keep the process alive, and a job that it makes is cancelled. The
   * call itself goes on, and its promise settles when it ends.
   */
  abandon(call: Promise<unknown>): void;
  /** What a judge must call, once; only the first answer counts. */
  answerCertificate(verdict: VerdictHandle, accept: boolean): void;
  systemInfo(): {
    readonly windows: string;
    readonly wine: string | null;
    readonly elevated: boolean;
    readonly restrictedToken: boolean;
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
