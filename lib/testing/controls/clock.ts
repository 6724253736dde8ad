import { checkOneOf, checkText, wrongType } from '../../arguments/checks';
import { decode, JOB_STATE, wordsOf } from '../../contract/enums';
import type { JobState as StateWord } from '../../contract/enums';
import { CLOCK_MODES } from '../computer/clock';
import type { ClockMode } from '../computer/clock';
import type { RunningComputer } from '../computer/create_computer';
import { BitsSimulationError } from '../simulation_error';
import { checkSpeed, milliseconds, millisecondsFrom } from './units';
import type { Duration } from './units';

/** States in which a job waits for nobody but the service. */
const BUSY: readonly number[] = (['queued', 'connecting', 'transferring'] as const).map(
  (word) => JOB_STATE.values[word],
);

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
   * with `advance()`, `run()` and `until()`. 'real': as in the world, or `speed` times as fast. Throws TypeError for
   * anything else.
   */
  get mode(): ClockMode {
    return this.#computer.clock.mode;
  }

  set mode(mode: ClockMode) {
    this.#computer.clock.mode = checkOneOf(mode, 'mode', CLOCK_MODES);
  }

  /** How many times as fast as in the world, in mode 'real': a number greater than 0. Throws TypeError or RangeError. */
  get speed(): number {
    return this.#computer.clock.speed;
  }

  set speed(speed: number) {
    this.#computer.clock.speed = checkSpeed(speed, 'speed');
  }

  /**
   * Lets time pass, such as '10m', and everything happen that is due by then. Rejects with TypeError or RangeError for
   * anything but a duration, or for one that no Date can reach.
   */
  async advance(time: Duration): Promise<void> {
    const { clock } = this.#computer;
    await clock.advance(millisecondsFrom(clock.time(), time, 'time'));
  }

  /**
   * Lets time pass until the service has nothing more to do: each job is transferred, has failed, is suspended, or waits
   * for something without a date. Rejects with BitsSimulationError after `limit` (default 100 days).
   */
  async run(limit: Duration = LIMIT): Promise<void> {
    const { state } = this.#computer;
    const isBusy = () => state.jobs.some((job) => BUSY.includes(job.state) || job.nextRetry !== null);
    await this.#until(() => !isBusy(), limit, 'The service did not run out of work');
  }

  /**
   * Lets time pass until a job is in a state, or a condition is met. Rejects with BitsSimulationError after `limit`
   * (default 100 days), or as soon as the job has left the queue in another state, or if there never was such a job.
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
      await this.#until(what, (stateOrLimit as Duration | undefined) ?? LIMIT, 'The condition was not met');
      return;
    }
    const id = idOf(what);
    const word = checkOneOf(stateOrLimit, 'state', wordsOf(JOB_STATE));
    await this.#until(() => this.#isIn(id, word), limit, `Job ${id} did not become '${word}'`);
  }

  /** Whether a job is in a state, or has left the queue in it. */
  #isIn(id: string, word: StateWord): boolean {
    const { jobs, ended = {} } = this.#computer.state;
    const inQueue = jobs.find((job) => plain(job.id) === plain(id));
    if (inQueue !== undefined) return inQueue.state === JOB_STATE.values[word];
    const [, end] = Object.entries(ended).find(([each]) => plain(each) === plain(id)) ?? [];
    if (end === undefined) throw new BitsSimulationError(`there is no job ${id}`);
    if (end === JOB_STATE.values[word]) return true;
    throw new BitsSimulationError(`job ${id} has left the queue: it is ${decode(JOB_STATE, end)}, not ${word}`);
  }

  async #until(isMet: () => boolean | Promise<boolean>, limit: Duration, failure: string): Promise<void> {
    if (await this.#computer.clock.advanceUntil(isMet, milliseconds(limit, 'limit'))) return;
    const within = typeof limit === 'number' ? `${limit} ms` : limit;
    throw new BitsSimulationError(`${failure} within ${within}; ${this.#queue()}`);
  }

  #queue(): string {
    const { jobs } = this.#computer.state;
    if (jobs.length === 0) return 'the queue is empty.';
    const lines = jobs.map(({ id, state, displayName }) => `\n  ${id} ${decode(JOB_STATE, state)} '${displayName}'`);
    return `the queue:${lines.join('')}`;
  }
}

const plain = (id: string): string => id.replace(/[{}]/g, '').toLowerCase();

/** The id of a job, which is also one of the library's. */
function idOf(what: unknown): string {
  if (typeof what !== 'object' || what === null) throw wrongType('job', 'a job or a function', what);
  return checkText((what as { readonly id?: unknown }).id, 'job.id', { allowEmpty: false });
}
