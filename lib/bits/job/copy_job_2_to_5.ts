import path from 'node:path';
import { checkOptions, checkText, checkUint32, quoted, wrongValue } from '../../arguments/checks';
import { checkLocalPath, checkUrl } from '../../arguments/urls_and_paths';
import {
  AUTH_SCHEME,
  AUTH_TARGET,
  decodeFlags,
  encode,
  encodeFlags,
  FILE_ACL_FLAGS,
  JOB_PEER_CACHING_FLAGS,
  JOB_PROPERTY,
} from '../../contract/enums';
import type {
  AuthScheme,
  AuthTarget,
  FileAclFlag,
  JobPeerCachingFlag,
  JobProperty,
  UnknownBits,
} from '../../contract/enums';
import { isError } from '../../errors/cross_realm';
import { notFoundError } from '../../errors/not_found';
import type { Disk } from '../../host';
import { propertyFromBytes, propertyToBytes } from './properties';
import type { JobPropertyInput, JobPropertyValue } from './properties';
import { checkRanges } from '../ranges';
import type { FileRange } from '../ranges';
import { CopyJob } from './copy_job';

// Limits of BITS, without the terminating NUL.
const MAX_NOTIFY_PARAMETERS = 3999;
const MAX_USER_NAME = 299;
const MAX_PASSWORD = 65535;

/** A name and password for a server or proxy. */
export interface Credentials {
  readonly target: AuthTarget;
  readonly scheme: AuthScheme;
  /** Up to 299 characters. Without user name and password, ntlm and negotiate use those of the logged-on user. */
  readonly userName?: string | undefined;
  /** Up to 65535 characters. The addon wipes its copy after the call; JavaScript cannot wipe the string. */
  readonly password?: string | undefined;
}

/** Progress of the reply to an upload. */
export interface ReplyProgress {
  /** Size in bytes; `null` until the reply starts to arrive. */
  readonly bytesTotal: number | null;
  readonly bytesTransferred: number;
}

/** Consent to a notification program. */
export interface NotifyCommandOptions {
  /** Must be true, because security products treat programs started by BITS as suspicious. */
  readonly allowNotifyCommand: boolean;
  /** Must also be true for shells and script hosts. */
  readonly allowScriptHost?: boolean | undefined;
}

/** Programs that run whatever code their parameters name. */
const SCRIPT_HOSTS: ReadonlySet<string> = new Set([
  'cmd',
  'powershell',
  'powershell_ise',
  'pwsh',
  'wscript',
  'cscript',
  'mshta',
  'rundll32',
  'regsvr32',
  'msbuild',
  'wsl',
  'bash',
  'node',
  'python',
  'pythonw',
  'bitsadmin',
  'certutil',
  'installutil',
  'wmic',
  'forfiles',
  'msiexec',
  'schtasks',
]);

/** IBackgroundCopyJob2 to IBackgroundCopyJob5: replies, credentials, ranges, ownership, time limits and properties. */
export abstract class CopyJob2To5 extends CopyJob {
  /**
   * Sets the program that BITS starts when the job is transferred or fails and no callback accepts the notification. It
   * runs as the user who set it. `null` for both clears it.
   *
   * Functions registered with `setNotifyInterface()` accept every notification, so the program is not started while
   * they are registered. Event listeners, `watch()` and `wait()` do not prevent it: on a job with a program they
   * register no callbacks and only poll (`job.callbacks` is `'command'`).
   *
   * Rejects with TypeError unless `options.allowNotifyCommand` is true and the program is an absolute path; shells and
   * script hosts also need `options.allowScriptHost`. Rejects with BitsNotFoundError when this process can tell that
   * the program does not exist.
   * @param program absolute path, up to 259 characters
   * @param parameters up to 3999 characters; by convention they begin with the name of the program
   * @see https://learn.microsoft.com/windows/win32/api/bits1_5/nf-bits1_5-ibackgroundcopyjob2-setnotifycmdline
   */
  async setNotifyCmdLine(
    program: string | null,
    parameters: string | null = null,
    options?: NotifyCommandOptions,
  ): Promise<void> {
    const given = checkOptions(options, 'options', ['allowNotifyCommand', 'allowScriptHost']);
    if (program === null) {
      if (parameters !== null) throw wrongValue('parameters', 'be null when the program is');
      await this.withoutCallbacks(() => this.call('setNotifyCmdLine', null, null));
      return;
    }
    const file = checkLocalPath(program, 'program');
    const words = parameters === null ? null : checkText(parameters, 'parameters', { max: MAX_NOTIFY_PARAMETERS });
    if (given.allowNotifyCommand !== true) throw wrongValue('options.allowNotifyCommand', 'be true to set a program');
    const name = path.win32
      .basename(file)
      .toLowerCase()
      .replace(/\.[^.]*$/, '');
    if (SCRIPT_HOSTS.has(name) && given.allowScriptHost !== true) {
      throw wrongValue('options.allowScriptHost', `be true to set a shell or script host`);
    }
    await requireProgram(this.connection.host.disk, file);
    await this.withoutCallbacks(() => this.call('setNotifyCmdLine', file, words));
  }

