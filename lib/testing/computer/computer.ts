import type { Clock, Timer } from '../../host';
import type { BitsSimulationError } from '../simulation_error';
import type { Transport } from '../transport/transport';
import type { ComputerState, Identity, JobState } from './state';
import type { SimulatedDisk } from './simulated_disk';

/** What of a job may be told to clients. */
export type JobEvent =
  | { readonly type: 'modification' }
  | { readonly type: 'transferred' }
  | { readonly type: 'error' }
  | { readonly type: 'fileTransferred'; readonly file: number }
  | {
      readonly type: 'rangesTransferred';
      readonly file: number;
      readonly ranges: readonly { offset: number; length: number }[];
    };

/** A program's callback object, as SetNotifyInterface registers it. It is gone when its program has ended. */
export interface Registration {
  readonly client: Client;
  /** Delivers an event; false: the object is dead or answered with a failure, so that the command line may run. */
  deliver(event: JobEvent): boolean;
}

/** A program that is connected to the service. */
export interface Client {
  readonly identity: Identity;
  /** Whether the program still runs: its callback objects die with it. */
  readonly alive: boolean;
}

/** What the service does by itself, behind the calls of clients: engine/. */
export interface Engine {
  /** The job was resumed, or files, priority or conditions of it changed: look at it again. */
  jobChanged(job: JobState): void;
  /** Ends what is under way for the job, now: it was suspended, cancelled or completed. */
  jobStopped(job: JobState): void;
  /** Network, power, policy, log-on … changed: look at every job again. */
  conditionsChanged(): void;
  /** The service starts: transfers go on. */
  start(): void;
  /**
   * The service ends, or the computer: transfers are cut off where they are. Unexpectedly, as when the power fails,
   * high-performance jobs lose their progress.
   */
  stop(unexpectedly?: boolean): void;
}

/** The clock of the simulated computer, as its service sees it. */
export interface SimulatedClock extends Clock {
  /** The time of day in milliseconds since 1970. */
  time(): number;
  /** As `after`, for the service: nobody waits for it, so it does not by itself let time pass on an automatic clock. */
  schedule(ms: number, work: () => void): Timer;
  /** Time does not pass until the work has ended: reading a real file, a request to a real server. */
  during<T>(work: Promise<T>): Promise<T>;
}

/** A simulated computer while it runs. */
export interface Computer {
  readonly state: ComputerState;
  readonly clock: SimulatedClock;
  readonly disk: SimulatedDisk;
  readonly transport: Transport;
  readonly engine: Engine;
  /** By the id of the job: the last registration wins. */
  readonly registrations: Map<string, Registration>;
  /** The next random number from 0 to 1, the same for the same seed. */
  random(): number;
  /** The next number for names and ids. */
  nextNumber(): number;
  /**
   * Something happened that nobody scripted or modelled. It is thrown by the calls that follow, by the clock and by
   * `assertClean()`.
   */
  report(error: BitsSimulationError): void;
  /** Throws what was reported. */
  check(): void;
  /** A line of the trace: the same twice for the same seed and the same calls. */
  trace(line: string): void;
}
