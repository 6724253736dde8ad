import type { Connection } from '../bits/connection';
import type { JobHandle } from '../contract/addon';
import type { ExplainedJob } from '../explain/explained_job';
import type { Clock, Timer } from '../host';
import { Looks } from './looks';
import type { WatchProfile } from './poll_intervals';
import { Watcher } from './watcher';
import type { WatcherRegistry } from './watcher';

/**
 * The watchers of one connection: one for each job that is being watched. They share a timer: when a poll is due, those
 * that are due soon are made with it, so that many jobs soon are polled together, by one call to the addon.
 */
export class Watchers implements WatcherRegistry {
  readonly looks: Looks;
  readonly #byJob = new Map<string, Watcher>();
  readonly #clock: Clock;
  #profile: WatchProfile = 'attended';
  #timer: Timer | undefined;
  /** When the timer is over, by the clock; Infinity: there is none. */
  #timerAt = Infinity;

  constructor(connection: Connection) {
    this.looks = new Looks(connection);
    this.#clock = connection.host.clock;
  }

  get profile(): WatchProfile {
    return this.#profile;
  }

  set profile(profile: WatchProfile) {
    this.#profile = profile;
    for (const watcher of this.#byJob.values()) watcher.resetInterval();
  }

  /** The job's watcher, shared by all BitsJob objects of the job. Created if there is none. */
  of(job: ExplainedJob, handle: JobHandle): Watcher {
    const known = this.#byJob.get(job.id);
    if (known !== undefined) return known;
    const watcher = new Watcher(job, handle, this);
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

  plan(dueAt: number): void {
    if (dueAt < this.#timerAt) this.#wait(dueAt);
  }

  replan(): void {
    const next = this.#nextDueAt();
    if (next !== this.#timerAt) this.#wait(next);
  }

  updateRef(): void {
    if ([...this.#byJob.values()].some(({ ref }) => ref)) this.#timer?.ref();
    else this.#timer?.unref();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byJob.values()].map((watcher) => watcher.close()));
  }

  #wait(until: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = until;
    if (until === Infinity) return;
    this.#timer = this.#clock.after(Math.max(0, until - this.#clock.now()), () => this.#pollDue());
    this.updateRef();
  }

  #pollDue(): void {
    this.#timer = undefined;
    this.#timerAt = Infinity;
    const now = this.#clock.now();
    if (this.#nextDueAt() <= now) {
      for (const watcher of [...this.#byJob.values()]) if (watcher.mayBeAt <= now) watcher.poll();
    }
    this.replan();
  }

  #nextDueAt(): number {
    let next = Infinity;
    for (const { dueAt } of this.#byJob.values()) next = Math.min(next, dueAt);
    return next;
  }
}
