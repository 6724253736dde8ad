import type { JobState, NotifyFlag, UnknownWord } from '../contract/enums';
import { BitsEndedError } from '../errors';
import type { BitsTransferError } from '../errors';
import type { BitsFile } from '../bits/file';
import type { Notice, NotifyCallbacks } from '../bits/job/copy_job';
import type { ExplainedJob } from '../explain/explained_job';
import type { FileRange } from '../bits/ranges';
import { Listeners } from './listeners';
import type { AddOptions, AnyListener, ListenerEntry } from './listeners';
import type { WatchSnapshot } from './snapshot';
import { callSafely } from './watcher';
import type { Follower, Observation, Watcher } from './watcher';

/** What every event says. */
export interface EventOf<J> {
  readonly job: J;
  /** What the look found that confirmed the event. */
  readonly snapshot: WatchSnapshot;
}

/** The events of a job, and what each passes to its listeners. */
export interface EventsOf<J> {
  /** Every file has arrived; the job waits for `complete()`. */
  readonly transferred: EventOf<J>;
  /**
   * The job will not be transferred, or it cannot be known. Listeners get the Error first, then this. Without a
   * listener nothing happens.
   *
   * - BitsTransferError: the job is in the state error.
   * - BitsEndedError: it was cancelled or completed, by whomever, before it was seen transferred or in error.
   * - BitsNotFoundError: it is gone. BitsAccessError: it may not be watched any more. BitsClosedError: `manager.close()`.
   * - BitsUnavailableError: the service has been out of reach for longer than the `serviceTimeout` of `connect()`; events may
   *   still come.
   *
   * There is a snapshot in the first two cases.
   */
  readonly error: { readonly job: J; readonly snapshot: WatchSnapshot | null; readonly error: Error };
  /** The job waits to try again by itself. */
  readonly transientError: EventOf<J> & { readonly error: BitsTransferError };
  /** Anything about the job is different. */
  readonly modified: EventOf<J>;
  /** One more file has arrived since somebody began to listen. */
  readonly fileTransferred: EventOf<J> & { readonly file: BitsFile; readonly path: string };
  /** Ranges that were asked for have arrived. Comes from BITS' callback only, since no look can find it. BITS 10.1. */
  readonly fileRangesTransferred: {
    readonly job: J;
    readonly file: BitsFile;
    readonly ranges: readonly FileRange[];
  };
  /** Bytes or files have arrived. */
  readonly progress: EventOf<J>;
  /** Another state. */
  readonly stateChange: EventOf<J> & {
    readonly state: JobState | UnknownWord;
    readonly previous: JobState | UnknownWord;
  };
}

/** Name of an event of a job. */
export type JobEventName = keyof EventsOf<unknown>;
/** What a listener of an event is called with: for `error` the Error first, as Node's `events.once()` expects. */
export type ArgumentsOf<E extends JobEventName, J> = E extends 'error'
  ? [error: Error, event: EventsOf<J>['error']]
  : [event: EventsOf<J>[E]];
/** What is called when an event of that name happens. */
export type ListenerOf<E extends JobEventName, J> = (...args: ArgumentsOf<E, J>) => void;

/**
 * The listeners of a job, as Node's EventEmitter has them: `events.once(job, 'transferred')` and `events.on(job,
 * 'progress')` of node:events work, with a signal too. They reject with what the event `error` says, so that they end
 * however the job ends; like every listener they do not keep the process alive.
 *
 * Other names than those of JobEvents are a TypeError. An `error` that nobody listens for is no exception.
 * @see https://nodejs.org/api/events.html
 */
