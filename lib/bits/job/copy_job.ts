import {
  checkFunction,
  checkNonEmptyArray,
  checkOptions,
  checkText,
  checkUint32,
  wrongType,
  wrongValue,
} from '../../arguments/checks';
import { checkLocalPath, checkUrl } from '../../arguments/urls_and_paths';
import {
  decode,
  decodeFlags,
  encode,
  encodeFlags,
  JOB_PRIORITY,
  JOB_STATE,
  JOB_TYPE,
  NOTIFY_FLAGS,
  PROXY_USAGE,
} from '../../contract/enums';
import type {
  JobPriority,
  JobState,
  JobType,
  NotifyFlag,
  ProxyUsage,
  UnknownBits,
  UnknownWord,
} from '../../contract/enums';
import { codeOf } from '../../errors';
import type { Connection } from '../connection';
import { BitsFile } from '../file';
import type { FileSnapshot } from '../file';
import { BitsErrorInfo } from '../error_info';
import type { NativeJobTimes, NativeNewFile, NativeNotice, SuccessCode } from '../../contract/addon';
import { toRanges } from '../ranges';
import type { FileRange } from '../ranges';
import { JobObject } from './job_object';

/** The longest display name, in characters. */
export const MAX_DISPLAY_NAME = 256;
/** The longest description, in characters. */
export const MAX_DESCRIPTION = 1024;

const MAX_PROXY_LIST = 4000;

/** A file to transfer. */
export interface NewFile {
  /** The URL to download from or upload to: an http, https or file URL, or a UNC path. Up to 2200 characters. */
  readonly url: string | URL;
  /**
   * Absolute path on this computer, up to 259 characters; the path of its folder up to 247. The folder must exist. The
   * path must not contain a device name (`CON`, `COM1.txt`) or a name that ends in a dot or a space.
   */
  readonly path: string;
}

/** Progress of a job. */
export interface JobProgress {
  /** Size of all files in bytes; `null` while the size of any file is unknown. */
  readonly bytesTotal: number | null;
  /** Bytes transferred so far. Can go down: a file that changes on the server is transferred again from the start. */
  readonly bytesTransferred: number;
  readonly filesTotal: number;
  readonly filesTransferred: number;
}

/** Times of a job. */
export interface JobTimes {
  readonly creationTime: Date | null;
  /** When a property or the state last changed, or data was last transferred. */
  readonly modificationTime: Date | null;
  /** `null` until the job reaches the state transferred. */
  readonly transferCompletionTime: Date | null;
}

/** How a job finds its proxy. */
export interface ProxySettings {
  readonly usage: ProxyUsage | UnknownWord;
  readonly proxyList: string | null;
  readonly proxyBypassList: string | null;
}

/** What BITS passed to a callback. */
export interface Notice {
  readonly file?: BitsFile;
  readonly error?: BitsErrorInfo;
  readonly ranges?: readonly FileRange[];
}

const CALLBACKS = [
  'jobTransferred',
  'jobError',
  'jobModification',
  'fileTransferred',
  'fileRangesTransferred',
] as const;

/**
 * Functions that BITS calls. Each is optional.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopycallback
 */
export interface NotifyCallbacks {
  /** Every file has been transferred. */
  readonly jobTransferred?: ((notice: Notice) => void) | undefined;
  /** The job has entered the state error; the notice has the error. Not called for transient errors. */
  readonly jobError?: ((notice: Notice) => void) | undefined;
  /** Progress was made, or a property or the state changed. Called often. */
  readonly jobModification?: ((notice: Notice) => void) | undefined;
  /** A file has been transferred; the notice has the file. BITS 3.0 and later. */
  readonly fileTransferred?: ((notice: Notice) => void) | undefined;
  /** Requested ranges have been transferred; the notice has the file and the ranges. BITS 10.1 and later. */
  readonly fileRangesTransferred?: ((notice: Notice) => void) | undefined;
}

/**
 * How a job was completed. `complete`: every file is in place. `partial`: only the files that had been transferred are;
 * the others were dropped. `undeletedFiles`: completed, but temporary files (BIT*.tmp) could not be deleted.
 */
