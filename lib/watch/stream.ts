import { BitsAbortError } from '../errors';
import { guardMethods } from '../errors/api_boundary';
import type { Clock, Timer } from '../host';
import type { WatchSnapshot } from './snapshot';
import type { Follower, Observation, Watcher } from './watcher';

/** States that a job does not leave by itself, without 'suspended', which is often only a pause. */
export const FINAL_STATES: ReadonlySet<string> = new Set(['transferred', 'error', 'acknowledged', 'cancelled']);

/** The checked options of `watch()`. */
export interface StreamSettings {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds. */
  readonly interval: number;
  readonly serviceTimeout: number;
}

/** The iterator that `job.watch()` returns: for `for await`, or, when read with `next()`, for `await using`. */
export interface WatchIterator extends AsyncIterableIterator<WatchSnapshot>, AsyncDisposable {
  next(): Promise<IteratorResult<WatchSnapshot, undefined>>;
  /** Stops watching. */
  return(): Promise<IteratorResult<WatchSnapshot, undefined>>;
  [Symbol.asyncIterator](): WatchIterator;
}

/** The snapshots of `job.watch()`. Only the newest is kept: a slow consumer gets fewer snapshots, not outdated ones. */
export class WatchStream implements WatchIterator, Follower {
  readonly ref = true;
  readonly everyPoll = true;
  readonly flags = ['jobModification'] as const;
  #newest: WatchSnapshot | undefined;
  /** When the last snapshot was delivered, by the clock. */
  #deliveredAt = -Infinity;
  #failure: { readonly error: Error } | undefined;
  #ended = false;
  #following = false;
  readonly #waiting: {
    resolve: (result: IteratorResult<WatchSnapshot, undefined>) => void;
    reject: (error: Error) => void;
  }[] = [];
  #timer: Timer | undefined;
  readonly #abort = () => {
    this.#fail(new BitsAbortError('watching the job', { cause: this.settings.signal?.reason, left: 'detached' }));
  };

  constructor(
    private readonly watcher: () => Watcher,
    private readonly clock: Clock,
    private readonly settings: StreamSettings,
  ) {}

  get serviceTimeout(): number {
    return this.settings.serviceTimeout;
  }

  /** @internal */
  static isStream(value: unknown): boolean {
    return typeof value === 'object' && value !== null && #ended in value;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<WatchSnapshot, undefined>> {
    if (!this.#following && !this.#ended) this.#follow();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#deliver();
    });
  }

  async return(): Promise<IteratorResult<WatchSnapshot, undefined>> {
    this.#newest = undefined;
    this.#end();
    this.#deliver();
    return Promise.resolve({ done: true, value: undefined });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  observed({ snapshot }: Observation): void {
    this.#newest = snapshot;
    if (FINAL_STATES.has(snapshot.state)) this.#end();
    this.#deliver();
  }

  failed(error: Error, since: number, final: boolean): void {
    if (final || since >= this.settings.serviceTimeout) this.#fail(error);
  }

  #follow(): void {
    this.#following = true;
    const { signal } = this.settings;
    if (signal?.aborted === true) {
      this.#abort();
      return;
    }
    signal?.addEventListener('abort', this.#abort, { once: true });
    this.watcher().follow(this);
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    this.#failure = { error };
    this.#newest = undefined;
    this.#end();
    this.#deliver();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.settings.signal?.removeEventListener('abort', this.#abort);
    if (this.#following) this.watcher().unfollow(this);
  }

  /** Settles the pending `next()` calls with what is available. */
  #deliver(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    if (this.#newest !== undefined) {
      const early = this.#deliveredAt + this.settings.interval - this.clock.now();
      if (early > 0 && !this.#ended) {
        // the last snapshot is not delayed
        this.#timer ??= this.clock.after(early, () => {
          this.#timer = undefined;
          this.#deliver();
        });
        return;
      }
      this.#timer?.cancel();
      this.#timer = undefined;
      this.#deliveredAt = this.clock.now();
      const value = this.#newest;
      this.#newest = undefined;
      this.#waiting.shift();
      first.resolve({ done: false, value });
      if (!this.#ended) return;
    }
    if (!this.#ended) return;
    this.#timer?.cancel();
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      const failure = this.#failure;
      this.#failure = undefined; // once; afterwards the stream is simply over
      if (failure !== undefined) reject(failure.error);
      else resolve({ done: true, value: undefined });
    }
  }
}

guardMethods(WatchStream, (value) => WatchStream.isStream(value));
