import { BitsTimeoutError } from '../errors';

/** The promise, or what `late` makes when it takes longer. Infinity: the promise. */
export async function within<T>(
  time: number,
  promise: Promise<T>,
  late = (): Error => new BitsTimeoutError('the call', time),
): Promise<T> {
  if (time === Infinity) return promise;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(late());
    }, time);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
