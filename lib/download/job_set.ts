import type { BitsJob } from '../job';
import { cancelJob, cancelJobIfThere, cancelJobQuietly } from './cancel_job';
import type { FileState } from './file_state';
import { createDownloadJob } from './new_job';
import type { JobQueue } from './job_queue';
import { actualPlacement, expectedPlacement } from './placement/choice';
import type { PlacedJobs, Placement } from './placement/placement';
import { completeJob } from './publish_file';
import type { DownloadRequest } from './request';

/**
 * The jobs of a download, in the order they were made. Usually there is one. Where BITS cannot change the URL of a file, or
 * a file is given up, another job is made for the files that are missing. The jobs before it stay, with what they have,
 * until all are completed. Only the last one transfers.
 */
export class JobSet implements PlacedJobs {
  #jobs: BitsJob[] = [];
  /** The number that the next job gets. */
  #nextNumber = 0;
  #latestId = '';
  #placement: Placement;
  #placementIsKnown = false;

  constructor(
    private readonly queue: JobQueue,
    private readonly request: DownloadRequest,
    /** Of the download. */
    private readonly id: string,
    private readonly states: readonly FileState[],
  ) {
    this.#placement = expectedPlacement(queue.connection, id);
  }

  get placement(): Placement {
    return this.#placement;
  }

  /** The jobs that have not ended. */
  get all(): readonly BitsJob[] {
    return this.#jobs;
  }

  /** The job that transfers. */
  get active(): BitsJob | undefined {
    return this.#jobs.at(-1);
  }

  /** Id of the job that was made last, also when it has ended; '' before there is any. */
  get latestId(): string {
    return this.#latestId;
  }

  /** Takes over the jobs of an earlier process, whose files are placed like this. */
  adopt(jobs: readonly BitsJob[], nextNumber: number, placement: Placement): void {
    this.#use(placement);
    this.#placementIsKnown = true;
    this.#jobs = [...jobs];
    this.#nextNumber = nextNumber;
    this.#latestId = jobs.at(-1)?.id ?? '';
  }

  /** Makes a job for these files, and sets it going. */
  async add(states: readonly FileState[]): Promise<void> {
    const job = await this.#create(states);
    this.#nextNumber++;
    this.#latestId = job.id;
    this.#jobs.push(job);
    for (const state of states) state.job = job;
    try {
      await job.resume();
    } catch (error) {
      this.#jobs.pop();
      await cancelJobQuietly(job);
      throw error;
    }
  }

  /** Moves files to a new job. The one before keeps what it has, and does not go on with what it has not. */
  async moveToNewJob(states: readonly FileState[]): Promise<void> {
    const former = this.active;
    await this.add(states);
    await this.cancelUnneeded();
    if (former !== undefined && this.#jobs.includes(former)) await former.suspend().catch(() => undefined);
  }

  /** Cancels jobs that have no file that is still wanted. */
  async cancelUnneeded(): Promise<void> {
    for (const job of [...this.#jobs]) {
      if (this.states.some((state) => state.job === job && !state.hasFailed)) continue;
      this.#jobs.splice(this.#jobs.indexOf(job), 1);
      await cancelJob(job);
    }
  }

  async completeAll(completed: (state: FileState) => void, signal: AbortSignal | undefined): Promise<void> {
    for (let job = this.#jobs[0]; job !== undefined; job = this.#jobs[0]) {
      const own = this.states.filter((state) => state.job === job);
      await completeJob(
        job,
        own.map(({ localName }) => localName),
        signal,
      );
      this.#jobs.shift();
      for (const state of own) if (state.hasArrived) completed(state);
    }
  }

  /** Rejects when a job could not be cancelled; calling it again tries those again. */
  async cancelAll(): Promise<void> {
    const jobs = this.#jobs.splice(0);
    const outcomes = await Promise.allSettled(jobs.map(cancelJobIfThere));
    this.#jobs = jobs.filter((_, i) => outcomes[i]?.status === 'rejected');
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /**
   * Makes a job that is not resumed yet. The first one tells which placement the service needs; when the expected one was
   * wrong, another job takes its place.
   */
  async #create(states: readonly FileState[]): Promise<BitsJob> {
    if (this.#placementIsKnown) return this.#createAsPlaced(states);
    this.#use(expectedPlacement(this.queue.connection, this.id));
    const job = await this.#createAsPlaced(states);
    const placement = await this.#placementFor(job);
    this.#placementIsKnown = true;
    if (placement === this.#placement) return job;
    await cancelJob(job);
    this.#use(placement);
    return this.#createAsPlaced(states);
  }

  async #placementFor(job: BitsJob): Promise<Placement> {
    try {
      return await actualPlacement(this.queue.connection, this.id, this.#placement, job);
    } catch (error) {
      await cancelJobQuietly(job);
      throw error;
    }
  }

  #createAsPlaced(states: readonly FileState[]): Promise<BitsJob> {
    const { app, key, names, checksum } = this.request;
    const made = this.queue.connection.host.clock.date();
    const { staging } = this.#placement;
    const tag = { app, key, id: this.id, number: this.#nextNumber, made, staging, names, checksum };
    return createDownloadJob(this.queue, this.request, tag, states);
  }

  #use(placement: Placement): void {
    this.#placement = placement;
    for (const state of this.states) state.localName = placement.localNameOf(state.file.path);
  }
}
