import path from 'node:path';
import { BitsEndedError, BitsStateError, BitsTransferError } from '../errors';
import type { BitsJob } from '../job';
import type { Caller } from './caller';
import { blamesSource } from './failure_cause';
import { areVerified, FileState } from './file_state';
import { changeUrls, culpritOf, filesOf, readHttpAnswers, updateProgress } from './job_files';
import type { JobQueue } from './job_queue';
import { JobSet } from './job_set';
import { cancelDownload, giveUp } from './give_up';
import type { DownloadProgress, DownloadResult } from './options';
import type { Placement } from './placement/placement';
import { toProgress, toResult } from './progress_report';
import { repair } from './repair';
import type { Defect } from './repair';
import type { DownloadRequest, TransferLimits } from './request';
import { ensureTarget, makeFolder } from './targets';
import { sizeOf, verifyByChecksum, verifyFile } from './verify';

/** For whom a session runs. */
export interface Attempt {
  readonly caller: Caller<DownloadProgress>;
  /** The caller's limits, with the caller's own signal. */
  readonly limits: TransferLimits;
  /** Whether others wait for the download, too: then this caller leaves it to them. */
  readonly isShared?: () => boolean;
}

/**
 * A download from its first job to its last file. It owns its jobs, and ends in one of three ways: the files are in place
 * and there is no job; there are neither; or the jobs are left for a later call or for `restore()`.
 */
export class DownloadSession {
  readonly #states: readonly FileState[];
  readonly #jobs: JobSet;
  #adopted = false;

  /** `listeners` are told the progress; they do not throw. */
  constructor(
    private readonly queue: JobQueue,
    private readonly request: DownloadRequest,
    id: string,
    private readonly listeners: ReadonlySet<(progress: DownloadProgress) => void>,
  ) {
    this.#states = request.files.map((file) => new FileState(file));
    this.#jobs = new JobSet(queue, request, id, this.#states);
  }

