import { checkBoolean, checkFunction, checkOneOf, checkOptions } from '../check';
import { JOB_EVENTS, JobEmitter } from '../watch/events';
import type { JobEventName, JobListener, ListenOptions } from '../watch/events';
import { checkWaitOptions, checkWatchOptions } from '../watch/options';
import type { WaitOptions, WatchOptions } from '../watch/options';
import type { CallbackOwner } from '../watch/registration';
import type { WatchSnapshot } from '../watch/snapshot';
import { WatchStream } from '../watch/stream';
import { wait } from '../watch/wait';
import type { WaitSettings } from '../watch/wait';
import type { Watcher } from '../watch/watcher';
import { HttpJob } from './http';
import type { BitsJob } from './index';

/**
 * Events, watching and waiting. One watcher for each job of a connection serves all of them: BITS' callbacks wake it,
 * and it looks at the job from time to time by itself, so that what BITS forgets to tell is noticed all the same. A job
 * that nobody listens to, watches or waits for is never touched.
 */
export abstract class WatchedJob extends HttpJob {
  #emitter: JobEmitter | undefined;

  /**
   * Calls a function at every such event, from the next look at the job on. Who asks for `transferred`, `error` or
   * `transientError` while the job is in that state already is told once, too.
   *
   * Listening does not keep the process alive unless `ref` is true. The function may throw: that is an uncaught
   * exception, and the others are called all the same.
   */
  on<E extends JobEventName>(event: E, listener: JobListener<E>, options: ListenOptions = {}): this {
    return this.#listen(event, listener, options, false);
  }

  /** The same for one time. */
  once<E extends JobEventName>(event: E, listener: JobListener<E>, options: ListenOptions = {}): this {
    return this.#listen(event, listener, options, true);
  }

  /** Stops calling a function. When the last one is gone, the callbacks are withdrawn. */
  off<E extends JobEventName>(event: E, listener: JobListener<E>): this {
    checkOneOf(event, 'event', JOB_EVENTS);
    checkFunction(listener, 'listener');
    this.#emitter?.remove(event, listener);
    return this;
  }

  /**
   * Snapshots of the job, for `for await`: one now, then one after each look. Ends by itself when the job is
   * transferred, in error, completed or cancelled; that snapshot is the last one. Only the newest is kept for who is
   * slow to ask. Leaving the loop, or the signal, ends the watching and does nothing to the job.
   *
   * The loop throws BitsAbortError, BitsNotFoundError when the job is gone, BitsClosedError, and BitsUnavailableError
   * when the service stays out of reach. Keeps the process alive.
   */
  watch(options: WatchOptions = {}): AsyncIterableIterator<WatchSnapshot> {
    return new WatchStream(() => this.#watcher(), checkWatchOptions(options));
  }

  /**
   * Waits until the job is in a state, 'transferred' by default, and resolves with the snapshot. Settles exactly once,
   * whatever happens:
   *
   * - BitsTransferError: the job is in the state error, or has had more passing errors than `maxTransientErrors`.
   * - BitsEndedError: somebody else completed or cancelled it. BitsNotFoundError: it is gone.
   * - BitsStalledError: nothing has moved for `stallTimeout`, with the cause. BitsTimeoutError: `timeout` is over.
   * - BitsUnavailableError: the service is away and has not come back. BitsClosedError: `manager.close()`.
   * - BitsAbortError: the signal; `onAbort` decides about the job, `left` tells.
   *
   * Nothing but `onAbort` touches the job: after any other rejection it is as it was. Keeps the process alive.
   */
  async wait(options: WaitOptions = {}): Promise<WatchSnapshot> {
    return this.waitWith(checkWaitOptions(options));
  }

  /** `wait()` with what has been checked already. @internal */
  async waitWith(settings: WaitSettings): Promise<WatchSnapshot> {
    return wait(this.#self(), () => this.#watcher(), settings);
  }

  /** Who gets the job's callbacks, while somebody of this connection listens, watches or waits; else null. */
  get callbacks(): CallbackOwner | null {
    return this.connection.watchers.find(this.id)?.callbacks ?? null;
  }

  /** Resolves once callbacks of ours that nobody needs any more are withdrawn. @internal */
  async unwatched(): Promise<void> {
    await this.connection.watchers.find(this.id)?.resting;
  }

  /** For `await using`: removes the listeners of this object. The job lives on; `cancel()` is another word. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#emitter?.clear();
    return Promise.resolve();
  }

  #listen<E extends JobEventName>(event: E, listener: JobListener<E>, options: unknown, once: boolean): this {
    checkOneOf(event, 'event', JOB_EVENTS);
    checkFunction(listener, 'listener');
    const { ref = false } = checkOptions(options, 'options', ['ref']);
    const keep = checkBoolean(ref, 'options.ref');
    this.#emitter ??= new JobEmitter(this.#self(), () => this.#watcher());
    this.#emitter.add(event, listener, once, keep);
    return this;
  }

  #watcher(): Watcher {
    return this.connection.watchers.of(this.#self());
  }

  /** There is no other kind of job; it cannot be said in the types without a circle. */
  #self(): BitsJob {
    return this as unknown as BitsJob;
  }
}
