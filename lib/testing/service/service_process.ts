import type { Computer } from '../computer/computer';
import { BitsSimulationError } from '../simulation_error';
import { hr } from './failure';
import { OK } from './methods';

/** The service ends by itself when its queue has been empty for so many milliseconds. "About BITS": two minutes. */
const IDLE_LIMIT = 120_000;

/**
 * The process in which the service runs. It is started by whoever connects, and with its end everything ends that is not
 * part of the computer's state: proxies, callback objects, certificate callbacks, helper tokens.
 */
export class ServiceProcess {
  #run = 0;
  readonly #whenStopped = new Set<() => void>();

  constructor(private readonly computer: Computer) {
    if (computer.state.service.running) this.#run = 1;
  }

  /** Counts the starts: a proxy belongs to one of them. 0: not running. */
  get run(): number {
    return this.computer.state.service.running ? this.#run : 0;
  }

  /**
   * Starts the service if it does not run, as CoCreateInstance does. Returns an HRESULT. Throws BitsSimulationError while
   * the computer is off: no program runs that could ask for it.
   */
  start(): number {
    const { state, engine } = this.computer;
    if (state.service.running) return OK;
    if (!state.on) throw new BitsSimulationError('the computer is off: nothing can start the service');
    if (state.service.startType === 'disabled') return hr('ERROR_SERVICE_DISABLED');
    state.service.running = true;
    this.#run++;
    this.computer.trace('service: started');
    engine.start();
    state.service.idleSince = null;
    this.queueChanged();
    return OK;
  }

  /** The computer was saved while the service ran. */
  resume(): void {
    const { state, engine } = this.computer;
    if (!state.service.running) return;
    engine.start();
    state.service.idleSince = null;
    this.queueChanged();
  }

  /** Ends the service: unexpectedly when it crashes, otherwise as an administrator or the computer's shutdown does. */
  stop(unexpectedly = false): void {
    const { state, engine, registrations } = this.computer;
    if (!state.service.running) return;
    engine.stop(unexpectedly);
    state.service.running = false;
    state.service.idleSince = null;
    registrations.clear(); // "Registering a COM Callback": the object is not persisted
    for (const job of state.jobs) job.helperTokenSid = null; // "Helper Tokens for BITS Transfer Jobs"
    this.computer.trace('service: stopped');
    for (const stopped of [...this.#whenStopped]) stopped();
  }

  /** Calls a function at every end of the service. Returns a function that takes it back. */
  onStop(stopped: () => void): () => void {
    this.#whenStopped.add(stopped);
    return () => this.#whenStopped.delete(stopped);
  }

  /** To be called when a job has come or gone: an empty queue lets the service end. */
  queueChanged(): void {
    const { state, clock } = this.computer;
    if (!state.service.running) return;
    if (state.jobs.length > 0) {
      state.service.idleSince = null;
      return;
    }
    if (state.service.idleSince !== null) return;
    const since = clock.time();
    state.service.idleSince = since;
    clock.schedule(IDLE_LIMIT, () => {
      if (state.service.idleSince === since) this.stop();
    });
  }
}

const PROCESSES = new WeakMap<Computer, ServiceProcess>();

/** The service of a computer. */
export function serviceOf(computer: Computer): ServiceProcess {
  let service = PROCESSES.get(computer);
  if (service === undefined) PROCESSES.set(computer, (service = new ServiceProcess(computer)));
  return service;
}
