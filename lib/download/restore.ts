import type { InspectOptions } from 'node:util';
import { checkFunction, checkOptions } from '../arguments/checks';
import { JOB_PRIORITY, wordsOf } from '../contract/enums';
import type { JobPriority } from '../contract/enums';
import { BitsNotFoundError, calledFrom, toOwnError } from '../errors';
import { guard } from '../errors/api_boundary';
import { INSPECT, show } from '../util/inspect';
import type { Inspect } from '../util/inspect';
import type { BitsJob } from '../job';
import type { JobQueue } from './job_queue';
import { LIMIT_KEYS, checkLimits } from '../watch/options';
import type { WaitLimits } from '../watch/options';
import { Caller } from './caller';
import { adoptGroup, finalNames } from './download';
import { findJobs, toGroups } from './found_downloads';
import type { Group } from './found_downloads';
import { sideSuffix } from './file_state';
import { checkOwner } from './job_tag';
import type { Plan, PlannedFile } from './request';
import { isOneCallers } from './shared_downloads';
import { Transfer } from './session';
import type { Run } from './session';
import type { DownloadProgress, DownloadResult } from './options';

/** Whose downloads to restore. */
export interface RestoreOptions {
  /** As in `download()`. */
  readonly owner?: string | undefined;
}

/** How to finish a restored download; as in `download()` with a key: after a limit the job is kept. */
export interface FinishOptions extends WaitLimits {
  /** Called with what is known, whenever it has changed. What it throws gives up as `signal` does. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/**
 * A download of an earlier process. `structuredClone()` and JSON give what it tells, without the methods; an `error` in
 * it becomes a BitsError again with `BitsError.from()`.
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
  readonly status: 'completed' | 'running' | 'failed' | 'vanished';
  /** Of one that is completed. */
  readonly result: DownloadResult | null;
  /** Of one that failed. */
  readonly error: Error | null;
  /**
   * Goes on to the end as `download()` does, resuming the job if need be. Where another job has to be made for files that
   * are missing, it has the priority, headers, retry times and dynamic content of the job that is there; headers that
   * nobody can read back (see the guide to downloading) are not sent by it. Called again while it runs, it joins, with
   * limits of its own; after a rejection it tries again.
   */
  finish(options?: FinishOptions): Promise<DownloadResult>;
  /** Gives it up: no job, no files. */
  cancel(): Promise<void>;
}

/** `manager.restore()`. */
export async function restoreThrough(bits: JobQueue, options: RestoreOptions): Promise<RestoredDownload[]> {
  const owner = checkOwner(checkOptions(options, 'options', ['owner']).owner, 'options.owner');
  const jobs = (await findJobs(bits, owner)).filter(({ snapshot: { type } }) => type === null || type === 'download');
  return Promise.all(toGroups(jobs).map((group) => restoreGroup(bits, owner, group)));
}

async function restoreGroup(bits: JobQueue, owner: string, group: Group): Promise<RestoredDownload> {
  const last = group.parts.at(-1);
  const restored = new Restored(bits, owner, group, last?.job.id ?? '');
  try {
    restored.paths = await finalNames(group);
    if (last?.snapshot.state === 'transferred') await restored.finish();
    else if (last?.snapshot.state === 'error')
      restored.fail((await last.job.failure()) ?? new Error('the download failed'));
  } catch (error) {
    if (error instanceof BitsNotFoundError) restored.status = 'vanished';
    restored.fail(error);
  }
  return restored;
}

/** What it has to tell are properties of its own, so that it can be logged, sent as JSON, and cloned. */
class Restored implements RestoredDownload {
  readonly key: string | null;
  readonly jobId: string;
  paths: readonly string[] = [];
  status: RestoredDownload['status'] = 'running';
  result: DownloadResult | null = null;
  error: Error | null = null;
  readonly #bits: JobQueue;
  readonly #owner: string;
  readonly #group: Group;
  /** Under way, or a success. */
  #attempt: Promise<DownloadResult> | undefined;
  /** How many wait for it. */
  #waiting = 0;
  /** Everything has arrived and is verified, and only could not be put in place. */
  #verified: Transfer | undefined;
  readonly #listeners = new Set<(progress: DownloadProgress) => void>();

