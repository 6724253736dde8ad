import type { NotifyFlag } from '../contract/enums';
import { BitsAccessError, BitsClosedError, BitsError, BitsNotFoundError, transferError } from '../errors';
import type { BitsTransferError } from '../errors';
import { CODES } from '../errors/codes';
import { noAnswerError } from '../errors/no_answer';
import type { Notice, NotifyCallbacks } from '../bits/job/copy_job';
import { toJobSnapshot } from '../explain/explained_job';
import type { ExplainedJob, JobSnapshot } from '../explain/explained_job';
import type { JobHandle } from '../contract/addon';
import type { Clock, Timer } from '../host';
import { MIN_CALL_LIMIT, MAX_TIMER } from '../util/limits';
import { MIN_POLL_GAP, POLL_INTERVALS } from './poll_intervals';
import { CallbackRegistration } from './callback_registration';
import type { CallbackOwner } from './callback_registration';
import type { Found, LookedAt, Looks } from './looks';
import { isDifferent, Meter, toWatchSnapshot } from './snapshot';
import type { WatchSnapshot } from './snapshot';

/** What a poll found. */
export interface Observation {
  /** The number of the poll. Polls are counted as they begin. */
  readonly number: number;
  readonly snapshot: WatchSnapshot;
  /** The snapshot before; null at the first. */
  readonly previous: WatchSnapshot | null;
  /** Anything is different, or BITS reported a change. */
  readonly changed: boolean;
}

/** Receives the observations of a watcher: listeners, a stream or a wait. */
export interface Follower {
  /** Whether it keeps the process alive while it follows. */
  readonly ref: boolean;
  /** The events it wants callbacks for, besides jobTransferred and jobError. */
  readonly flags: readonly NotifyFlag[];
  /** Whether it wants an observation of every poll; otherwise, those that find nothing new are left out. */
  readonly everyPoll?: boolean;
  /** How long the service may not answer before `failed()` matters to it, in milliseconds. */
  readonly serviceTimeout: number;
  observed(observation: Observation): void;
  /** Polls have failed for `since` milliseconds. `final`: the watcher has ended, and there will be no more. */
  failed(error: Error, since: number, final: boolean): void;
  /** A callback of BITS, with its details. */
  notified?(event: keyof NotifyCallbacks, notice: Notice): void;
}

/** Since when a follower follows. */
interface FollowerState {
  /** How many polls had begun: the results of earlier polls are not for this follower. */
  readonly polls: number;
  /** By the clock. */
  readonly at: number;
}

/** While others have the callbacks, or after changes that no callback reported, that is verified every so many polls. */
const REFRESH_EVERY = 10;
/** A poll may be early by this share of its interval, so that jobs are polled together. */
const EARLY = 1 / 2;

/**
 * Watches one job for all followers of one connection. Callbacks of BITS trigger a poll, and what is reported is always
 * the result of a poll, so that lost, late, repeated and out-of-order callbacks make no difference.
 */
export class Watcher implements LookedAt {
  /** Of what the last look found. */
  stamp = 0;
  readonly #followers = new Map<Follower, FollowerState>();
  readonly #registration: CallbackRegistration;
  readonly #meter = new Meter();
  /** When the next poll is due, by the clock. */
  #dueAt = Infinity;
  #last: WatchSnapshot | null = null;
  /** A poll is under way. */
  #polling = false;
  /** Another poll was requested meanwhile. */
  #pollAgain = false;
  /** A callback reported a change, and no poll has begun since. */
  #woken = false;
  /** A follower has asked for an observation, and no poll has begun since. */
  #asked = false;
  /** The same for the poll that is under way. */
  #current = { woken: false, asked: false };
  /** There were changes that no callback reported, since the registration was last verified. */
  #unannounced = false;
  #polledAt = -Infinity;
  /** When the first poll began that has not succeeded; undefined after a poll that did. */
  #unansweredSince: number | undefined;
  /** Reports a failure to followers whose limit is over while a poll is under way. */
  #answerTimer: Timer | undefined;
  /** Why the last poll failed. */
  #failure: Error | undefined;
  #interval = 0;
  #polls = 0;
  #ended = false;
  #callbacksWithdrawn: Promise<void> = Promise.resolve();

