import { connectThrough } from '../connect';
import type { ConnectOptions } from '../connect';
import type { NativeAddon } from '../contract/addon';
import type { Clock, Host, Timer } from '../host';
import type { BitsManager } from '../manager';
import { useService } from '../native/service';
import type { Client } from './computer/computer';
import type { RunningComputer, RunningProgram } from './computer/create_computer';
import type { Identity } from './computer/state';

/** The clock as one program has it: its timers end with it. */
class ProgramClock implements Clock {
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  date(): Date {
    return this.#clock.date();
  }

  after(ms: number, work: () => void): Timer {
    return this.#add((done) => this.#clock.after(ms, done), work);
  }

  afterPendingEvents(work: () => void): Timer {
    return this.#add((done) => this.#clock.afterPendingEvents(done), work);
  }

  /** Timers that are still to fire. */
  get pending(): number {
    return this.#timers.size;
  }

  end(): void {
    this.#ended = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #add(start: (done: () => void) => Timer, work: () => void): Timer {
    if (this.#ended) return { cancel: () => undefined, ref: () => undefined, unref: () => undefined };
    const timer = start(() => {
      this.#timers.delete(timer);
      work();
    });
    this.#timers.add(timer);
    return {
      cancel: () => {
        this.#timers.delete(timer);
        timer.cancel();
      },
      ref: () => timer.ref(),
      unref: () => timer.unref(),
    };
  }
}

/** What `install()` has done, until it is disposed of, also by `using`. */
export interface Installed extends Disposable {
  dispose(): void;
}

/** Makes the addon of a program. */
export type AddonFor = (client: Client) => NativeAddon;

/** A program on a simulated computer that uses this library: what it does is done with the rights of its user. */
export class SimulatedProgram implements RunningProgram {
  readonly #clock: ProgramClock;
  readonly #host: Host;
  /** @internal */
  readonly addon: NativeAddon;
  #alive = true;
  #uninstall: (() => void) | undefined;

  /** @internal */
  constructor(
    private readonly computer: RunningComputer,
    readonly identity: Identity,
    addonFor: AddonFor,
  ) {
    this.#clock = new ProgramClock(computer.clock);
    const hex = (bytes: number) =>
      Array.from({ length: bytes * 2 }, () => Math.floor(computer.random() * 16).toString(16)).join('');
    this.#host = { clock: this.#clock, disk: computer.disk.hostFor(identity), randomHex: hex };
    this.addon = addonFor(this);
    computer.programs.add(this);
  }

  /** Whether the program runs. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Connects to the simulated BITS, as `connect()` of the package does to the real one. */
  connect(options: ConnectOptions = {}): Promise<BitsManager> {
    return connectThrough(() => this.#service, options);
  }

  /**
   * Until it is disposed of, or the program ends, `connect()`, `download()` and `isSupported()` of this copy of the
   * package are those of this program.
   */
  install(): Installed {
    const dispose = useService(() => this.#service);
    this.#uninstall = dispose;
    return { dispose, [Symbol.dispose]: dispose };
  }

  /**
   * Ends the program, as the task manager does: nothing in it goes on, its promises never settle, and its callbacks are
   * gone. Its jobs stay in the queue.
   */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#clock.end();
    this.#uninstall?.();
    this.computer.programs.delete(this);
    for (const [id, { client }] of this.computer.registrations)
      if (client === this) this.computer.registrations.delete(id);
  }

  /** Timers that the library has started in it, and that have not fired. */
  get pendingTimers(): number {
    return this.#clock.pending;
  }

  get #service(): { readonly addon: NativeAddon; readonly host: Host } {
    return { addon: this.addon, host: this.#host };
  }
}
