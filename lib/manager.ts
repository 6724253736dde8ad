import { ComObject, guardComObject } from './bits/com_object';
import { capabilitiesOf } from './bits/capabilities';
import type { Capabilities } from './bits/capabilities';
import { checkBoolean, checkGuid, checkOneOf, checkOptions, checkText } from './arguments/checks';
import { MANAGER_QUEUE } from './bits/connection';
import type { SystemInfo, Connection } from './bits/connection';
import { encode, ENUM_FLAGS, JOB_PRIORITY, JOB_TYPE } from './contract/enums';
import type { JobPriority, JobType } from './contract/enums';
import { withCallerStack } from './errors';
import { toJobSnapshot } from './explain/explained_job';
import { BitsJob } from './job';
import type { ListedJob } from './job';
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
import type { WatchProfile } from './watch/poll_intervals';

/** The settings of a new job. */
export interface CreateJobOptions {
  /** Display name, for people: 1 to 256 characters, not necessarily unique. Administrators can read it. */
  readonly name: string;
  /** Type of the job. Default 'download'. */
  readonly type?: JobType | undefined;
  /** Description, up to 1024 characters. Administrators can read it. */
  readonly description?: string | undefined;
  /** Priority. Default 'normal', that of BITS. */
  readonly priority?: JobPriority | undefined;
  /** Files to add, up to 100000. */
  readonly files?: readonly NewFile[] | undefined;
}

/**
 * The BITS queue of this computer.
 *
 * Every method rejects with BitsUnavailableError when the service cannot be reached or does not answer, and with
 * BitsClosedError after `close()`. Bad arguments are a TypeError or RangeError.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopymanager
 */
export class BitsManager extends ComObject<'manager'> implements Downloader {
  /** The system that provides BITS. */
  readonly system: SystemInfo;
  /** The peer cache of BITS 3.0. On later versions, its methods reject with BitsNotSupportedError. */
  readonly peerCache: BitsPeerCache;

  /** @internal Use `connect()`. */
  constructor(connection: Connection, handle: ManagerHandle) {
    super(connection, 'manager', handle);
    this.system = connection.system;
    this.peerCache = new BitsPeerCache(connection, handle);
  }

  /** The same manager with another limit for each call; this one when undefined. @internal */
  limited(serviceTimeout: number | undefined): BitsManager {
    if (serviceTimeout === undefined) return this;
    return new BitsManager(this.connection.limited(serviceTimeout), this.handle);
  }

  /**
   * What this computer's BITS supports, to check before using a newer feature. Determined once per process, at the
   * first use, with a job that is created and cancelled again. Rejects as `createJob()` does.
   *
   * @example
   * const { properties } = await bits.capabilities;
   * if (properties.has('maxDownloadSize')) await job.setProperty('maxDownloadSize', 1_000_000);
   */
  get capabilities(): Promise<Capabilities> {
    return capabilitiesOf(this.connection, {
      interfaces: () => this.call('interfaces'),
      job: (name, rest, properties) => this.call('probe', name, rest, properties),
    });
  }

  /** The connection, which a manager shares with its jobs. @internal */
  override get connection(): Connection {
    return super.connection;
  }

  /**
   * Creates a job. It is suspended; `resume()` starts it. Either the job is created with all its settings, or there is
   * none: it is cancelled if a later step fails, or if the worker or process ends before the job is set up. `close()`
   * waits for it.
   *
   * Rejects with TypeError or RangeError for bad options, and with BitsLimitError when the user (60 by default) or the
   * computer (300 by default) has too many jobs. Files are rejected as by `job.addFile()`.
   *
   * @example
   * const job = await bits.createJob({ name: 'Update', files: [{ url, path }] });
   * await job.resume();
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

  /** `createJob()` with all settings in the addon's form: one call, all or nothing. @internal */
  async createJobFrom(name: string, type: number, rest: NativeNewJob): Promise<BitsJob> {
    return this.#job(await this.call('createJob', name, type, rest));
  }