  readonly #job: ExplainedJob;
  readonly #clock: Clock;

  constructor(
    job: ExplainedJob,
    readonly handle: JobHandle,
    private readonly registry: WatcherRegistry,
  ) {
    this.#clock = job.host.clock;
    this.#job = job.standard; // without the serviceTimeout of a single follower
    // Nobody waits for the registration, and callbacks that are registered late must still be withdrawn.
    this.#registration = new CallbackRegistration(job.background, (event, notice) => {
      this.#wake(event, notice);
    });
  }

  /** How many polls have begun. */
  get polls(): number {
    return this.#polls;
  }

  /** When the next poll is due, by the clock; Infinity: none is. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** The earliest time at which the next poll may be made with those of other jobs. */
  get mayBeAt(): number {
    return this.#dueAt - this.#interval * EARLY;
  }

  /** Whether a follower keeps the process alive. */
  get ref(): boolean {
    return [...this.#followers.keys()].some(({ ref }) => ref);
  }

  /** Who receives the callbacks; null when nobody follows. */
  get callbacks(): CallbackOwner | null {
    return this.#followers.size === 0 ? null : this.#registration.owner;
  }

  /** Resolves once the callbacks that are no longer needed have been withdrawn. */
  get callbacksWithdrawn(): Promise<void> {
    return this.#callbacksWithdrawn;
  }

  follow(follower: Follower): void {
    const first = this.#followers.size === 0;
    if (!this.#followers.has(follower)) this.#followers.set(follower, { polls: this.#polls, at: this.#clock.now() });
    if (first || follower.flags.length > 0) void this.#registration.attach(this.#flags());
    this.#asked = true;
    this.poll();
    this.#watchForAnswer();
    this.#updateRefs();
  }

  /** Removes a follower. After the last one, the callbacks are withdrawn. */
  unfollow(follower: Follower): void {
    if (!this.#followers.delete(follower)) return;
    this.#updateRefs();
    if (this.#followers.size === 0) this.#idle();
  }

  /** Polls now, or right after the poll that is under way. */
  poll(): void {
    if (this.#ended || this.#followers.size === 0) return;
    if (this.#polling) {
      this.#pollAgain = true;
      return;
    }
    this.#dueAt = Infinity;
    this.#polling = true;
    this.#unansweredSince ??= this.#clock.now();
    this.#watchForAnswer();
    this.#polls++;
    this.#current = { woken: this.#woken, asked: this.#asked };
    this.#woken = this.#asked = false;
    // The first one joins the job's queue at once, so that it comes before what the caller does next.
    if (this.#last === null) this.looked(null);
    else this.registry.looks.at(this);
  }

  /** What the poll's look has found. A job that is as it was costs nothing more, unless somebody wants to be told so. */
  looked(found: Found): void {
    const { woken, asked } = this.#current;
    const wanted = woken || asked || this.#failure !== undefined;
    if (found === 'unchanged' && !wanted && ![...this.#followers.keys()].some(({ everyPoll }) => everyPoll)) {
      this.#unansweredSince = undefined;
      this.#polledAt = this.#clock.now();
      this.#slowDown(false);
      this.#verifyCallbacks();
      this.#pollEnded();
    } else void this.#take(found).finally(() => this.#pollEnded());
  }

  #pollEnded(): void {
    this.#polling = false;
    this.#answerTimer?.cancel();
    if (this.#pollAgain) {
      this.#pollAgain = false;
      this.poll();
    } else if (!this.#ended && this.#followers.size > 0) this.#sleep(this.#interval);
  }

  /** Polls now, and starts again from the shortest interval of the current profile. */
  resetInterval(): void {
    this.#interval = 0;
    this.poll();
  }

  /** The caller registered other callbacks with `job.setNotifyInterface()`. */
  callbacksReplaced(): void {
    this.#registration.callbacksReplaced();
  }

  /** Runs `work` while no callbacks are registered. */
  withoutCallbacks<T>(work: () => Promise<T>): Promise<T> {
    return this.#registration.withoutCallbacks(work);
  }

  /** The connection is closing. */
  async close(): Promise<void> {
    this.#end(new BitsClosedError('polling the job', { jobId: this.#job.id }));
    await this.#registration.detach();
  }

  async #take(found: Found): Promise<void> {
    const number = this.#polls;
    const { woken } = this.#current;
    try {
      const snapshot = await this.#snapshot(found);
      const error = await this.#errorFor(snapshot);
      if (error === 'stale') {
        this.stamp = 0;
        this.#pollAgain = true;
        return;
      }
      this.#pollSucceeded(number, snapshot, error, woken);
    } catch (error) {
      this.#pollFailed(number, error);
    }
    this.#polledAt = this.#clock.now();
  }

  async #snapshot(found: Found): Promise<JobSnapshot> {
    const last = this.#last;
    if (found === null || last === null) return this.#job.snapshot();
    if (found === 'unchanged') return { ...last, capturedAt: this.#clock.date() };
    return toJobSnapshot(this.#job, found, last.progress);
  }

  #pollSucceeded(number: number, snapshot: JobSnapshot, error: BitsTransferError | null, woken: boolean): void {
    this.#unansweredSince = undefined;
    if (this.#ended || this.#followers.size === 0) return;
    if (this.#failure !== undefined) {
      this.#failure = undefined;
      void this.#registration.refresh(this.#flags()); // a restarted service has lost the callbacks
    }
    const previous = this.#last;
    const differs = previous !== null && isDifferent(previous, snapshot);
    const changed = woken || previous === null || differs;
    if (differs && !woken) this.#unannounced = true;
    this.#verifyCallbacks();
    const now = toWatchSnapshot(snapshot, this.#meter, this.#clock.now(), error);
    this.#last = now;
    this.#slowDown(changed);
    const ended = now.state === 'acknowledged' || now.state === 'cancelled';
    if (ended) this.registry.remove(this.#job.id, this); // later followers of the job get a new watcher
    this.#notify(number, (follower) => {
      follower.observed({ number, snapshot: now, previous, changed });
    });
    if (ended) this.#end();
  }

  /** Another program may have replaced the callbacks, or one that had its own may have ended. */
  #verifyCallbacks(): void {
    const needed = this.#unannounced || this.#registration.owner === 'other';
    if (!needed || this.#polls % REFRESH_EVERY !== 0) return;
    this.#unannounced = false;
    void this.#registration.refresh(this.#flags());
  }

  #pollFailed(number: number, thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new BitsError(String(thrown), { code: 'E_FAIL' });
    // What is no error of BITS does not pass by waiting: that of a simulation which lacks something.
    const gone =
      !(error instanceof BitsError) ||
      error instanceof BitsNotFoundError ||
      error instanceof BitsClosedError ||
      error instanceof BitsAccessError;
    if (gone) {
      this.#end(error);
      return;
    }
    this.#failure = error;
    this.stamp = 0;
    this.#slowDown(false);
    this.#notify(number, (follower) => {
      follower.failed(error, this.#unansweredFor(follower), false);
    });
  }

  /**
   * The job's error. Read once when the job enters the state, and again when the error count changes. 'stale': the job
   * has left the state meanwhile, so the snapshot is outdated.
   */
  async #errorFor(snapshot: JobSnapshot): Promise<BitsTransferError | 'stale' | null> {
    const { state, errorCount } = snapshot;
    if (state !== 'error' && state !== 'transientError') return null;
    const last = this.#last;
    if (errorCount !== null && last?.state === state && last.errorCount === errorCount && last.error !== null)
      return last.error;
    const known = await this.#job.failure();
    if (known !== null) return known;
    if ((await this.#job.getState()) !== state) return 'stale';
    // Wine's BITS has no error to report when a server cannot be reached. Windows reports one in both states.
    return transferError({
      hresult: CODES.E_FAIL.hresult,
      context: 'unknown',
      transient: state === 'transientError',
      jobId: this.#job.id,
    });
  }

  /** While a poll is unanswered, reports a failure to each follower when its own limit is over. */
  #watchForAnswer(): void {
    this.#answerTimer?.cancel();
    if (!this.#polling) return;
    const about = { jobId: this.#job.id };
    let next = Infinity;
    for (const follower of [...this.#followers.keys()]) {
      const unanswered = this.#unansweredFor(follower);
      const left = Math.max(MIN_CALL_LIMIT, follower.serviceTimeout) - unanswered;
      if (left > 0) next = Math.min(next, left);
      else
        callSafely(() => {
          follower.failed(this.#failure ?? noAnswerError('polling the job', true, about), unanswered, false);
        });
    }
    if (next === Infinity) return;
    // An answer that has already arrived is delivered first.
    this.#answerTimer = this.#clock.after(Math.min(next, MAX_TIMER), () => {
      this.#answerTimer = this.#clock.afterPendingEvents(() => this.#watchForAnswer());
    });
    if (!this.ref) this.#answerTimer.unref();
  }

  /** How long a follower has waited for a successful poll, in milliseconds. */
  #unansweredFor(follower: Follower): number {
    const now = this.#clock.now();
    return now - Math.max(this.#unansweredSince ?? now, this.#followers.get(follower)?.at ?? now);
  }

  #wake(event: keyof NotifyCallbacks, notice: Notice): void {
    for (const follower of this.#followers.keys()) callSafely(() => follower.notified?.(event, notice));
    this.#woken = true;
    const gap = this.#clock.now() - this.#polledAt;
    if (event === 'jobTransferred' || event === 'jobError' || gap >= MIN_POLL_GAP) this.poll();
    else if (!this.#polling) this.#sleep(MIN_POLL_GAP - gap);
    else this.#pollAgain = true;
  }

  #slowDown(changed: boolean): void {
    const { shortest, longest } = POLL_INTERVALS[this.registry.profile];
    this.#interval = changed ? shortest : Math.min(longest, Math.max(shortest, this.#interval * 2));
  }

  #sleep(time: number): void {
    this.#dueAt = this.#clock.now() + time;
    this.registry.plan(this.#dueAt);
  }

  /** The timers keep the process alive as long as a follower wants it. */
  #updateRefs(): void {
    if (this.ref) this.#answerTimer?.ref();
    else this.#answerTimer?.unref();
    this.registry.updateRef();
  }

  /** Nobody follows any more; a new follower may come. */
  #idle(): void {
    this.#rest();
    this.#last = null;
    this.stamp = 0;
    this.#failure = undefined;
    this.#meter.reset();
    this.#callbacksWithdrawn = this.#registration.detach().then(() => {
      if (this.#followers.size === 0) this.registry.remove(this.#job.id, this);
    });
  }

  #rest(): void {
    this.#dueAt = Infinity;
    this.registry.replan();
  }

  /** Ends the watcher for good. */
  #end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#rest();
    this.#answerTimer?.cancel();
    const followers = [...this.#followers.keys()];
    this.#followers.clear();
    this.registry.remove(this.#job.id, this);
    if (error !== undefined)
      for (const follower of followers)
        callSafely(() => {
          follower.failed(error, Infinity, true);
        });
    void this.#registration.detach();
  }

  /** Calls the followers that were there when the poll began. */
  #notify(poll: number, what: (follower: Follower) => void): void {
    for (const [follower, { polls }] of this.#followers)
      if (poll > polls)
        callSafely(() => {
          what(follower);
        });
  }

  #flags(): NotifyFlag[] {
    return [
      ...new Set<NotifyFlag>([
        'jobTransferred',
        'jobError',
        ...[...this.#followers.keys()].flatMap(({ flags }) => flags),
      ]),
    ];
  }
}

/** Holds the watchers of a connection, one for each job. */
export interface WatcherRegistry {
  readonly profile: keyof typeof POLL_INTERVALS;
  readonly looks: Looks;
  /** A watcher's next poll is due at this time, by the clock. */
  plan(dueAt: number): void;
  /** A poll that was planned is not to be made. */
  replan(): void;
  /** A watcher has begun or ceased to keep the process alive. */
  updateRef(): void;
  remove(jobId: string, watcher: Watcher): void;
}

/** Calls a listener. An error that it throws is uncaught, as from any event listener, and does not stop the watcher. */
export function callSafely(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}