  /**
   * The notification program and its parameters; `null` when none is set.
   * @see https://learn.microsoft.com/windows/win32/api/bits1_5/nf-bits1_5-ibackgroundcopyjob2-getnotifycmdline
   */
  async getNotifyCmdLine(): Promise<{ readonly program: string | null; readonly parameters: string | null }> {
    const [program, parameters] = await this.call('getNotifyCmdLine');
    return { program, parameters };
  }

  /**
   * Progress of the reply. For jobs of the type uploadReply.
   * @see https://learn.microsoft.com/windows/win32/api/bits1_5/nf-bits1_5-ibackgroundcopyjob2-getreplyprogress
   */
  async getReplyProgress(): Promise<ReplyProgress> {
    return this.call('getReplyProgress');
  }

  /**
   * A copy of the reply, empty when the server sent none. In the state transferred, before `complete()`.
   *
   * Rejects with `BG_E_TOO_LARGE` above 1 MB (read the reply file instead), and with BitsNotSupportedError for other
   * types of job.
   * @see https://learn.microsoft.com/windows/win32/api/bits1_5/nf-bits1_5-ibackgroundcopyjob2-getreplydata
   */
  async getReplyData(): Promise<Uint8Array> {
    return this.call('getReplyData');
  }

  /**
   * Sets the file for the reply, before the reply starts to arrive; `null`: BITS chooses a name in the uploaded file's
   * folder.
   * @see https://learn.microsoft.com/windows/win32/api/bits1_5/nf-bits1_5-ibackgroundcopyjob2-setreplyfilename
   */
  async setReplyFileName(path: string | null): Promise<void> {
    await this.call('setReplyFileName', path === null ? null : checkLocalPath(path, 'path'));
  }

  /**
   * The file for the reply; `null` until BITS has chosen a name.
   * @see https://learn.microsoft.com/windows/win32/api/bits1_5/nf-bits1_5-ibackgroundcopyjob2-getreplyfilename
   */
  async getReplyFileName(): Promise<string | null> {
    return this.call('getReplyFileName');
  }

  /**
   * Sets the user name and password for one target and scheme, in place of those set before for the same target and
   * scheme. BITS stores them encrypted, and they cannot be read back. Only the job's owner may set them.
   *
   * Rejects with TypeError when only one of the two is given, or neither for basic, digest or passport.
   *
   * @example await job.setCredentials({ target: 'server', scheme: 'basic', userName: 'deploy', password: 'secret' });
   * @see https://learn.microsoft.com/windows/win32/api/bits1_5/nf-bits1_5-ibackgroundcopyjob2-setcredentials
   */
  async setCredentials(credentials: Credentials): Promise<void> {
    const given = checkOptions(credentials, 'credentials', ['target', 'scheme', 'userName', 'password']);
    const target = encode(AUTH_TARGET, 'credentials.target', given.target);
    const scheme = encode(AUTH_SCHEME, 'credentials.scheme', given.scheme);
    const text = (value: unknown, name: string, max: number) =>
      value === undefined ? null : checkText(value, name, { max });
    const userName = text(given.userName, 'credentials.userName', MAX_USER_NAME);
    const password = text(given.password, 'credentials.password', MAX_PASSWORD);
    if ((userName === null) !== (password === null)) {
      const [missing, given] = userName === null ? ['userName', 'password'] : ['password', 'userName'];
      throw wrongValue(`credentials.${missing}`, `be given when credentials.${given} is`);
    }
    if (userName === null && given.scheme !== 'ntlm' && given.scheme !== 'negotiate') {
      throw wrongValue('credentials.userName', `be given for the scheme '${String(given.scheme)}'`);
    }
    await this.call('setCredentials', target, scheme, userName, password);
  }

