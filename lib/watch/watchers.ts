import type { ExplainedJob } from '../explain/explained_job';
import type { WatchProfile } from './poll_intervals';
import { Watcher } from './watcher';
import type { WatcherRegistry } from './watcher';

/** The watchers of one connection: one for each job that is being watched. */
export class Watchers implements WatcherRegistry {
  readonly #byJob = new Map<string, Watcher>();
  #profile: WatchProfile = 'attended';

  get profile(): WatchProfile {
    return this.#profile;
  }

  set profile(profile: WatchProfile) {
    this.#profile = profile;
    for (const watcher of this.#byJob.values()) watcher.resetInterval();
  }

  /** The job's watcher, shared by all BitsJob objects of the job. Created if there is none. */
  of(job: ExplainedJob): Watcher {
    const known = this.#byJob.get(job.id);
    if (known !== undefined) return known;
    const watcher = new Watcher(job, this);
    this.#byJob.set(job.id, watcher);
    return watcher;
  }

  /** The watcher of the job, if there is one. */
  find(jobId: string): Watcher | undefined {
    return this.#byJob.get(jobId);
  }

  remove(jobId: string, watcher: Watcher): void {
    if (this.#byJob.get(jobId) === watcher) this.#byJob.delete(jobId);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byJob.values()].map((watcher) => watcher.close()));
  }
}
