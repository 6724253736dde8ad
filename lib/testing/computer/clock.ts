import { HOST } from '../../host';
import type { Timer } from '../../host';
import { MAX_TIMER } from '../../util/limits';
import type { SimulatedClock } from './computer';

/*
 * Time of a simulated computer. 'manual': it passes only when a test says so. 'auto': whenever everybody waits, it goes
 * on to the next moment at which something happens, as long as the program waits for something. 'real': as in the world,
 * or faster. The events of a moment happen in the order in which they were asked for.
 */

export type ClockMode = (typeof CLOCK_MODES)[number];
export const CLOCK_MODES = ['manual', 'auto', 'real'] as const;

interface Entry {
  readonly due: number;
  readonly order: number;
  readonly work: () => void;
  /** Whether the program waits for it; those of the service and unref'd timers do not let time pass. */
  waited: boolean;
}

export interface ClockOptions {
  readonly mode: ClockMode;
  /** How many times as fast as in the world, in 'real' mode. */
  readonly speed: number;
  /** Throws what the simulation has to complain about. */
  readonly check: () => void;
  /** 'auto': the program waits for what will not happen. */
  readonly stuck: () => void;
}

const DAY = 24 * 3_600_000;
/** The library looks at a job at least every minute. In milliseconds. */
const LONGEST_POLL = 2 * 60_000;
/** How often the program may look in vain: a second or so of real time, in which a test may do something else. */
const IN_VAIN = 5000;

/** Resolves once other events of Node.js had their turn. */
const turn = () => new Promise<void>((resolve) => void HOST.clock.afterPendingEvents(resolve));

export class VirtualClock implements SimulatedClock {
  readonly #state: { time: number };
  readonly #check: () => void;
  readonly #stuck: () => void;
  readonly #begun: number;
  readonly #timers: Entry[] = [];
  readonly #working = new Set<Promise<unknown>>();
  #mode: ClockMode;
  #speed: number;
  #order = 0;
  /** Grows with whatever happens: when it stands still, everybody waits. */
  #activity = 0;
  /** Calls of afterPendingEvents that are still to be made. */
  #pendingEvents = 0;
  /** How many advance() and the like are at work: time does not pass by itself meanwhile. */
  #driven = 0;
  #pumping = false;
  /** Moments in a row at which the program looked in vain for something that will not happen. */
  #vain = 0;
  #realTimer: Timer | undefined;
  /** In 'real' mode, the moment of the world that `time` was last read at. */
  #realNow = HOST.clock.now();

  /** `state.time` is always the time of day. */
  constructor(state: { time: number }, { mode, speed, check, stuck }: ClockOptions) {
    this.#state = state;
    this.#begun = state.time;
    this.#mode = mode;
    this.#speed = speed;
    this.#check = check;
    this.#stuck = stuck;
  }

  get mode(): ClockMode {
    return this.#mode;
  }

  set mode(mode: ClockMode) {
    this.time();
    this.#mode = mode;
    this.#realNow = HOST.clock.now();
    this.#happened();
  }

  get speed(): number {
    return this.#speed;
  }

  set speed(speed: number) {
    this.time();
    this.#speed = speed;
    this.#happened();
  }

  time(): number {
    const now = HOST.clock.now();
    if (this.#mode === 'real') this.#state.time += (now - this.#realNow) * this.#speed;
    this.#realNow = now;
    return this.#state.time;
  }

  now(): number {
    return this.time() - this.#begun;
  }

  date(): Date {
    return new Date(this.time());
  }

  after(ms: number, work: () => void): Timer {
    return this.#add(ms, work, true);
  }

  schedule(ms: number, work: () => void): Timer {
    return this.#add(ms, work, false);
  }

  afterPendingEvents(work: () => void): Timer {
    this.#pendingEvents++;
    const end = () => {
      if (!pending) return;
      pending = false;
      this.#pendingEvents--;
      this.#happened();
    };
    let pending = true;
    const timer = HOST.clock.afterPendingEvents(() => {
      end();
      work();
    });
    return {
      cancel: () => {
        end();
        timer.cancel();
      },
      ref: () => timer.ref(),
      unref: () => timer.unref(),
    };
  }

  during<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#working.add(settled);
    void settled.then(() => {
      this.#working.delete(settled);
      this.#happened();
    });
    return work;
  }

  /** Lets so many milliseconds pass, and everything happen that is due by then. */
  async advance(ms: number): Promise<void> {
    const end = this.time() + ms;
    await this.#drive(async () => {
      while (await this.#step(end)) this.#check();
      if (this.#mode !== 'real') this.#state.time = Math.max(this.#state.time, end);
      else while (this.time() < end) await this.#realPause(end - this.time()); // a timer may be over a little early
      await this.#settle();
    });
  }