export type CompleteResult = 'complete' | 'partial' | 'undeletedFiles';

/** How a job was cancelled. `undeletedFiles`: cancelled, but temporary files (BIT*.tmp) could not be deleted. */
export type CancelResult = 'cancelled' | 'undeletedFiles';

/**
 * IBackgroundCopyJob: files, state, progress, names, notifications, retries and proxy.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyjob
 */
export abstract class CopyJob extends JobObject {
  /**
   * Adds a file. Allowed in every state until the job is completed or cancelled. A job that has already been
   * transferred needs `resume()` again.
   *
   * Rejects with TypeError or RangeError for a URL or path that BITS cannot take, with BitsLimitError
   * `BG_E_TOO_MANY_FILES` for a second file of an upload, and with `BG_E_TOO_MANY_FILES_IN_JOB` above the limit for a
   * job (200 unless Group Policy differs).
   *
   * @example await job.addFile('https://example.com/app.zip', 'C:\\data\\app.zip');
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-addfile
   */
  async addFile(url: string | URL, path: string): Promise<void> {
    const remoteName = checkUrl(url, 'url');
    const localName = checkLocalPath(path, 'path');
    await this.call('addFile', remoteName, localName);
  }

  /**
   * Adds several files in one call, up to 100000: either all of them or none. Rejects as `addFile()` does.
   *
   * @example
   * await job.addFileSet([
   *   { url: 'https://example.com/a.zip', path: 'C:\\data\\a.zip' },
   *   { url: 'https://example.com/b.zip', path: 'C:\\data\\b.zip' },
   * ]);
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-addfileset
   */
  async addFileSet(files: readonly NewFile[]): Promise<void> {
    const checked = checkFiles(files, 'files');
    await this.call('addFileSet', checked);
  }

  /**
   * The job's files, in the order in which BITS lists them. That order is not documented.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-enumfiles
   */
  async getFiles(): Promise<BitsFile[]> {
    const handles = await this.call('enumFiles');
    return handles.map((handle) => new BitsFile(this.connection, this.id, handle));
  }

  /**
   * The job's files with their names, temporary names, progress and validation state, read in a single call, however
   * many there are. The list is frozen, and in the order in which BITS lists the files, which is not documented.
   *
   * Rejects with BitsNotFoundError when the job no longer exists.
   *
   * @example
   * for (const { localName, bytesTransferred, completed } of await job.getFileSnapshots()) {
   *   console.log(localName, completed ? 'complete' : `${bytesTransferred} bytes`);
   * }
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-enumfiles
   */
  async getFileSnapshots(): Promise<readonly FileSnapshot[]> {
    const files = await this.call('fileSnapshots');
    return Object.freeze(
      files.map(({ handle, ...facts }) =>
        Object.freeze({ file: new BitsFile(this.connection, this.id, handle), ...facts }),
      ),
    );
  }

  /**
   * Pauses the transfer. The data transferred so far is kept, and `resume()` continues from there.
   *
   * @example
   * await job.suspend();
   * await later();
   * await job.resume();
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-suspend
   */
  async suspend(): Promise<void> {
    await this.call('suspend');
  }

  /**
   * Starts or restarts the transfer: of a new or suspended job, of one in the state error, or at once of one that is
   * waiting to retry (transientError). Does nothing for a job that is already queued or transferring.
   *
   * Rejects with BitsStateError: `BG_E_EMPTY` when the job has no files, `BG_E_INVALID_STATE` once it is completed or
   * cancelled.
   *
   * @example
   * await job.addFile(url, path);
   * await job.resume();
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-resume
   */
  async resume(): Promise<void> {
    await this.call('resume');
  }

  /**
   * Removes the job from the queue and deletes what it has transferred.
   *
   * Rejects with BitsStateError (`BG_E_INVALID_STATE`) once the job is completed or cancelled.
   *
   * @example if ((await job.getState()) === 'error') await job.cancel();
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-cancel
   */
  async cancel(): Promise<CancelResult> {
    const code = await this.call('cancel');
    return is(code, 'BG_S_UNABLE_TO_DELETE_FILES') ? 'undeletedFiles' : 'cancelled';
  }

