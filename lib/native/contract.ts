/*
 * The addon as TypeScript sees it: one line for each row of its method table (native/binding/methods.cc). Enumerations
 * are numbers here, times milliseconds since 1970, 64-bit counts numbers with `null` for BG_SIZE_UNKNOWN. A promise of
 * the addon rejects with a NativeFailure, never with an Error.
 */

/** Something of BITS that is held open. */
export type Handle<Kind extends string> = { readonly [kind in Kind]: never };
export type ManagerHandle = Handle<'manager'>;
export type JobHandle = Handle<'job'>;
export type FileHandle = Handle<'file'>;
export type ErrorHandle = Handle<'error'>;

/** Why a call failed. */
export interface NativeFailure {
  /** Unsigned 32-bit. */
  readonly hresult: number;
  /** 'IBackgroundCopyJob::Resume' */
  readonly method: string;
  /**
   * call: what the method answered. interface: this BITS does not have the interface. closed: the environment is
   * ending, and nothing was called. lost: the connection broke in a call that is not safe to repeat.
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

/** The success code of a method without results. */
export type SuccessCode = number;

export interface NativeManager {
  connect(manager: ManagerHandle): Promise<SuccessCode>;
  createJob(manager: ManagerHandle, displayName: string, type: number): Promise<NativeNamedJob>;
  getJob(manager: ManagerHandle, id: string): Promise<NativeNamedJob>;
  enumJobs(manager: ManagerHandle, flags: number): Promise<NativeNamedJob[]>;
  getErrorDescription(manager: ManagerHandle, hresult: number, languageId: number): Promise<string | null>;
}

export interface NativeJob {
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
}

export interface NativeFile {
  getRemoteName(file: FileHandle): Promise<string | null>;
  getLocalName(file: FileHandle): Promise<string | null>;
  getProgress(file: FileHandle): Promise<NativeFileProgress>;
}

export interface NativeError {
  getError(error: ErrorHandle): Promise<[context: number, hresult: number]>;
  getFile(error: ErrorHandle): Promise<FileHandle>;
  getErrorDescription(error: ErrorHandle, languageId: number): Promise<string | null>;
  getErrorContextDescription(error: ErrorHandle, languageId: number): Promise<string | null>;
  getProtocol(error: ErrorHandle): Promise<string | null>;
}

export interface NativeAddon {
  /** Nothing is called yet. Other class ids are for tests. */
  openManager(clsid?: string, context?: number): ManagerHandle;
  systemVersion(): { readonly windows: string; readonly wine: string | null };
  readonly manager: NativeManager;
  readonly job: NativeJob;
  readonly file: NativeFile;
  readonly error: NativeError;
}
