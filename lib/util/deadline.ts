import type { Clock } from './clock';
import { onAbort } from './on_abort';

/** Something that can end a wait: starts listening for it, and returns a function that stops. */
export type Limit = (end: (error: Error) => void) => () => void;

/** Settles as the work does, or rejects as soon as a limit is reached. The work itself continues. */
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

/** The limit is reached after `ms` milliseconds; Infinity: never. */
export function afterTime(clock: Clock, ms: number, error: () => Error): Limit {
  return (end) => {
    if (ms === Infinity) return () => undefined;
    const timer = clock.after(ms, () => end(error()));
    return () => timer.cancel();
  };
}

/** The limit is reached when the signal aborts, or at once if it already has. */
export function onceAborted(signal: AbortSignal, error: () => Error): Limit {
  return (end) => onAbort(signal, () => end(error()));
}

/** The limit is reached `ms` milliseconds after the signal aborts: the work is given that time to stop by itself. */
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