  /**
   * Ends the job: the files that have been transferred get their final names, and the job leaves the queue. Until then
   * a finished download exists only under a temporary name. An upload can be completed once it is in the state
   * transferred.
   *
   * Rejects with BitsStateError (`BG_E_INVALID_STATE`) once the job is completed or cancelled. When a file cannot be
   * renamed, for example because the target is in use, the job stays in the queue and `complete()` can be called again.
   *
   * @example if ((await job.getState()) === 'transferred') await job.complete();
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-complete
   */
  async complete(): Promise<CompleteResult> {
    const code = await this.call('complete');
    if (is(code, 'BG_S_PARTIAL_COMPLETE')) return 'partial';
    return is(code, 'BG_S_UNABLE_TO_DELETE_FILES') ? 'undeletedFiles' : 'complete';
  }

  /**
   * The job's GUID as BITS reports it; the same as `id`.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getid
   */
  async getId(): Promise<string> {
    return this.call('getId');
  }

  /**
   * The type of the job: download, upload, or upload with a reply.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-gettype
   */
  async getType(): Promise<JobType | UnknownWord> {
    return decode(JOB_TYPE, await this.call('getType'));
  }

  /**
   * Bytes and files, in all and transferred so far.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getprogress
   */
  async getProgress(): Promise<JobProgress> {
    return this.call('getProgress');
  }

  /**
   * When the job was created, last modified and fully transferred.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-gettimes
   */
  async getTimes(): Promise<JobTimes> {
    return toTimes(await this.call('getTimes'));
  }

  /**
   * The current state. Queued, connecting and transferring can follow each other at any moment.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getstate
   */
  async getState(): Promise<JobState | UnknownWord> {
    return decode(JOB_STATE, await this.call('getState'));
  }

  /**
   * The job's error, in the states error and transientError. `failure()` returns it as an Error.
   *
   * Rejects with BitsStateError (`BG_E_ERROR_INFORMATION_UNAVAILABLE`) in every other state.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-geterror
   */
  async getError(): Promise<BitsErrorInfo> {
    const handle = await this.call('getError');
    return new BitsErrorInfo(this.connection, this.id, handle);
  }

  /**
   * Changes the display name, which is for people.
   * @param name up to 256 characters; need not be unique
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setdisplayname
   */
  async setDisplayName(name: string): Promise<void> {
    const checked = checkText(name, 'name', { max: MAX_DISPLAY_NAME });
    await this.call('setDisplayName', checked);
  }

  /**
   * The display name.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getdisplayname
   */
  async getDisplayName(): Promise<string> {
    return (await this.call('getDisplayName')) ?? '';
  }

  /**
   * Changes the description.
   * @param description up to 1024 characters; administrators can read it
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setdescription
   */
  async setDescription(description: string): Promise<void> {
    const checked = checkText(description, 'description', { max: MAX_DESCRIPTION });
    await this.call('setDescription', checked);
  }

  /**
   * The description.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getdescription
   */
  async getDescription(): Promise<string> {
    return (await this.call('getDescription')) ?? '';
  }

  /**
   * Foreground jobs compete with other programs for the network; all others use idle bandwidth only.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setpriority
   */
  async setPriority(priority: JobPriority): Promise<void> {
    const value = encode(JOB_PRIORITY, 'priority', priority);
    await this.call('setPriority', value);
  }

  /**
   * The priority.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getpriority
   */
  async getPriority(): Promise<JobPriority | UnknownWord> {
    return decode(JOB_PRIORITY, await this.call('getPriority'));
  }

  /**
   * The owner's security identifier, `S-1-5-21-…`.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getowner
   */
  async getOwner(): Promise<string> {
    return (await this.call('getOwner')) ?? '';
  }

