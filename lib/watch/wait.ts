import type { JobState } from '../contract/enums';
import { BitsAbortError, BitsEndedError, BitsStalledError, BitsTimeoutError } from '../errors';
import type { BitsTransferError, JobLeft } from '../errors';
import type { ExplainedJob } from '../explain/explained_job';
import { noAnswerError } from '../errors/no_answer';
import type { Timer } from '../host';
import { ABORT_LIMIT, ANSWER_LIMIT } from '../util/limits';
import { afterTime, valueWithin, withLimits } from '../util/deadline';
import type { WatchSnapshot } from './snapshot';
import type { Follower, Observation, Watcher } from './watcher';

/** What to do with a job when waiting for it is aborted. */
export type OnAbort = 'detach' | 'suspend' | 'cancel';

/** The checked options of `wait()`. Times in milliseconds, Infinity for no limit. */
export interface CheckedWaitOptions {
  readonly until: ReadonlySet<JobState>;
  readonly signal: AbortSignal | undefined;
  readonly timeout: number;
  readonly maxTransientErrors: number;
  readonly stallTimeout: number;
  /** Undefined: that of the connection. */
  readonly serviceTimeout: number | undefined;
  readonly onAbort: OnAbort;
  readonly onSnapshot?: ((snapshot: WatchSnapshot) => void) | undefined;
  /** Called at each transient error; returns true to reject instead of waiting for BITS to retry. */
  readonly giveUp?: ((error: BitsTransferError) => boolean) | undefined;
}

/** The same with every default applied. */
export interface WaitSettings extends CheckedWaitOptions {
  readonly serviceTimeout: number;
}

/** A job whose callbacks can be awaited to be withdrawn. */
type WaitableJob = ExplainedJob & { callbacksWithdrawn(): Promise<void> };

/** Waits for a job. Settles exactly once, whatever happens. */
export function wait(job: WaitableJob, watcher: () => Watcher, settings: WaitSettings): Promise<WatchSnapshot> {
  return new Promise((resolve, reject) => {
    new Wait(job, watcher, settings, resolve, reject).start();
  });
}

class Wait implements Follower {
  readonly ref = true;
  readonly flags = ['jobModification'] as const; // no other callback reports transient errors
  #settled = false;
  #timeoutTimer: Timer | undefined;
  #stallTimer: Timer | undefined;
  #watcher: Watcher | undefined;
  #last: WatchSnapshot | undefined;
  #transientErrors = 0;
  readonly #aborted = () => {
    this.#abort();
  };

  constructor(
    private readonly job: WaitableJob,
    private readonly watcher: () => Watcher,
    private readonly settings: WaitSettings,
    private readonly resolve: (snapshot: WatchSnapshot) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  get serviceTimeout(): number {
    return this.settings.serviceTimeout;
  }

  start(): void {
    const { signal, timeout } = this.settings;
    if (signal?.aborted === true) {
      this.#abort();
      return;
    }
    signal?.addEventListener('abort', this.#aborted, { once: true });
    if (timeout !== Infinity) {
      this.#timeoutTimer = this.job.host.clock.after(timeout, () => {
        this.#settle(() => {
          this.reject(new BitsTimeoutError('waiting for the job', timeout, this.#errorInfo()));
        });
      });
    }
    this.#restartStallTimer();
    this.#watcher = this.watcher();
    this.#watcher.follow(this);
  }

  observed({ snapshot }: Observation): void {
    const last = this.#last;
    this.#last = snapshot;
    if (last !== undefined && hasProgressed(last, snapshot)) this.#restartStallTimer();
    this.settings.onSnapshot?.(snapshot);
    const failure = this.#failureIn(snapshot, last);
    if (this.settings.until.has(snapshot.state as JobState)) this.#settle(() => this.resolve(snapshot));
    else if (failure !== null) this.#settle(() => this.reject(failure));
  }

  /** The error to reject with, if waiting any longer is pointless; else null. */
  #failureIn(snapshot: WatchSnapshot, last: WatchSnapshot | undefined): Error | null {
    const { state, error } = snapshot;
    if (state === 'acknowledged' || state === 'cancelled') return new BitsEndedError(state, this.#errorInfo());
    if (state === 'error') return error;
    if (state !== 'transientError' || error === null) return null;
    const more = newTransientErrors(last, snapshot);
    this.#transientErrors += more;
    const { maxTransientErrors, giveUp } = this.settings;
    const enough = this.#transientErrors > maxTransientErrors || (more > 0 && giveUp?.(error) === true);
    return enough ? error : null;
  }

  failed(error: Error, since: number, final: boolean): void {
    if (final || since >= this.settings.serviceTimeout) this.#settle(() => this.reject(error));
  }

  #restartStallTimer(): void {
    const { stallTimeout } = this.settings;
    if (stallTimeout === Infinity || this.#settled) return;
    this.#stallTimer?.cancel();
    this.#stallTimer = this.job.host.clock.after(stallTimeout, () => {
      this.#settle(() => {
        const explained = valueWithin(this.job.host.clock, ANSWER_LIMIT, this.job.explain());
        void explained.then((why) => {
          this.reject(new BitsStalledError(stallTimeout, why ?? null, this.#errorInfo()));
        });
      });
    });
  }

  #abort(): void {
    this.#settle(() => {
      const { onAbort, signal } = this.settings;
      void applyOnAbort(this.job, onAbort).then(({ left, refused }) => {
        this.reject(
          new BitsAbortError('waiting for the job', { ...this.#errorInfo(), cause: signal?.reason, left, refused }),
        );
      });
    });
  }

  #errorInfo(): { readonly jobId: string } {
    return { jobId: this.job.id };
  }

  #settle(how: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#timeoutTimer?.cancel();
    this.#stallTimer?.cancel();
    this.settings.signal?.removeEventListener('abort', this.#aborted);
    this.#watcher?.unfollow(this);
    how();
  }
}

/**
 * Suspends or cancels the job as `onAbort` says. If that fails, the job counts as detached, and `refused` is the
 * reason. A call that is not answered in time counts as failed, and continues in the background.
 */
export async function applyOnAbort(job: WaitableJob, how: OnAbort): Promise<{ left: JobLeft; refused?: unknown }> {
  if (how === 'detach') return { left: 'detached' };
  const { background, isStuck } = job;
  // Callbacks first: not every service releases the callbacks of a job when it is cancelled.
  const done = how === 'suspend' ? background.suspend() : job.callbacksWithdrawn().then(() => background.cancel());
  try {
    const action = how === 'suspend' ? 'suspending the job' : 'cancelling the job';
    const noAnswerYet = () => noAnswerError(action, true, { jobId: job.id });
    await withLimits<unknown>(done, afterTime(job.host.clock, isStuck ? 0 : ABORT_LIMIT, noAnswerYet));
    return { left: how === 'suspend' ? 'suspended' : 'cancelled' };
  } catch (refused) {
    return { left: 'detached', refused };
  }
}

function hasProgressed(a: WatchSnapshot, b: WatchSnapshot): boolean {
  return a.bytes !== b.bytes || a.progress.filesTransferred !== b.progress.filesTransferred;
}

/** The number of new errors, by BITS' own count; without it, entering the state transientError counts as one. */
function newTransientErrors(before: WatchSnapshot | undefined, now: WatchSnapshot): number {
  if (before === undefined) return 1;
  if (before.errorCount !== null && now.errorCount !== null && now.errorCount > before.errorCount) {
    return now.errorCount - before.errorCount;
  }
  return before.state === 'transientError' ? 0 : 1;
}
