import type { Connection } from './connection';
import type { FileHandle, NativeAddon } from './native/contract';

/** Progress of one file. */
export interface FileProgress {
  /** Size in bytes; `null` while it is not known. */
  readonly bytesTotal: number | null;
  /** Bytes so far. Can go down: a file that changed on the server starts again. */
  readonly bytesTransferred: number;
  /** True when the whole file has arrived; after a partial `complete()`, the files that were kept. */
  readonly completed: boolean;
}

/**
 * A file of a job, as `job.getFiles()` lists it. After a restart of the service it is of no use any more: its methods
 * reject with BitsUnavailableError, and `job.getFiles()` gives new ones.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyfile
 */
export class BitsFile {
  readonly #connection: Connection;
  readonly #handle: FileHandle;
  /** GUID of the file's job. */
  readonly jobId: string;

  /** @internal Files come from `job.getFiles()`. */
  constructor(connection: Connection, jobId: string, handle: FileHandle) {
    this.#connection = connection;
    this.#handle = handle;
    this.jobId = jobId;
  }

  /**
   * The URL of the file (download) or where it goes (upload).
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyfile-getremotename
   */
  getRemoteName(): Promise<string> {
    return this.#call(async ({ file }) => (await file.getRemoteName(this.#handle)) ?? '');
  }

  /**
   * The absolute path on this computer. Until `job.complete()`, a download is under a temporary name beside it.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyfile-getlocalname
   */
  getLocalName(): Promise<string> {
    return this.#call(async ({ file }) => (await file.getLocalName(this.#handle)) ?? '');
  }

  /**
   * Size and bytes so far.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyfile-getprogress
   */
  getProgress(): Promise<FileProgress> {
    return this.#call(({ file }) => file.getProgress(this.#handle));
  }

  #call<T>(work: (native: NativeAddon) => Promise<T>): Promise<T> {
    return this.#connection.call(work, { jobId: this.jobId });
  }
}
