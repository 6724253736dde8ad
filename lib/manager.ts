import { ComObject, guardComObject } from './bits/com_object';
import { capabilitiesOf } from './bits/capabilities';
import type { Capabilities } from './bits/capabilities';
import { checkBoolean, checkGuid, checkOneOf, checkOptions, checkText } from './arguments/checks';
import { MANAGER_QUEUE } from './bits/connection';
import type { SystemInfo, Connection } from './bits/connection';
import { encode, ENUM_FLAGS, JOB_PRIORITY, JOB_TYPE } from './contract/enums';
import type { JobPriority, JobType } from './contract/enums';
import { calledFrom } from './errors';
import { BitsJob } from './job';
import { checkFiles, MAX_DESCRIPTION, MAX_DISPLAY_NAME } from './bits/job/copy_job';
import type { NewFile } from './bits/job/copy_job';
import { checkHresult } from './errors/table';
import { checkLanguage, describeWith, ENGLISH, languageChain } from './errors/languages';
import type { ManagerHandle, NativeNamedJob, NativeNewJob } from './contract/addon';
import { Watchers } from './watch/watchers';
import { BitsPeerCache } from './bits/peer_cache';
import { download } from './download/download';
import type { Downloader } from './download/downloader';
import { reap } from './download/reap';
import type { ReapedJob, ReapOptions } from './download/reap';
import { checkDownloadOptions } from './download/request';
import { restore } from './download/restore';
import type { RestoredDownload, RestoreOptions } from './download/restore';
import type { DownloadOptions, DownloadResult } from './download/options';
import { upload } from './download/upload';
import type { UploadOptions, UploadResult } from './download/upload';
import type { WatchProfile } from './watch/pace';

/** What a new job is to be. */
export interface CreateJobOptions {
  /** For people; up to 256 characters, need not be unique. Administrators can read it. */
  readonly name: string;
  /** Default 'download'. */
  readonly type?: JobType | undefined;
  /** Up to 1024 characters. Administrators can read it. */
  readonly description?: string | undefined;
  /** BITS' own default is 'normal'. */
  readonly priority?: JobPriority | undefined;
  /** Files to begin with. */
  readonly files?: readonly NewFile[] | undefined;
}

/**
 * The BITS queue of this computer.
 *
 * Every method rejects with a BitsError; BitsUnavailableError when the service cannot be reached, BitsClosedError after
 * `close()`.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopymanager
 */
export class BitsManager extends ComObject<'manager'> implements Downloader {
  /** What answers for BITS here. */
  readonly system: SystemInfo;
  /** The peer cache of BITS 3.0; later versions answer with BitsNotSupportedError. */
  readonly peerCache: BitsPeerCache;
  /** The manager that this one is another view of, or itself. @internal */
  readonly base: BitsManager;

  /** @internal Use `connect()`. */
  constructor(connection: Connection, handle: ManagerHandle, base?: BitsManager) {
    super(connection, 'manager', handle);
    this.system = connection.system;
    this.peerCache = new BitsPeerCache(connection, handle);
    this.base = base ?? this;
  }

  /** The same manager with another limit for each call, for one operation; undefined: this one. @internal */
  limited(serviceTimeout: number | undefined): BitsManager {
    if (serviceTimeout === undefined) return this;
    return new BitsManager(this.connection.limited(serviceTimeout), this.handle, this.base);
  }

  /**
   * What this computer's BITS has, to ask before relying on something newer: `(await bits.capabilities).version`.
   * Found out once in a process, at the first use, by way of a job that is cancelled again.
   */
  get capabilities(): Promise<Capabilities> {
    return capabilitiesOf(this.connection, {
      interfaces: () => this.call('interfaces'),
      job: (name, rest, properties) => this.call('probe', name, rest, properties),
    });
  }

  /** What a manager shares with its jobs. @internal */
  override get connection(): Connection {
    return super.connection;
  }

  /**
   * Makes a job, suspended: `resume()` sets it going. Either the job exists as asked for, or there is none: it is
   * cancelled again when a later step fails, and when the worker or the process ends before it is complete. `close()`
   * waits for it.
   *
   * Rejects with TypeError or RangeError for bad options, BitsLimitError when the user (60 by default) or the computer
   * (300) has too many jobs.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopymanager-createjob
   */
  async createJob(options: CreateJobOptions): Promise<BitsJob> {
    const given = checkOptions(options, 'options', ['name', 'type', 'description', 'priority', 'files']);
    const name = checkText(given.name, 'options.name', { max: MAX_DISPLAY_NAME, allowEmpty: false });
    const type = encode(JOB_TYPE, 'options.type', given.type ?? 'download');
    const description =
      given.description === undefined
        ? undefined
        : checkText(given.description, 'options.description', { max: MAX_DESCRIPTION });
    const priority =
      given.priority === undefined ? undefined : encode(JOB_PRIORITY, 'options.priority', given.priority);
    const files = given.files === undefined ? undefined : checkFiles(given.files, 'options.files');
    return this.createJobFrom(name, type, { description, priority, files });
  }

  /** `createJob()` with everything that a job can be made with, as the addon wants it: one call, all or nothing. @internal */
  async createJobFrom(name: string, type: number, rest: NativeNewJob): Promise<BitsJob> {
    return this.#job(await this.call('createJob', name, type, rest));
  }

  /**
   * The job with this GUID.
   *
   * Rejects with TypeError for what is not a GUID, BitsNotFoundError (`BG_E_NOT_FOUND`) when no such job is in the
   * queue, BitsAccessError for a job of somebody else.
   * @param id with or without braces, in any case
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopymanager-getjob
   */
  async getJob(id: string): Promise<BitsJob> {
    const guid = checkGuid(id, 'id');
    return this.#job(await this.callWith({ jobId: guid, queue: MANAGER_QUEUE }, 'getJob', guid));
  }

