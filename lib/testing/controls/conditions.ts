import {
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkRecord,
  checkUint32,
  outOfRange,
} from '../../arguments/checks';
import { COST_FLAGS, wordsOf } from '../../contract/enums';
import type { CostFlag } from '../../contract/enums';
import type { Computer } from '../computer/computer';
import type { PolicyState } from '../computer/state';
import { bytesPerSecond, milliseconds } from './units';
import type { Duration, Rate } from './units';

/*
 * What a test changes around the service: network, power and policies. Jobs notice at once. Every method throws TypeError
 * or RangeError for what it does not take.
 */

/** What a network costs: the states of BITS_COST_STATE that are no options of a job. */
export type NetworkCost = Exclude<CostFlag, 'ignoreCongestion' | 'reserved'>;

const COSTS = wordsOf(COST_FLAGS).filter((word) => word !== 'ignoreCongestion' && word !== 'reserved');

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
  connect(options: { readonly cost?: NetworkCost | undefined } = {}): void {
    const { cost } = checkOptions(options, 'options', ['cost']);
    if (cost !== undefined)
      this.#change({ connected: true, cost: costOf(cost, 'options.cost') }, `network: there, ${cost as NetworkCost}`);
    else this.#change({ connected: true }, 'network: there');
  }

  /**
   * What all transfers together get, such as '2 MB/s'; null: no limit, everything arrives at once. RangeError for 0: that
   * is `disconnect()`, or a server that stalls.
   */
  bandwidth(rate: Rate | null): void {
    const bandwidth = rate === null ? null : bytesPerSecond(rate, 'rate');
    if (bandwidth === 0) throw outOfRange('rate', "be above 0 (call disconnect(), or let a server 'stall')", '0');
    this.#change({ bandwidth }, `network: ${bandwidth === null ? 'no limit' : `${bandwidth} B/s`}`);
  }

  /** How long servers take to answer. Default 0. */
  latency(time: Duration): void {
    const latency = milliseconds(time, 'time');
    this.#change({ latency }, `network: answers take ${latency} ms`);
  }

  /** What the network costs. Default 'unrestricted'. */
  cost(cost: NetworkCost): void {
    this.#change({ cost: costOf(cost, 'cost') }, `network: ${cost}`);
  }

  /** A proxy that answers every request with a status from 200 to 599, such as 407, instead of passing it on; null: none. */
  proxy(answer: { readonly status: number } | null): void {
    const proxyStatus = answer === null ? null : statusOf(answer);
    this.#change({ proxyStatus }, `network: proxy ${proxyStatus === null ? 'gone' : `answers ${proxyStatus}`}`);
  }

  /** Whether the names of servers can be resolved. */
  dns(works: boolean): void {
    this.#change({ dns: checkBoolean(works, 'works') }, `network: names ${works ? 'resolve' : 'do not resolve'}`);
  }

  #change(values: Partial<Computer['state']['network']>, what: string): void {
    Object.assign(this.#computer.state.network, values);
    changed(this.#computer, what);
  }
}

function costOf(cost: unknown, argument: string): number {
  return COST_FLAGS.values[checkOneOf(cost, argument, COSTS)];
}

function statusOf(answer: unknown): number {
  const { status } = checkOptions(checkRecord(answer, 'answer'), 'answer', ['status']);
  return checkInteger(status, 'answer.status', { min: 200, max: 599 });
}

/** Battery and standby. */
export class SimulatedPower {
  readonly #computer: Computer;

  constructor(computer: Computer) {
    this.#computer = computer;
  }

  /** The computer runs on battery, which has so many percent left: a whole number from 0 to 100. */
  battery(level = 50): void {
    this.#change({ battery: true, level: checkInteger(level, 'level', { max: 100 }) }, `power: battery, ${level} %`);
  }

  /** The computer is plugged in. */
  mains(): void {
    this.#change({ battery: false, saver: false, level: 100 }, 'power: mains');
  }

  /** Battery saver. */
  saver(on: boolean): void {
    this.#change({ saver: checkBoolean(on, 'on') }, `power: battery saver ${on ? 'on' : 'off'}`);
  }

  /** Modern standby: the screen is off, and the computer on. For sleep, see `sim.machine.sleep()`. */
  standby(on = true): void {
    this.#change({ standby: checkBoolean(on, 'on') }, `power: ${on ? 'standby' : 'no standby'}`);
  }

  #change(values: Partial<Computer['state']['power']>, what: string): void {
    Object.assign(this.#computer.state.power, values);
    changed(this.#computer, what);
  }
}

/** Group policies. Absent ones, and those that are undefined, stay as they are. */
export interface SimulatedPolicies {
  /** Default 60. As the other numbers of jobs, files and ranges, not for administrators and services. */
  readonly maxJobsPerUser?: number | undefined;
  /** Default 300. */
  readonly maxJobsPerMachine?: number | undefined;
  /** Default 200. */
  readonly maxFilesPerJob?: number | undefined;
  /** Default 500. */
  readonly maxRangesPerFile?: number | undefined;
  /** For background jobs; 0 stops them. Default null: no limit. */
  readonly bandwidth?: Rate | null | undefined;
  /** How long a job may stay unchanged before BITS cancels it. Default 90 days. */
  readonly inactivityTimeout?: Duration | undefined;
  /** How long a job may take to download its files. Default 90 days. */
  readonly maxDownloadTime?: Duration | undefined;
  /** Whether a game is on, during which BITS waits. Default false. */
  readonly gameMode?: boolean | undefined;
  /** Whether packaged programs may transfer in the background. Default true. */
  readonly backgroundAccess?: boolean | undefined;
}

const seconds = (value: unknown, argument: string): number => Math.round(milliseconds(value, argument) / 1000);
const rateOrNull = (value: unknown, argument: string): number | null =>
  value === null ? null : bytesPerSecond(value, argument);
const count = (value: unknown, argument: string): number => checkUint32(value, argument);

/** What each policy is in the state of the computer. */
const POLICIES: { readonly [P in keyof PolicyState]: (value: unknown, argument: string) => PolicyState[P] } = {
  maxJobsPerUser: count,
  maxJobsPerMachine: count,
  maxFilesPerJob: count,
  maxRangesPerFile: count,
  bandwidth: rateOrNull,
  inactivityTimeout: seconds,
  maxDownloadTime: seconds,
  gameMode: checkBoolean,
  backgroundAccess: checkBoolean,
};
const POLICY_NAMES = Object.keys(POLICIES) as (keyof PolicyState)[];

/** `sim.policy()`. Throws TypeError or RangeError, and then changes nothing. */
export function setPolicies(computer: Computer, policies: unknown): void {
  const given = Object.entries(checkOptions(checkRecord(policies, 'policies'), 'policies', POLICY_NAMES));
  const set = given.filter(([, value]) => value !== undefined);
  const values = set.map(([name, value]) => [name, POLICIES[name as keyof PolicyState](value, `policies.${name}`)]);
  Object.assign(computer.state.policy, Object.fromEntries(values));
  changed(computer, `policy: ${JSON.stringify(Object.fromEntries(set))}`);
}
