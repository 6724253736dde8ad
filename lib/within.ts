import { BitsAbortError, BitsTimeoutError } from './errors';
import { LAST_LIMIT, MAX_TIMER } from './limits';

/** The promise, or what `late` makes when it takes longer. Infinity: the promise. */
export async function within<T>(
  time: number, promise: Promise<T>, late = (): Error => new BitsTimeoutError('the call', time),
): Promise<T> {
  if (time === Infinity) return promise;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => { reject(late()); }, time);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** What keeps its limits by itself, unless something hangs: then the caller is told all the same, a moment later. */
export async function bounded<T>(
  what: string, limits: { readonly signal: AbortSignal | undefined; readonly timeout: number }, promise: Promise<T>,
): Promise<T> {
  const { signal, timeout } = limits;
  let timer: NodeJS.Timeout | undefined;
  let aborted = (): void => undefined;
  const hung = new Promise<never>((_, reject) => {
    const later = (time: number, error: () => Error) => {
      clearTimeout(timer);
      timer = setTimeout(() => { reject(error()); }, Math.min(time + LAST_LIMIT, MAX_TIMER));
    };
    aborted = () => { later(0, () => new BitsAbortError(what, { cause: signal?.reason, left: 'detached' })); };
    if (timeout !== Infinity) later(timeout, () => new BitsTimeoutError(what, timeout));
    if (signal?.aborted === true) aborted();
    else signal?.addEventListener('abort', aborted, { once: true });
  });
  try {
    return await Promise.race([promise, hung]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', aborted);
  }
}
