import { JOB_STATE, NOTIFY_FLAGS, decode } from '../../contract/enums';
import type { Timer } from '../../host';
import { codeOf } from '../../errors/table';
import type { Computer, JobEvent } from '../computer/computer';
import type { ErrorState, JobState } from '../computer/state';
import { runCommandLine } from './command_line';
import { dwordProperty } from './job_properties';

/*
 * What happens when a job changes: its times, the trace, and what its program is told. Sources:
 * BG_JOB_TIMES (what changes the modification time), IBackgroundCopyCallback and its methods, SetNotifyFlags,
 * SetNotifyCmdLine, "Registering a COM Callback", "Group Policies" (JobInactivityTimeout).
 */

const STATE = JOB_STATE.values;
const FLAG = NOTIFY_FLAGS.values;

/** Whether the job has left the queue: ACKNOWLEDGED or CANCELLED ("Life Cycle of a BITS Job", final states). */
export const isFinal = (job: JobState): boolean => job.state >= STATE.acknowledged;

/** The job is CONNECTING or TRANSFERRING, which is what the maximum download time counts (SetMaximumDownloadTime). */
const isUnderWay = (state: number): boolean => state === STATE.connecting || state === STATE.transferring;

/** States between which a job goes by itself, without any activity in the sense of JobInactivityTimeout. */
const BY_ITSELF: readonly number[] = [
  STATE.queued,
  STATE.connecting,
  STATE.transferring,
  STATE.transientError,
  STATE.error,
];

/**
 * Notes that something was done with a job: bytes moved, a property changed, a client called Resume and the like. Changes
 * of its state alone are no activity, or a job that fails for ever would never be cancelled (JobInactivityTimeout:
 * "Transfer progress or property changes reset the timer").
 */
export function touch(computer: Computer, job: JobState): void {
  job.modificationTime = computer.clock.time();
  job.lastActivity = job.modificationTime;
}

/** Sets the state of a job, and tells everybody. Does nothing when it has that state already. */
export function setState(computer: Computer, job: JobState, state: number): void {
  const before = job.state;
  if (before === state) return;
  const now = computer.clock.time();
  job.lastActivity ??= job.modificationTime;
  job.modificationTime = now;
  if (!BY_ITSELF.includes(before) || !BY_ITSELF.includes(state)) job.lastActivity = now;
  countTransferTime(job, state, now);
  job.state = state;
  if (state !== STATE.transientError) job.nextRetry = null;
  // After an error a Resume begins anew: the old period without progress would end the job at once.
  if (before === STATE.error && state === STATE.queued) job.lastProgress = now;
  job.transferCompletionTime =
    state === STATE.transferred ? now : state > STATE.transferred ? job.transferCompletionTime : null;
  computer.trace(`job ${job.id} ${decode(JOB_STATE, state)}`);
  announce(computer, job);
}

/** Adds up the time in CONNECTING and TRANSFERRING; calling Resume resets it (SetMaximumDownloadTime). */
function countTransferTime(job: JobState, state: number, now: number): void {
  if (isUnderWay(job.state) && !isUnderWay(state)) {
    job.transferTime = (job.transferTime ?? 0) + now - (job.startedTransfer ?? now);
    job.startedTransfer = null;
  }
  if (isUnderWay(state)) job.startedTransfer ??= now;
  if (job.state === STATE.suspended || job.state === STATE.error) job.transferTime = 0;
}

/** JobModification is not called upon entering ERROR and TRANSFERRED: these have callbacks of their own. */
function announce(computer: Computer, job: JobState): void {
  if (job.state === STATE.transferred) notify(computer, job, { type: 'transferred' });
  else if (job.state === STATE.error) notify(computer, job, { type: 'error' });
  else if (!isFinal(job)) notify(computer, job, { type: 'modification' });
}

/**
 * Resume restarts the clock of the maximum download time, and writes changed remote names to the disk
 * (SetMaximumDownloadTime, SetRemoteName).
 */
export function resumed(computer: Computer, job: JobState): void {
  job.resumed = true;
  job.transferTime = 0;
  if (job.startedTransfer !== null) job.startedTransfer = computer.clock.time();
  for (const file of job.files) file.savedRemoteName = file.remoteName;
  touch(computer, job);
}

/** How an error is told. */
export interface ErrorOptions {
  /** ERROR, the default, or TRANSIENT_ERROR. */
  readonly state?: number;
  /**
   * Whether it is an attempt that failed. Network disconnects, disk checks and the bandwidth policy are none
   * (GetErrorCount); neither is the end of a time limit.
   */
  readonly counts?: boolean;
}

