import { BitsAbortError, BitsTimeoutError } from '../errors';
import type { JobLeft } from '../errors';
import type { Clock, Timer } from '../host';
import { withLimits, onceAborted, afterAbort } from '../util/deadline';
import { FINAL_LIMIT } from '../util/limits';
import { onAbort } from '../util/on_abort';

/** What became of the job when a call was given up. */
interface Left {
  readonly jobId?: string | undefined;
  readonly left?: JobLeft | undefined;
  readonly refused?: unknown;
}

/** When the caller gives up. */
interface CallerLimits {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since the call; Infinity: never. */
  readonly timeout: number;
}

/**
 * The caller of `download()`, `upload()` or `finish()`, who can give up while the call runs: by the signal, by the time
 * limit, or by an `onProgress` that throws.
 */
export class Caller<Progress> {
  /** When the call was made, by the clock's `now()`. */
  readonly started: number;
  readonly #controller = new AbortController();
  readonly #release: () => void;
  readonly #timeout: number;
  readonly #timer: Timer | undefined;
  #why: 'signal' | 'timeout' | 'onProgress' = 'signal';

  /** `what`: the call, as errors name it. */
  constructor(
    private readonly clock: Clock,
    readonly what: string,
    { signal, timeout }: CallerLimits,
    private readonly onProgress: ((progress: Progress) => void) | undefined,
  ) {
    this.started = clock.now();
    this.#timeout = timeout;
    this.#release =
      signal === undefined
        ? () => undefined
        : onAbort(signal, () => {
            this.#giveUp('signal', signal.reason);
          });
    if (timeout !== Infinity)
      this.#timer = clock.after(timeout, () => {
        this.#giveUp('timeout');
      });
  }

  /** Aborts when the caller gives up, for whatever reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds since the call. */
  get elapsed(): number {
    return this.clock.now() - this.started;
  }

  /** The caller gave up because the time was over. */
  get timedOut(): boolean {
    return this.signal.aborted && this.#why === 'timeout';
  }

  throwIfAborted(): void {
    if (this.signal.aborted) throw this.error();
  }

  /** Passes the progress on. */
  readonly report = (progress: Progress): void => {
    if (this.onProgress === undefined || this.signal.aborted) return;
    try {
      this.onProgress(progress);
    } catch (thrown) {
      this.#giveUp('onProgress', thrown);
    }
  };

  /**
   * The result of the caller's own work, which stops by itself when the caller gives up. Work that does not stop in time
   * is left behind, and the caller is told all the same.
   */
  async resultOf<T>(work: Promise<T>): Promise<T> {
    return withLimits(
      work,
      afterAbort(this.clock, this.signal, FINAL_LIMIT, () => this.error({ left: 'detached' })),
    );
  }

  /** The result of work that others wait for, too: it goes on when this caller gives up, who is told at once. */
  async resultOfShared<T>(work: Promise<T>): Promise<T> {
    return withLimits(
      work,
      onceAborted(this.signal, () => this.error({ left: 'detached' })),
    );
  }

  /** Ends the call: lets go of signal and timer. */
  end(): void {
    this.#timer?.cancel();
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
