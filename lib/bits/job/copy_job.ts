import {
  checkFunction,
  checkNonEmptyArray,
  checkOptions,
  checkText,
  checkUint32,
  wrongType,
  wrongValue,
} from '../../arguments/checks';
import { checkLocalPath, checkUrl } from '../../arguments/names';
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
import { BitsFile } from '../file';
import { BitsErrorInfo } from '../error_info';
import type { NativeJobTimes, NativeNewFile, NativeNotice, SuccessCode } from '../../contract/addon';
import { toRanges } from '../ranges';
import type { FileRange } from '../ranges';
import { JobObject } from './job_object';

/** Most characters of a display name. */
export const MAX_DISPLAY_NAME = 256;
/** Most characters of a description. */
export const MAX_DESCRIPTION = 1024;

const MAX_PROXY_LIST = 4000;

/** A file to transfer. */
export interface NewFile {
  /** Where it comes from (download) or goes to (upload): an http, https or file URL, or a UNC path. Up to 2200 characters. */
  readonly url: string | URL;
  /**
   * Absolute path on this computer, up to 259 characters, its folder up to 247. The folder must exist. No name of a device
   * (`CON`, `COM1.txt`), and no part that ends in a dot or a space.
   */
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

/** How a job finds its proxy. */
export interface ProxySettings {
  readonly usage: ProxyUsage | UnknownWord;
  readonly proxyList: string | null;
  readonly proxyBypassList: string | null;
}

/** What a callback is about, as far as BITS told. */
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
 * Functions for BITS to call.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopycallback
 */
export interface NotifyCallbacks {
  /** Every file has arrived. */
  readonly jobTransferred?: ((notice: Notice) => void) | undefined;
  /** The job is in the state error; the notice has the error. Passing errors do not count. */
  readonly jobError?: ((notice: Notice) => void) | undefined;
  /** Progress, a property or the state changed. Comes often. */
  readonly jobModification?: ((notice: Notice) => void) | undefined;
  /** A file has arrived; the notice has it. BITS 3.0 and later. */
  readonly fileTransferred?: ((notice: Notice) => void) | undefined;
  /** Ranges that were asked for have arrived; the notice has the file and the ranges. BITS 10.1 and later. */
  readonly fileRangesTransferred?: ((notice: Notice) => void) | undefined;
}

/**
 * How a job was completed. `complete`: every file is there. `partial`: only the files that had arrived; the others
 * were given up. `undeletedFiles`: done, but temporary files (BIT*.tmp) were left behind.
 */
export type CompleteResult = 'complete' | 'partial' | 'undeletedFiles';

/** How a job was cancelled. `undeletedFiles`: done, but temporary files (BIT*.tmp) were left behind. */
export type CancelResult = 'cancelled' | 'undeletedFiles';

/**
 * IBackgroundCopyJob: files, the queue, progress, name, notifications, retrying, proxy.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyjob
 */
export abstract class CopyJob extends JobObject {
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
    await this.call('addFile', remoteName, localName);
  }

  /**
   * Adds several files in one call, up to 100000: all of them, or none. Rejects as `addFile()`.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-addfileset
   */
  async addFileSet(files: readonly NewFile[]): Promise<void> {
    const checked = checkFiles(files, 'files');
    await this.call('addFileSet', checked);
  }

  /**
   * The job's files, in the order BITS lists them, which is not documented.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-enumfiles
   */
  async getFiles(): Promise<BitsFile[]> {
    const handles = await this.call('enumFiles');
    return handles.map((handle) => new BitsFile(this.connection, this.id, handle));
  }

  /**
   * Stops the transfer. What has arrived is kept, and `resume()` goes on from there.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-suspend
   */
  async suspend(): Promise<void> {
    await this.call('suspend');
  }

  /**
   * Puts the job into the queue: a new or suspended one, one in error (which tries again), or one that waits to try
   * again by itself. On a job that is in the queue already nothing changes.
   *
   * Rejects with `BG_E_EMPTY` when the job has no files, `BG_E_INVALID_STATE` when it was completed or cancelled.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-resume
   */
  async resume(): Promise<void> {
    await this.call('resume');
  }

