import { checkBoolean, checkOptions, checkText } from '../../arguments/checks';
import type { RunningComputer, RunningProgram } from '../computer/create_computer';
import { findUser, isPerson } from '../computer/fresh_state';
import type { UserState } from '../computer/state';
import type { Faults } from '../addon/faults';
import { serviceOf } from '../service/service_process';
import { BitsSimulationError } from '../simulation_error';
import { millisecondsFrom } from './units';
import type { Duration } from './units';

/** A service that starts with Windows and is not needed at once starts two minutes later ("AutoStartDelay"). */
const DELAYED_START = 120_000;

/** The service: what an administrator, or an accident, does to it. */
export class SimulatedService {
  readonly #computer: RunningComputer;
  readonly #faults: Faults;

  constructor(computer: RunningComputer, faults: Faults) {
    this.#computer = computer;
    this.#faults = faults;
  }

  get running(): boolean {
    return this.#computer.state.service.running;
  }

  /** Stops it: its jobs stay, and go on when it is started. Connections break, and connect again by themselves. */
  stop(): void {
    serviceOf(this.#computer).stop();
  }

  /** Starts it; whoever connects does so as well. Throws BitsSimulationError while it is disabled, or the computer off. */
  start(): void {
    if (serviceOf(this.#computer).start() !== 0)
      throw new BitsSimulationError('a service that is disabled cannot start');
  }

  /** Stops it, and nobody can start it: `connect()` rejects with `ERROR_SERVICE_DISABLED`. */
  disable(): void {
    this.#computer.state.service.startType = 'disabled';
    this.#computer.trace('service: disabled');
    this.stop();
  }

  enable(): void {
    this.#computer.state.service.startType = 'demand';
    this.#computer.trace('service: enabled');
  }

  /** Its process dies. It is started by whoever connects. High-performance jobs begin their files again. */
  crash(): void {
    this.#computer.trace('service: crashes');
    serviceOf(this.#computer).stop(true);
  }

  /** Calls of a method are not answered until `release()`, or the service ends: 'resume', 'IBackgroundCopyJob::Resume'. */
  hang(method: string): void {
    this.#faults.hang(method);
  }

  /** Answers the calls of a method that hang; without a method, all of them. */
  release(method?: string): void {
    this.#faults.release(method);
  }
}

/** Who is logged on. */
export class SimulatedUsers {
  readonly #computer: RunningComputer;

  constructor(computer: RunningComputer) {
    this.#computer = computer;
  }

  /**
   * Logs a user off, by default the first one: their programs end, and their jobs wait. Throws BitsSimulationError if
   * there is no such user.
   */
  logOff(name?: string): void {
    const user = this.#user(name);
    endPrograms(this.#computer, (program) => program.identity.sid === user.sid);
    user.loggedOn = false;
    this.#computer.trace(`user: ${user.name} logs off`);
    this.#computer.engine.conditionsChanged();
  }

  /**
   * Logs a user on, by default the first one: their jobs go on. Throws BitsSimulationError if there is no such user:
   * `sim.asUser()` makes one.
   */
  logOn(name?: string): void {
    const user = this.#user(name);
    user.loggedOn = true;
    this.#computer.trace(`user: ${user.name} logs on`);
    this.#computer.engine.conditionsChanged();
  }

  #user(name?: string): UserState {
    const wanted = name === undefined ? undefined : checkText(name, 'name', { allowEmpty: false });
    const found = findUser(this.#computer.state, { name: wanted });
    if (found !== undefined && isPerson(found)) return found;
    throw new BitsSimulationError(`there is no user${wanted === undefined ? '' : ` '${wanted}'`} who logs on and off`);
  }
}

/** The computer itself. */
export class SimulatedMachine {
  readonly #computer: RunningComputer;

  constructor(computer: RunningComputer) {
    this.#computer = computer;
  }

  /**
   * Restarts the computer: all programs end, and connections with them; the queue stays. It is off for `down` (default
   * 30 seconds), and then the same users log on, unless `logOn` is false. The service starts when a program connects, or
   * two minutes later if there are jobs. Rejects with TypeError or RangeError for wrong options, and with
   * BitsSimulationError while the computer is off.
   */
  async reboot(
    options: { readonly down?: Duration | undefined; readonly logOn?: boolean | undefined } = {},
  ): Promise<void> {
    const computer = this.#computer;
    const { state, clock } = computer;
    const { down = '30s', logOn = true } = checkOptions(options, 'options', ['down', 'logOn']);
    const pause = millisecondsFrom(clock.time(), down, 'options.down');
    const logsOn = checkBoolean(logOn, 'options.logOn');
    if (!state.on) throw new BitsSimulationError('the computer is off: it cannot be restarted');
    const loggedOn = state.users.filter((user) => user.loggedOn);
    await clock.advance(0);
    endPrograms(computer, () => true);
    serviceOf(computer).stop();
    state.on = false;
    for (const user of loggedOn) user.loggedOn = !isPerson(user);
    computer.trace('machine: off');
    await clock.advance(pause);
    state.on = true;
    state.booted = clock.time();
    computer.trace('machine: on');
    if (logsOn) for (const user of loggedOn) user.loggedOn = true;
    startLater(computer);
  }

  /** The computer sleeps, and wakes after so long: nothing happens meanwhile, and connections to servers break. */
  async sleep(time: Duration): Promise<void> {
    const computer = this.#computer;
    const { network } = computer.state;
    const length = millisecondsFrom(computer.clock.time(), time, 'time');
    const { connected } = network;
    await computer.clock.advance(0);
    computer.trace('machine: sleeps');
    network.connected = false;
    computer.engine.conditionsChanged();
    await computer.clock.jump(length);
    computer.trace('machine: wakes');
    network.connected = connected;
    computer.engine.conditionsChanged();
  }
}

function endPrograms(computer: RunningComputer, whose: (program: RunningProgram) => boolean): void {
  for (const program of [...computer.programs]) if (whose(program)) program.kill();
}

/** "BITS Startup Type": delayed automatic start while there are jobs, otherwise on demand. */
function startLater(computer: RunningComputer): void {
  const { state, clock } = computer;
  if (state.jobs.length === 0 || state.service.startType === 'disabled') return;
  const { booted } = state;
  clock.schedule(DELAYED_START, () => {
    if (state.on && state.booted === booted) serviceOf(computer).start();
  });
}
