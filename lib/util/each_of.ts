/** How many file operations are made at a time: as many as hide that each of them waits, and few enough for slow disks. */
export const FILES_AT_A_TIME = 8;

/**
 * Does some work for each item, several at a time, and resolves with the results in the order of the items. After a
 * failure, or once the signal aborts, nothing more is begun; the promise settles when what is under way has ended. It
 * rejects with the error of the first item that failed, as if they had been worked on one after another.
 */
export async function eachOf<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
  signal?: AbortSignal,
  atATime = FILES_AT_A_TIME,
): Promise<R[]> {
  const results: R[] = [];
  const failures = new Map<number, unknown>();
  let next = 0;
  const workOnOneAfterAnother = async () => {
    while (next < items.length && failures.size === 0) {
      const index = next++;
      try {
        signal?.throwIfAborted();
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failures.set(index, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, workOnOneAfterAnother));
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
  return results;
}