  /**
   * Removes the job from the queue and deletes what has arrived.
   * Rejects with `BG_E_INVALID_STATE` when the job was completed or cancelled already.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-cancel
   */
  async cancel(): Promise<CancelResult> {
    const code = await this.call('cancel');
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
    const code = await this.call('complete');
    if (is(code, 'BG_S_PARTIAL_COMPLETE')) return 'partial';
    return is(code, 'BG_S_UNABLE_TO_DELETE_FILES') ? 'undeletedFiles' : 'complete';
  }

  /**
   * The job's GUID, asked of BITS; the same as `id`.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getid
   */
  async getId(): Promise<string> {
    return this.call('getId');
  }

  /**
   * Download, upload, or upload with a reply.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-gettype
   */
  async getType(): Promise<JobType | UnknownWord> {
    return decode(JOB_TYPE, await this.call('getType'));
  }

  /**
   * Bytes and files so far.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getprogress
   */
  async getProgress(): Promise<JobProgress> {
    return this.call('getProgress');
  }

  /**
   * When the job was made, last changed, and transferred.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-gettimes
   */
  async getTimes(): Promise<JobTimes> {
    return toTimes(await this.call('getTimes'));
  }

  /**
   * The state now. Queued, connecting and transferring change into each other at any moment.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getstate
   */
  async getState(): Promise<JobState | UnknownWord> {
    return decode(JOB_STATE, await this.call('getState'));
  }

  /**
   * What went wrong, in the states error and transientError.
   * Rejects with `BG_E_ERROR_INFORMATION_UNAVAILABLE` in every other state.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-geterror
   */
  async getError(): Promise<BitsErrorInfo> {
    const handle = await this.call('getError');
    return new BitsErrorInfo(this.connection, this.id, handle);
  }

