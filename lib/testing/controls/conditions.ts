import { COST_FLAGS, encode } from '../../contract/enums';
import type { CostFlag } from '../../contract/enums';
import type { Computer } from '../computer/computer';
import { bytesPerSecond, milliseconds } from './units';
import type { Duration, Rate } from './units';

/*
 * What a test changes around the service: network, power and policies. Jobs notice at once.
 */

/** Says what has changed, and lets the service look at its jobs again. */
function changed(computer: Computer, what: string): void {
  computer.trace(what);
  computer.engine.conditionsChanged();
}

/** The network that the computer is connected to. */
export class SimulatedNetwork {
  readonly #computer: Computer;

  constructor(computer: Computer) {
    this.#computer = computer;
  }

  get connected(): boolean {
    return this.#computer.state.network.connected;
  }

  /** The network is gone. Jobs wait in 'transientError' with `BG_E_NETWORK_DISCONNECTED`. */
  disconnect(): void {
    this.#change({ connected: false }, 'network: gone');
  }

  /** There is a network, of a cost if one is given. */
  connect({ cost }: { readonly cost?: CostFlag | undefined } = {}): void {
    const costs = cost === undefined ? {} : { cost: costOf(cost) };
    this.#change({ connected: true, ...costs }, `network: there${cost === undefined ? '' : `, ${cost}`}`);
  }

  /** What all transfers together get, such as '2 MB/s'; null: no limit, everything arrives at once. */
  bandwidth(rate: Rate | null): void {
    const bandwidth = rate === null ? null : bytesPerSecond(rate, 'rate');
    this.#change({ bandwidth }, `network: ${bandwidth === null ? 'no limit' : `${bandwidth} B/s`}`);
  }

  /** How long servers take to answer. Default 0. */
  latency(time: Duration): void {
    const latency = milliseconds(time, 'time');
    this.#change({ latency }, `network: answers take ${latency} ms`);
  }

  /** What the network costs. Default 'unrestricted'. */
  cost(cost: CostFlag): void {
    this.#change({ cost: costOf(cost) }, `network: ${cost}`);
  }

  /** A proxy that answers every request with a status, such as 407, instead of passing it on; null: none. */
  proxy(answer: { readonly status: number } | null): void {
    const proxyStatus = answer?.status ?? null;
    this.#change({ proxyStatus }, `network: proxy ${proxyStatus === null ? 'gone' : `answers ${proxyStatus}`}`);
  }

  /** Whether the names of servers can be resolved. */
  dns(works: boolean): void {
    this.#change({ dns: works }, `network: names ${works ? 'resolve' : 'do not resolve'}`);
  }

  #change(values: Partial<Computer['state']['network']>, what: string): void {
    Object.assign(this.#computer.state.network, values);
    changed(this.#computer, what);
  }
}

function costOf(cost: CostFlag): number {
  return encode(COST_FLAGS, 'cost', cost);
}

/** Battery and standby. */
export class SimulatedPower {
  readonly #computer: Computer;

  constructor(computer: Computer) {
    this.#computer = computer;
  }

  /** The computer runs on battery, which has so many percent left. */
  battery(level = 50): void {
    this.#change({ battery: true, level }, `power: battery, ${level} %`);
  }

  /** The computer is plugged in. */
  mains(): void {
    this.#change({ battery: false, saver: false, level: 100 }, 'power: mains');
  }

  /** Battery saver. */
  saver(on: boolean): void {
    this.#change({ saver: on }, `power: battery saver ${on ? 'on' : 'off'}`);
  }

  /** Modern standby: the screen is off, and the computer on. For sleep, see `sim.machine.sleep()`. */
  standby(on = true): void {
    this.#change({ standby: on }, `power: ${on ? 'standby' : 'no standby'}`);
  }

  #change(values: Partial<Computer['state']['power']>, what: string): void {
    Object.assign(this.#computer.state.power, values);
    changed(this.#computer, what);
  }
}

/** Group policies. Absent ones stay as they are. */
export interface SimulatedPolicies {
  /** Default 60. As the other numbers of jobs, files and ranges, not for administrators and services. */
  readonly maxJobsPerUser?: number;
  /** Default 300. */
  readonly maxJobsPerMachine?: number;
  /** Default 200. */
  readonly maxFilesPerJob?: number;
  /** Default 500. */
  readonly maxRangesPerFile?: number;
  /** For background jobs; 0 stops them. Default null: no limit. */
  readonly bandwidth?: Rate | null;
  /** How long a job may stay unchanged before BITS cancels it. Default 90 days. */
  readonly inactivityTimeout?: Duration;
  /** How long a job may take to download its files. Default 90 days. */
  readonly maxDownloadTime?: Duration;
  /** Whether a game is on, during which BITS waits. Default false. */
  readonly gameMode?: boolean;
  /** Whether packaged programs may transfer in the background. Default true. */
  readonly backgroundAccess?: boolean;
}

/** `sim.policy()`. */
export function setPolicies(computer: Computer, policies: SimulatedPolicies): void {
  const { bandwidth, inactivityTimeout, maxDownloadTime, ...plain } = policies;
  const seconds = (time: Duration, name: string) => Math.round(milliseconds(time, name) / 1000);
  Object.assign(computer.state.policy, {
    ...plain,
    ...(bandwidth !== undefined && { bandwidth: bandwidth === null ? null : bytesPerSecond(bandwidth, 'bandwidth') }),
    ...(inactivityTimeout !== undefined && { inactivityTimeout: seconds(inactivityTimeout, 'inactivityTimeout') }),
    ...(maxDownloadTime !== undefined && { maxDownloadTime: seconds(maxDownloadTime, 'maxDownloadTime') }),
  });
  changed(computer, `policy: ${JSON.stringify(policies)}`);
}
