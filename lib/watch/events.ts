import type { JobState, NotifyFlag, UnknownWord } from '../enums';
import { isBitsError } from '../errors';
import type { BitsTransferError } from '../errors';
import type { BitsFile } from '../file';
import type { BitsJob, Notice, NotifyCallbacks } from '../job';
import type { FileRange } from '../ranges';
import { SERVICE_TIMEOUT } from './profile';
import type { WatchSnapshot } from './snapshot';
import { safely } from './watcher';
import type { Follower, Look, Watcher } from './watcher';

/** What every event says. */
export interface JobEvent {
  readonly job: BitsJob;
  /** What the look found that confirmed the event. */
  readonly snapshot: WatchSnapshot;
}

/** The events of a job, and what each passes to its listeners. */
export interface JobEvents {
  /** Every file has arrived; the job waits for `complete()`. */
  readonly transferred: JobEvent;
  /**
   * The job is in the state error; or it can be watched no longer, because it is gone or the service is out of reach
   * for a minute: then there is no snapshot of it.
   */
  readonly error: { readonly job: BitsJob; readonly snapshot: WatchSnapshot | null; readonly error: Error };
  /** The job waits to try again by itself. */
  readonly transientError: JobEvent & { readonly error: BitsTransferError };
  /** Anything about the job is different. */
  readonly modified: JobEvent;
  /** One more file has arrived since somebody began to listen. */
  readonly fileTransferred: JobEvent & { readonly file: BitsFile; readonly path: string };
  /** Ranges that were asked for have arrived. Comes from BITS' callback only, since no look can find it. BITS 10.1. */
  readonly fileRangesTransferred: {
    readonly job: BitsJob; readonly file: BitsFile; readonly ranges: readonly FileRange[];
  };
  /** Bytes or files have arrived. */
  readonly progress: JobEvent;
  /** Another state. */
  readonly stateChange: JobEvent & { readonly state: JobState | UnknownWord; readonly previous: JobState | UnknownWord };
}

/** Name of an event of a job. */
export type JobEventName = keyof JobEvents;
/** What is called when an event of that name happens. */
export type JobListener<E extends JobEventName> = (event: JobEvents[E]) => void;

/** How to listen. */
export interface ListenOptions {
  /** Keep the process alive while listening. Default false: a listener alone does not. */
  readonly ref?: boolean;
}

export const JOB_EVENTS: readonly JobEventName[] = [
  'transferred', 'error', 'transientError', 'modified', 'fileTransferred', 'fileRangesTransferred', 'progress',
  'stateChange',
];

interface Entry {
  readonly event: JobEventName;
  readonly listener: (event: never) => void;
  readonly once: boolean;
  readonly ref: boolean;
}

const FLAGS: Readonly<Partial<Record<JobEventName, NotifyFlag>>> = {
  transientError: 'jobModification', modified: 'jobModification', progress: 'jobModification',
  stateChange: 'jobModification', fileTransferred: 'fileTransferred', fileRangesTransferred: 'fileRangesTransferred',
};

/** The listeners of one BitsJob: one follower of the job's watcher while there is any. */
export class JobEmitter implements Follower {
  readonly #entries: Entry[] = [];
  /** The watcher followed; none without listeners. */
  #watcher: Watcher | undefined;
  /** Paths of files that are known to have arrived; undefined before the first count. */
  #arrived: Set<string> | undefined;
  /** One count of files after the other. */
  #counting: Promise<void> = Promise.resolve();
  #outage = false;
  #previous: WatchSnapshot | undefined;

  constructor(private readonly job: BitsJob, private readonly watcher: () => Watcher) {}

  get ref(): boolean {
    return this.#entries.some(({ ref }) => ref);
  }

  get flags(): readonly NotifyFlag[] {
    return this.#entries.flatMap(({ event }) => FLAGS[event] ?? []);
  }