export interface JobEventEmitter<J> {
  /**
   * Calls a function at every such event, from the next look at the job on. Who asks for `transferred`, `error` or
   * `transientError` while the job is in that state already is told once, too.
   *
   * Listening does not keep the process alive unless `ref` is true. The function may throw: that is an uncaught
   * exception, and the others are called all the same. When the job has left the queue, or the connection is closed,
   * the last event is `error` (unless `transferred` or `error` has told before), and the listeners are removed.
   */
  on<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this;
  /** The same for one time. */
  once<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this;
  /** Stops calling a function. When the last one is gone, the callbacks are withdrawn. */
  off<E extends JobEventName>(event: E, listener: ListenerOf<E, J>): this;
  /** `on()`. */
  addListener<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this;
  /** `off()`. */
  removeListener<E extends JobEventName>(event: E, listener: ListenerOf<E, J>): this;
  /** `on()`, to be called before the others. */
  prependListener<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this;
  /** `once()`, to be called before the others. */
  prependOnceListener<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this;
  /** Stops calling all functions, of one event or of all. */
  removeAllListeners(event?: JobEventName): this;
  /** The functions that are called at an event, as they were passed. */
  listeners<E extends JobEventName>(event: E): ListenerOf<E, J>[];
  /** The same, with what `once()` wraps around one. */
  rawListeners<E extends JobEventName>(event: E): ListenerOf<E, J>[];
  /** How many there are of an event, or how often one of them. */
  listenerCount<E extends JobEventName>(event: E, listener?: ListenerOf<E, J>): number;
  /** Events that somebody listens for. */
  eventNames(): JobEventName[];
  /** From how many listeners of one event on a warning is emitted; 0 for never. Default 10. */
  setMaxListeners(count: number): this;
  getMaxListeners(): number;
  /** Calls the listeners as if it had happened: for tests of a program. False when there are none. */
  emit<E extends JobEventName>(event: E, ...args: ArgumentsOf<E, J>): boolean;
}

/** How to listen. */
export interface ListenOptions {
  /** Keep the process alive while listening. Default false: a listener alone does not. */
  readonly ref?: boolean | undefined;
}

export const JOB_EVENTS: readonly JobEventName[] = [
  'transferred',
  'error',
  'transientError',
  'modified',
  'fileTransferred',
  'fileRangesTransferred',
  'progress',
  'stateChange',
];

const FLAGS: Readonly<Partial<Record<JobEventName, NotifyFlag>>> = {
  transientError: 'jobModification',
  modified: 'jobModification',
  progress: 'jobModification',
  stateChange: 'jobModification',
  fileTransferred: 'fileTransferred',
  fileRangesTransferred: 'fileRangesTransferred',
};

/** States that the events `transferred` and `error` have told: that the job ends after them is no news. */
const FINAL_EVENTS: ReadonlySet<string> = new Set(['transferred', 'error']);

/** Whether the state that a look found has not been told yet. */
function isNewState(snapshot: WatchSnapshot, previous: WatchSnapshot | undefined, ended: boolean): boolean {
  if (ended) return !FINAL_EVENTS.has(previous?.state ?? '');
  const again = snapshot.errorCount !== previous?.errorCount; // it went on and failed between two looks
  return previous?.state !== snapshot.state || (snapshot.error !== null && again);
}

/** The listeners of one BitsJob: one follower of the job's watcher while there is any. */
export class JobEmitter<J> implements Follower {
  readonly listeners: Listeners<JobEventName>;
  /** The watcher followed; none without listeners. */
  #watcher: Watcher | undefined;
  /**
   * Listeners that no look has been made for, with the number of looks that had begun when they came: they are told where
   * the job is, news or not.
   */
  #newListeners: { readonly entry: ListenerEntry<JobEventName>; readonly since: number }[] = [];
  /** Paths of files that are known to have arrived; undefined before the first count. */
  #arrived: Set<string> | undefined;
  /** One count of files after the other. */
  #finding: Promise<void> = Promise.resolve();
  #outage = false;
  #previous: WatchSnapshot | undefined;

  constructor(
    private readonly job: J & ExplainedJob,
    private readonly watcher: () => Watcher,
    readonly serviceTimeout: number,
  ) {
    this.listeners = new Listeners(`the job ${job.id}`, () => {
      if (this.listeners.entries.length === 0) this.#unfollow();
    });
  }

  get ref(): boolean {
    return this.listeners.entries.some(({ ref }) => ref);
  }

  get flags(): readonly NotifyFlag[] {
    return this.listeners.entries.flatMap(({ event }) => FLAGS[event] ?? []);
  }