  /**
   * The events that BITS reports; each call replaces the earlier flags. The default is jobTransferred and jobError.
   * `disable` overrides the others.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setnotifyflags
   */
  async setNotifyFlags(flags: readonly (NotifyFlag | UnknownBits)[]): Promise<void> {
    await this.call('setNotifyFlags', encodeFlags(NOTIFY_FLAGS, 'flags', flags));
  }

  /**
   * The events that BITS reports.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getnotifyflags
   */
  async getNotifyFlags(): Promise<(NotifyFlag | UnknownBits)[]> {
    return decodeFlags(NOTIFY_FLAGS, await this.call('getNotifyFlags'));
  }

  /**
   * Registers functions that BITS calls, in place of those that this or another program registered before; `null`
   * unregisters them. `setNotifyFlags()` selects the events. Callbacks are hints: they may come late, more than once or
   * not at all, so read the state when one is called. They end with the process and do not keep it alive. An error
   * thrown by one is an uncaught exception.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setnotifyinterface
   */
  async setNotifyInterface(callbacks: NotifyCallbacks | null): Promise<void> {
    const checked = callbacks === null ? null : checkCallbacks(callbacks);
    this.callbacksReplaced();
    await this.#register(checked);
  }

  /** Called before the caller replaces the callbacks: for subclasses that register their own. @internal */
  protected callbacksReplaced(): void {
    // this class registers none
  }

  /** Registers a watcher's callbacks. @internal */
  async registerCallbacks(callbacks: NotifyCallbacks): Promise<void> {
    await this.#register(callbacks);
  }

  /** Unregisters a watcher's callbacks, unless another program has replaced them, and restores the flags. @internal */
  async unregisterCallbacks(flags: readonly (NotifyFlag | UnknownBits)[] | undefined): Promise<void> {
    const owner = await this.call('getNotifyInterface');
    if (owner === 1) await this.call('setNotifyInterface', null);
    if (flags !== undefined) await this.call('setNotifyFlags', encodeFlags(NOTIFY_FLAGS, 'flags', flags));
  }

  /**
   * Whose callbacks are registered: `'own'`, registered through this connection; `'other'`, by another connection or
   * program; or `null`, nobody's. Callbacks of a program that has ended count as nobody's; to find out, the callback
   * object is called, for a second at most.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getnotifyinterface
   */
  async getNotifyInterface(): Promise<'own' | 'other' | null> {
    const owner = await this.call('getNotifyInterface');
    return owner === 0 ? null : owner === 1 ? 'own' : 'other';
  }

  /**
   * How long BITS waits before it retries after a transient error.
   * @param seconds 0 to 4294967295; default 600; below 5 counts as 5
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setminimumretrydelay
   */
  async setMinimumRetryDelay(seconds: number): Promise<void> {
    await this.call('setMinimumRetryDelay', checkUint32(seconds, 'seconds'));
  }

  /**
   * The minimum retry delay in seconds.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getminimumretrydelay
   */
  async getMinimumRetryDelay(): Promise<number> {
    return this.call('getMinimumRetryDelay');
  }

  /**
   * How long a job may go without progress after a transient error before it enters the state error.
   * @param seconds 0 to 4294967295; default 1209600 (14 days); 0 makes every error fatal
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setnoprogresstimeout
   */
  async setNoProgressTimeout(seconds: number): Promise<void> {
    await this.call('setNoProgressTimeout', checkUint32(seconds, 'seconds'));
  }

  /**
   * The no-progress timeout in seconds.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getnoprogresstimeout
   */
  async getNoProgressTimeout(): Promise<number> {
    return this.call('getNoProgressTimeout');
  }

  /**
   * How often the job has been interrupted by an error since it was created.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-geterrorcount
   */
  async getErrorCount(): Promise<number> {
    return this.call('getErrorCount');
  }

