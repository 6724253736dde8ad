import type { Clock, Timer } from '../host';
import { MAX_TIMER } from '../util/limits';

/** A timer that comes so much too late, in milliseconds, tells that the process or the computer has stood still. */
const STANDSTILL_DELAY = 1000;
/** What is given to the answers that may have come meanwhile. */
const GRACE_AFTER_STANDSTILL = 500;

/** How long to wait for a call. */
export interface CallLimits {
  /** Milliseconds without an answer after which the caller is told; Infinity: never. */
  readonly limit: number;
  /** Milliseconds for which the call keeps the process alive. */
  readonly hold: number;
}

/** What to do when the service does not answer. */
export interface UnansweredHandler<T> {
  /** `called`: the call has been handed over, and may still take effect. */
  error(called: boolean): Error;
  /** Takes a result that comes after the caller was told. */
  late?: ((result: T) => void) | undefined;
}

/** Calls that the addon makes one after another. Behind one that hangs, none of the others can be answered. */
interface Queue {
  pending: number;
  /** When the last answer came, or the first call was made, by the clock. */
  lastAnswerAt: number;
}

interface OpenCall {
  /** Answered, or given up. */
  readonly settled: Promise<void>;
  giveUp(): void;
}

/**
 * The calls of the addon that are under way. A call is given up when its queue has been without an answer for its limit:
 * time spent behind other calls that are answered does not count. What is given up still takes its place in the queue,
 * since it cannot be called off; until it is answered, other calls of the queue fail at once.
 */
export class CallsUnderWay {
  readonly #queues = new Map<string, Queue>();
  readonly #open = new Set<OpenCall>();

  /** `abandon`: tells the addon that nobody waits for a call any more, so that it need not keep the process alive. */
  constructor(
    private readonly clock: Clock,
    private readonly abandon: (call: Promise<unknown>) => void,
  ) {}

  /** Milliseconds since the queue last answered; 0 when there is nothing to answer. */
  unansweredFor(queue: string): number {
    const known = this.#queues.get(queue);
    return known === undefined ? 0 : this.clock.now() - known.lastAnswerAt;
  }

  /** Makes a call, unless its queue has been without an answer for the limit already. */
  make<T>(name: string, patience: CallLimits, start: () => Promise<T>, unanswered: UnansweredHandler<T>): Promise<T> {
    if (this.unansweredFor(name) >= patience.limit) return Promise.reject(unanswered.error(false));
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
      const stop = startTimeout(this.clock, queue, patience, giveUp, () => {
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

  /** Resolves once no call is under way, and none has followed from the last one. */
  async settled(): Promise<void> {
    do {
      await Promise.allSettled([...this.#open].map(({ settled }) => settled));
      await new Promise<void>((resolve) => void this.clock.afterPendingEvents(resolve));
    } while (this.#open.size > 0);
  }

  /** Gives up all that is under way. */
  giveUp(): void {
    for (const call of [...this.#open]) call.giveUp();
  }
}

/** Calls `giveUp`, or `letGo` where there is no limit, when the time has come; returns what ends the waiting. */
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
