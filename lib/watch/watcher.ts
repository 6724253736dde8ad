import type { NotifyFlag } from '../contract/enums';
import { BitsAccessError, BitsClosedError, BitsError, BitsNotFoundError, transferError } from '../errors';
import type { BitsTransferError } from '../errors';
import { noAnswer } from '../errors/no_answer';
import type { Notice, NotifyCallbacks } from '../bits/job/copy_job';
import type { ExplainedJob, JobSnapshot } from '../explain/explained_job';
import type { Clock, Timer } from '../host';
import { LEAST_LIMIT, MAX_TIMER } from '../util/limits';
import { LEAST_GAP, PACES } from './pace';
import { Registration } from './registration';
import type { CallbackOwner } from './registration';
import { differs, Meter, toWatchSnapshot } from './snapshot';
import type { WatchSnapshot } from './snapshot';

/** What a watcher saw. */
export interface Look {
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
  saw(look: Look): void;
  /** The job cannot be looked at for `since` milliseconds; `final`: it never will be, and the watcher has ended. */
  failed(error: Error, since: number, final: boolean): void;
  /** A callback of BITS that says more than "look". */
  notified?(event: keyof NotifyCallbacks, notice: Notice): void;
}

/** Since when somebody follows. */
interface Following {
  /** How many looks had begun: a look from before is not theirs. */
  readonly looks: number;
  /** By the clock. */
  readonly at: number;
}

/** After so many looks the registration is looked at, too. */
const CHECK_EVERY = 10;

/**
 * Watches one job for everybody of one connection who wants to know. Callbacks of BITS wake it, and a poll confirms:
 * what is reported is always what a look found, so that lost, late, doubled and disordered callbacks make no difference.
 */
export class Watcher {
  readonly #followers = new Map<Follower, Following>();
  readonly #registration: Registration;
  readonly #meter = new Meter();
  #timer: Timer | undefined;
  #last: WatchSnapshot | null = null;
  /** A look is under way. */
  #looking = false;
  /** Somebody woke us meanwhile: look again. */
  #again = false;
  /** A callback said that something changed, and no look has been made since. */
  #woken = false;
  #lookedAt = -Infinity;
  /** When the first look began that has found nothing since; undefined after one that has. */
  #blindSince: number | undefined;
  /** Tells followers for whom the look under way takes too long. */
  #hanging: Timer | undefined;
  /** Why looks find nothing. */
  #failure: Error | undefined;
  #interval = 0;
  #looks = 0;
  #ended = false;
  #resting: Promise<void> = Promise.resolve();

  readonly #job: ExplainedJob;
  readonly #clock: Clock;

