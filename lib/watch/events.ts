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

/** What every event carries. */
export interface EventOf<J> {
  readonly job: J;
  /** The snapshot that confirmed the event. */
  readonly snapshot: WatchSnapshot;
}

/** The events of a job, and what the listeners of each receive. */
export interface EventsOf<J> {
  /** Every file has been transferred; the job waits for `complete()`. */
  readonly transferred: EventOf<J>;
  /**
   * The job has failed or ended, or can no longer be observed. Listeners receive the Error first and this record
   * second. Unlike `error` of a Node.js EventEmitter, it does not throw when nobody listens.
   *
   * - BitsTransferError: the job is in the state error.
   * - BitsEndedError: this or another program cancelled or completed the job before it was observed transferred or in
   *   error.
   * - BitsNotFoundError: the job no longer exists. BitsAccessError: the caller no longer has access to it.
   *   BitsClosedError: `manager.close()` was called.
   * - BitsUnavailableError: the service has not been reachable for the `serviceTimeout` of `connect()`. Events resume
   *   when it is back.
   *
   * The snapshot is `null` except in the first two cases.
   */
  readonly error: { readonly job: J; readonly snapshot: WatchSnapshot | null; readonly error: Error };
  /** The job has entered the state transientError; BITS retries by itself. */
  readonly transientError: EventOf<J> & { readonly error: BitsTransferError };
  /** Progress, state, a property or anything else about the job has changed. */
  readonly modified: EventOf<J>;
  /** Another file has been transferred since the first listener was added. */
  readonly fileTransferred: EventOf<J> & { readonly file: BitsFile; readonly path: string };
  /** Requested ranges have been transferred. Depends on BITS' callback, since polling cannot detect it. BITS 10.1. */
  readonly fileRangesTransferred: {
    readonly job: J;
    readonly file: BitsFile;
    readonly ranges: readonly FileRange[];
  };
  /** Bytes or files have been transferred. */
  readonly progress: EventOf<J>;
  /** The state has changed. */
  readonly stateChange: EventOf<J> & {
    readonly state: JobState | UnknownWord;
    readonly previous: JobState | UnknownWord;
  };
}

/** Name of an event of a job. */
export type JobEventName = keyof EventsOf<unknown>;
/** The arguments of a listener; for `error` the Error comes first, as `events.once()` of Node.js expects. */
export type ArgumentsOf<E extends JobEventName, J> = E extends 'error'
  ? [error: Error, event: EventsOf<J>['error']]
  : [event: EventsOf<J>[E]];
/** A listener of an event. */
export type ListenerOf<E extends JobEventName, J> = (...args: ArgumentsOf<E, J>) => void;

/**
 * The methods of a Node.js EventEmitter for the events of a job. `events.once(job, 'transferred')` and `events.on(job,
 * 'progress')` of node:events work too, also with a signal. They reject with the Error of the event `error`, so they
 * settle however the job ends. Like all listeners, they do not keep the process alive.
 *
 * Throws TypeError for event names that JobEvents does not have. An `error` that nobody listens for does not throw.
 * @see https://nodejs.org/api/events.html
 */
export interface EmitterOf<J> {
  /**
   * Calls a function at every such event from the next poll on. A listener for `transferred`, `error` or
   * `transientError` that is added while the job is already in that state is called once for it.
   *
   * Listening does not keep the process alive unless `ref` is true. An error that the listener throws becomes an
   * uncaught exception; the other listeners are still called. When the job leaves the queue or the connection is
   * closed, `error` is emitted (unless `transferred` or `error` was before), and all listeners are removed.
   *
   * @example job.on('progress', ({ snapshot }) => console.log(snapshot.percent));
   */
  on<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this;
  /**
   * Calls a function at the next such event only.
   *
   * @example job.once('transferred', () => void job.complete());
   */
  once<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this;
  /** Removes a listener. When the last one is removed, the callbacks registered with BITS are withdrawn. */
  off<E extends JobEventName>(event: E, listener: ListenerOf<E, J>): this;
  /** The same as `on()`. */
  addListener<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this;
  /** The same as `off()`. */
  removeListener<E extends JobEventName>(event: E, listener: ListenerOf<E, J>): this;
  /** The same as `on()`, called before the other listeners. */
  prependListener<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this;
  /** The same as `once()`, called before the other listeners. */
  prependOnceListener<E extends JobEventName>(event: E, listener: ListenerOf<E, J>, options?: ListenOptions): this;
  /** Removes all listeners, of one event or of all. */
  removeAllListeners(event?: JobEventName): this;
  /** The listeners of an event, as they were passed. */
  listeners<E extends JobEventName>(event: E): ListenerOf<E, J>[];
  /** The same, with the wrappers that `once()` adds. */
  rawListeners<E extends JobEventName>(event: E): ListenerOf<E, J>[];
  /** The number of listeners of an event, or how often one listener was added. */
  listenerCount<E extends JobEventName>(event: E, listener?: ListenerOf<E, J>): number;
  /** The names of the events that have listeners. */
  eventNames(): JobEventName[];
  /** Sets the number of listeners of one event above which a warning is emitted; 0: never. Default 10. */
  setMaxListeners(count: number): this;
  getMaxListeners(): number;
  /** Calls the listeners of an event, to test a program. Returns false when there are none. */
  emit<E extends JobEventName>(event: E, ...args: ArgumentsOf<E, J>): boolean;
}

