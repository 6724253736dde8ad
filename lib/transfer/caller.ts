import { BitsAbortError } from '../errors';
import type { JobLeft } from '../errors';
import { onAbort } from '../fan_out';

/** What an abort left of the job. */
interface Left {
  readonly jobId?: string | undefined;
  readonly left?: JobLeft | undefined;
  readonly refused?: unknown;
}

/**
 * One call of `download()`, `upload()` or `finish()`, as far as its caller has a say in it while it runs: the signal,
 * and the function that is told the progress. A function that throws gives the call up as the signal does.
 */
export class Caller<Progress> {
  readonly #controller = new AbortController();
  readonly #release: () => void;
  #threw = false;

  /** `what`: the call, as errors name it. */
  constructor(
    readonly what: string, signal: AbortSignal | undefined,
    private readonly onProgress: ((progress: Progress) => void) | undefined,
  ) {
    this.#release = signal === undefined ? () => undefined : onAbort(signal, () => { this.#controller.abort(signal.reason); });
  }

  /** Aborts when the caller gives up, in either way. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Throws when the caller has given up. */
  check(): void {
    if (this.signal.aborted) throw this.abortError();
  }

  /** Tells the progress. */
  readonly report = (progress: Progress): void => {
    if (this.onProgress === undefined || this.signal.aborted) return;
    try {
      this.onProgress(progress);
    } catch (thrown) {
      this.#threw = true;
      this.#controller.abort(thrown);
    }
  };

  /** Nobody is told anything any more, and the signal is let go of. */
  end(): void {
    this.#release();
  }

  /** What the call rejects with once the signal has aborted; the cause is the signal's reason, or what was thrown. */
  abortError(left: Left = {}): BitsAbortError {
    const what = this.#threw ? `${this.what}, whose onProgress threw,` : this.what;
    return new BitsAbortError(what, { ...left, cause: this.signal.reason as unknown });
  }
}
