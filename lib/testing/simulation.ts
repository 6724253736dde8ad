import path from 'node:path';
import { checkText } from '../arguments/checks';
import { acceptSystemPaths } from '../arguments/urls_and_paths';
import type { ConnectOptions } from '../connect';
import type { BitsManager } from '../manager';
import { createHooks, simulatedAddon } from './addon/simulated_addon';
import type { SimulatedCall } from './addon/calls';
import type { Faults } from './addon/faults';
import { RunningComputer } from './computer/create_computer';
import type { Computer, Engine } from './computer/computer';
import { addUser, findUser, identityOf } from './computer/fresh_state';
import type { ComputerSettings } from './computer/fresh_state';
import type { ComputerState, UserState } from './computer/state';
import { SimulationClock } from './controls/clock';
import { setPolicies, SimulatedNetwork, SimulatedPower } from './controls/conditions';
import type { SimulatedPolicies } from './controls/conditions';
import { SimulatedFiles } from './controls/files';
import { SimulatedMachine, SimulatedService, SimulatedUsers } from './controls/machine';
import { queueOf } from './controls/queue';
import type { QueuedJob } from './controls/queue';
import { createEngine } from './engine/engine';
import { serviceOf } from './service/service_process';
import { SimulatedProgram } from './program';
import type { Installed } from './program';
import { checkSimulationOptions, checkUser } from './options';
import type { SavedSimulation, SimulationOptions, UserOptions } from './options';
import { BitsSimulationError } from './simulation_error';
import { createTransport } from './transport/create_transport';
import { countsOf, scriptedServer, stepsLeft } from './transport/scripted_server';
import type { ServerCounts } from './transport/scripted_server';
import type { ServerSettings } from './transport/server_settings';
import type { Transport } from './transport/transport';

/** A URL that is served. */
export class SimulatedServer {
  readonly #state: ReturnType<typeof scriptedServer>;

  /** @internal */
  constructor(state: ReturnType<typeof scriptedServer>) {
    this.#state = state;
  }

  get url(): string {
    return this.#state.url;
  }

  /** How many requests there were, and how many bytes of the body were sent. */
  get counts(): ServerCounts {
    return countsOf(this.#state);
  }
}

/** What a simulation is put together from. */
export interface SimulationParts {
  readonly addon: typeof simulatedAddon;
  readonly engine: (computer: Computer) => Engine;
  readonly transport: (computer: Computer) => Transport;
}

export const PARTS: SimulationParts = { addon: simulatedAddon, engine: createEngine, transport: createTransport };

const FIRST_DAY = Date.UTC(2026, 0, 1);

function newComputer({
  version = '10.3',
  profile = 'windows',
  now = FIRST_DAY,
  seed = 1,
  user = {},
}: SimulationOptions): ComputerSettings {
  return { version, profile, seed, now: new Date(now).getTime(), user };
}

/** Whose program the code under test is: the first user of a saved computer, unless another is named. */
function userIn(state: ComputerState, { user = {} }: SimulationOptions): UserState {
  const found = findUser(state, user);
  if (found !== undefined) return found;
  const wanted = [user.name, user.kind].filter((word) => word !== undefined).map((word) => ` '${word}'`);
  throw new BitsSimulationError(`the saved computer has no user${wanted.join(',')}; name one in options.user`);
}

/** Full paths of the drives' folders; null: the disk is in memory. */
function drivesOf(disk: SimulationOptions['disk'] = 'memory'): Readonly<Record<string, string>> | null {
  if (disk === 'memory') return null;
  const folders = typeof disk === 'string' ? { 'C:': disk } : disk;
  return Object.fromEntries(Object.entries(folders).map(([drive, folder]) => [drive, path.resolve(folder)]));
}

/**
 * A simulated computer with BITS. Everything but the service is the real library. It is strict: what nobody scripted and
 * what is not modelled is a BitsSimulationError, never a guess.
 */
export class Simulation implements AsyncDisposable {
  readonly clock: SimulationClock;
  readonly network: SimulatedNetwork;
  readonly power: SimulatedPower;
  readonly service: SimulatedService;
  readonly user: SimulatedUsers;
  readonly machine: SimulatedMachine;
  /** The files of the computer, for the test. */
  readonly files: SimulatedFiles;
  /** Failures and delays of single calls. */
  readonly faults: Faults;
  readonly #computer: RunningComputer;
  readonly #hooks = createHooks();
  readonly #identity: SimulatedProgram['identity'];
  #program: SimulatedProgram | undefined;
  readonly #undo: (() => void)[] = [];