  /**
   * @param name up to 256 characters; need not be unique
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setdisplayname
   */
  async setDisplayName(name: string): Promise<void> {
    const checked = checkText(name, 'name', { max: MAX_DISPLAY_NAME });
    await this.call('setDisplayName', checked);
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getdisplayname */
  async getDisplayName(): Promise<string> {
    return (await this.call('getDisplayName')) ?? '';
  }

  /**
   * @param description up to 1024 characters; administrators can read it
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setdescription
   */
  async setDescription(description: string): Promise<void> {
    const checked = checkText(description, 'description', { max: MAX_DESCRIPTION });
    await this.call('setDescription', checked);
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getdescription */
  async getDescription(): Promise<string> {
    return (await this.call('getDescription')) ?? '';
  }

  /**
   * Foreground jobs share the network with other programs; the others use what is left over.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setpriority
   */
  async setPriority(priority: JobPriority): Promise<void> {
    const value = encode(JOB_PRIORITY, 'priority', priority);
    await this.call('setPriority', value);
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getpriority */
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
   * Which events BITS reports; each call replaces the last. A new job has jobTransferred and jobError. `disable`
   * outweighs the others.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setnotifyflags
   */
  async setNotifyFlags(flags: readonly (NotifyFlag | UnknownBits)[]): Promise<void> {
    await this.call('setNotifyFlags', encodeFlags(NOTIFY_FLAGS, 'flags', flags));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getnotifyflags */
  async getNotifyFlags(): Promise<(NotifyFlag | UnknownBits)[]> {
    return decodeFlags(NOTIFY_FLAGS, await this.call('getNotifyFlags'));
  }

  /**
   * Registers functions that BITS calls, instead of what was registered before, by whichever program: the last one
   * wins. `null` withdraws. Callbacks are hints: they may come late, more than once, or not at all, and end with the
   * process; read the state in them. An error thrown by one is an uncaught exception. They do not keep the process
   * alive. Which ones come is for `setNotifyFlags()`.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setnotifyinterface
   */
  async setNotifyInterface(callbacks: NotifyCallbacks | null): Promise<void> {
    const checked = callbacks === null ? null : checkCallbacks(callbacks);
    this.callbacksReplaced();
    await this.#register(checked);
  }

  /** For a class that registers callbacks by itself: they are about to be replaced. @internal */
  protected callbacksReplaced(): void {
    // this class has none of its own
  }

  /** What a watcher registers. @internal */
  async listen(callbacks: NotifyCallbacks): Promise<void> {
    await this.#register(callbacks);
  }

  /** Withdraws what a watcher registered, unless another program has replaced it, and puts the flags back. @internal */
  async leave(flags: readonly (NotifyFlag | UnknownBits)[] | undefined): Promise<void> {
    const owner = await this.call('getNotifyInterface');
    if (owner === 1) await this.call('setNotifyInterface', null);
    if (flags !== undefined) await this.call('setNotifyFlags', encodeFlags(NOTIFY_FLAGS, 'flags', flags));
  }

  /**
   * Whose callbacks are registered: `'own'`, made through this connection; `'other'`; or `null`, nobody's. What a program
   * that has ended left behind is nobody's; whether it is there is asked of it, for a second at most.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getnotifyinterface
   */
  async getNotifyInterface(): Promise<'own' | 'other' | null> {
    const owner = await this.call('getNotifyInterface');
    return owner === 0 ? null : owner === 1 ? 'own' : 'other';
  }

  /**
   * How long BITS waits before it tries again after a passing error.
   * @param seconds 0 to 4294967295, default 600; less than 5 counts as 5
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setminimumretrydelay
   */
  async setMinimumRetryDelay(seconds: number): Promise<void> {
    await this.call('setMinimumRetryDelay', checkUint32(seconds, 'seconds'));
  }

  /** Seconds. @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getminimumretrydelay */
  async getMinimumRetryDelay(): Promise<number> {
    return this.call('getMinimumRetryDelay');
  }

  /**
   * How long a job may stay without progress after a passing error before it goes to the state error.
   * @param seconds 0 to 4294967295, default 1209600 (14 days); 0 makes every error final
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setnoprogresstimeout
   */
  async setNoProgressTimeout(seconds: number): Promise<void> {
    await this.call('setNoProgressTimeout', checkUint32(seconds, 'seconds'));
  }

  /** Seconds. @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getnoprogresstimeout */
  async getNoProgressTimeout(): Promise<number> {
    return this.call('getNoProgressTimeout');
  }

  /**
   * How often the job has been interrupted by an error, in its whole life.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-geterrorcount
   */
  async getErrorCount(): Promise<number> {
    return this.call('getErrorCount');
  }

  /**
   * How the job finds its proxy. `proxyList` (names with ports, by spaces or semicolons) and `proxyBypassList` go with
   * `'override'` only; up to 4000 characters each. A list that is wrong shows when the job runs.
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

  /** @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-getproxysettings */
  async getProxySettings(): Promise<ProxySettings> {
    const [usage, proxyList, proxyBypassList] = await this.call('getProxySettings');
    return { usage: decode(PROXY_USAGE, usage), proxyList, proxyBypassList };
  }

  /**
   * Makes the caller the owner of somebody else's job. Drops its credentials, client certificate, custom headers and
   * notification program. For (elevated) administrators.
   *
   * Rejects with `BG_E_NEW_OWNER_DIFF_MAPPING`, `BG_E_NEW_OWNER_NO_FILE_ACCESS`, BitsAccessError.
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
      callbacks &&
        ((notice) => {
          this.#deliver(notice, callbacks);
        }),
    );
  }

  #deliver({ type, file, error, ranges }: NativeNotice, callbacks: NotifyCallbacks): void {
    const about: Notice = {
      ...(file === undefined ? {} : { file: new BitsFile(this.connection.base, this.id, file) }),
      ...(error === undefined ? {} : { error: new BitsErrorInfo(this.connection.base, this.id, error) }),
      ...(ranges === undefined ? {} : { ranges: toRanges(ranges) }),
    };
    try {
      callbacks[type]?.(about);
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown;
      }); // uncaught, as from any event listener, but not in the addon's hands
    }
  }
}

function checkCallbacks(value: unknown): NotifyCallbacks {
  if (value === undefined) throw wrongType('callbacks', 'an object or null', value);
  const callbacks = checkOptions(value, 'callbacks', CALLBACKS);
  for (const name of CALLBACKS) {
    if (callbacks[name] !== undefined) checkFunction(callbacks[name], `callbacks.${name}`);
  }
  return callbacks as NotifyCallbacks;
}

/** Files to add, checked and in the addon's terms. */
export function checkFiles(value: unknown, argument: string): NativeNewFile[] {
  return checkNonEmptyArray(value, argument, (file, name) => {
    const { url, path } = checkOptions(file, name, ['url', 'path']);
    return { remoteName: checkUrl(url, `${name}.url`), localName: checkLocalPath(path, `${name}.path`) };
  });
}

function is(code: SuccessCode, symbol: 'BG_S_PARTIAL_COMPLETE' | 'BG_S_UNABLE_TO_DELETE_FILES'): boolean {
  return codeOf(code) === symbol;
}

/** Times in JavaScript's terms. */
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
