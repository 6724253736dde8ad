import { BitsAbortError, BitsTimeoutError } from '../errors';
import type { JobLeft } from '../errors';
import { onAbort } from '../util/on_abort';
import { FINAL_LIMIT } from '../util/limits';

/** What an abort left of the job. */
interface Left {
  readonly jobId?: string | undefined;
  readonly left?: JobLeft | undefined;
  readonly refused?: unknown;
}

/** How long the caller is patient. */
interface Limits {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since the call; Infinity: without end. */
  readonly timeout: number;
}

/**
 * One call of `download()`, `upload()` or `finish()`, as far as its caller has a say in it while it runs: the signal,
 * the time, and the function that is told the progress. A function that throws gives the call up as the signal does.
 */
export class Caller<Progress> {
  /** When the call was made, by `performance.now()`. */
  readonly started = performance.now();
  readonly #controller = new AbortController();
  readonly #release: () => void;
  readonly #timeout: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #why: 'signal' | 'timeout' | 'onProgress' = 'signal';

  /** `what`: the call, as errors name it. */
  constructor(
    readonly what: string,
    { signal, timeout }: Limits,
    private readonly onProgress: ((progress: Progress) => void) | undefined,
  ) {
    this.#timeout = timeout;
    this.#release =
      signal === undefined
        ? () => undefined
        : onAbort(signal, () => {
            this.#giveUp('signal', signal.reason);
          });
    if (timeout !== Infinity)
      this.#timer = setTimeout(() => {
        this.#giveUp('timeout');
      }, timeout);
  }

  /** Aborts when the caller gives up, in whichever way. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The caller's time is over. */
  get timedOut(): boolean {
    return this.signal.aborted && this.#why === 'timeout';
  }

  /** Throws when the caller has given up. */
  check(): void {
    if (this.signal.aborted) throw this.error();
  }

  /** Tells the progress. */
  readonly report = (progress: Progress): void => {
    if (this.onProgress === undefined || this.signal.aborted) return;
    try {
      this.onProgress(progress);
    } catch (thrown) {
      this.#giveUp('onProgress', thrown);
    }
  };

  /** What the work does; it stops by itself when the caller gives up. Where it hangs, the caller is told a moment later. */
  async settle<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let release = (): void => undefined;
    const hung = new Promise<never>((_, reject) => {
      release = onAbort(this.signal, () => {
        timer = setTimeout(() => {
          reject(this.error({ left: 'detached' }));
        }, FINAL_LIMIT);
      });
    });
    try {
      return await Promise.race([work, hung]);
    } finally {
      release();
      clearTimeout(timer);
    }
  }

  /** The same for work that is not the caller's own: it goes on without the caller, who is told at once. */
  async join<T>(work: Promise<T>): Promise<T> {
    let release = (): void => undefined;
    const left = new Promise<never>((_, reject) => {
      release = onAbort(this.signal, () => {
        reject(this.error({ left: 'detached' }));
      });
    });
    try {
      return await Promise.race([work, left]);
    } finally {
      release();
    }
  }

  /** Nobody is told anything any more; signal and timer are let go of. */
  end(): void {
    clearTimeout(this.#timer);
    this.#release();
  }

  /** What the call rejects with once the caller has given up. The cause is the signal's reason, or what was thrown. */
  error(left: Left = {}): BitsAbortError | BitsTimeoutError {
    if (this.#why === 'timeout') return new BitsTimeoutError(this.what, this.#timeout, { jobId: left.jobId });
    const what = this.#why === 'onProgress' ? `${this.what}, whose onProgress threw,` : this.what;
    return new BitsAbortError(what, { ...left, cause: this.signal.reason as unknown });
  }

  #giveUp(why: 'signal' | 'timeout' | 'onProgress', reason?: unknown): void {
    if (this.signal.aborted) return;
    this.#why = why;
    this.#controller.abort(reason);
  }
}
