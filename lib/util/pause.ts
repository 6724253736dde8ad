import type { Clock } from './clock';
import { onAbort } from './on_abort';

/** Resolves with true after so many milliseconds, or with false as soon as the signal aborts. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => {
      release();
      resolve(true);
    });
    const release =
      signal === undefined
        ? () => undefined
        : onAbort(signal, () => {
            timer.cancel();
            resolve(false);
          });
  });
}
