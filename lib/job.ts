import { checkNonEmptyArray, checkOptions, checkText, outOfRange } from './check';
import { checkLocalPath, checkUrl } from './check_names';
import type { Connection } from './connection';
import { decode, encode, JOB_PRIORITY, JOB_STATE, JOB_TYPE } from './enums';
import type { JobPriority, JobState, JobType, UnknownWord } from './enums';
import { codeOf } from './errors';
import { BitsFile } from './file';
import { BitsJobError } from './job_error';
import type { JobHandle, NativeAddon, NativeNewFile, SuccessCode } from './native/contract';

/** Most characters of a display name. */
export const MAX_DISPLAY_NAME = 256;
/** Most characters of a description. */
export const MAX_DESCRIPTION = 1024;

/** A file to transfer. */
export interface NewFile {
  /** Where it comes from (download) or goes to (upload): an http, https or file URL, or a UNC path. Up to 2200 characters. */
  readonly url: string | URL;
  /** Absolute path on this computer, up to 259 characters. Its folder must exist. */
  readonly path: string;
}

/** Progress of a job. */
export interface JobProgress {
  /** Bytes of all files; `null` while the size of any file is not known. */
  readonly bytesTotal: number | null;
  /** Bytes so far. Can go down: a file that changed on the server starts again. */
  readonly bytesTransferred: number;
  readonly filesTotal: number;
  readonly filesTransferred: number;
}

/** Times of a job. */
export interface JobTimes {
  readonly creationTime: Date | null;
  /** The last change of a property or of the state, or progress. */
  readonly modificationTime: Date | null;
  /** `null` until the job is in the state transferred. */
  readonly transferCompletionTime: Date | null;
}

/**
 * How a job was completed. `complete`: every file is there. `partial`: only the files that had arrived; the others
 * were given up. `undeletedFiles`: done, but temporary files (BIT*.tmp) were left behind.
 */
export type CompleteResult = 'complete' | 'partial' | 'undeletedFiles';

/** How a job was cancelled. `undeletedFiles`: done, but temporary files (BIT*.tmp) were left behind. */
export type CancelResult = 'cancelled' | 'undeletedFiles';

/**
 * A job of the BITS queue. It belongs to Windows: it goes on when this object, the program or the session has ended.
 * Calls on one job are made in the order they were issued, awaited or not.
 *
 * Every method rejects with a BitsError: BitsStateError where the job's state does not allow the call,
 * BitsNotFoundError when the job is gone, BitsUnavailableError when the service cannot be reached.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyjob
 */
export class BitsJob {
  readonly #connection: Connection;
  readonly #handle: JobHandle;
  /** The GUID that identifies the job on this computer, `{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}`. */
  readonly id: string;

  /** @internal Jobs come from a manager. */
  constructor(connection: Connection, id: string, handle: JobHandle) {
    this.#connection = connection;
    this.#handle = handle;
    this.id = id;
  }

  /**
   * Adds a file. May be called in any state before the job is completed or cancelled; a job that was transferred
   * already needs `resume()` again.
   *
   * Rejects with TypeError or RangeError for a URL or path that BITS cannot take, `BG_E_TOO_MANY_FILES` for a second
   * file of an upload, `BG_E_TOO_MANY_FILES_IN_JOB` above the policy's limit (200 by default).
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-addfile
   */
  async addFile(url: string | URL, path: string): Promise<void> {
    const remoteName = checkUrl(url, 'url');
    const localName = checkLocalPath(path, 'path');
    await this.#call(({ job }) => job.addFile(this.#handle, remoteName, localName));
  }

  /**
   * Adds several files in one call: all of them, or none. Rejects as `addFile()`.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-addfileset
   */
  async addFileSet(files: readonly NewFile[]): Promise<void> {
    const checked = checkFiles(files, 'files');
    await this.#call(({ job }) => job.addFileSet(this.#handle, checked));
  }

