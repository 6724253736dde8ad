import type { NotifyFlag } from '../contract/enums';
import { BitsAccessError, BitsClosedError, BitsError, BitsNotFoundError, transferError } from '../errors';
import type { BitsTransferError } from '../errors';
import { noAnswerError } from '../errors/no_answer';
import type { Notice, NotifyCallbacks } from '../bits/job/copy_job';
import type { ExplainedJob, JobSnapshot } from '../explain/explained_job';
import type { Clock, Timer } from '../host';
import { MIN_CALL_LIMIT, MAX_TIMER } from '../util/limits';
import { MIN_POLL_GAP, POLL_INTERVALS } from './poll_intervals';
import { CallbackRegistration } from './callback_registration';
import type { CallbackOwner } from './callback_registration';
import { differs, Meter, toWatchSnapshot } from './snapshot';
import type { WatchSnapshot } from './snapshot';

/** What a watcher saw. */
export interface Observation {
  /** Looks of a watcher are counted as they begin. */
  readonly number: number;
  readonly snapshot: WatchSnapshot;
  /** The look before; null at the first. */
  readonly previous: WatchSnapshot | null;
  /** Anything is different, or BITS said so. */
  readonly changed: boolean;
}

/** Somebody who wants to know about a job. */
export interface Follower {
  /** Keeps the process alive while it follows. */
  readonly ref: boolean;
  /** What it wants BITS to call back for, beside the ends of the job. */
  readonly flags: readonly NotifyFlag[];
  /** How long it puts up with a service that does not answer, in milliseconds. */
  readonly serviceTimeout: number;
  observed(look: Observation): void;
  /** The job cannot be looked at for `since` milliseconds; `final`: it never will be, and the watcher has ended. */
  failed(error: Error, since: number, final: boolean): void;
  /** A callback of BITS that says more than "look". */
  notified?(event: keyof NotifyCallbacks, notice: Notice): void;
}

/** Since when somebody follows. */
interface FollowerState {
  /** How many looks had begun: a look from before is not theirs. */
  readonly polls: number;
  /** By the clock. */
  readonly at: number;
}

/** After so many looks the registration is looked at, too. */
const REFRESH_EVERY = 10;

/**
 * Watches one job for everybody of one connection who wants to know. Callbacks of BITS wake it, and a poll confirms:
 * what is reported is always what a look found, so that lost, late, doubled and disordered callbacks make no difference.
 */
export class Watcher {
  readonly #followers = new Map<Follower, FollowerState>();
  readonly #registration: CallbackRegistration;
  readonly #meter = new Meter();
  #timer: Timer | undefined;
  #last: WatchSnapshot | null = null;
  /** A look is under way. */
  #polling = false;
  /** Somebody woke us meanwhile: look again. */
  #pollAgain = false;
  /** A callback said that something changed, and no look has been made since. */
  #woken = false;
  #polledAt = -Infinity;
  /** When the first look began that has found nothing since; undefined after one that has. */
  #unansweredSince: number | undefined;
  /** Tells followers for whom the look under way takes too long. */
  #answerTimer: Timer | undefined;
  /** Why looks find nothing. */
  #failure: Error | undefined;
  #interval = 0;
  #polls = 0;
  #ended = false;
  #callbacksWithdrawn: Promise<void> = Promise.resolve();

  readonly #job: ExplainedJob;
  readonly #clock: Clock;

