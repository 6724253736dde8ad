import { encode, JOB_STATE } from '../../contract/enums';
import type { JobState as StateWord } from '../../contract/enums';
import type { ClockMode } from '../computer/clock';
import type { RunningComputer } from '../computer/create_computer';
import { BitsSimulationError } from '../simulation_error';
import { milliseconds } from './units';
import type { Duration } from './units';

/** States in which a job waits for nobody but the service. */
const BUSY: readonly number[] = (['queued', 'connecting', 'transferring'] as const).map(
  (word) => JOB_STATE.values[word],
);

const FINAL: readonly number[] = [JOB_STATE.values.acknowledged, JOB_STATE.values.cancelled];

/** How long `until()` waits if not told otherwise. */
const LIMIT = '100d';

/** Time on the simulated computer. */
export class SimulationClock {
  readonly #computer: RunningComputer;

  constructor(computer: RunningComputer) {
    this.#computer = computer;
  }

  /** The time of day. */
  get now(): Date {
    return this.#computer.clock.date();
  }

  /**
   * How time passes. 'auto' (default): it goes on to the next event whenever the code under test waits. 'manual': only
   * with `advance()`, `run()` and `until()`. 'real': as in the world, or `speed` times as fast.
   */
  get mode(): ClockMode {
    return this.#computer.clock.mode;
  }

  set mode(mode: ClockMode) {
    this.#computer.clock.mode = mode;
  }

  /** How many times as fast as in the world, in mode 'real'. */
  get speed(): number {
    return this.#computer.clock.speed;
  }

  set speed(speed: number) {
    this.#computer.clock.speed = speed;
  }

  /** Lets time pass, such as '10m', and everything happen that is due by then. */
  async advance(time: Duration): Promise<void> {
    await this.#computer.clock.advance(milliseconds(time, 'time'));
  }

  /**
   * Lets time pass until the service has nothing more to do: each job is transferred, has failed, is suspended, or waits
   * for something without a date. Rejects with BitsSimulationError after `limit` (default 100 days).
   */
  async run(limit: Duration = LIMIT): Promise<void> {
    const { state } = this.#computer;
    const isBusy = () => state.jobs.some((job) => BUSY.includes(job.state) || job.nextRetry !== null);
    await this.#until(() => !isBusy(), limit, 'there to be nothing more to do');
  }

  /**
   * Lets time pass until a job is in a state, or a condition is met. Rejects with BitsSimulationError after `limit`
   * (default 100 days).
   *
   * @example await sim.clock.until(job, 'transferred');
   */
  async until(condition: () => boolean | Promise<boolean>, limit?: Duration): Promise<void>;
  async until(job: { readonly id: string }, state: StateWord, limit?: Duration): Promise<void>;
  async until(
    what: { readonly id: string } | (() => boolean | Promise<boolean>),
    stateOrLimit?: StateWord | Duration,
    limit: Duration = LIMIT,
  ): Promise<void> {
    if (typeof what === 'function') {
      await this.#until(what, (stateOrLimit as Duration | undefined) ?? LIMIT, 'a condition to be met');
      return;
    }
    const state = encode(JOB_STATE, 'state', stateOrLimit);
    await this.#until(() => this.#isIn(what.id, state), limit, `job ${what.id} to be ${String(stateOrLimit)}`);
  }

  /** Whether a job is in a state. One that was acknowledged or cancelled is no longer in the queue. */
  #isIn(id: string, state: number): boolean {
    const job = this.#computer.state.jobs.find((each) => plain(each.id) === plain(id));
    if (job !== undefined) return job.state === state;
    if (FINAL.includes(state)) return true;
    throw new BitsSimulationError(`job ${id} is not in the queue (any more)`);
  }

  async #until(isMet: () => boolean | Promise<boolean>, limit: Duration, what: string): Promise<void> {
    if (await this.#computer.clock.advanceUntil(isMet, milliseconds(limit, 'limit'))) return;
    throw new BitsSimulationError(`${limit} were not enough for ${what}. The queue:\n${this.#queue()}`);
  }

  #queue(): string {
    const lines = this.#computer.state.jobs.map(
      ({ id, state, displayName }) => `${id} ${Object.keys(JOB_STATE.values)[state] ?? state} ${displayName}`,
    );
    return lines.join('\n') || 'no jobs';
  }
}

const plain = (id: string): string => id.replace(/[{}]/g, '').toLowerCase();
