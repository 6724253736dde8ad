import type { Clock } from '../host';
import { onAbort } from './on_abort';

/** Something that can end a wait: begins to look out for it, and returns what stops that. */
export type Limit = (end: (error: Error) => void) => () => void;

/** Settles as the work does, or rejects when a limit is reached before. The work itself goes on. */
export async function withLimits<T>(work: Promise<T>, ...limits: readonly Limit[]): Promise<T> {
  const releases: (() => void)[] = [];
  const ended = new Promise<never>((_, reject) => {
    for (const limit of limits) releases.push(limit(reject));
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    for (const release of releases) release();
  }
}

/** So many milliseconds from now; Infinity: never. */
export function afterTime(clock: Clock, ms: number, error: () => Error): Limit {
  return (end) => {
    if (ms === Infinity) return () => undefined;
    const timer = clock.after(ms, () => end(error()));
    return () => timer.cancel();
  };
}

/** When a signal aborts, at once if it has. */
export function onceAborted(signal: AbortSignal, error: () => Error): Limit {
  return (end) => onAbort(signal, () => end(error()));
}

/** So many milliseconds after a signal has aborted: what it stops is given the time to stop by itself. */
export function afterAbort(clock: Clock, signal: AbortSignal, ms: number, error: () => Error): Limit {
  return (end) => {
    let stop = (): void => undefined;
    const release = onAbort(signal, () => {
      stop = afterTime(clock, ms, error)(end);
    });
    return () => {
      release();
      stop();
    };
  };
}

/** The work, or undefined when it fails or takes longer than `ms` milliseconds. */
export async function valueWithin<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  return withLimits(
    work,
    afterTime(clock, ms, () => new Error('too late')),
  ).catch(() => undefined);
}
