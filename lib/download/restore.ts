import type { InspectOptions } from 'node:util';
import { checkFunction, checkOptions } from '../arguments/checks';
import type { FileSnapshot } from '../bits/file';
import { JOB_PRIORITY, wordsOf } from '../contract/enums';
import type { JobPriority } from '../contract/enums';
import { BitsNotFoundError, withCallerStack, toLibraryError } from '../errors';
import { guardMethods } from '../errors/api_boundary';
import type { BitsJob } from '../job';
import { INSPECT, show } from '../util/inspect';
import type { Inspect } from '../util/inspect';
import { LIMIT_KEYS, checkWaitLimits } from '../watch/options';
import type { WaitLimits } from '../watch/options';
import { Caller } from './caller';
import { resumeSession } from './download';
import { finalNamesOf, findJobs, toDownloads } from './found_downloads';
import type { FoundDownload } from './found_downloads';
import { localNameOf, remoteNameOf } from './job_files';
import type { JobQueue } from './job_queue';
import { checkApp } from './job_tag';
import type { DownloadProgress, DownloadResult } from './options';
import type { Attempt } from './give_up';
import { finalNameOf } from './placement/staging';
import type { DownloadRequest, RequestedFile, TransferLimits } from './request';
import type { DownloadSession } from './session';
import { isAboutOneCaller } from './shared_downloads';

/** Which downloads to restore: those of one app. */
export interface RestoreOptions {
  /** As in `download()`. */
  readonly app?: string | undefined;
}

/** How to finish a restored download; as in `download()` with a key: after a limit the job is kept. */
export interface FinishOptions extends WaitLimits {
  /** Called with the progress each time the job has been polled. If it throws, that ends the call as an abort does. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** What became of a download of an earlier process, or is becoming of it. */
export type RestoredStatus = 'completed' | 'running' | 'failed' | 'vanished';

/**
 * A download of an earlier process. `structuredClone()` and JSON give its properties, without the methods; an `error` among
 * them becomes a BitsError again with `BitsError.from()`.
 */
export interface RestoredDownload {
  readonly key: string | null;
  /** The job that is, or was, transferring. */
  readonly jobId: string;
  /** Final names of the files. */
  readonly paths: readonly string[];
  /**
   * 'completed': it has been verified and put in place, just now or by `finish()`. 'running': it is on its way, or was
   * suspended; `finish()` waits for it. 'failed': `error` says why; `finish()` tries again, unless what arrived was
   * wrong. 'vanished': somebody ended it just now.
   */
  readonly status: RestoredStatus;
  /** Of one that is completed. */
  readonly result: DownloadResult | null;
  /** Of one that failed. */
  readonly error: Error | null;
  /**
   * Goes on to the end as `download()` does, and resumes the job if need be. Where another job has to be made for files
   * that are missing, it gets the priority, headers, retry times and dynamic content of the job that is there; headers that
   * nobody can read back (see the guide to downloading) are not sent by it. Called again while it runs, it joins, with
   * limits of its own; after a rejection it tries again.
   */
  finish(options?: FinishOptions): Promise<DownloadResult>;
  /** Gives it up: leaves neither job nor files. */
  cancel(): Promise<void>;
}

/** `manager.restore()`. */
export async function restore(queue: JobQueue, options: RestoreOptions): Promise<RestoredDownload[]> {
  const app = checkApp(checkOptions(options, 'options', ['app']).app, 'options.app');
  const jobs = (await findJobs(queue, app)).filter(({ snapshot: { type } }) => type === null || type === 'download');
  return Promise.all(toDownloads(jobs).map((found) => restoreDownload(queue, app, found)));
}

async function restoreDownload(queue: JobQueue, app: string, found: FoundDownload): Promise<RestoredDownload> {
  const last = found.jobs.at(-1);
  const restored = new Restored(queue, app, found, last?.job.id ?? '');
  try {
    restored.paths = await finalNamesOf(found);
    if (last?.snapshot.state === 'transferred') await restored.finish();
    else if (last?.snapshot.state === 'error')
      restored.fail((await last.job.failure()) ?? new Error('the download failed'));
  } catch (error) {
    if (error instanceof BitsNotFoundError) restored.status = 'vanished';
    restored.fail(error);
  }
  return restored;
}

/** What it tells are properties of its own, so that it can be logged, sent as JSON, and cloned. */
class Restored implements RestoredDownload {
  readonly key: string | null;
  readonly jobId: string;
  paths: readonly string[] = [];
  status: RestoredStatus = 'running';
  result: DownloadResult | null = null;
  error: Error | null = null;
  readonly #queue: JobQueue;
  readonly #app: string;
  readonly #found: FoundDownload;
  /** Under way, or a success. */
  #attempt: Promise<DownloadResult> | undefined;
  /** How many wait for it. */
  #waiting = 0;
  /** Of an earlier attempt: everything is fetched, and only could not be put in place. */
  #fetched: DownloadSession | undefined;
  readonly #listeners = new Set<(progress: DownloadProgress) => void>();

  constructor(queue: JobQueue, app: string, found: FoundDownload, jobId: string) {
    this.#queue = queue;
    this.#app = app;
    this.#found = found;
    this.key = found.tag?.key ?? null;
    this.jobId = jobId;
  }

  /** For util.inspect and console.log. */
  [INSPECT](depth: number, options: InspectOptions, inspect: Inspect): string {
    return show(this[Symbol.toStringTag], Object.fromEntries(Object.entries(this)), depth, options, inspect);
  }

  get [Symbol.toStringTag](): string {
    return 'RestoredDownload';
  }