  constructor(bits: JobQueue, owner: string, group: Group, jobId: string) {
    this.#bits = bits;
    this.#owner = owner;
    this.#group = group;
    this.key = group.key;
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
    return calledFrom(() => this.#finish(options));
  }

  async cancel(): Promise<void> {
    await (this.#verified ?? (await this.#transfer(checkLimits({})))).cancel();
    this.#verified = undefined;
  }

  fail(error: unknown): void {
    if (this.status !== 'vanished') this.status = 'failed';
    this.error = toOwnError(error);
  }

  async #finish(options: FinishOptions): Promise<DownloadResult> {
    const given = checkOptions(options, 'options', [...LIMIT_KEYS, 'onProgress']);
    if (given.onProgress !== undefined) checkFunction(given.onProgress, 'options.onProgress');
    const limits = checkLimits(given);
    const caller = new Caller('the download', limits, given.onProgress as FinishOptions['onProgress']);
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

  /** Joins an attempt that is under way, and goes on where another caller gives it up. */
  async #finishFor(caller: Caller<DownloadProgress>, patience: Plan['patience']): Promise<DownloadResult> {
    for (let attempt = this.#attempt; attempt !== undefined; attempt = this.#attempt) {
      try {
        return await caller.join(attempt);
      } catch (error) {
        if (caller.signal.aborted || !isOneCallers(error)) throw error;
      }
    }
    const attempt = this.#goOn({ caller, patience, shared: () => this.#waiting > 1 });
    this.#attempt = attempt;
    attempt.catch(() => {
      this.#attempt = undefined;
    }); // the next one tries again
    return caller.settle(attempt);
  }

  async #goOn(run: Run): Promise<DownloadResult> {
    let transfer = this.#verified;
    this.#verified = undefined;
    try {
      transfer ??= await this.#transfer(run.patience);
      const result = await transfer.run(run);
      Object.assign(this, { status: 'completed', result, error: null } satisfies Partial<Restored>);
      return result;
    } catch (error) {
      if (transfer?.verified === true) this.#verified = transfer;
      if (!isOneCallers(error)) this.fail(error);
      throw error;
    }
  }

  async #transfer(patience: Plan['patience']): Promise<Transfer> {
    const owner = this.#owner;
    const bits = this.#bits.limited(patience.serviceTimeout);
    const parts = this.#group.parts.map((part) => ({ ...part, job: part.job.limited(patience.serviceTimeout) }));
    const group: Group = { ...this.#group, parts };
    const plan: Plan = {
      owner,
      key: group.key,
      patience,
      files: await plannedFiles(group),
      set: group.set,
      check: group.check,
      name: group.parts[0]?.snapshot.displayName ?? owner,
      createFolders: false,
      allowPartial: false,
      onProgress: undefined,
      ...(await settingsOf(group)),
    };
    const transfer = new Transfer(bits, plan, group.id, this.#listeners);
    await adoptGroup(transfer, group);
    return transfer;
  }
}

guard(Restored, (value) => Restored.isOwn(value));

/** What another job for the same files is to be like: the last one there is. What cannot be read is as by default. */
async function settingsOf({ parts }: Group): Promise<Pick<Plan, 'priority' | 'headers' | 'dynamicContent' | 'retry'>> {
  const last = parts.at(-1);
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

/** What the jobs know about the files; the later job of two that have the same file is the one to believe. */
async function plannedFiles(group: Group): Promise<PlannedFile[]> {
  const suffix = sideSuffix(group.id);
  const files = new Map<string, PlannedFile>();
  for (const { job } of group.parts) {
    for (const file of await job.getFiles()) {
      const local = await file.getLocalName();
      const path = local.endsWith(suffix) ? local.slice(0, -suffix.length) : local;
      const ranges = await file.getFileRanges().catch(() => []); // BITS 2.0 and later
      files.set(path.toLowerCase(), {
        path,
        urls: [await file.getRemoteName()],
        size: null,
        sha256: null,
        ranges: ranges.length > 0 ? ranges : null,
      });
    }
  }
  return [...files.values()];
}