/** Options for adding a listener. */
export interface ListenOptions {
  /** Keep the process alive while listening. Default false. */
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

/** The states that have events of their own; when the job ends after one of them, no further `error` is emitted. */
const FINAL_EVENTS: ReadonlySet<string> = new Set(['transferred', 'error']);

/** Whether the state in a snapshot has not been reported yet. */
function isNewState(snapshot: WatchSnapshot, previous: WatchSnapshot | undefined, ended: boolean): boolean {
  if (ended) return !FINAL_EVENTS.has(previous?.state ?? '');
  const again = snapshot.errorCount !== previous?.errorCount; // it resumed and failed again between two polls
  return previous?.state !== snapshot.state || (snapshot.error !== null && again);
}

/** The listeners of one BitsJob. Follows the job's watcher while there are any. */
export class JobEmitter<J> implements Follower {
  readonly listeners: Listeners<JobEventName>;
  /** The watcher that is followed; undefined without listeners. */
  #watcher: Watcher | undefined;
  /**
   * Listeners added since the last poll, with the number of polls begun when they were added. They are told the current
   * state even if it is not new.
   */
  #newListeners: { readonly entry: ListenerEntry<JobEventName>; readonly since: number }[] = [];
  /** Paths of the files known to have been transferred; undefined before they are first determined. */
  #arrived: Set<string> | undefined;
  /** Serializes the searches for transferred files. */
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
    this.#newListeners.push({ entry: this.listeners.add(event, listener, how), since: watcher.polls });
    watcher.follow(this);
  }

  observed({ number, snapshot, changed }: Observation): void {
    const previous = this.#previous;
    const all = this.listeners.entries;
    const newListeners = this.#newListeners.filter(({ since }) => number > since).map(({ entry }) => entry);
    this.#previous = snapshot;
    this.#outage = false;
    const ended = snapshot.state === 'acknowledged' || snapshot.state === 'cancelled';
    if (ended) this.#unfollow(); // nothing more will come; listeners added from now on start afresh
    if (previous !== undefined) this.#emitChanges(snapshot, previous, changed, all);
    if (!ended && this.listeners.of('fileTransferred').length > 0) this.#emitFiles({ job: this.job, snapshot });
    const news = isNewState(snapshot, previous, ended);
    this.#newListeners = news ? [] : this.#newListeners.filter(({ since }) => number <= since);
    this.#emitState(snapshot, news ? all : newListeners);
    if (ended) this.listeners.drop(all);
  }

  /** Emits the events that compare two snapshots. */
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

  /** Calls those listeners of an event that are among `entries`. Returns false when there are none. */
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

  /** Emits the events that report a state. */
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

  /** Files transferred by the first poll are not reported; later ones are. */
  #emitFiles(event: EventOf<J>): void {
    const { filesTransferred } = event.snapshot.progress;
    if (this.#arrived === undefined) {
      this.#arrived = new Set();
      if (filesTransferred > 0) this.#findArrived(this.#arrived, filesTransferred, undefined);
    } else this.#findArrived(this.#arrived, filesTransferred, event);
  }

  /** Finds the files transferred since the last search, until `limit` are known. */
  #findArrived(arrived: Set<string>, limit: number, event: EventOf<J> | undefined): void {
    this.#finding = this.#finding
      .then(async () => {
        if (arrived.size >= limit) return;
        for (const { file, localName: path, completed } of await this.job.getFileSnapshots()) {
          if (arrived.size >= limit) break;
          if (path === null || arrived.has(path) || completed !== true) continue;
          arrived.add(path);
          if (event !== undefined && this.#arrived === arrived)
            this.#emit('fileTransferred', [{ ...event, file, path }]);
        }
      })
      .catch(() => undefined); // the next poll shows what is wrong with the job
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