  /**
   * The job's files, in the order BITS lists them, which is not documented.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-enumfiles
   */
  async getFiles(): Promise<BitsFile[]> {
    const handles = await this.#call(({ job }) => job.enumFiles(this.#handle));
    return handles.map((handle) => new BitsFile(this.#connection, this.id, handle));
  }

  /**
   * Stops the transfer. What has arrived is kept, and `resume()` goes on from there.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-suspend
   */
  async suspend(): Promise<void> {
    await this.#call(({ job }) => job.suspend(this.#handle));
  }

  /**
   * Puts the job into the queue: a new or suspended one, one in error (which tries again), or one that waits to try
   * again by itself. On a job that is in the queue already nothing changes.
   *
   * Rejects with `BG_E_EMPTY` when the job has no files, `BG_E_INVALID_STATE` when it was completed or cancelled.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-resume
   */
  async resume(): Promise<void> {
    await this.#call(({ job }) => job.resume(this.#handle));
  }

  /**
   * Removes the job from the queue and deletes what has arrived.
   * Rejects with `BG_E_INVALID_STATE` when the job was completed or cancelled already.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-cancel
   */
  async cancel(): Promise<CancelResult> {
    const code = await this.#call(({ job }) => job.cancel(this.#handle));
    return is(code, 'BG_S_UNABLE_TO_DELETE_FILES') ? 'undeletedFiles' : 'cancelled';
  }

  /**
   * Ends the job: the files that have arrived appear under their names, and the job leaves the queue. Until then a
   * finished download exists under a temporary name only. An upload can be completed when it was transferred.
   *
   * Rejects with `BG_E_INVALID_STATE` when the job was completed or cancelled already. When a file cannot be put in
   * place (it is in use, say) the job stays, and may be completed again.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-complete
   */
  async complete(): Promise<CompleteResult> {
    const code = await this.#call(({ job }) => job.complete(this.#handle));
    if (is(code, 'BG_S_PARTIAL_COMPLETE')) return 'partial';
    return is(code, 'BG_S_UNABLE_TO_DELETE_FILES') ? 'undeletedFiles' : 'complete';
  }

  /**
   * The job's GUID, asked of BITS; the same as `id`.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getid
   */
  getId(): Promise<string> {
    return this.#call(({ job }) => job.getId(this.#handle));
  }

  /**
   * Download, upload, or upload with a reply.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-gettype
   */
  async getType(): Promise<JobType | UnknownWord> {
    return decode(JOB_TYPE, await this.#call(({ job }) => job.getType(this.#handle)));
  }

  /**
   * Bytes and files so far.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getprogress
   */
  getProgress(): Promise<JobProgress> {
    return this.#call(({ job }) => job.getProgress(this.#handle));
  }

  /**
   * When the job was made, last changed, and transferred.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-gettimes
   */
  async getTimes(): Promise<JobTimes> {
    const times = await this.#call(({ job }) => job.getTimes(this.#handle));
    return {
      creationTime: date(times.creationTime),
      modificationTime: date(times.modificationTime),
      transferCompletionTime: date(times.transferCompletionTime),
    };
  }

  /**
   * The state now. Queued, connecting and transferring change into each other at any moment.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getstate
   */
  async getState(): Promise<JobState | UnknownWord> {
    return decode(JOB_STATE, await this.#call(({ job }) => job.getState(this.#handle)));
  }

  /**
   * What went wrong, in the states error and transientError.
   * Rejects with `BG_E_ERROR_INFORMATION_UNAVAILABLE` in every other state.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-geterror
   */
  async getError(): Promise<BitsJobError> {
    const handle = await this.#call(({ job }) => job.getError(this.#handle));
    return new BitsJobError(this.#connection, this.id, handle);
  }

  /**
   * @param name up to 256 characters; need not be unique
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setdisplayname
   */
  async setDisplayName(name: string): Promise<void> {
    const checked = checkText(name, 'name', { max: MAX_DISPLAY_NAME });
    await this.#call(({ job }) => job.setDisplayName(this.#handle, checked));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getdisplayname */
  getDisplayName(): Promise<string> {
    return this.#call(async ({ job }) => (await job.getDisplayName(this.#handle)) ?? '');
  }

  /**
   * @param description up to 1024 characters; administrators can read it
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setdescription
   */
  async setDescription(description: string): Promise<void> {
    const checked = checkText(description, 'description', { max: MAX_DESCRIPTION });
    await this.#call(({ job }) => job.setDescription(this.#handle, checked));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getdescription */
  getDescription(): Promise<string> {
    return this.#call(async ({ job }) => (await job.getDescription(this.#handle)) ?? '');
  }

  /**
   * Foreground jobs share the network with other programs; the others use what is left over.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setpriority
   */
  async setPriority(priority: JobPriority): Promise<void> {
    const value = encode(JOB_PRIORITY, 'priority', priority);
    await this.#call(({ job }) => job.setPriority(this.#handle, value));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getpriority */
  async getPriority(): Promise<JobPriority | UnknownWord> {
    return decode(JOB_PRIORITY, await this.#call(({ job }) => job.getPriority(this.#handle)));
  }

  #call<T>(work: (native: NativeAddon) => Promise<T>): Promise<T> {
    return this.#connection.call(work, {
      jobId: this.id,
      readState: async () => decode(JOB_STATE, await this.#connection.native.job.getState(this.#handle)),
    });
  }
}

/** Files to add, checked and in the addon's terms. */
export function checkFiles(value: unknown, argument: string): NativeNewFile[] {
  const files = checkNonEmptyArray(value, argument);
  if (files.length > 0xFFFFFFFF) throw outOfRange(argument, 'have fewer files', String(files.length));
  return files.map((file, i) => {
    const name = `${argument}[${i}]`;
    const { url, path } = checkOptions(file, name, ['url', 'path']);
    return { remoteName: checkUrl(url, `${name}.url`), localName: checkLocalPath(path, `${name}.path`) };
  });
}

function is(code: SuccessCode, symbol: 'BG_S_PARTIAL_COMPLETE' | 'BG_S_UNABLE_TO_DELETE_FILES'): boolean {
  return codeOf(code) === symbol;
}

function date(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}