  /**
   * The jobs in the queue, in no particular order: the caller's, or those of all users.
   *
   * Rejects with BitsAccessError when `allUsers` is asked for by somebody who is not an (elevated) administrator.
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopymanager-enumjobs
   */
  async getJobs(options: { readonly allUsers?: boolean | undefined } = {}): Promise<BitsJob[]> {
    const { allUsers = false } = checkOptions(options, 'options', ['allUsers']);
    const flags = checkBoolean(allUsers, 'options.allUsers') ? ENUM_FLAGS.values.allUsers : 0;
    const jobs = await this.call('enumJobs', flags);
    return jobs.map((job) => this.#job(job));
  }

  /**
   * BITS' text for an HRESULT. Rejects with `ERROR_RESOURCE_LANG_NOT_FOUND` when Windows has none in that language.
   * @param hresult 32-bit, signed or unsigned
   * @param languageId a LANGID, 1 to 0xFFFF; default US English
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopymanager-geterrordescription
   */
  async getErrorDescription(hresult: number, languageId: number = ENGLISH): Promise<string> {
    const code = checkHresult(hresult);
    const language = checkLanguage(languageId);
    return (await this.call('getErrorDescription', code, language)) ?? '';
  }

  /**
   * BITS' text for an HRESULT, on one line, in the first of these languages that has one: the language asked for, its
   * default country's, the user's, the system's, US English; `null` when none has. For people: `explain(hresult)` says
   * more, offline.
   * @param hresult 32-bit, signed or unsigned
   * @param language a LANGID, 1 to 0xFFFF; default the user's language
   */
  async describeError(hresult: number, language?: number): Promise<string | null> {
    const code = checkHresult(hresult);
    return describeWith(languageChain(language), (languageId) => this.call('getErrorDescription', code, languageId));
  }

  /**
   * Downloads one or many files: makes the job, waits, verifies, and gives the files their names. All of the files, or
   * none (unless `allowPartial`); never an unverified one under a final name; and no job is left behind, except one that
   * a later call with the same `key` goes on with.
   *
   * - Mirrors are tried in order when a file fails, also when it fails verification.
   * - When the target is in use, putting the file in place is tried for a minute. After that the error says so, and what
   *   has arrived is not thrown away.
   * - Two calls with the same key and files in one process are one download, over whichever connections.
   * - When `onProgress` throws, the download is given up as by `signal`.
   *
   * Rejects with TypeError or RangeError for bad options, before anything is made; BitsTransferError when a file cannot
   * be had (`errors` has those of all its sources, where there are mirrors); BitsVerificationError; BitsAccessError when a
   * file may not be put in place; BitsAbortError, BitsTimeoutError, BitsStalledError, BitsUnavailableError,
   * BitsEndedError (somebody cancelled the job) and BitsClosedError as `job.wait()`. The job is cancelled then, except
   * after BitsClosedError, and, with a key, after BitsTimeoutError, BitsStalledError and BitsUnavailableError: then a
   * later call goes on with it.
   */
  async download(options: DownloadOptions): Promise<DownloadResult> {
    return calledFrom(async () =>
      download(checkDownloadOptions(options), this.connection.host.clock, (work) => work(this)),
    );
  }

  /**
   * Sends one file, and fetches the server's reply if asked for: makes the job, waits, completes. Rejects as `download()`
   * does; the job is cancelled then.
   */
  async upload(options: UploadOptions): Promise<UploadResult> {
    return calledFrom(() => upload(this, options));
  }

  /**
   * The downloads that earlier processes of this app left in the queue: after an exit, a crash or a reboot. Those that
   * are ready are verified and put in place on the way. There is no other memory than the queue: what must be known is
   * in the jobs' descriptions.
   *
   * Does not reject for what is wrong with one of them: its `status` and `error` say so.
   */
  async restore(options: RestoreOptions = {}): Promise<RestoredDownload[]> {
    return restore(this, options);
  }

  /**
   * Cancels jobs that this app has forgotten: older than an age, in given states, or both. Resolves with what is gone.
   * Touches only jobs that `download()` and `upload()` have made.
   */
  async reap(options: ReapOptions): Promise<ReapedJob[]> {
    return reap(this, options);
  }

  /**
   * How closely this connection looks at the jobs that are watched, listened to or waited for; may be changed at any
   * time. 'attended' (default): every 200 ms while something changes, every 2 s when nothing does. 'unattended': every
   * 2 s and every minute. Callbacks of BITS make a look at once in both.
   */
  get watchProfile(): WatchProfile {
    return this.connection.of(Watchers).profile;
  }

  set watchProfile(profile: WatchProfile) {
    this.connection.of(Watchers).profile = checkOneOf(profile, 'watchProfile', ['attended', 'unattended']);
  }

  /**
   * Refuses further calls, on this manager and on its jobs, ends all watching and waiting (with BitsClosedError), and
   * waits for calls under way, at most for the `closeTimeout` of `connect()`; calls that are not answered by then reject
   * with BitsUnavailableError. Never rejects. Jobs go on: they belong to Windows. Calling it again is harmless, and so is
   * never calling it.
   */
  async close(): Promise<void> {
    await this.connection.close();
    this.release();
  }

  override toJSON(): { readonly system: SystemInfo; readonly watchProfile: WatchProfile } {
    return { system: this.system, watchProfile: this.watchProfile };
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #job({ id, handle }: NativeNamedJob): BitsJob {
    return new BitsJob(this.connection, id, handle);
  }
}

guardComObject(BitsManager, 'manager');