  constructor(
    job: ExplainedJob,
    private readonly registry: WatcherRegistry,
  ) {
    this.#clock = job.host.clock;
    this.#job = job.standard; // whose limit that of another follower may not be
    // Nobody waits for the callbacks, and what is registered late must be withdrawn all the same.
    this.#registration = new CallbackRegistration(job.background, (event, notice) => {
      this.#wake(event, notice);
    });
  }

  /** How many looks have begun. */
  get looks(): number {
    return this.#polls;
  }

  /** Null when nobody follows. */
  get callbacks(): CallbackOwner | null {
    return this.#followers.size === 0 ? null : this.#registration.owner;
  }

  /** Settled once the callbacks that nobody needs any more are withdrawn. */
  get callbacksWithdrawn(): Promise<void> {
    return this.#callbacksWithdrawn;
  }

  follow(follower: Follower): void {
    const first = this.#followers.size === 0;
    if (!this.#followers.has(follower)) this.#followers.set(follower, { polls: this.#polls, at: this.#clock.now() });
    if (first || follower.flags.length > 0) void this.#registration.attach(this.#flags());
    this.poll();
    this.#watchForAnswer();
    this.#updateRefs();
  }

  /** The last one to leave withdraws the callbacks. */
  unfollow(follower: Follower): void {
    if (!this.#followers.delete(follower)) return;
    this.#updateRefs();
    if (this.#followers.size === 0) this.#idle();
  }

  /** Takes a look now, or right after the one that is under way. */
  poll(): void {
    if (this.#ended || this.#followers.size === 0) return;
    if (this.#polling) {
      this.#pollAgain = true;
      return;
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#polling = true;
    this.#unansweredSince ??= this.#clock.now();
    this.#watchForAnswer();
    void this.#poll().finally(() => {
      this.#polling = false;
      this.#answerTimer?.cancel();
      if (this.#pollAgain) {
        this.#pollAgain = false;
        this.poll();
      } else this.#schedule();
    });
  }

  /** Begins to look closely again, at the pace that is in force now. */
  resetInterval(): void {
    this.#interval = 0;
    this.poll();
  }

  /** Somebody has registered other callbacks by `job.setNotifyInterface()`. */
  callbacksReplaced(): void {
    this.#registration.callbacksReplaced();
  }

  /** Does something that our callbacks must not be in the way of. */
  withoutCallbacks<T>(work: () => Promise<T>): Promise<T> {
    return this.#registration.withoutCallbacks(work);
  }

  /** The connection is closing. */
  async close(): Promise<void> {
    this.#end(new BitsClosedError('looking at the job', { jobId: this.#job.id }));
    await this.#registration.detach();
  }

  async #poll(): Promise<void> {
    const number = ++this.#polls;
    const woken = this.#woken;
    this.#woken = false;
    try {
      const snapshot = await this.#job.snapshot();
      const error = await this.#errorFor(snapshot);
      if (error === 'stale') {
        this.#pollAgain = true;
        return;
      }
      if (number % REFRESH_EVERY === 0) void this.#registration.refresh(this.#flags());
      this.#pollSucceeded(number, snapshot, error, woken);
    } catch (error) {
      this.#pollFailed(number, error);
    }
    this.#polledAt = this.#clock.now();
  }

  #pollSucceeded(number: number, snapshot: JobSnapshot, error: BitsTransferError | null, woken: boolean): void {
    this.#unansweredSince = undefined;
    if (this.#ended || this.#followers.size === 0) return;
    if (this.#failure !== undefined) {
      this.#failure = undefined;
      void this.#registration.refresh(this.#flags()); // a restarted service has forgotten us
    }
    const previous = this.#last;
    const changed = woken || previous === null || differs(previous, snapshot);
    const now = toWatchSnapshot(snapshot, this.#meter, this.#clock.now(), error);
    this.#last = now;
    this.#slowDown(changed);
    const ended = now.state === 'acknowledged' || now.state === 'cancelled';
    if (ended) this.registry.remove(this.#job.id, this); // who follows the job from now on needs another watcher
    this.#notify(number, (follower) => {
      follower.observed({ number, snapshot: now, previous, changed });
    });
    if (ended) this.#end();
  }

  #pollFailed(number: number, thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new BitsError(String(thrown), { code: 'E_FAIL' });
    const gone =
      error instanceof BitsNotFoundError || error instanceof BitsClosedError || error instanceof BitsAccessError;
    if (gone) {
      this.#end(error);
      return;
    }
    this.#failure = error;
    this.#slowDown(false);
    this.#notify(number, (follower) => {
      follower.failed(error, this.#unansweredFor(follower), false);
    });
  }

  /**
   * The error belongs to the state: asked for once when the job gets there, and again when it failed again. 'stale': the
   * job has gone on meanwhile, and the snapshot is not true any more.
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
    // In that state without a reason that BITS could tell, as Wine's service when a server cannot be reached.
    const E_FAIL = 0x80004005;
    return transferError({
      hresult: E_FAIL,
      context: 'unknown',
      transient: state === 'transientError',
      jobId: this.#job.id,
    });
  }

  /** While a look hangs, each follower is told when its own time is over. */
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
          follower.failed(this.#failure ?? noAnswerError('looking at the job', true, about), unanswered, false);
        });
    }
    if (next === Infinity) return;
    // What has arrived meanwhile is delivered first.
    this.#answerTimer = this.#clock.after(Math.min(next, MAX_TIMER), () => {
      this.#answerTimer = this.#clock.afterPendingEvents(() => this.#watchForAnswer());
    });
    this.#updateRefs();
  }

  /** How long a follower has waited for a look that finds something, in milliseconds. */
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

  #schedule(): void {
    if (!this.#ended && this.#followers.size > 0) this.#sleep(this.#interval);
  }

  #sleep(time: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(time, () => this.poll());
    this.#updateRefs();
  }

  /** The process stays as long as a follower wants it to. */
  #updateRefs(): void {
    const keep = [...this.#followers.keys()].some(({ ref }) => ref);
    for (const timer of [this.#timer, this.#answerTimer]) {
      if (keep) timer?.ref();
      else timer?.unref();
    }
  }

  /** Nobody follows any more; somebody may come back. */
  #idle(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#last = null;
    this.#failure = undefined;
    this.#meter.reset();
    this.#callbacksWithdrawn = this.#registration.detach().then(() => {
      if (this.#followers.size === 0) this.registry.remove(this.#job.id, this);
    });
  }

  /** There is nothing more to see. */
  #end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.cancel();
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

  /** Tells those who were there when the look began. */
  #notify(look: number, what: (follower: Follower) => void): void {
    for (const [follower, { polls }] of this.#followers)
      if (look > polls)
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

/** Where watchers live: one for each job of a connection. */
export interface WatcherRegistry {
  readonly profile: keyof typeof POLL_INTERVALS;
  remove(jobId: string, watcher: Watcher): void;
}

/** An error thrown by somebody's function is uncaught, as from any event listener, and does not stop the watcher. */
export function callSafely(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}
