import { guardComObject } from './bits/com_object';
import type { ArgumentsOf, EventOf, EventsOf, JobEventName, ListenerOf } from './watch/events';
import { WatchedJob } from './watch/watched_job';

/**
 * A job of the BITS queue. It belongs to Windows: it goes on when this object, the program or the session has ended.
 * Calls on one job are made in the order they were issued, awaited or not.
 *
 * Every method rejects with a BitsError: BitsStateError where the job's state does not allow the call,
 * BitsNotFoundError when the job is gone, BitsNotSupportedError where this BITS is too old, BitsUnavailableError when
 * the service cannot be reached.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyjob
 */
export class BitsJob extends WatchedJob<BitsJob> {}

guardComObject(BitsJob, 'job');

/** What every event says. */
export type JobEvent = EventOf<BitsJob>;
/** The events of a job, and what each passes to its listeners. */
export type JobEvents = EventsOf<BitsJob>;
/** What a listener of an event is called with: for `error` the Error first, as Node's `events.once()` expects. */
export type JobEventArguments<E extends JobEventName> = ArgumentsOf<E, BitsJob>;
/** What is called when an event of that name happens. */
export type JobListener<E extends JobEventName> = ListenerOf<E, BitsJob>;