  /** Lets time pass until a condition is met, for `limit` milliseconds at most. Resolves with whether it was met. */
  async advanceUntil(isMet: () => boolean | Promise<boolean>, limit: number): Promise<boolean> {
    const end = this.time() + limit;
    return this.#drive(async () => {
      await this.#settle();
      for (;;) {
        this.#check();
        if (await isMet()) return true;
        if (!(await this.#step(end))) return false;
      }
    });
  }

  /** Time jumps: what was due meanwhile happens late, as after the computer slept. */
  async jump(ms: number): Promise<void> {
    await this.#drive(async () => {
      await this.#settle();
      this.time();
      this.#state.time += ms;
      await this.#settle();
    });
  }

  /** Timers that the program, not the service, still has. */
  get waiting(): number {
    return this.#timers.filter(({ waited }) => waited).length;
  }

  /** Ends all timers. */
  dispose(): void {
    this.#timers.length = 0;
    this.#realTimer?.cancel();
  }

  #add(ms: number, work: () => void, waited: boolean): Timer {
    const entry: Entry = { due: this.time() + Math.max(0, ms), order: this.#order++, work, waited };
    const at = this.#timers.findIndex((other) => other.due > entry.due);
    this.#timers.splice(at < 0 ? this.#timers.length : at, 0, entry);
    this.#happened();
    const keep = (on: boolean) => {
      entry.waited = waited && on;
      this.#happened();
    };
    return {
      cancel: () => {
        const index = this.#timers.indexOf(entry);
        if (index >= 0) this.#timers.splice(index, 1);
        this.#happened();
      },
      ref: () => keep(true),
      unref: () => keep(false),
    };
  }

  async #drive<T>(work: () => Promise<T>): Promise<T> {
    this.#driven++;
    try {
      const result = await work();
      this.#check();
      return result;
    } finally {
      this.#driven--;
      this.#happened();
    }
  }

  /** Waits until nobody has anything to do at this moment. */
  async #settle(): Promise<void> {
    for (let seen = -1; seen !== this.#activity || this.#pendingEvents > 0;) {
      while (this.#working.size > 0) await Promise.race(this.#working);
      seen = this.#activity;
      await turn();
    }
  }

  /** Goes on to the next moment, if it is not after `end`, and lets the first of its events happen. */
  async #step(end: number): Promise<boolean> {
    await this.#settle();
    const [next] = this.#timers;
    if (next === undefined || next.due > end) return false;
    if (this.#mode === 'real') {
      await this.#realPause(next.due - this.time());
      this.#runDue();
    } else {
      this.#run(next);
    }
    await this.#settle();
    return true;
  }

  #run(entry: Entry): void {
    this.#timers.splice(this.#timers.indexOf(entry), 1);
    this.#state.time = Math.max(this.#state.time, entry.due);
    this.#activity++;
    entry.work();
  }

  #happened(): void {
    this.#activity++;
    if (this.#mode === 'real') this.#arm();
    else if (this.#mode === 'auto') void this.#pump();
  }

  /** 'auto': time passes while the program waits and nobody has anything to do. */
  async #pump(): Promise<void> {
    if (this.#pumping || this.waiting === 0) return;
    this.#pumping = true;
    try {
      for (;;) {
        await this.#settle();
        const [next] = this.#timers;
        if (this.#mode !== 'auto' || this.#driven > 0 || this.waiting === 0 || next === undefined) return;
        this.#vain = this.#isInVain ? this.#vain + 1 : 0;
        if (this.#vain === IN_VAIN) this.#stuck();
        this.#run(next);
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** Whether the program only looks again and again, without a limit, and the service has nothing to do. */
  get #isInVain(): boolean {
    const soon = (waited: boolean) => this.#state.time + (waited ? LONGEST_POLL : DAY);
    return this.#timers.every(({ due, waited }) => due <= soon(waited) === waited);
  }

  /** 'real': one timer of Node.js, for the next of ours. */
  #arm(): void {
    this.#realTimer?.cancel();
    const [next] = this.#timers;
    if (next === undefined) return;
    const ms = Math.min(Math.max(0, next.due - this.time()) / this.#speed, MAX_TIMER);
    this.#realTimer = HOST.clock.after(ms, () => {
      this.#runDue();
      this.#arm();
    });
    if (this.waiting === 0) this.#realTimer.unref();
  }

  #runDue(): void {
    const now = this.time();
    for (let [next] = this.#timers; next !== undefined && next.due <= now; [next] = this.#timers) {
      this.#timers.shift();
      this.#activity++;
      next.work();
    }
  }

  async #realPause(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => void HOST.clock.after(ms / this.#speed, resolve));
  }
}