  /** Everything is verified: what is left to do is to give the files their names. */
  get isVerified(): boolean {
    return areVerified(this.#states);
  }

  /** Goes on with the jobs of an earlier process, in the order they were made. */
  async adopt(jobs: readonly BitsJob[], nextNumber: number, placement: Placement): Promise<void> {
    this.#adopted = true;
    this.#jobs.adopt(jobs, nextNumber, placement);
    for (const job of jobs) {
      // A file is in the last job that has it, unless it has arrived by an earlier one.
      for (const { state } of await filesOf(job, this.#states)) if (!state.hasArrived) state.job = job;
      await this.#updateProgress(job);
    }
  }

  /** Runs to the end. After an error it can be called again when everything is verified. */
  async run(attempt: Attempt): Promise<DownloadResult> {
    const { caller, limits } = attempt;
    try {
      if (!this.isVerified) {
        await (this.#adopted ? this.#resume() : this.#start(caller));
        await this.#fetch(limits);
      }
      await this.#publish(limits.signal);
    } catch (error) {
      const isPublished = await this.#isPublishedByAnother(error, limits.signal).catch(() => false);
      if (!isPublished)
        throw await giveUp(error, this.#states, this.#jobs, { ...attempt, isFindable: this.#isFindable });
    }
    return toResult(this.#states, {
      elapsed: caller.elapsed,
      adopted: this.#adopted,
      jobId: this.#jobs.latestId,
    });
  }

  /** Leaves neither jobs nor files. Rejects when a job could not be cancelled; calling it again tries those again. */
  async cancel(): Promise<void> {
    await cancelDownload(this.#states, this.#jobs);
  }

  /** Whether a later call can find the jobs: by the key, or by `restore()`, which found them before. */
  get #isFindable(): boolean {
    return this.request.key !== null || this.#adopted;
  }

  async #start(caller: Caller<DownloadProgress>): Promise<void> {
    const { disk } = this.queue.connection.host;
    const names = this.request.files.map((file) => file.path);
    if (this.request.createFolders) {
      for (const folder of new Set(names.map((name) => path.win32.dirname(name)))) await makeFolder(disk, folder);
    }
    for (const name of names) await ensureTarget(disk, name);
    caller.throwIfAborted();
    await this.#jobs.add(this.#states);
  }

  /** Sets adopted jobs going: they may be suspended or in error, or fetch from a URL that is not wanted any more. */
  async #resume(): Promise<void> {
    const missing = this.#states.filter(({ isWaiting }) => isWaiting);
    if (missing.length === 0) return;
    const { active } = this.#jobs;
    const isByActiveJob = active !== undefined && missing.every(({ job }) => job === active);
    if (!isByActiveJob || !(await useRequestedUrls(active, missing))) {
      await this.#jobs.moveToNewJob(missing);
      return;
    }
    await active.resume().catch((error: unknown) => {
      if (!(error instanceof BitsStateError)) throw error; // else it has been transferred in the meantime
    });
  }

  /** Until everything has arrived and is verified. */
  async #fetch(limits: TransferLimits): Promise<void> {
    for (;;) {
      await this.#transfer(limits);
      await readHttpAnswers(this.#jobs.all, this.#states);
      const defects = await this.#verify(limits.signal);
      if (defects.length === 0) return;
      await this.#repair(defects);
    }
  }

  /** Until everything has arrived. */
  async #transfer(limits: TransferLimits): Promise<void> {
    for (let job = this.#jobs.active; job !== undefined; job = this.#jobs.active) {
      const error = await this.#waitFor(job, limits);
      await this.#updateProgress(job);
      if (error === null) {
        for (const state of this.#states) if (state.job === job) state.markArrived();
        return;
      }
      const state = culpritOf(error, job, this.#states);
      if (state === undefined) throw error;
      await this.#repair([{ state, error }]);
      if (!this.#states.some(({ isWaiting }) => isWaiting)) return; // what was missing is given up
    }
  }

  /** Waits until a job is transferred; resolves with the error that it failed with, or null. */
  async #waitFor(job: BitsJob, limits: TransferLimits): Promise<BitsTransferError | null> {
    try {
      await job.waitWith({
        ...limits,
        onAbort: 'detach',
        until: new Set(['transferred']),
        onLook: (snapshot) => {
          if (this.listeners.size === 0) return;
          const progress = toProgress(job, snapshot, this.#states);
          for (const listener of [...this.listeners]) listener(progress);
        },
        giveUp: (error) => blamesSource(error) && culpritOf(error, job, this.#states)?.hasMirror === true,
      });
      return null;
    } catch (error) {
      if (error instanceof BitsTransferError) return error;
      throw error;
    }
  }

  async #updateProgress(job: BitsJob): Promise<void> {
    await updateProgress(job, this.#states, this.#jobs.placement.comparesLengths && !this.request.dynamicContent);
  }

  async #repair(defects: readonly Defect[]): Promise<void> {
    await repair(defects, this.#jobs, this.#states, this.request);
  }

  /** Resolves with files that are not what they should be. Those that are right need not be verified again. */
  async #verify(signal: AbortSignal | undefined): Promise<Defect[]> {
    const states = this.#states.filter(({ hasFailed, isVerified }) => !hasFailed && !isVerified);
    const wrongLengths = states.flatMap((state) =>
      state.lengthError === null ? [] : [{ state, error: state.lengthError }],
    );
    if (wrongLengths.length > 0) return wrongLengths;

    const { disk } = this.queue.connection.host;
    const checksum = this.#onlyChecksum;
    const located = await this.#jobs.placement.locate(this.#jobs, states, { all: checksum !== null, signal });
    if (checksum !== null) {
      const files = states.map((state) => ({ at: located.get(state) ?? state.localName, path: state.file.path }));
      const error = await verifyByChecksum(disk, checksum, files, signal);
      if (error !== null) throw error; // nobody knows which file is wrong, nor where else to get it
    }
    const defects: Defect[] = [];
    for (const state of states) {
      const at = located.get(state);
      const error = at === undefined ? null : await verifyFile(disk, at, state.file, signal);
      if (error === null) state.markVerified();
      else defects.push({ state, error });
    }
    return defects;
  }

  /** The checksum of a restored download, of whose files nothing else is known. */
  get #onlyChecksum(): string | null {
    const isKnown = this.request.files.some((file) => file.size !== null || file.sha256 !== null);
    return isKnown ? null : this.request.checksum;
  }

  async #publish(signal: AbortSignal | undefined): Promise<void> {
    await this.#jobs.placement.publish(this.#jobs, this.#states, signal);
    for (const state of this.#states) if (!state.hasFailed) await this.#measure(state);
  }

  async #measure(state: FileState): Promise<void> {
    const { disk } = this.queue.connection.host;
    const { path: name } = state.file;
    const error = await verifyFile(disk, name, { path: name, size: null, sha256: null });
    if (error !== null) throw error;
    state.noteSize((await sizeOf(disk, name)) ?? 0);
  }

  /**
   * Whether somebody else, such as another process with the same key, has completed the job. Then the files are in place
   * soon, and the download is a success.
   */
  async #isPublishedByAnother(error: unknown, signal: AbortSignal | undefined): Promise<boolean> {
    const state = error instanceof BitsEndedError || error instanceof BitsStateError ? error.state : undefined;
    if (state !== 'acknowledged') return false;
    await this.#jobs.placement.waitUntilPublished(this.#states, signal);
    for (const each of this.#states) {
      if ((await verifyFile(this.queue.connection.host.disk, each.file.path, each.file, signal)) !== null) return false;
      await this.#measure(each);
    }
    for (const each of this.#states) if (!each.hasFailed) each.markPublished();
    this.#adopted = true;
    await this.cancel().catch(() => undefined); // jobs that the other process has ended are gone
    return true;
  }
}

/** False where the job would have to fetch from other URLs, and BITS cannot change them. */
async function useRequestedUrls(job: BitsJob, states: readonly FileState[]): Promise<boolean> {
  for (const { state, file } of await filesOf(job, states)) {
    if (state.useSource(await file.getRemoteName())) continue;
    if (!(await changeUrls(job, [state]))) return false;
  }
  return true;
}
