import type { RunningComputer, RunningProgram } from '../computer/create_computer';
import { addUser } from '../computer/fresh_state';
import type { UserState } from '../computer/state';
import type { Faults } from '../addon/faults';
import { serviceOf } from '../service/service_process';
import { BitsSimulationError } from '../simulation_error';
import { milliseconds } from './units';
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

  /** Starts it; whoever connects does so as well. Throws BitsSimulationError while it is disabled. */
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

  /** Logs a user off, by default the first one: their programs end, and their jobs wait. */
  logOff(name?: string): void {
    const user = this.#user(name);
    endPrograms(this.#computer, (program) => program.identity.sid === user.sid);
    user.loggedOn = false;
    this.#computer.trace(`user: ${user.name} logs off`);
    this.#computer.engine.conditionsChanged();
  }

  /** Logs a user on: their jobs go on. */
  logOn(name?: string): void {
    const user = name === undefined ? this.#user() : addUser(this.#computer.state, name, 'standard');
    user.loggedOn = true;
    this.#computer.trace(`user: ${user.name} logs on`);
    this.#computer.engine.conditionsChanged();
  }

  #user(name?: string): UserState {
    const people = this.#computer.state.users.filter(({ kind }) => kind === 'standard' || kind === 'administrator');
    const found = name === undefined ? people[0] : people.find((user) => user.name === name);
    if (found === undefined) throw new BitsSimulationError(`there is no user ${name ?? ''}`);
    return found;
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
   * two minutes later if there are jobs.
   */
  async reboot({
    down = '30s',
    logOn = true,
  }: { readonly down?: Duration; readonly logOn?: boolean } = {}): Promise<void> {
    const computer = this.#computer;
    const { state, clock } = computer;
    const loggedOn = state.users.filter((user) => user.loggedOn);
    await clock.advance(0);
    endPrograms(computer, () => true);
    serviceOf(computer).stop();
    state.on = false;
    for (const user of loggedOn) user.loggedOn = isServiceAccount(user);
    computer.trace('machine: off');
    await clock.advance(milliseconds(down, 'down'));
    state.on = true;
    state.booted = clock.time();
    computer.trace('machine: on');
    if (logOn) for (const user of loggedOn) user.loggedOn = true;
    startLater(computer);
  }

  /** The computer sleeps, and wakes after so long: nothing happens meanwhile, and connections to servers break. */
  async sleep(time: Duration): Promise<void> {
    const computer = this.#computer;
    const { network } = computer.state;
    const { connected } = network;
    await computer.clock.advance(0);
    computer.trace('machine: sleeps');
    network.connected = false;
    computer.engine.conditionsChanged();
    await computer.clock.jump(milliseconds(time, 'time'));
    computer.trace('machine: wakes');
    network.connected = connected;
    computer.engine.conditionsChanged();
  }
}

const isServiceAccount = ({ kind }: UserState): boolean => kind !== 'standard' && kind !== 'administrator';

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
