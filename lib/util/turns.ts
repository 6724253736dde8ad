import { onAbort } from './on_abort';

/** Lets so many pieces of work be under way at a time, and the others wait, first come, first served. */
export class Turns {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(atATime: number) {
    this.#free = atATime;
  }

  /** Does some work when its turn comes. If the signal aborts before, it is not begun, and the promise rejects. */
  async take<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        release?.();
        resolve();
      };
      this.#waiting.add(begin);
      const release =
        signal &&
        onAbort(signal, () => {
          this.#waiting.delete(begin);
          reject(signal.reason as Error);
        });
    });
  }

  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
