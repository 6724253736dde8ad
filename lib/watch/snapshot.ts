import type { BitsTransferError } from '../errors';
import type { JobSnapshot } from '../explain/explained_job';

/** A job at one moment, as somebody who watches it wants to know it. Frozen. */
export interface WatchSnapshot extends JobSnapshot {
  /** Bytes so far; the same as `progress.bytesTransferred`. */
  readonly bytes: number;
  /** Bytes in all; `null` while the size of any file is not known. */
  readonly total: number | null;
  /** 0 to 100; `null` while the size is not known. */
  readonly percent: number | null;
  /** Bytes per second over the last seconds; `null` unless the job transfers, and until there is something to compare. */
  readonly rate: number | null;
  /** Seconds to go at this rate; 0 when everything has arrived, `null` when there is no telling. */
  readonly eta: number | null;
  /** In the states error and transientError: why. */
  readonly error: BitsTransferError | null;
}

/** Milliseconds after which a measurement counts for a third. */
const DECAY_TIME = 5000;

/** Rate of a transfer: an average over time in which the past decays. */
export class Meter {
  #bytes = 0;
  #time = 0;
  #last: { readonly bytes: number; readonly at: number } | undefined;

  /** Takes a measurement; `at` in milliseconds of a clock that never jumps. Returns bytes per second. */
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

  /** Forgets all: what comes next is another transfer, or the same one after a pause. */
  reset(): void {
    this.#bytes = 0;
    this.#time = 0;
    this.#last = undefined;
  }
}

/** Adds to a snapshot what follows from it and from those before it. */
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
  const total = bytesTotal ?? (done ? bytes : null); // once all has arrived, the size is known
  let rate: number | null = null;
  if (state === 'transferring') rate = meter.measure(bytes, at);
  else meter.reset();
  const left = total === null || rate === null || rate === 0 ? null : Math.max(0, total - bytes) / rate;
  return Object.freeze({
    ...snapshot,
    bytes,
    total,
    percent: percentOf(bytes, total, done),
    rate,
    eta: done ? 0 : left,
    error,
  });
}

/** 0 to 100; an empty file is all there, or not at all. */
export function percentOf(bytes: number, total: number | null, done: boolean): number | null {
  if (total === null) return null;
  return total === 0 ? (done ? 100 : 0) : Math.min(100, (bytes / total) * 100);
}

/** Whether a job is another than it was, as far as anybody can tell. */
export function differs(a: JobSnapshot, b: JobSnapshot): boolean {
  const facts = ({ state, progress, priority, errorCount, displayName, description, owner, times }: JobSnapshot) =>
    JSON.stringify([state, progress, priority, errorCount, displayName, description, owner, times?.modificationTime]);
  return facts(a) !== facts(b);
}
