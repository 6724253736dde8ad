import { guardComObject } from './bits/com_object';
import type { ArgumentsOf, EmitterOf, EventOf, EventsOf, JobEventName, ListenerOf } from './watch/events';
import type { JobSnapshot } from './explain/explained_job';
import { WatchedJob } from './watch/watched_job';

/**
 * A job in the BITS queue. It belongs to Windows and continues after this object, the process and the session have
 * ended. Calls on one job are made in the order in which they are issued, awaited or not.
 *
 * Every method rejects with BitsStateError when the job's state does not allow the call, BitsNotFoundError when the job
 * no longer exists, BitsAccessError when the caller lacks the permission, BitsNotSupportedError when this BITS is too
 * old, and BitsUnavailableError when the service cannot be reached or does not answer. Bad arguments are a TypeError or
 * RangeError.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyjob
 */
export class BitsJob extends WatchedJob<BitsJob> {}

guardComObject(BitsJob, 'job');

/** A job of the queue and its snapshot. Frozen. */
export interface ListedJob {
  readonly job: BitsJob;
  readonly snapshot: JobSnapshot;
}

/** What every event carries. */
export type JobEvent = EventOf<BitsJob>;
/** The events of a job, and what the listeners of each receive. */
export type JobEvents = EventsOf<BitsJob>;
/** The arguments of a listener; for `error` the Error comes first, as `events.once()` of Node.js expects. */
export type JobEventArguments<E extends JobEventName> = ArgumentsOf<E, BitsJob>;
/** A listener of an event. */
export type JobListener<E extends JobEventName> = ListenerOf<E, BitsJob>;
/** The listeners of a job, as Node's EventEmitter has them. */
export type JobEventEmitter = EmitterOf<BitsJob>;