  /**
   * Removes the credentials for a target and scheme. Rejects with BitsNotFoundError when there are none.
   * @see https://learn.microsoft.com/windows/win32/api/bits1_5/nf-bits1_5-ibackgroundcopyjob2-removecredentials
   */
  async removeCredentials(target: AuthTarget, scheme: AuthScheme): Promise<void> {
    await this.call('removeCredentials', encode(AUTH_TARGET, 'target', target), encode(AUTH_SCHEME, 'scheme', scheme));
  }

  /**
   * Replaces `oldPrefix` (case-sensitive) with `newPrefix` in the URL of every file that begins with it, for example to
   * move to another server. Takes effect with the next `resume()`. Rejects with BitsNotSupportedError for uploads.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_0/nf-bits2_0-ibackgroundcopyjob3-replaceremoteprefix
   */
  async replaceRemotePrefix(oldPrefix: string, newPrefix: string): Promise<void> {
    await this.call('replaceRemotePrefix', checkUrl(oldPrefix, 'oldPrefix'), checkUrl(newPrefix, 'newPrefix'));
  }

  /**
   * Adds a file of which only some ranges are downloaded. They are written one after another in the given order, and
   * must not overlap. HTTP and HTTPS only; up to 100000 ranges.
   *
   * Rejects as `addFile()` does, with `BG_E_INVALID_RANGE`, and with BitsLimitError `BG_E_TOO_MANY_RANGES_IN_FILE`
   * above the limit for a file (500 unless Group Policy differs).
   * @see https://learn.microsoft.com/windows/win32/api/bits2_0/nf-bits2_0-ibackgroundcopyjob3-addfilewithranges
   */
  async addFileWithRanges(url: string | URL, path: string, ranges: readonly FileRange[]): Promise<void> {
    const remoteName = checkUrl(url, 'url');
    const localName = checkLocalPath(path, 'path');
    await this.call('addFileWithRanges', remoteName, localName, checkRanges(ranges, 'ranges', true));
  }

  /**
   * Which parts of a file's security descriptor to keep when it comes from an SMB share. Each call replaces the earlier
   * flags; an empty array clears them.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_0/nf-bits2_0-ibackgroundcopyjob3-setfileaclflags
   */
  async setFileACLFlags(flags: readonly (FileAclFlag | UnknownBits)[]): Promise<void> {
    await this.call('setFileACLFlags', encodeFlags(FILE_ACL_FLAGS, 'flags', flags));
  }

  /**
   * Which parts of the security descriptor are kept.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_0/nf-bits2_0-ibackgroundcopyjob3-getfileaclflags
   */
  async getFileACLFlags(): Promise<(FileAclFlag | UnknownBits)[]> {
    return decodeFlags(FILE_ACL_FLAGS, await this.call('getFileACLFlags'));
  }

  /**
   * Whether the job may use the caches of other computers and offer its files to them.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyjob4-setpeercachingflags
   */
  async setPeerCachingFlags(flags: readonly (JobPeerCachingFlag | UnknownBits)[]): Promise<void> {
    await this.call('setPeerCachingFlags', encodeFlags(JOB_PEER_CACHING_FLAGS, 'flags', flags));
  }

  /**
   * Whether the job uses and offers peer caching.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyjob4-getpeercachingflags
   */
  async getPeerCachingFlags(): Promise<(JobPeerCachingFlag | UnknownBits)[]> {
    return decodeFlags(JOB_PEER_CACHING_FLAGS, await this.call('getPeerCachingFlags'));
  }