  /**
   * Finds a job by its GUID.
   *
   * Rejects with TypeError if `id` is not a GUID, BitsNotFoundError (`BG_E_NOT_FOUND`) when no such job is in the
   * queue, and BitsAccessError for another user's job.
   *
   * @example
   * const found = await bits.getJob('6c1f5c4a-0d2e-4b8e-9f57-0123456789ab');
   * console.log(await found.getState());
   * @param id with or without braces, in any case
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopymanager-getjob
   */
  async getJob(id: string): Promise<BitsJob> {
    const guid = checkGuid(id, 'id');
    return this.#job(await this.callWith({ jobId: guid, queue: MANAGER_QUEUE }, 'getJob', guid));
  }

  /**
   * The jobs in the queue, in no particular order: those of the caller, or with `allUsers` those of all users.
   *
   * Rejects with BitsAccessError when `allUsers` is true and the caller is not an elevated administrator.
   *
   * @example
   * for (const each of await bits.getJobs()) console.log(await each.getDisplayName());
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopymanager-enumjobs
   */
  async getJobs(options: { readonly allUsers?: boolean | undefined } = {}): Promise<BitsJob[]> {
    const jobs = await this.call('enumJobs', checkListing(options));
    return jobs.map((job) => this.#job(job));
  }

  /**
   * The same jobs with a snapshot of each, read in a single call, however many there are. The list is frozen. Jobs that
   * end while it is read may be missing.
   *
   * Rejects with BitsAccessError when `allUsers` is true and the caller is not an elevated administrator.
   *
   * @example
   * for (const { snapshot } of await bits.getSnapshots()) console.log(snapshot.displayName, snapshot.state);
   * @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopymanager-enumjobs
   */
  async getSnapshots(options: { readonly allUsers?: boolean | undefined } = {}): Promise<readonly ListedJob[]> {
    const jobs = await this.call('jobSnapshots', checkListing(options));
    return Object.freeze(
      jobs.map(({ snapshot, ...named }) => {
        const job = this.#job(named);
        return Object.freeze({ job, snapshot: toJobSnapshot(job, snapshot) });
      }),
    );
  }

  /**
   * BITS' text for an HRESULT. Rejects with `ERROR_RESOURCE_LANG_NOT_FOUND` when Windows has no text in that language.
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
   * BITS' text for an HRESULT, on one line, in the first of these languages that has one: the requested language, the
   * same for its default country, the user's, the system's, US English; `null` when none has. The text is for people.
   * `explain(hresult)` says more, and works offline.
   * @param hresult 32-bit, signed or unsigned
   * @param language a LANGID, 1 to 0xFFFF; default: the user's language
   */
  async describeError(hresult: number, language?: number): Promise<string | null> {
    const code = checkHresult(hresult);
    return describeWith(languageChain(language), (languageId) => this.call('getErrorDescription', code, languageId));
  }

  /**
   * Downloads one or more files: creates the job, waits for it, verifies the files and gives them their final names.
   * Either all files get their final names or none (unless `allowPartial`), and never a file that failed verification.
   * No job is left behind, except one that a later call with the same `key` can continue.
   *
   * - When a file fails, including its verification, its mirrors are tried in order.
   * - When the target file is in use, renaming is retried for a minute. After that the call rejects, and the downloaded
   *   data is kept.
   * - Calls with the same key and files in one process share one download, even on different connections.
   * - An error thrown by `onProgress` ends the download as `signal` does.
   *
   * Rejects with TypeError or RangeError for bad options, before a job is created; BitsTransferError when a file cannot
   * be downloaded (`errors` lists the errors of all its sources if it has mirrors); BitsVerificationError;
   * BitsAccessError when a file may not be renamed; BitsFileError when a file or folder cannot be created; and
   * BitsAbortError, BitsTimeoutError, BitsStalledError, BitsUnavailableError, BitsEndedError (the job was cancelled by
   * another program) and BitsClosedError as `job.wait()` does. The job is then cancelled, except after BitsClosedError
   * and, with a key, after BitsTimeoutError, BitsStalledError and BitsUnavailableError: a later call continues it.
   *
   * @example
   * const { bytes } = await bits.download({ url, path: 'C:\\data\\app.zip', sha256 });
   */
  async download(options: DownloadOptions): Promise<DownloadResult> {
    return withCallerStack(async () =>
      download(checkDownloadOptions(options), this.connection.host.clock, (work) => work(this)),
    );
  }

  /**
   * Uploads one file, and fetches the server's reply if requested: creates the job, waits for it and completes it. The
   * server must support BITS uploads. Rejects as `download()` does; the job is then cancelled.
   *
   * @example
   * await bits.upload({ url: 'https://example.com/logs/today.zip', path });
   * @see https://learn.microsoft.com/windows/win32/bits/setting-up-the-server-for-uploads
   */
  async upload(options: UploadOptions): Promise<UploadResult> {
    return withCallerStack(() => upload(this, options));
  }

  /**
   * The downloads that earlier processes left in the queue when they exited or crashed or the computer restarted. Those
   * that are ready are verified and get their final names. All information comes from the queue: it is stored in the
   * descriptions of the jobs.
   *
   * Does not reject when a single download has failed: its `status` and `error` say so.
   *
   * @example
   * for (const { status, error } of await bits.restore()) console.log(status, error);
   */
  async restore(options: RestoreOptions = {}): Promise<RestoredDownload[]> {
    return restore(this, options);
  }

  /**
   * Cancels abandoned jobs of the caller: those older than an age, in given states, or both. Affects only jobs that were
   * created by `download()` and `upload()`. Resolves with these jobs.
   *
   * Does not reject when a single job could not be cancelled: its `error` says so.
   *
   * @example
   * for (const { id, error } of await bits.reap({ olderThan: 7 * 24 * 3_600_000 })) console.log(id, error ?? 'cancelled');
   */
  async reap(options: ReapOptions): Promise<ReapedJob[]> {
    return reap(this, options);
  }

  /**
   * How often this connection polls the jobs with listeners, `watch()` or `wait()`; can be changed at any time.
   * 'attended' (default): every 200 ms while something changes, up to every 2 s when nothing does. 'unattended': every
   * 2 s, up to every minute. In both, callbacks of BITS trigger a poll at once.
   */
  get watchProfile(): WatchProfile {
    return this.connection.of(Watchers).profile;
  }

  set watchProfile(profile: WatchProfile) {
    this.connection.of(Watchers).profile = checkOneOf(profile, 'watchProfile', ['attended', 'unattended']);
  }

  /**
   * Refuses further calls on this manager and its jobs, ends all watching and waiting (with BitsClosedError), and waits
   * for calls under way, at most for the `closeTimeout` of `connect()`. Calls not answered by then reject with
   * BitsUnavailableError. Never rejects. The jobs continue: they belong to Windows. Calling it again, or never, does no
   * harm.
   */
  async close(): Promise<void> {
    await this.connection.close();
    this.release();
  }

  override toJSON(): { readonly system: SystemInfo; readonly watchProfile: WatchProfile } {
    return { system: this.system, watchProfile: this.watchProfile };
  }

  /** The same as `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #job({ id, handle }: NativeNamedJob): BitsJob {
    return new BitsJob(this.connection, id, handle);
  }
}

guardComObject(BitsManager, 'manager');

/** The flags of IBackgroundCopyManager::EnumJobs. */
function checkListing(options: unknown): number {
  const { allUsers = false } = checkOptions(options, 'options', ['allUsers']);
  return checkBoolean(allUsers, 'options.allUsers') ? ENUM_FLAGS.values.allUsers : 0;
}
