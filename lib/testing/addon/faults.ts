import { checkBoolean, checkInteger, checkOptions, checkText, wrongType } from '../../arguments/checks';
import type { KnownCode } from '../../errors/codes';
import { milliseconds } from '../controls/units';
import type { Duration } from '../controls/units';
import { checkFailure } from '../hresult';
import { BitsSimulationError } from '../simulation_error';
import { comNames } from './method_names';

/** How a call fails. */
export interface FaultOptions {
  /** The service executes the call, and the answer is lost. Default false. */
  readonly executed?: boolean;
}

interface Fault extends Required<FaultOptions> {
  readonly name: string;
  readonly methods: ReadonlySet<string>;
  readonly hresult: number;
  /** Calls that still succeed before it. */
  left: number;
}

interface Hanging {
  readonly methods: ReadonlySet<string>;
  readonly released: Promise<void>;
  readonly release: () => void;
}

/**
 * What goes wrong with calls. A method is named as in COM ('IBackgroundCopyJob::Resume') or as in this package
 * ('resume'); a failure is an HRESULT or its name ('BG_E_EMPTY'). The steps of `createJob` are calls of their own.
 */
export class Faults {
  readonly #faults: Fault[] = [];
  readonly #delays = new Map<string, number>();
  readonly #hanging = new Set<Hanging>();

  /**
   * The next call of a method fails. Several are used up one after another. Throws TypeError or RangeError for wrong
   * arguments, also for a code of success, and BitsSimulationError for a method that there is not.
   */
  next(method: string, hresult: number | KnownCode, options?: FaultOptions): void {
    this.nth(1, method, hresult, options);
  }

  /** The n-th call from now on fails, counted from 1. Throws as `next()` does. */
  nth(n: number, method: string, hresult: number | KnownCode, options?: FaultOptions): void {
    if (typeof n !== 'number') throw wrongType('n', "a number, as in nth(2, 'resume', 'E_FAIL')", n);
    const left = checkInteger(n, 'n', { min: 1 }) - 1;
    const methods = namesOf(method);
    const { executed = false } = checkOptions(options, 'options', ['executed']);
    this.#faults.push({
      name: method,
      methods,
      hresult: checkFailure(hresult, 'hresult'),
      executed: checkBoolean(executed, 'options.executed'),
      left,
    });
  }

  /**
   * Every call of a method takes so long, by the clock of the computer: milliseconds, or a text like '10s'; 0: no time.
   * Throws TypeError for what is no duration, and BitsSimulationError for a method that there is not.
   */
  delay(method: string, time: Duration): void {
    const ms = milliseconds(time, 'time');
    for (const name of namesOf(method)) {
      if (ms > 0) this.#delays.set(name, ms);
      else this.#delays.delete(name);
    }
  }

  /** Calls of a method are not answered, until they are released, or the service ends. */
  hang(method: string): void {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#hanging.add({ methods: namesOf(method), released, release });
  }

  /** Answers the calls that hang; without a method: all of them. */
  release(method?: string): void {
    const names = method === undefined ? null : namesOf(method);
    for (const one of [...this.#hanging]) {
      if (names !== null && ![...one.methods].some((name) => names.has(name))) continue;
      this.#hanging.delete(one);
      one.release();
    }
  }

  /** Faults that no call has met, by the methods they were meant for. */
  get unused(): readonly string[] {
    return this.#faults.map(({ name }) => name);
  }

  /** The fault that a call meets. @internal */
  take(method: string): Fault | undefined {
    const armed = this.#faults.filter(({ methods }) => methods.has(method));
    const due = armed.find(({ left }) => left === 0);
    for (const fault of armed) if (fault.left > 0) fault.left--;
    if (due !== undefined) this.#faults.splice(this.#faults.indexOf(due), 1);
    return due;
  }

  /** Milliseconds that a call takes. @internal */
  delayOf(method: string): number {
    return this.#delays.get(method) ?? 0;
  }

  /** Resolves when a call that hangs is released; undefined: it does not hang. @internal */
  hangingOf(method: string): Promise<void> | undefined {
    return [...this.#hanging].find(({ methods }) => methods.has(method))?.released;
  }
}

function namesOf(method: string): ReadonlySet<string> {
  const names = comNames(checkText(method, 'method'));
  if (names.size === 0) throw new BitsSimulationError(`There is no method '${method}' that could fail or hang.`);
  return names;
}
