import type { InspectOptions } from 'node:util';
import { checkFunction, checkOptions } from '../check';
import { BitsNotFoundError, calledFrom } from '../errors';
import { INSPECT, show } from '../inspect';
import type { Inspect } from '../inspect';
import type { BitsManager } from '../manager';
import { LIMIT_KEYS, checkLimits } from '../watch/options';
import type { WaitLimits } from '../watch/options';
import { finalNames, hasSideNames } from './download';
import { findJobs, toGroups } from './groups';
import type { Group } from './groups';
import { sideSuffix } from './item';
import { checkOwner } from './owner';
import type { Plan, PlannedFile } from './plan';
import { Transfer } from './transfer';
import type { DownloadProgress, DownloadResult } from './types';

/** Whose downloads to restore. */
export interface RestoreOptions {
  /** As in `download()`. */
  readonly owner?: string | undefined;
}

/** How to finish a restored download; as in `download()`. */
export interface FinishOptions extends WaitLimits {
  /** Called with what is known, whenever it has changed. */
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
   * 'completed': it was ready, and has been verified and put in place just now. 'running': it is on its way, or was
   * suspended; `finish()` waits for it. 'failed': `error` says why; `finish()` tries again, unless what arrived was
   * wrong. 'vanished': somebody ended it just now.
   */
  readonly status: 'completed' | 'running' | 'failed' | 'vanished';
  /** Of one that is completed. */
  readonly result: DownloadResult | null;
  /** Of one that failed. */
  readonly error: Error | null;
  /** Goes on to the end as `download()` does, resuming the job if need be. Called again, it has the same outcome. */
  finish(options?: FinishOptions): Promise<DownloadResult>;
  /** Gives it up: no job, no files. */
  cancel(): Promise<void>;
}

/** `manager.restore()`. */
export async function restoreThrough(bits: BitsManager, options: RestoreOptions): Promise<RestoredDownload[]> {
  const owner = checkOwner(checkOptions(options, 'options', ['owner']).owner, 'options.owner');
  const jobs = (await findJobs(bits, owner)).filter(({ snapshot: { type } }) => type === null || type === 'download');
  return Promise.all(toGroups(jobs).map((group) => restoreGroup(bits, owner, group)));
}

async function restoreGroup(bits: BitsManager, owner: string, group: Group): Promise<RestoredDownload> {
  const last = group.parts.at(-1);
  const restored = new Restored(bits, owner, group, last?.job.id ?? '');
  try {
    restored.paths = await finalNames(group);
    if (last?.snapshot.state === 'transferred') await restored.complete();
    else if (last?.snapshot.state === 'error') restored.fail(await last.job.failure() ?? new Error('the download failed'));
  } catch (error) {
    if (error instanceof BitsNotFoundError) restored.status = 'vanished';
    restored.fail(error as Error);
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
  readonly #bits: BitsManager;
  readonly #owner: string;
  readonly #group: Group;
  #finished: Promise<DownloadResult> | undefined;

  constructor(bits: BitsManager, owner: string, group: Group, jobId: string) {
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

  finish(options: FinishOptions = {}): Promise<DownloadResult> {
    return calledFrom(() => (this.#finished ??= this.#run(options)));
  }

  async cancel(): Promise<void> {
    await (await this.#transfer(checkLimits({}))).cancel();
  }

  /** Everything has arrived: verifies and puts in place. */
  async complete(): Promise<void> {
    this.#finished = this.#run({});
    this.result = await this.#finished;
    this.status = 'completed';
  }

  fail(error: Error): void {
    if (this.status !== 'vanished') this.status = 'failed';
    this.error = error;
  }

  async #run(options: FinishOptions): Promise<DownloadResult> {
    const given = checkOptions(options, 'options', [...LIMIT_KEYS, 'onProgress']);
    const { onProgress } = given;
    if (onProgress !== undefined) checkFunction(onProgress, 'options.onProgress');
    const transfer = await this.#transfer(checkLimits(given));
    if (onProgress !== undefined) transfer.listeners.add(onProgress as (progress: DownloadProgress) => void);
    return transfer.run();
  }

  async #transfer(patience: Plan['patience']): Promise<Transfer> {
    const [group, bits, owner] = [this.#group, this.#bits, this.#owner];
    const plan: Plan = {
      owner, key: group.key, patience, files: await plannedFiles(group), check: group.check,
      name: group.parts[0]?.snapshot.displayName ?? owner, priority: 'foreground', headers: null, createFolders: false,
      allowPartial: false, onProgress: undefined,
    };
    const transfer = new Transfer(bits, plan, group.id, await hasSideNames(group));
    await transfer.adopt(group.parts.map(({ job }) => job), (group.parts.at(-1)?.tag.part ?? 0) + 1);
    return transfer;
  }
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
        path, urls: [await file.getRemoteName()], size: null, sha256: null, ranges: ranges.length > 0 ? ranges : null,
      });
    }
  }
  return [...files.values()];
}
