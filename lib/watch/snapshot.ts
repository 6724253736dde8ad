import type { BitsTransferError } from '../errors';
import type { JobSnapshot } from '../explain/explained_job';

/** The state of a job at one moment, with what a progress display needs. Frozen. */
export interface WatchSnapshot extends JobSnapshot {
  /** Bytes transferred so far; the same as `progress.bytesTransferred`. */
  readonly bytes: number;
  /** Size of all files in bytes; `null` while the size of any file is unknown. */
  readonly total: number | null;
  /** 0 to 100; `null` while the size is unknown. */
  readonly percent: number | null;
  /** Bytes per second over the last seconds; `null` unless the job is transferring and has been measured twice. */
  readonly rate: number | null;
  /** Estimated milliseconds to go at this rate; 0 once everything is transferred, `null` when unknown. */
  readonly eta: number | null;
  /** The job's error, in the states error and transientError; else `null`. */
  readonly error: BitsTransferError | null;
}

/** Milliseconds after which the weight of a measurement has decayed to about a third (1/e). */
const DECAY_TIME = 5000;

/** The rate of a transfer: an average in which older measurements count less and less. */
export class Meter {
  #bytes = 0;
  #time = 0;
  #last: { readonly bytes: number; readonly at: number } | undefined;

  /** Adds a measurement; `at` is in milliseconds of a monotonic clock. Returns bytes per second. */
  measure(bytes: number, at: number): number | null {
    const last = this.#last;
    if (last === undefined || bytes < last.bytes) {
      this.reset();
      this.#last = { bytes, at };
      return null;
    }
    const passed = at - last.at;
    if (passed > 0) {
      const weight = Math.exp(-passed / DECAY_TIME);
      this.#bytes = this.#bytes * weight + (bytes - last.bytes);
      this.#time = this.#time * weight + passed;
      this.#last = { bytes, at };
    }
    return this.#time === 0 ? null : (this.#bytes / this.#time) * 1000;
  }

  /** Forgets all measurements: what follows is another transfer, or the same one after a pause. */
  reset(): void {
    this.#bytes = 0;
    this.#time = 0;
    this.#last = undefined;
  }
}

/** Adds to a snapshot what follows from it and from earlier ones. */
export function toWatchSnapshot(
  snapshot: JobSnapshot,
  meter: Meter,
  at: number,
  error: BitsTransferError | null,
): WatchSnapshot {
  const {
    state,
    progress: { bytesTransferred: bytes, bytesTotal },
  } = snapshot;
  const done = state === 'transferred' || state === 'acknowledged';
  const total = bytesTotal ?? (done ? bytes : null); // once everything is transferred, the size is known
  let rate: number | null = null;
  if (state === 'transferring') rate = meter.measure(bytes, at);
  else meter.reset();
  return Object.freeze({
    ...snapshot,
    bytes,
    total,
    percent: percentOf(bytes, total, done),
    rate,
    eta: done ? 0 : timeLeft(total, bytes, rate),
    error,
  });
}

/** Milliseconds until `total` bytes are there at a rate of bytes per second; `null` when it cannot be known. */
export function timeLeft(total: number | null, bytes: number, rate: number | null): number | null {
  if (total === null || rate === null || rate === 0) return null;
  return (Math.max(0, total - bytes) / rate) * 1000;
}

/** 0 to 100. With a size of 0: 100 when done, else 0. */
export function percentOf(bytes: number, total: number | null, done: boolean): number | null {
  if (total === null) return null;
  return total === 0 ? (done ? 100 : 0) : Math.min(100, (bytes / total) * 100);
}

/** Whether anything differs between two snapshots of a job. */
export function isDifferent(a: JobSnapshot, b: JobSnapshot): boolean {
  const facts = ({ state, progress, priority, errorCount, displayName, description, owner, times }: JobSnapshot) =>
    JSON.stringify([state, progress, priority, errorCount, displayName, description, owner, times?.modificationTime]);
  return facts(a) !== facts(b);
}