  /**
   * The owner's integrity level: 0x1000 low, 0x2000 medium, 0x3000 high, 0x4000 system. A process with a lower level
   * cannot change the job.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyjob4-getownerintegritylevel
   */
  async getOwnerIntegrityLevel(): Promise<number> {
    return this.call('getOwnerIntegrityLevel');
  }

  /**
   * Whether the owner was elevated when the job was created. If so, only an elevated process can change the job.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyjob4-getownerelevationstate
   */
  async getOwnerElevationState(): Promise<boolean> {
    return this.call('getOwnerElevationState');
  }

  /**
   * How long the job may be transferring in all before it enters the state error (`BG_E_MAXDOWNLOAD_TIMEOUT`).
   * `resume()` restarts the count.
   * @param seconds 0 to 4294967295; default 7776000 (90 days)
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyjob4-setmaximumdownloadtime
   */
  async setMaximumDownloadTime(seconds: number): Promise<void> {
    await this.call('setMaximumDownloadTime', checkUint32(seconds, 'seconds'));
  }

  /**
   * The longest time that the job may be transferring, in seconds.
   * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyjob4-getmaximumdownloadtime
   */
  async getMaximumDownloadTime(): Promise<number> {
    return this.call('getMaximumDownloadTime');
  }

  /**
   * Sets a property of the job. JobPropertyInput lists the properties, their values, and until when they can be set.
   *
   * Rejects with BitsNotSupportedError before BITS 5.0 (Windows 8), `BG_E_UNKNOWN_PROPERTY_ID` for a property that this
   * BITS does not have, `BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE` or `BG_E_READ_ONLY_PROPERTY_AFTER_RESUME` when it is
   * too late, and `BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY` for uploads.
   *
   * @example await job.setProperty('costFlags', 'standard'); // not on expensive networks
   * @see https://learn.microsoft.com/windows/win32/api/bits5_0/nf-bits5_0-ibackgroundcopyjob5-setproperty
   */
  async setProperty<P extends JobProperty>(property: P, value: JobPropertyInput[P]): Promise<void> {
    const id = encode(JOB_PROPERTY, 'property', property);
    const bytes = propertyToBytes(property, value, 'value');
    const set = () => this.call('setProperty', id, bytes);
    await (property === 'notificationClsid' ? this.withoutCallbacks(set) : set());
  }

  /**
   * A property of the job. Rejects as `setProperty()` does for properties that this BITS does not have.
   * @see https://learn.microsoft.com/windows/win32/api/bits5_0/nf-bits5_0-ibackgroundcopyjob5-getproperty
   */
  async getProperty<P extends JobProperty>(property: P): Promise<JobPropertyValue[P]> {
    const id = encode(JOB_PROPERTY, 'property', property);
    return propertyFromBytes(property, await this.call('getProperty', id));
  }

  /**
   * Callbacks would keep BITS from starting a program: a subclass that registers callbacks withdraws them first.
   * @internal
   */
  protected async withoutCallbacks(work: () => Promise<unknown>): Promise<void> {
    await work();
  }
}

/** For a 32-bit process, Windows redirects this folder to the one with the 32-bit programs. */
const REDIRECTED = /\\system32\\/i;

/**
 * Rejects only when this process can tell that the program does not exist: BITS starts it as the user who set it, and
 * from 64-bit Windows.
 */
async function requireProgram(disk: Disk, file: string): Promise<void> {
  if (process.arch === 'ia32' && REDIRECTED.test(file)) return;
  const found = await disk.stat(file).catch((error: unknown) => {
    if (isError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return 'missing';
    return 'hidden';
  });
  if (found === 'hidden') return;
  if (found === 'missing') {
    const advice = 'Give the full path of a program that exists.';
    throw notFoundError(`the program ${file}`, 'ERROR_FILE_NOT_FOUND', advice);
  }
  if (found.kind === 'folder') throw wrongValue('program', 'name a file, not a folder', quoted(file));
}