  add<E extends JobEventName>(event: E, listener: JobListener<E>, once: boolean, ref: boolean): void {
    const entry: Entry = { event, listener, once, ref };
    this.#entries.push(entry);
    this.#watcher ??= this.watcher();
    this.#watcher.follow(this);
    // Who comes late is told where the job is: a job that was ready just before must not be waited for in vain.
    const known = this.#previous;
    if (known?.state === event) {
      queueMicrotask(() => {
        if (this.#previous === known && this.#entries.includes(entry)) this.#state(known, [entry]);
      });
    }
  }

  clear(): void {
    this.#entries.length = 0;
    this.#leave();
  }

  remove(event: JobEventName, listener: (event: never) => void): void {
    const at = this.#entries.findIndex((entry) => entry.event === event && entry.listener === listener);
    if (at < 0) return;
    this.#entries.splice(at, 1);
    if (this.#entries.length === 0) this.#leave();
  }

  saw({ snapshot, changed }: Look): void {
    const previous = this.#previous;
    this.#previous = snapshot;
    this.#outage = false;
    const event: JobEvent = { job: this.job, snapshot };
    if (previous !== undefined && snapshot.state !== previous.state) {
      this.#emit('stateChange', { ...event, state: snapshot.state, previous: previous.state });
    }
    if (previous !== undefined && changed) this.#emit('modified', event);
    const { filesTransferred } = snapshot.progress;
    if (previous !== undefined && (snapshot.bytes !== previous.bytes || filesTransferred !== previous.progress.filesTransferred)) {
      this.#emit('progress', event);
    }
    if (this.#entries.some(({ event: name }) => name === 'fileTransferred')) this.#files(event);
    const again = snapshot.errorCount !== previous?.errorCount; // it went on and failed between two looks
    if (previous?.state !== snapshot.state || (snapshot.error !== null && again)) this.#state(snapshot, [...this.#entries]);
  }

  failed(error: Error, since: number, final: boolean): void {
    if (final) {
      this.#watcher = undefined;
      if (!isBitsError(error, 'BITS_CLOSED')) this.#fail(error); // whoever closes the connection knows
      this.#entries.length = 0;
      this.#leave();
    } else if (since >= SERVICE_TIMEOUT && !this.#outage) {
      this.#outage = true;
      this.#fail(error);
    }
  }

  notified(event: keyof NotifyCallbacks, { file, ranges }: Notice): void {
    if (event !== 'fileRangesTransferred' || file === undefined || ranges === undefined) return;
    this.#emit('fileRangesTransferred', { job: this.job, file, ranges });
  }

  #fail(error: Error): void {
    this.#emit('error', { job: this.job, snapshot: null, error });
  }

  /** The events that are a state. */
  #state(snapshot: WatchSnapshot, entries: readonly Entry[]): void {
    const { state, error } = snapshot;
    const event = { job: this.job, snapshot };
    if (state === 'transferred') this.#emit('transferred', event, entries);
    else if (state === 'error' && error !== null) this.#emit('error', { ...event, error }, entries);
    else if (state === 'transientError' && error !== null) this.#emit('transientError', { ...event, error }, entries);
  }

  #emit<E extends JobEventName>(event: E, value: JobEvents[E], entries: readonly Entry[] = [...this.#entries]): void {
    for (const entry of entries) {
      if (entry.event !== event) continue;
      if (entry.once) this.remove(event, entry.listener);
      safely(() => { (entry.listener as (event: JobEvents[E]) => void)(value); });
    }
  }

  /** Files that have arrived by the first look are not news; those after it are. */
  #files(event: JobEvent): void {
    const { filesTransferred } = event.snapshot.progress;
    if (this.#arrived === undefined) {
      this.#arrived = new Set();
      if (filesTransferred > 0) this.#count(this.#arrived, filesTransferred, undefined);
    } else this.#count(this.#arrived, filesTransferred, event);
  }

  /** Finds the files that have arrived since the last count, by asking those that had not, up to so many in all. */
  #count(arrived: Set<string>, limit: number, event: JobEvent | undefined): void {
    this.#counting = this.#counting.then(async () => {
      if (arrived.size >= limit) return;
      for (const file of await this.job.getFiles()) {
        if (arrived.size >= limit) break;
        const path = await file.getLocalName();
        if (arrived.has(path) || !(await file.getProgress()).completed) continue;
        arrived.add(path);
        if (event !== undefined && this.#arrived === arrived) this.#emit('fileTransferred', { ...event, file, path });
      }
    }).catch(() => undefined); // what is wrong with the job shows in the next look
  }

  #leave(): void {
    this.#watcher?.unfollow(this);
    this.#watcher = undefined;
    this.#arrived = undefined;
    this.#previous = undefined;
    this.#outage = false;
  }
}