  static isOwn(value: unknown): boolean {
    return typeof value === 'object' && value !== null && #attempt in value;
  }

  async finish(options: FinishOptions = {}): Promise<DownloadResult> {
    return withCallerStack(() => this.#finish(options));
  }

  async cancel(): Promise<void> {
    await (this.#fetched ?? (await this.#resume(checkWaitLimits({})))).cancel();
    this.#fetched = undefined;
  }

  fail(error: unknown): void {
    if (this.status !== 'vanished') this.status = 'failed';
    this.error = toLibraryError(error);
  }

  async #finish(options: FinishOptions): Promise<DownloadResult> {
    const { limits, onProgress } = checkFinishOptions(options);
    const caller = new Caller(this.#queue.connection.host.clock, 'the download', limits, onProgress);
    this.#listeners.add(caller.report);
    this.#waiting++;
    try {
      return await this.#finishFor(caller, { ...limits, signal: caller.signal, timeout: Infinity });
    } finally {
      this.#waiting--;
      this.#listeners.delete(caller.report);
      caller.end();
    }
  }

  /** Joins an attempt that is under way, and goes on when the caller who began it gives up. */
  async #finishFor(caller: Caller<DownloadProgress>, limits: TransferLimits): Promise<DownloadResult> {
    for (let attempt = this.#attempt; attempt !== undefined; attempt = this.#attempt) {
      try {
        return await caller.resultOfShared(attempt);
      } catch (error) {
        if (caller.signal.aborted || !isAboutOneCaller(error)) throw error;
      }
    }
    const attempt = this.#run({ caller, limits, isShared: () => this.#waiting > 1 });
    this.#attempt = attempt;
    attempt.catch(() => {
      this.#attempt = undefined; // the next call tries again
    });
    return caller.resultOf(attempt);
  }

  async #run(attempt: Attempt): Promise<DownloadResult> {
    let session = this.#fetched;
    this.#fetched = undefined;
    try {
      session ??= await this.#resume(attempt.limits);
      const result = await session.run(attempt);
      Object.assign(this, { status: 'completed', result, error: null } satisfies Partial<Restored>);
      return result;
    } catch (error) {
      if (session?.isFetched === true) this.#fetched = session;
      if (!isAboutOneCaller(error)) this.fail(error);
      throw error;
    }
  }

  async #resume(limits: TransferLimits): Promise<DownloadSession> {
    const { serviceTimeout } = limits;
    const jobs = this.#found.jobs.map((entry) => ({ ...entry, job: entry.job.limited(serviceTimeout) }));
    const found: FoundDownload = { ...this.#found, jobs };
    const request = await requestOf(found, this.#app, limits);
    return resumeSession(this.#queue.limited(serviceTimeout), request, found, this.#listeners);
  }
}

guardMethods(Restored, (value) => Restored.isOwn(value));

function checkFinishOptions(options: FinishOptions) {
  const given = checkOptions(options, 'options', [...LIMIT_KEYS, 'onProgress']);
  if (given.onProgress !== undefined) checkFunction(given.onProgress, 'options.onProgress');
  return { limits: checkWaitLimits(given), onProgress: given.onProgress as FinishOptions['onProgress'] };
}

/** The request that the jobs of a download were made for, as far as they tell. */
async function requestOf(found: FoundDownload, app: string, limits: TransferLimits): Promise<DownloadRequest> {
  const { tag, jobs } = found;
  return {
    app,
    key: tag?.key ?? null,
    limits,
    files: await filesOfFound(found),
    names: tag?.names ?? null,
    checksum: tag?.checksum ?? null,
    displayName: jobs[0]?.snapshot.displayName ?? app,
    createFolders: false,
    allowPartial: false,
    onProgress: undefined,
    ...(await settingsOfFound(found)),
  };
}

/** What another job for the same files is to be like: the last one there is. What cannot be read is as by default. */
async function settingsOfFound({
  jobs,
}: FoundDownload): Promise<Pick<DownloadRequest, 'priority' | 'headers' | 'dynamicContent' | 'retry'>> {
  const last = jobs.at(-1);
  const known = wordsOf(JOB_PRIORITY).find((word) => word === last?.snapshot.priority);
  const read = async <T>(reading: (job: BitsJob) => Promise<T>) =>
    last === undefined ? null : reading(last.job).catch(() => null);
  const headers = await read((job) => job.getCustomHeaders());
  return {
    priority: known ?? ('foreground' satisfies JobPriority),
    headers: headers === null || headers.length === 0 ? null : headers,
    dynamicContent: (await read((job) => job.getProperty('dynamicContent'))) ?? false,
    retry: {
      minimumRetryDelay: await read((job) => job.getMinimumRetryDelay()),
      noProgressTimeout: await read((job) => job.getNoProgressTimeout()),
    },
  };
}

/** What the jobs know about the files. Of two jobs that have the same file, the later one is right. */
async function filesOfFound({ id, jobs }: FoundDownload): Promise<RequestedFile[]> {
  const files = new Map<string, RequestedFile>();
  for (const { job } of jobs) {
    const found = await Promise.all((await job.getFileSnapshots()).map((seen) => fileOf(seen, id)));
    for (const file of found) files.set(file.path.toLowerCase(), file);
  }
  return [...files.values()];
}

async function fileOf(seen: FileSnapshot, id: string): Promise<RequestedFile> {
  const ranges = await seen.file.getFileRanges().catch(() => []); // BITS 2.0 and later
  return {
    path: finalNameOf(await localNameOf(seen), id),
    urls: [await remoteNameOf(seen)],
    size: null,
    sha256: null,
    ranges: ranges.length > 0 ? ranges : null,
  };
}
