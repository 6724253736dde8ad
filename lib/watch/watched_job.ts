import { checkBoolean, checkFunction, checkInteger, checkOneOf, checkOptions } from '../arguments/checks';
import { withCallerStack } from '../errors';
import { JOB_EVENTS, JobEmitter } from './events';
import type { ArgumentsOf, EmitterOf, JobEventName, ListenerOf, ListenOptions } from './events';
import type { AddOptions, Listeners } from './listeners';
import { checkWaitOptions, checkWatchOptions } from './options';
import type { WaitOptions, WatchOptions } from './options';
import type { CallbackOwner } from './callback_registration';
import type { WatchSnapshot } from './snapshot';
import { WatchStream } from './stream';
import type { WatchIterator } from './stream';
import { wait } from './wait';
import type { CheckedWaitOptions } from './wait';
import type { Watcher } from './watcher';
import { Watchers } from './watchers';
import { ExplainedJob } from '../explain/explained_job';

/**
 * Events, `watch()` and `wait()`. All of them share one watcher for each job of a connection. BITS' callbacks trigger
 * it, and it also polls, so that changes are noticed even if BITS does not report them. A job without listeners,
 * `watch()` or `wait()` is never polled.
 */
export abstract class WatchedJob<J> extends ExplainedJob implements EmitterOf<J> {
  /** Created on first use: most jobs have no listeners. */
  #made: JobEmitter<J> | undefined;

  on<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this {
    return this.#listen(event, listener, options, { once: false, first: false });
  }

  once<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this {
    return this.#listen(event, listener, options, { once: true, first: false });
  }

  off<E extends JobEventName>(event: E, listener: ListenerOf<E, J>): this {
    this.#listeners.remove(checkEvent(event), checkFunction(listener, 'listener'));
    return this;
  }

  addListener<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this {
    return this.on(event, listener, options);
  }

  removeListener<E extends JobEventName>(event: E, listener: ListenerOf<E, J>): this {
    return this.off(event, listener);
  }

  prependListener<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this {
    return this.#listen(event, listener, options, { once: false, first: true });
  }

  prependOnceListener<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this {
    return this.#listen(event, listener, options, { once: true, first: true });
  }

  removeAllListeners(event?: JobEventName): this {
    this.#listeners.clear(event === undefined ? undefined : checkEvent(event));
    return this;
  }

  listeners<E extends JobEventName>(event: E): ListenerOf<E, J>[] {
    return this.#listeners.of(checkEvent(event)).map(({ listener }) => listener as unknown as ListenerOf<E, J>);
  }

  rawListeners<E extends JobEventName>(event: E): ListenerOf<E, J>[] {
    return this.#listeners.of(checkEvent(event)).map(({ raw }) => raw as unknown as ListenerOf<E, J>);
  }

  listenerCount<E extends JobEventName>(event: E, listener?: ListenerOf<E, J>): number {
    const all = this.listeners(event);
    return listener === undefined ? all.length : all.filter((one) => one === listener).length;
  }