  /**
   * How the job finds its proxy. `proxyList` (names with ports, separated by spaces or semicolons) and
   * `proxyBypassList` are for `'override'` only, up to 4000 characters each. BITS does not check the lists until the
   * job runs.
   *
   * @example await job.setProxySettings('override', 'proxy.example.com:8080', '<local>');
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setproxysettings
   */
  async setProxySettings(
    usage: ProxyUsage,
    proxyList: string | null = null,
    proxyBypassList: string | null = null,
  ): Promise<void> {
    const value = encode(PROXY_USAGE, 'usage', usage);
    const [list, bypass] = [[proxyList, 'proxyList'] as const, [proxyBypassList, 'proxyBypassList'] as const].map(
      ([text, name]) => (text === null ? null : checkText(text, name, { max: MAX_PROXY_LIST })),
    );
    if (usage === 'override' ? list === null : list !== null || bypass !== null) {
      throw wrongValue('proxyList', usage === 'override' ? `be given with 'override'` : `go with 'override' only`);
    }
    await this.call('setProxySettings', value, list ?? null, bypass ?? null);
  }

  /**
   * How the job finds its proxy.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getproxysettings
   */
  async getProxySettings(): Promise<ProxySettings> {
    const [usage, proxyList, proxyBypassList] = await this.call('getProxySettings');
    return { usage: decode(PROXY_USAGE, usage), proxyList, proxyBypassList };
  }

  /**
   * Makes the caller the owner of the job. Removes its credentials, client certificate, custom headers and notification
   * program. For elevated administrators.
   *
   * Rejects with BitsAccessError when the caller is no administrator, `BG_E_NEW_OWNER_DIFF_MAPPING` when a drive letter
   * means something else to the caller, and `BG_E_NEW_OWNER_NO_FILE_ACCESS` when the caller may not access a file.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-takeownership
   */
  async takeOwnership(): Promise<void> {
    await this.call('takeOwnership');
  }

  async #register(callbacks: NotifyCallbacks | null): Promise<void> {
    const late = () => {
      if (callbacks !== null) this.undo('setNotifyInterface', null);
    };
    await this.callWith(
      { late },
      'setNotifyInterface',
      callbacks && receiver(this.connection.base, this.id, callbacks),
    );
  }
}

/**
 * What the addon calls. It does not refer to the job: BITS may hold the callbacks of a job for as long as somebody holds
 * the job.
 */
function receiver(connection: Connection, jobId: string, callbacks: NotifyCallbacks): (notice: NativeNotice) => void {
  return ({ type, file, error, ranges }) => {
    const about: Notice = {
      ...(file === undefined ? {} : { file: new BitsFile(connection, jobId, file) }),
      ...(error === undefined ? {} : { error: new BitsErrorInfo(connection, jobId, error) }),
      ...(ranges === undefined ? {} : { ranges: toRanges(ranges) }),
    };
    try {
      callbacks[type]?.(about);
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown;
      }); // uncaught, as from any event listener, but not thrown into the addon
    }
  };
}

function checkCallbacks(value: unknown): NotifyCallbacks {
  if (value === undefined) throw wrongType('callbacks', 'an object or null', value);
  const callbacks = checkOptions(value, 'callbacks', CALLBACKS);
  for (const name of CALLBACKS) {
    if (callbacks[name] !== undefined) checkFunction(callbacks[name], `callbacks.${name}`);
  }
  return callbacks as NotifyCallbacks;
}

/** Checks files to add, and returns them as the addon takes them. */
export function checkFiles(value: unknown, argument: string): NativeNewFile[] {
  return checkNonEmptyArray(value, argument, (file, name) => {
    const { url, path } = checkOptions(file, name, ['url', 'path']);
    return { remoteName: checkUrl(url, `${name}.url`), localName: checkLocalPath(path, `${name}.path`) };
  });
}

function is(code: SuccessCode, symbol: 'BG_S_PARTIAL_COMPLETE' | 'BG_S_UNABLE_TO_DELETE_FILES'): boolean {
  return codeOf(code) === symbol;
}

/** Times as Date objects. */
export function toTimes(times: NativeJobTimes): JobTimes {
  return {
    creationTime: date(times.creationTime),
    modificationTime: date(times.modificationTime),
    transferCompletionTime: date(times.transferCompletionTime),
  };
}

function date(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}
