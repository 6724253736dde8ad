import { checkBoolean, checkFunction, checkInteger, checkOneOf, checkOptions } from '../arguments/checks';
import { withCallerStack } from '../errors';
import { JOB_EVENTS, JobEmitter } from './events';
import type { ArgumentsOf, JobEventEmitter, JobEventName, ListenerOf, ListenOptions } from './events';
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
 * Events, watching and waiting. One watcher for each job of a connection serves all of them: BITS' callbacks wake it,
 * and it looks at the job from time to time by itself, so that what BITS forgets to tell is noticed all the same. A job
 * that nobody listens to, watches or waits for is never touched.
 */
export abstract class WatchedJob<J> extends ExplainedJob implements JobEventEmitter<J> {
  /** Made when it is needed: most jobs have no listeners. */
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
   * Snapshots of the job, for `for await`: one now, then one after each look. Ends by itself when the job is
   * transferred, in error, completed or cancelled; that snapshot is the last one. Only the newest is kept for who is
   * slow to ask. Leaving the loop, or the signal, ends the watching and does nothing to the job.
   *
   * The loop throws BitsAbortError, BitsNotFoundError when the job is gone, BitsClosedError, and BitsUnavailableError
   * when the service stays out of reach. Keeps the process alive.
   */
  watch(options: WatchOptions = {}): WatchIterator {
    return new WatchStream(
      () => this.#watcher(),
      this.host.clock,
      checkWatchOptions(options, this.connection.serviceTimeout),
    );
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
    return withCallerStack(async () => this.waitWith(checkWaitOptions(options)));
  }

  /** `wait()` with what has been checked already. @internal */
  async waitWith(settings: CheckedWaitOptions): Promise<WatchSnapshot> {
    const { serviceTimeout = this.connection.serviceTimeout } = settings;
    return wait(this, () => this.#watcher(), { ...settings, serviceTimeout });
  }

  /** Who gets the job's callbacks, while somebody of this connection listens, watches or waits; else null. */
  get callbacks(): CallbackOwner | null {
    return this.#watchers.find(this.id)?.callbacks ?? null;
  }

  /** Resolves once callbacks of ours that nobody needs any more are withdrawn. @internal */
  async callbacksWithdrawn(): Promise<void> {
    await this.#watchers.find(this.id)?.callbacksWithdrawn;
  }

  /** For `await using`: removes the listeners of this object. The job lives on; `cancel()` is another word. */
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
    return this.#watchers.of(this);
  }

  /** Those of this connection. */
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