  /** @internal Use `simulateBits()`. */
  constructor(
    options: SimulationOptions,
    private readonly parts: SimulationParts = PARTS,
  ) {
    const drives = drivesOf(options.disk);
    this.#computer = new RunningComputer({
      from: options.from ?? newComputer(options),
      clock: { mode: options.clock ?? 'auto', speed: options.speed ?? 1 },
      drives,
      engine: parts.engine,
      transport: parts.transport,
    });
    if (drives !== null) this.#undo.push(acceptSystemPaths());
    const computer = this.#computer;
    this.#identity = identityOf(userIn(computer.state, options), options.user?.elevated ?? false);
    this.faults = this.#hooks.faults;
    this.clock = new SimulationClock(computer);
    this.network = new SimulatedNetwork(computer);
    this.power = new SimulatedPower(computer);
    this.service = new SimulatedService(computer, this.faults);
    this.user = new SimulatedUsers(computer);
    this.machine = new SimulatedMachine(computer);
    this.files = new SimulatedFiles(computer);
    serviceOf(computer).resume();
  }

  /** Connects to the simulated BITS. A program of its own connects: `asUser()`. */
  connect(options: ConnectOptions = {}): Promise<BitsManager> {
    return this.program.connect(options);
  }

  /**
   * Until it is disposed of, `connect()`, `download()` and `isSupported()` of this copy of the package use the simulation.
   *
   * @example using _ = sim.install();
   */
  install(): Installed {
    return this.program.install();
  }

  /** The program of the code under test. After it was killed, or the computer was restarted: a new one. */
  get program(): SimulatedProgram {
    if (this.#program?.alive !== true) this.#program = this.#newProgram(this.#identity);
    return this.#program;
  }

  /**
   * Another program of another user, or of the same with other rights. The account is made if there is none; those of
   * services are called 'SYSTEM', 'LOCAL SERVICE' and 'NETWORK SERVICE'. Throws TypeError, or BitsSimulationError for an
   * account of another kind and for a standard user who is to be elevated.
   */
  asUser(name: string, options: UserOptions = {}): SimulatedProgram {
    const { kind, elevated = false } = checkUser(options, 'options');
    const wish = { name: checkText(name, 'name', { allowEmpty: false }), kind };
    return this.#newProgram(identityOf(addUser(this.#computer.state, wish), elevated));
  }

  /**
   * Answers requests to a URL, or to all that begin alike if it ends in '*'. The last for a URL counts. Requests to other
   * URLs are a BitsSimulationError. URLs of this computer (127.0.0.1, localhost) are the exception, also with the disk in
   * memory: without `serve()` they reach a real server, and are a BitsSimulationError if none has ever listened there.
   * Throws TypeError or RangeError for wrong settings.
   *
   * @example sim.serve('https://example.com/app.zip', { size: 5_000_000, script: [{ after: 1_000_000, then: 'reset' }] });
   */
  serve(url: string, settings: ServerSettings = {}): SimulatedServer {
    const { servers } = this.#computer.state;
    const server = scriptedServer(url, settings);
    const at = servers.findIndex((other) => other.url === url);
    servers.splice(at < 0 ? servers.length : at, at < 0 ? 0 : 1, server);
    return new SimulatedServer(server);
  }

  /** Sets group policies. */
  policy(policies: SimulatedPolicies): void {
    setPolicies(this.#computer, policies);
  }

  /** The calls that have reached the service, in their order. */
  get calls(): readonly SimulatedCall[] {
    return this.#hooks.calls.made;
  }

  /** The jobs of all users. */
  get queue(): readonly QueuedJob[] {
    return queueOf(this.#computer.state);
  }

  /** What has happened, a line for each event: the same text for the same seed and the same calls. */
  get trace(): string {
    return this.#computer.lines.map((line) => `${line}\n`).join('');
  }

  /**
   * The whole state, to be continued by `simulateBits({ from })`. Programs and their callbacks are not part of it. Throws
   * BitsSimulationError while the computer is off: nothing would switch the continued one on.
   */
  save(): SavedSimulation {
    if (!this.#computer.state.on) throw new BitsSimulationError('the computer is off: save it before or after that');
    return this.#computer.save();
  }

  /**
   * Throws BitsSimulationError unless everything is tidied up: no job is in the queue, no call and no wait is pending, no
   * file is locked, every fault and every step of a server's script has happened, and nothing unscripted was met.
   */
  assertClean(): void {
    const { problem, disk, state, programs } = this.#computer;
    if (problem !== undefined) throw problem;
    const timers = [...programs].reduce((sum, { pendingTimers }) => sum + pendingTimers, 0);
    const left = [
      ...queueOf(state).map(({ id, name, state: is }) => `job ${id} '${name}' is in the queue, ${is}`),
      ...this.#hooks.calls.pending.map(({ method }) => `a call of ${method} has not been answered`),
      ...(timers > 0 ? [`the library still waits for something (${timers} timers)`] : []),
      ...disk.locked.map((file) => `${file} is locked`),
      ...this.faults.unused.map((fault) => `the fault of ${fault} did not happen`),
      ...state.servers.flatMap(stepsLeft).map((step) => `${step} did not happen`),
    ];
    if (left.length > 0) throw new BitsSimulationError(`the simulation is not clean:\n  ${left.join('\n  ')}`);
  }

  /** Ends all programs and transfers, with their connections to real servers, and takes back `install()`. */
  dispose(): void {
    for (const program of [...this.#computer.programs]) program.kill();
    this.#computer.engine.stop();
    this.#computer.clock.dispose();
    for (const undo of this.#undo.splice(0)) undo();
  }

  /** `assertClean()` and `dispose()`: what `await using` does, for where there is none, as in jest 29. */
  async end(): Promise<void> {
    await this.#computer.clock.advance(0).catch(() => undefined); // it is reported by what follows
    try {
      this.assertClean();
    } finally {
      this.dispose();
    }
  }

  /** The same as `end()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  #newProgram(identity: SimulatedProgram['identity']): SimulatedProgram {
    return new SimulatedProgram(this.#computer, identity, (client) =>
      this.parts.addon(this.#computer, client, this.#hooks),
    );
  }
}

/**
 * Simulates a computer with BITS, on any system: `sim.connect()` gives a manager whose jobs are transferred by the
 * simulation.
 *
 * @example
 * await using sim = simulateBits();
 * sim.serve('https://example.com/app.zip', { size: 5_000_000 });
 * const bits = await sim.connect();
 * await bits.download({ url: 'https://example.com/app.zip', path: 'C:\\data\\app.zip' });
 */
export function simulateBits(options: SimulationOptions = {}): Simulation {
  return new Simulation(checkSimulationOptions(options));
}