/** Puts a job into ERROR or TRANSIENT_ERROR. JobError is called for the former only (IBackgroundCopyCallback::JobError). */
export function setError(
  computer: Computer,
  job: JobState,
  error: ErrorState,
  { state = STATE.error, counts = true }: ErrorOptions = {},
): void {
  job.error = error;
  if (counts) job.errorCount++;
  computer.trace(`job ${job.id} fails with ${codeOf(error.hresult)} in context ${error.context}`);
  setState(computer, job, state);
}

/** The flag of SetNotifyFlags that asks for an event. */
const FLAG_OF: Readonly<Record<JobEvent['type'], number>> = {
  transferred: FLAG.jobTransferred,
  error: FLAG.jobError,
  modification: FLAG.jobModification,
  fileTransferred: FLAG.fileTransferred,
  rangesTransferred: FLAG.fileRangesTransferred,
};

/** Milliseconds between two JobModification, or FileRangesTransferred, of a job (BITS_JOB_PROPERTY_ID). */
const MINIMUM_NOTIFICATION_INTERVAL = 500;
/** BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS */
const INTERVAL_PROPERTY = 9;

/** What is held back for a while, because events of its kind come too often. */
interface Held {
  last: number;
  timer: Timer | null;
  events: JobEvent[];
}

type Throttled = 'modification' | 'rangesTransferred';
/** By job and kind of event. It belongs to the running service: nothing of it survives. */
const held = new WeakMap<JobState, Record<Throttled, Held>>();

/** Tells a job's program of an event, if it wants to know: at least once, perhaps late. */
export function notify(computer: Computer, job: JobState, event: JobEvent): void {
  const wanted = (job.notifyFlags & FLAG_OF[event.type]) !== 0 && (job.notifyFlags & FLAG.disable) === 0;
  if (!wanted) return;
  if (event.type === 'modification' || event.type === 'rangesTransferred') holdBack(computer, job, event);
  else deliver(computer, job, event);
}

function holdBack(computer: Computer, job: JobState, event: JobEvent & { type: Throttled }): void {
  const nothing = (): Held => ({ last: -Infinity, timer: null, events: [] });
  const kinds = held.get(job) ?? { modification: nothing(), rangesTransferred: nothing() };
  held.set(job, kinds);
  const mine = kinds[event.type];
  mine.events = merged(mine.events, event);
  if (mine.timer !== null) return;
  const interval = dwordProperty(job, INTERVAL_PROPERTY) ?? MINIMUM_NOTIFICATION_INTERVAL;
  const flush = () => {
    mine.timer = null;
    const { events } = mine;
    mine.events = [];
    if (!computer.state.service.running || isFinal(job)) return;
    mine.last = computer.clock.time();
    for (const each of events) deliver(computer, job, each);
  };
  const wait = mine.last + interval - computer.clock.time();
  if (wait <= 0) flush();
  else mine.timer = computer.clock.schedule(wait, flush);
}

/** One JobModification stands for all; FileRangesTransferred names the ranges since the last call. */
function merged(events: readonly JobEvent[], event: JobEvent): JobEvent[] {
  if (event.type !== 'rangesTransferred') return [event];
  const same = events.find((other) => other.type === 'rangesTransferred' && other.file === event.file);
  if (same?.type !== 'rangesTransferred') return [...events, event];
  return events.map((other) => (other === same ? { ...same, ranges: [...same.ranges, ...event.ranges] } : other));
}

/**
 * Calls the callback object. One whose program has ended is dropped, which BITS notices at the next call; a failure of
 * the important ones is followed by the command line, if there is one, or else by another attempt.
 */
function deliver(computer: Computer, job: JobState, event: JobEvent): void {
  const registration = computer.registrations.get(job.id);
  if (registration?.client.alive === true && registration.deliver(event)) return;
  if (registration?.client.alive === false) {
    computer.registrations.delete(job.id);
    computer.trace(`job ${job.id} loses its callback: the program has ended`);
  }
  if (runCommandLine(computer, job, event)) return;
  const alive = registration?.client.alive === true;
  if (alive && (event.type === 'transferred' || event.type === 'error' || event.type === 'fileTransferred'))
    deliverAgain(computer, job, event);
}

/** A notification that failed is repeated after some minutes (BITS_MC_JOB_NOTIFICATION_FAILURE): after the retry delay. */
function deliverAgain(computer: Computer, job: JobState, event: JobEvent): void {
  const { state } = job;
  computer.clock.schedule(job.minimumRetryDelay * 1000, () => {
    if (computer.state.service.running && job.state === state) deliver(computer, job, event);
  });
}
