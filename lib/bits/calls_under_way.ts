import type { Clock, Timer } from '../host';
import { MAX_TIMER } from '../util/limits';

/** A timer that is this late, in milliseconds, shows that the process or the computer was suspended. */
const STANDSTILL_DELAY = 1000;
/** Time for answers that arrived in the meantime to be delivered, in milliseconds. */
const GRACE_AFTER_STANDSTILL = 500;

/** How long to wait for a call. */
export interface CallLimits {
  /** Milliseconds without an answer after which the call rejects; Infinity: never. */
  readonly limit: number;
  /** Milliseconds for which the call keeps the process alive. */
  readonly hold: number;
}

/** What to do when the service does not answer in time. */
export interface UnansweredHandler<T> {
  /** The error to reject with. `called`: the call was handed to the addon and may still take effect. */
  error(called: boolean): Error;
  /** Receives a result that arrives after the call has been rejected. */
  late?: ((result: T) => void) | undefined;
}

/** Calls that the addon makes one after another: when one hangs, those behind it cannot be answered either. */
interface Queue {
  pending: number;
  /** When the last answer came or, before any, the first call was made; by the clock. */
  lastAnswerAt: number;
}

interface OpenCall {
  /** Resolves once the call is answered or given up. */
  readonly settled: Promise<void>;
  giveUp(): void;
}

/**
 * The addon's calls that are under way. A call is given up when its queue has been without an answer for as long as the
 * call's limit, so time spent waiting behind other calls that are answered does not count. A call cannot be called off:
 * one that was given up keeps its place in the queue, and until it is answered, other calls in the queue fail at once.
 */
export class CallsUnderWay {
  readonly #queues = new Map<string, Queue>();
  readonly #open = new Set<OpenCall>();

  /** `abandon` tells the addon that nobody is waiting for a call any more, so it need not keep the process alive. */
  constructor(
    private readonly clock: Clock,
    private readonly abandon: (call: Promise<unknown>) => void,
  ) {}

  /** Milliseconds since the queue last answered; 0 when no call is pending. */
  unansweredFor(queue: string): number {
    const known = this.#queues.get(queue);
    return known === undefined ? 0 : this.clock.now() - known.lastAnswerAt;
  }

  /** Makes a call, unless its queue has already been without an answer for as long as the limit. */
  make<T>(name: string, limits: CallLimits, start: () => Promise<T>, unanswered: UnansweredHandler<T>): Promise<T> {
    if (this.unansweredFor(name) >= limits.limit) return Promise.reject(unanswered.error(false));
    const answer = start();
    const queue = this.#queues.get(name) ?? { pending: 0, lastAnswerAt: this.clock.now() };
    this.#queues.set(name, queue);
    queue.pending++;
    const answered = (): void => {
      queue.lastAnswerAt = this.clock.now();
      if (--queue.pending === 0) this.#queues.delete(name);
    };
    answer.then(answered, answered);

    return new Promise<T>((resolve, reject) => {
      let given = false;
      let settle = (): void => undefined;
      const giveUp = (): void => {
        given = true;
        done();
        this.abandon(answer);
        reject(unanswered.error(true));
      };
      const open: OpenCall = {
        settled: new Promise((settled) => {
          settle = settled;
        }),
        giveUp,
      };
      const stop = startTimeout(this.clock, queue, limits, giveUp, () => {
        this.abandon(answer);
      });
      const done = (): void => {
        stop();
        this.#open.delete(open);
        settle();
      };
      this.#open.add(open);
      answer.then(done, done);
      answer.then((result) => {
        if (given) unanswered.late?.(result);
        else resolve(result);
      }, reject);
    });
  }

  /** Resolves once no call is under way, including those that were started by the answer to another. */
  async settled(): Promise<void> {
    do {
      await Promise.allSettled([...this.#open].map(({ settled }) => settled));
      await new Promise<void>((resolve) => void this.clock.afterPendingEvents(resolve));
    } while (this.#open.size > 0);
  }

  /** Gives up every call that is under way. */
  giveUp(): void {
    for (const call of [...this.#open]) call.giveUp();
  }
}

/**
 * Calls `giveUp` when the limit is over, or `letGo` after `hold` when there is no limit. Returns a function that stops
 * it.
 */
function startTimeout(
  clock: Clock,
  queue: Queue,
  { limit, hold }: CallLimits,
  giveUp: () => void,
  letGo: () => void,
): () => void {
  const begun = clock.now();
  let timer: Timer | undefined;
  let stoodStill = false;
  const sleep = (time: number): void => {
    const due = clock.now() + time;
    timer = clock.after(time, () => {
      stoodStill = !stoodStill && clock.now() - due > STANDSTILL_DELAY;
      if (stoodStill) sleep(GRACE_AFTER_STANDSTILL);
      else timer = clock.afterPendingEvents(wait);
    });
  };
  const wait = (): void => {
    const left = (limit === Infinity ? begun + hold : queue.lastAnswerAt + limit) - clock.now();
    if (left > 0) sleep(Math.min(left, MAX_TIMER));
    else if (limit !== Infinity) giveUp();
    else letGo();
  };
  wait();
  return () => timer?.cancel();
}