  add(event: JobEventName, listener: AnyListener, how: AddOptions): void {
    const watcher = (this.#watcher ??= this.watcher());
    this.#newListeners.push({ entry: this.listeners.add(event, listener, how), since: watcher.looks });
    watcher.follow(this);
  }

  observed({ number, snapshot, changed }: Observation): void {
    const previous = this.#previous;
    const all = this.listeners.entries;
    const newListeners = this.#newListeners.filter(({ since }) => number > since).map(({ entry }) => entry);
    this.#previous = snapshot;
    this.#outage = false;
    const ended = snapshot.state === 'acknowledged' || snapshot.state === 'cancelled';
    if (ended) this.#unfollow(); // nothing more will come; who begins to listen from now on begins anew
    if (previous !== undefined) this.#emitChanges(snapshot, previous, changed, all);
    if (!ended && this.listeners.of('fileTransferred').length > 0) this.#emitFiles({ job: this.job, snapshot });
    const news = isNewState(snapshot, previous, ended);
    this.#newListeners = news ? [] : this.#newListeners.filter(({ since }) => number <= since);
    this.#emitState(snapshot, news ? all : newListeners);
    if (ended) this.listeners.drop(all);
  }

  /** The events that compare two looks. */
  #emitChanges(
    snapshot: WatchSnapshot,
    previous: WatchSnapshot,
    changed: boolean,
    entries: readonly ListenerEntry<JobEventName>[],
  ): void {
    const event: EventOf<J> = { job: this.job, snapshot };
    if (snapshot.state !== previous.state) {
      this.#emit('stateChange', [{ ...event, state: snapshot.state, previous: previous.state }], entries);
    }
    if (changed) this.#emit('modified', [event], entries);
    const arrived = snapshot.progress.filesTransferred !== previous.progress.filesTransferred;
    if (arrived || snapshot.bytes !== previous.bytes) this.#emit('progress', [event], entries);
  }

  failed(error: Error, since: number, final: boolean): void {
    if (!final && (since < this.serviceTimeout || this.#outage)) return;
    const { entries } = this.listeners;
    if (final) this.#unfollow();
    else this.#outage = true;
    this.#fail(error, null, entries);
    if (final) this.listeners.drop(entries);
  }

  notified(event: keyof NotifyCallbacks, { file, ranges }: Notice): void {
    if (event !== 'fileRangesTransferred' || file === undefined || ranges === undefined) return;
    this.#emit('fileRangesTransferred', [{ job: this.job, file, ranges }]);
  }

  /** Calls the listeners of an event, or those among `entries`; false when there are none. */
  emit(event: JobEventName, args: readonly unknown[], entries = this.listeners.entries): boolean {
    const called = this.listeners.of(event).filter((entry) => entries.includes(entry));
    for (const { raw } of called)
      callSafely(() => {
        Reflect.apply(raw, this.job, args as never[]);
      });
    return called.length > 0;
  }

  #emit<E extends JobEventName>(
    event: E,
    args: ArgumentsOf<E, J>,
    entries?: readonly ListenerEntry<JobEventName>[],
  ): void {
    this.emit(event, args, entries);
  }

  #fail(error: Error, snapshot: WatchSnapshot | null, entries: readonly ListenerEntry<JobEventName>[]): void {
    this.#emit('error', [error, { job: this.job, snapshot, error }], entries);
  }

  /** The events that are a state. */
  #emitState(snapshot: WatchSnapshot, entries: readonly ListenerEntry<JobEventName>[]): void {
    const { state, error } = snapshot;
    const { job } = this;
    if (state === 'transferred') this.#emit('transferred', [{ job, snapshot }], entries);
    else if (state === 'error' && error !== null) this.#fail(error, snapshot, entries);
    else if (state === 'transientError' && error !== null)
      this.#emit('transientError', [{ job, snapshot, error }], entries);
    else if (state === 'acknowledged' || state === 'cancelled') {
      this.#fail(new BitsEndedError(state, { jobId: job.id }), snapshot, entries);
    }
  }

  /** Files that have arrived by the first look are not news; those after it are. */
  #emitFiles(event: EventOf<J>): void {
    const { filesTransferred } = event.snapshot.progress;
    if (this.#arrived === undefined) {
      this.#arrived = new Set();
      if (filesTransferred > 0) this.#findArrived(this.#arrived, filesTransferred, undefined);
    } else this.#findArrived(this.#arrived, filesTransferred, event);
  }

  /** Finds the files that have arrived since the last count, by asking those that had not, up to so many in all. */
  #findArrived(arrived: Set<string>, limit: number, event: EventOf<J> | undefined): void {
    this.#finding = this.#finding
      .then(async () => {
        if (arrived.size >= limit) return;
        for (const file of await this.job.getFiles()) {
          if (arrived.size >= limit) break;
          const path = await file.getLocalName();
          if (arrived.has(path) || !(await file.getProgress()).completed) continue;
          arrived.add(path);
          if (event !== undefined && this.#arrived === arrived)
            this.#emit('fileTransferred', [{ ...event, file, path }]);
        }
      })
      .catch(() => undefined); // what is wrong with the job shows in the next look
  }

  #unfollow(): void {
    this.#watcher?.unfollow(this);
    this.#watcher = undefined;
    this.#newListeners = [];
    this.#arrived = undefined;
    this.#previous = undefined;
    this.#outage = false;
  }
}
