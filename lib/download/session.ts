import path from 'node:path';
import { BitsStateError, BitsTransferError } from '../errors';
import type { BitsJob } from '../job';
import { eachOf } from '../util/each_of';
import { findDefects } from './defects';
import { isFaultOfSource } from './failure_cause';
import { areVerified, FileState } from './file_state';
import { cancelDownload, giveUp } from './give_up';
import type { Attempt } from './give_up';
import { culpritOf, filesOf, noteProgress, readHttpAnswers, useRequestedUrls } from './job_files';
import type { JobQueue } from './job_queue';
import { JobSet } from './job_set';
import type { OngoingDownload } from './ongoing_download';
import type { DownloadProgress, DownloadResult } from './options';
import type { Placement } from './placement/placement';
import { toProgress, toResult } from './progress_report';
import { isPublishedByAnother, publish } from './publish';
import { repair } from './repair';
import type { DownloadRequest, TransferLimits } from './request';
import { ensureTargets, makeFolder } from './targets';

/**
 * A download from its first job to its last file. It owns its jobs, and ends in one of three ways: the files are in place
 * and there is no job; there are neither; or the jobs are left for a later call or for `restore()`.
 */
export class DownloadSession {
  readonly #download: OngoingDownload;
  #adopted = false;
  #fetched = false;

  /** `listeners` are told the progress; they do not throw. */
  constructor(
    queue: JobQueue,
    request: DownloadRequest,
    id: string,
    private readonly listeners: ReadonlySet<(progress: DownloadProgress) => void>,
  ) {
    const states = request.files.map((file) => new FileState(file));
    const jobs = new JobSet(queue, request, id, states);
    this.#download = { request, states, jobs, host: queue.connection.host };
  }

  /**
   * Everything is fetched and verified: what is left to do is to give the files their names. Verified files alone do not
   * tell: a job that is not needed any more may still have to be cancelled.
   */
  get isFetched(): boolean {
    return this.#fetched && areVerified(this.#download.states);
  }

  /** Goes on with the jobs of an earlier process, in the order they were made. */
  async adopt(adopted: readonly BitsJob[], nextNumber: number, placement: Placement): Promise<void> {
    const { jobs, states } = this.#download;
    this.#adopted = true;
    jobs.adopt(adopted, nextNumber, placement);
    for (const job of adopted) {
      const files = await filesOf(job, states);
      // A file is in the last job that has it, unless it has arrived by an earlier one.
      for (const { state } of files) if (!state.hasArrived) state.job = job;
      await noteProgress(job, files, this.#comparesLengths);
    }
  }

  /** Runs to the end. After an error it can be called again when everything is fetched. */
  async run(attempt: Attempt): Promise<DownloadResult> {
    const { jobs, states } = this.#download;
    const { caller, limits } = attempt;
    try {
      if (!this.isFetched) {
        await (this.#adopted ? this.#resume() : this.#start(limits.signal));
        await this.#fetch(limits);
        this.#fetched = true;
      }
      await publish(this.#download, limits.signal);
    } catch (error) {
      await this.#recover(error, attempt);
    }
    return toResult(states, { elapsed: caller.elapsed, adopted: this.#adopted, jobId: jobs.latestId });
  }

  /** Leaves neither jobs nor files. Rejects when a job could not be cancelled; calling it again tries those again. */
  async cancel(): Promise<void> {
    await cancelDownload(this.#download);
  }

  /** Makes the first job. */
  async #start(signal: AbortSignal | undefined): Promise<void> {
    const { request, jobs, states, host } = this.#download;
    const names = request.files.map((file) => file.path);
    if (request.createFolders) {
      const folders = [...new Set(names.map((name) => path.win32.dirname(name)))];
      await eachOf(folders, (folder) => makeFolder(host.disk, folder), signal);
    }
    await ensureTargets(host.disk, names, signal);
    signal?.throwIfAborted();
    await jobs.add(states);
  }

  /** Sets adopted jobs going: they may be suspended or in error, or fetch from a URL that is not wanted any more. */
  async #resume(): Promise<void> {
    const { jobs, states } = this.#download;
    const { active } = jobs;
    const missing = states.filter(({ isWaiting }) => isWaiting);
    if (missing.length === 0) return;
    const isByActiveJob = active !== undefined && missing.every(({ job }) => job === active);
    if (!isByActiveJob || !(await useRequestedUrls(active, missing))) {
      await jobs.moveToNewJob(missing);
      return;
    }
    await active.resume().catch((error: unknown) => {
      if (!(error instanceof BitsStateError)) throw error; // else it has been transferred in the meantime
    });
  }

  /** Until everything has arrived and is verified. */
  async #fetch(limits: TransferLimits): Promise<void> {
    const { jobs, states } = this.#download;
    for (;;) {
      await this.#transfer(limits);
      await readHttpAnswers(jobs.all, states);
      const defects = await findDefects(this.#download, limits.signal);
      if (defects.length === 0) return;
      await repair(this.#download, defects);
    }
  }

  /** Until everything has arrived, or is given up. */
  async #transfer(limits: TransferLimits): Promise<void> {
    const { jobs, states } = this.#download;
    for (let job = jobs.active; job !== undefined && isOwed(job, states); job = jobs.active) {
      const error = await this.#waitFor(job, limits);
      const own = states.filter((state) => state.job === job);
      if (error !== null || jobs.placement.needsLook(own)) {
        await noteProgress(job, await filesOf(job, own), this.#comparesLengths);
      }
      if (error === null) {
        for (const state of own) state.markArrived();
        return;
      }
      const state = culpritOf(error, job, states);
      if (state === undefined) throw error;
      await repair(this.#download, [{ state, error }]);
      if (!states.some(({ isWaiting }) => isWaiting)) return;
    }
  }

  /** Waits until a job is transferred; resolves with the error that it failed with, or null. */
  async #waitFor(job: BitsJob, limits: TransferLimits): Promise<BitsTransferError | null> {
    const { states } = this.#download;
    try {
      await job.waitWith({
        ...limits,
        onAbort: 'detach',
        until: new Set(['transferred']),
        onSnapshot: (snapshot) => {
          if (this.listeners.size === 0) return;
          const progress = toProgress(job, snapshot, states);
          for (const listener of [...this.listeners]) listener(progress);
        },
        giveUp: (error) => isFaultOfSource(error) && culpritOf(error, job, states)?.hasMirror === true,
      });
      return null;
    } catch (error) {
      if (error instanceof BitsTransferError) return error;
      throw error;
    }
  }

  get #comparesLengths(): boolean {
    const { request, jobs } = this.#download;
    return jobs.placement.comparesLengths && !request.dynamicContent;
  }

  /** Returns when the download is a success all the same; otherwise ends it, and throws the error to tell. */
  async #recover(error: unknown, attempt: Attempt): Promise<void> {
    const { request } = this.#download;
    if (await isPublishedByAnother(this.#download, error, attempt.limits.signal).catch(() => false)) {
      this.#adopted = true;
      await this.cancel().catch(() => undefined); // jobs that the other process has ended are gone
      return;
    }
    // A later call finds the jobs by the key, and restore() finds those again that it has found before.
    const isFindable = request.key !== null || this.#adopted;
    throw await giveUp(this.#download, attempt, error, { isFindable, isFetched: this.isFetched });
  }
}

/** Whether a job has a file that is not verified yet. One that has none left may be suspended, and never be transferred. */
function isOwed(job: BitsJob, states: readonly FileState[]): boolean {
  return states.some((state) => state.job === job && !state.isVerified && !state.hasFailed);
}
