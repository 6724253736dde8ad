import { decode, JOB_STATE } from '../../contract/enums';
import { codeOf } from '../../errors/table';
import { BitsSimulationError } from '../simulation_error';
import type { Transport } from '../transport/transport';
import { VirtualClock } from './clock';
import type { ClockMode } from './clock';
import type { Client, Computer, Engine, Registration } from './computer';
import { FolderDisk } from './folder_disk';
import { MemoryDisk } from './memory_disk';
import type { DiskSurroundings } from './memory_disk';
import { freshState } from './fresh_state';
import type { ComputerSettings } from './fresh_state';
import { TEMPORARY_FOLDER } from './rights';
import type { ComputerState, Identity } from './state';

/** How a simulated computer runs. */
export interface RunOptions {
  /** A state that was saved, or how a new computer is. */
  readonly from: ComputerState | ComputerSettings;
  readonly clock: { readonly mode: ClockMode; readonly speed: number };
  /** Full paths of the folders that are drives, by 'C:'; null: a disk in memory. */
  readonly drives: Readonly<Record<string, string>> | null;
  readonly engine: (computer: Computer) => Engine;
  readonly transport: (computer: Computer) => Transport;
}

/** A program that runs. */
export interface RunningProgram extends Client {
  kill(): void;
  /** Timers that the library has started in it. */
  readonly pendingTimers: number;
}

/** A simulated computer, and what only those have who run it. */
export class RunningComputer implements Computer {
  readonly state: ComputerState;
  readonly clock: VirtualClock;
  readonly disk: MemoryDisk | FolderDisk;
  readonly transport: Transport;
  readonly engine: Engine;
  readonly registrations = new Map<string, Registration>();
  readonly programs = new Set<RunningProgram>();
  /** What nobody scripted or modelled: the first of it. */
  problem: BitsSimulationError | undefined;
  readonly lines: string[] = [];
  readonly #around: DiskSurroundings;

  constructor({ from, clock, drives, engine, transport }: RunOptions) {
    this.state = 'format' in from ? structuredClone(from) : freshState(from);
    const { state } = this;
    this.clock = new VirtualClock(state, { ...clock, check: () => this.check(), stuck: () => this.#stuck() });
    this.#around = {
      rights: state.rights,
      userName: (identity: Identity) => state.users.find(({ sid }) => sid === identity.sid)?.name ?? 'user',
      time: () => this.clock.time(),
      during: <T>(work: Promise<T>) => this.clock.during(work),
    };
    this.disk = drives === null ? new MemoryDisk(this.#around, state.disk) : new FolderDisk(this.#around, drives);
    this.#furnish();
    this.transport = transport(this);
    this.engine = engine(this);
  }

  /** xorshift32: the state of the generator is part of the computer's. */
  random(): number {
    let x = this.state.random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state.random = x >>> 0;
    return this.state.random / 0x1_0000_0000;
  }

  nextNumber(): number {
    return ++this.state.counter;
  }

  report(error: BitsSimulationError): void {
    this.problem ??= error;
    this.trace(`problem: ${error.message}`);
  }

  /** With an automatic clock a test would go on for ever. */
  #stuck(): void {
    const jobs = this.state.jobs.map(({ displayName, state, error }) => {
      const why = error === null ? '' : `, ${codeOf(error.hresult)}`;
      return `\n  job '${displayName}': ${decode(JOB_STATE, state)}${why}`;
    });
    const advice = 'Change what it waits for, or let time pass with clock.advance() in mode manual.';
    this.report(new BitsSimulationError(`the program waits, and nothing will happen. ${advice}${jobs.join('')}`));
  }

  /** Throws what was reported. */
  check(): void {
    if (this.problem !== undefined) throw this.problem;
  }

  trace(line: string): void {
    this.lines.push(`${new Date(this.clock.time()).toISOString()} ${line}`);
  }

  /** The state as it is now, for JSON. */
  save(): ComputerState {
    this.clock.time();
    const { disk: _, ...state } = this.state;
    const disk = this.disk.save();
    return structuredClone(disk === undefined ? state : { ...state, disk });
  }

  /** What Windows has from the start; and the files of a computer that was saved with its disk in memory. */
  #furnish(): void {
    const { state, disk } = this;
    if (disk instanceof FolderDisk ? !disk.hasSystemDrive : state.disk !== undefined) return;
    const folders = state.rights.map(({ folder }) => folder);
    const users = state.users.filter(({ kind }) => kind === 'standard' || kind === 'administrator');
    for (const folder of [...folders, ...users.map(({ name }) => TEMPORARY_FOLDER(name))]) disk.makeFolder(folder);
    if (state.disk === undefined) return;
    const saved = new MemoryDisk(this.#around, state.disk);
    for (const file of saved.files()) {
      disk.makeFolder(disk.folderOf(file));
      disk.create(file);
      disk.write(file, 0, saved.content(file));
    }
  }
}