  constructor(
    job: ExplainedJob,
    private readonly home: WatcherHome,
  ) {
    this.#clock = job.host.clock;
    this.#job = job.standard; // whose limit that of another follower may not be
    // Nobody waits for the callbacks, and what is registered late must be withdrawn all the same.
    this.#registration = new Registration(job.background, (event, notice) => {
      this.#wake(event, notice);
    });
  }

  /** How many looks have begun. */
  get looks(): number {
    return this.#looks;
  }

  /** Null when nobody follows. */
  get callbacks(): CallbackOwner | null {
    return this.#followers.size === 0 ? null : this.#registration.owner;
  }

  /** Settled once the callbacks that nobody needs any more are withdrawn. */
  get resting(): Promise<void> {
    return this.#resting;
  }

  follow(follower: Follower): void {
    const first = this.#followers.size === 0;
    if (!this.#followers.has(follower)) this.#followers.set(follower, { looks: this.#looks, at: this.#clock.now() });
    if (first || follower.flags.length > 0) void this.#registration.attach(this.#flags());
    this.look();
    this.#expectAnswer();
    this.#hold();
  }

  /** The last one to leave withdraws the callbacks. */
  unfollow(follower: Follower): void {
    if (!this.#followers.delete(follower)) return;
    this.#hold();
    if (this.#followers.size === 0) this.#rest();
  }

  /** Takes a look now, or right after the one that is under way. */
  look(): void {
    if (this.#ended || this.#followers.size === 0) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#looking = true;
    this.#blindSince ??= this.#clock.now();
    this.#expectAnswer();
    void this.#look().finally(() => {
      this.#looking = false;
      this.#hanging?.cancel();
      if (this.#again) {
        this.#again = false;
        this.look();
      } else this.#schedule();
    });
  }

  /** Begins to look closely again, at the pace that is in force now. */
  quicken(): void {
    this.#interval = 0;
    this.look();
  }

  /** Somebody has registered other callbacks by `job.setNotifyInterface()`. */
  replaced(): void {
    this.#registration.replaced();
  }

  /** Does something that our callbacks must not be in the way of. */
  aside<T>(work: () => Promise<T>): Promise<T> {
    return this.#registration.aside(work);
  }

  /** The connection is closing. */
  async close(): Promise<void> {
    this.#end(new BitsClosedError('looking at the job', { jobId: this.#job.id }));
    await this.#registration.detach();
  }

  async #look(): Promise<void> {
    const number = ++this.#looks;
    const woken = this.#woken;
    this.#woken = false;
    try {
      const snapshot = await this.#job.snapshot();
      const error = await this.#errorFor(snapshot);
      if (error === 'stale') {
        this.#again = true;
        return;
      }
      if (number % CHECK_EVERY === 0) void this.#registration.check(this.#flags());
      this.#found(number, snapshot, error, woken);
    } catch (error) {
      this.#missed(number, error);
    }
    this.#lookedAt = this.#clock.now();
  }

  #found(number: number, snapshot: JobSnapshot, error: BitsTransferError | null, woken: boolean): void {
    this.#blindSince = undefined;
    if (this.#ended || this.#followers.size === 0) return;
    if (this.#failure !== undefined) {
      this.#failure = undefined;
      void this.#registration.check(this.#flags()); // a restarted service has forgotten us
    }
    const previous = this.#last;
    const changed = woken || previous === null || differs(previous, snapshot);
    const now = toWatchSnapshot(snapshot, this.#meter, this.#clock.now(), error);
    this.#last = now;
    this.#slowDown(changed);
    const ended = now.state === 'acknowledged' || now.state === 'cancelled';
    if (ended) this.home.forget(this.#job.id, this); // who follows the job from now on needs another watcher
    this.#tell(number, (follower) => {
      follower.saw({ number, snapshot: now, previous, changed });
    });
    if (ended) this.#end();
  }

  #missed(number: number, thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new BitsError(String(thrown), { code: 'E_FAIL' });
    const gone =
      error instanceof BitsNotFoundError || error instanceof BitsClosedError || error instanceof BitsAccessError;
    if (gone) {
      this.#end(error);
      return;
    }
    this.#failure = error;
    this.#slowDown(false);
    this.#tell(number, (follower) => {
      follower.failed(error, this.#blindFor(follower), false);
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
  #expectAnswer(): void {
    this.#hanging?.cancel();
    if (!this.#looking) return;
    const about = { jobId: this.#job.id };
    let next = Infinity;
    for (const follower of [...this.#followers.keys()]) {
      const blind = this.#blindFor(follower);
      const left = Math.max(LEAST_LIMIT, follower.serviceTimeout) - blind;
      if (left > 0) next = Math.min(next, left);
      else
        safely(() => {
          follower.failed(this.#failure ?? noAnswer('looking at the job', true, about), blind, false);
        });
    }
    if (next === Infinity) return;
    // What has arrived meanwhile is delivered first.
    this.#hanging = this.#clock.after(Math.min(next, MAX_TIMER), () => {
      this.#hanging = this.#clock.afterArrivals(() => this.#expectAnswer());
    });
    this.#hold();
  }

  /** How long a follower has waited for a look that finds something, in milliseconds. */
  #blindFor(follower: Follower): number {
    const now = this.#clock.now();
    return now - Math.max(this.#blindSince ?? now, this.#followers.get(follower)?.at ?? now);
  }

  #wake(event: keyof NotifyCallbacks, notice: Notice): void {
    for (const follower of this.#followers.keys()) safely(() => follower.notified?.(event, notice));
    this.#woken = true;
    const gap = this.#clock.now() - this.#lookedAt;
    if (event === 'jobTransferred' || event === 'jobError' || gap >= LEAST_GAP) this.look();
    else if (!this.#looking) this.#sleep(LEAST_GAP - gap);
    else this.#again = true;
  }

  #slowDown(changed: boolean): void {
    const { quick, slow } = PACES[this.home.profile];
    this.#interval = changed ? quick : Math.min(slow, Math.max(quick, this.#interval * 2));
  }

  #schedule(): void {
    if (!this.#ended && this.#followers.size > 0) this.#sleep(this.#interval);
  }

  #sleep(time: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(time, () => this.look());
    this.#hold();
  }

  /** The process stays as long as a follower wants it to. */
  #hold(): void {
    const keep = [...this.#followers.keys()].some(({ ref }) => ref);
    for (const timer of [this.#timer, this.#hanging]) {
      if (keep) timer?.ref();
      else timer?.unref();
    }
  }

  /** Nobody follows any more; somebody may come back. */
  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#last = null;
    this.#failure = undefined;
    this.#meter.reset();
    this.#resting = this.#registration.detach().then(() => {
      if (this.#followers.size === 0) this.home.forget(this.#job.id, this);
    });
  }

  /** There is nothing more to see. */
  #end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.cancel();
    this.#hanging?.cancel();
    const followers = [...this.#followers.keys()];
    this.#followers.clear();
    this.home.forget(this.#job.id, this);
    if (error !== undefined)
      for (const follower of followers)
        safely(() => {
          follower.failed(error, Infinity, true);
        });
    void this.#registration.detach();
  }

  /** Tells those who were there when the look began. */
  #tell(look: number, what: (follower: Follower) => void): void {
    for (const [follower, { looks }] of this.#followers)
      if (look > looks)
        safely(() => {
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
export interface WatcherHome {
  readonly profile: keyof typeof PACES;
  forget(jobId: string, watcher: Watcher): void;
}

/** An error thrown by somebody's function is uncaught, as from any event listener, and does not stop the watcher. */
export function safely(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}