  eventNames(): JobEventName[] {
    return [...new Set(this.#listeners.entries.map(({ event }) => event))];
  }

  setMaxListeners(count: number): this {
    this.#listeners.max = count === Infinity ? count : checkInteger(count, 'count');
    return this;
  }

  getMaxListeners(): number {
    return this.#listeners.max;
  }

  emit<E extends JobEventName>(event: E, ...args: ArgumentsOf<E, J>): boolean {
    return this.#emitter.emit(checkEvent(event), args);
  }

  /**
   * Snapshots of the job, for `for await`: one now, then one after each poll. Ends by itself when the job is
   * transferred, in error, completed or cancelled; the last snapshot shows that state. A slow loop gets only the newest
   * snapshot. Leaving the loop stops watching and does not affect the job.
   *
   * The loop throws BitsAbortError when the signal aborts, BitsNotFoundError when the job no longer exists,
   * BitsClosedError after `manager.close()`, and BitsUnavailableError when the service stays unreachable for
   * `serviceTimeout`. Throws TypeError or RangeError for bad options. Keeps the process alive.
   *
   * @example
   * for await (const { percent, rate } of job.watch({ interval: 500 })) {
   *   console.log(percent, rate);
   * }
   */
  watch(options: WatchOptions = {}): WatchIterator {
    return new WatchStream(
      () => this.#watcher(),
      this.host.clock,
      checkWatchOptions(options, this.connection.serviceTimeout),
    );
  }

  /**
   * Waits until the job is in a given state, 'transferred' by default, and resolves with the snapshot. Rejects with:
   *
   * - BitsTransferError: the job is in the state error, or has had more transient errors than `maxTransientErrors`.
   * - BitsEndedError: the job was completed or cancelled meanwhile. BitsNotFoundError: it no longer exists.
   * - BitsStalledError: no progress for `stallTimeout`; it explains why. BitsTimeoutError: `timeout` is over.
   * - BitsUnavailableError: the service was unreachable for `serviceTimeout`. BitsClosedError: `manager.close()` was
   *   called.
   * - BitsAbortError: the signal aborted. `onAbort` decides what happens to the job, and `left` says what did.
   * - TypeError or RangeError for bad options.
   *
   * Only `onAbort` changes the job: after any other rejection it continues as before. Keeps the process alive.
   *
   * @example
   * await job.wait({ stallTimeout: 10 * 60_000 });
   * await job.complete();
   */
  async wait(options: WaitOptions = {}): Promise<WatchSnapshot> {
    return withCallerStack(async () => this.waitWith(checkWaitOptions(options)));
  }

  /** `wait()` with options that have been checked. @internal */
  async waitWith(settings: CheckedWaitOptions): Promise<WatchSnapshot> {
    const { serviceTimeout = this.connection.serviceTimeout } = settings;
    return wait(this, () => this.#watcher(), { ...settings, serviceTimeout });
  }

  /** Who receives the job's callbacks while this connection has listeners, `watch()` or `wait()` on it; else `null`. */
  get callbacks(): CallbackOwner | null {
    return this.#watchers.find(this.id)?.callbacks ?? null;
  }

  /** Resolves once the callbacks that are no longer needed have been withdrawn. @internal */
  async callbacksWithdrawn(): Promise<void> {
    await this.#watchers.find(this.id)?.callbacksWithdrawn;
  }

  /**
   * For `await using`: removes the listeners of this object. The job stays in the queue; to end it, call `cancel()`.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.removeAllListeners();
    return Promise.resolve();
  }

  get #emitter(): JobEmitter<J> {
    return (this.#made ??= new JobEmitter(
      this as unknown as J & ExplainedJob,
      () => this.#watcher(),
      this.connection.serviceTimeout,
    ));
  }

  get #listeners(): Listeners<JobEventName> {
    return this.#emitter.listeners;
  }

  #listen(event: unknown, listener: unknown, options: unknown, how: Omit<AddOptions, 'ref'>): this {
    const name = checkEvent(event);
    const called = checkFunction(listener, 'listener');
    const { ref = false } = checkOptions(options, 'options', ['ref']);
    this.#emitter.add(name, called, { ...how, ref: checkBoolean(ref, 'options.ref') });
    return this;
  }

  #watcher(): Watcher {
    return this.#watchers.of(this, this.handle);
  }

  /** The watchers of this connection. */
  get #watchers(): Watchers {
    return this.connection.of(Watchers);
  }

  /** @internal */
  protected override callbacksReplaced(): void {
    this.#watchers.find(this.id)?.callbacksReplaced();
  }

  /** @internal */
  protected override async withoutCallbacks(work: () => Promise<unknown>): Promise<void> {
    const watcher = this.#watchers.find(this.id);
    await (watcher === undefined ? work() : watcher.withoutCallbacks(work));
  }
}

function checkEvent(event: unknown): JobEventName {
  return checkOneOf(event, 'event', JOB_EVENTS);
}
