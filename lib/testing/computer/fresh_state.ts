import { BitsSimulationError } from '../simulation_error';
import { STANDARD_RIGHTS, USER_FOLDER } from './rights';
import { STATE_FORMAT } from './state';
import type { AccountKind, BitsVersion, ComputerState, Identity, PolicyState, ProfileName, UserState } from './state';

/** A new computer. */
export interface ComputerSettings {
  readonly profile: ProfileName;
  readonly version: BitsVersion;
  readonly seed: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly user: AccountWish;
}

/** An account, by its name or, for those of services, by its kind. */
export interface AccountWish {
  readonly name?: string | undefined;
  readonly kind?: AccountKind | undefined;
}

const DAY_IN_SECONDS = 24 * 60 * 60;

/** What BITS does where no policy says otherwise (Microsoft: "Group Policies"). */
export const DEFAULT_POLICY: PolicyState = {
  maxJobsPerUser: 60,
  maxJobsPerMachine: 300,
  maxFilesPerJob: 200,
  maxRangesPerFile: 500,
  bandwidth: null,
  inactivityTimeout: 90 * DAY_IN_SECONDS,
  maxDownloadTime: 90 * DAY_IN_SECONDS,
  gameMode: false,
  backgroundAccess: true,
};

/** Accounts of services, as Windows names them (Microsoft: "Well-known SIDs"). */
const SERVICE_ACCOUNTS: readonly UserState[] = [
  { sid: 'S-1-5-18', name: 'SYSTEM', kind: 'localSystem', loggedOn: true },
  { sid: 'S-1-5-19', name: 'LOCAL SERVICE', kind: 'localService', loggedOn: true },
  { sid: 'S-1-5-20', name: 'NETWORK SERVICE', kind: 'networkService', loggedOn: true },
];

/** The computer's part of the identifiers of its users. */
const MACHINE = 'S-1-5-21-1004336348-1177238915-682003330';
const FIRST_USER = 1001;

export function freshState({ profile, version, seed, now, user }: ComputerSettings): ComputerState {
  const state: ComputerState = {
    format: STATE_FORMAT,
    profile,
    version,
    seed,
    random: seed === 0 ? 0x9e3779b9 : seed >>> 0, // xorshift cannot start at 0
    counter: 0,
    time: now,
    booted: now,
    on: true,
    users: SERVICE_ACCOUNTS.map((account) => ({ ...account })),
    service: { startType: 'demand', running: false, idleSince: null },
    network: { connected: true, cost: 0x1, bandwidth: null, latency: 0, proxyStatus: null, dns: true },
    power: { battery: false, level: 100, saver: false, standby: false },
    policy: { ...DEFAULT_POLICY },
    jobs: [],
    servers: [],
    rights: STANDARD_RIGHTS.map((row) => ({ ...row })),
    peerCache: { maximumSize: 0, maximumAge: 90 * DAY_IN_SECONDS, flags: 0 },
  };
  addUser(state, user);
  return state;
}

/** Who is a person, and not the account of services. */
export const isPerson = ({ kind }: UserState): boolean => kind === 'standard' || kind === 'administrator';

/**
 * The account that is meant; undefined if there is none of that name. Windows compares names without regard to case, and
 * has one account of each kind for services. Throws BitsSimulationError if name and kind contradict each other.
 */
export function findUser({ users }: ComputerState, { name, kind }: AccountWish): UserState | undefined {
  if (name === undefined) return users.find((user) => (kind === undefined ? isPerson(user) : user.kind === kind));
  const found = users.find((user) => user.name.toLowerCase() === name.toLowerCase());
  const isOther = kind !== undefined && found !== undefined && found.kind !== kind;
  if (isOther) throw new BitsSimulationError(`the account '${found.name}' is ${found.kind}, not ${kind}`);
  const ofService = SERVICE_ACCOUNTS.find((account) => account.kind === kind);
  if (found !== undefined || ofService === undefined) return found;
  throw new BitsSimulationError(`the ${ofService.kind} account is called '${ofService.name}', not '${name}'`);
}

/** The account that is meant, which is made if there is none. By default it is a standard one, called 'user'. */
export function addUser(state: ComputerState, wish: AccountWish): UserState {
  const known = findUser(state, wish);
  if (known !== undefined) return known;
  const { name = 'user', kind = 'standard' } = wish;
  const sid = `${MACHINE}-${FIRST_USER + state.users.length - SERVICE_ACCOUNTS.length}`;
  const user: UserState = { sid, name, kind, loggedOn: true };
  state.users.push(user);
  state.rights.push({ folder: USER_FOLDER(name), writers: sid });
  return user;
}

/** Mandatory integrity levels (Microsoft: "Mandatory Integrity Control"). */
const INTEGRITY = { medium: 0x2000, high: 0x3000, system: 0x4000 };

/**
 * Where a program of an account calls from. Services are elevated in any case, of persons only administrators can be:
 * throws BitsSimulationError for a standard user.
 */
export function identityOf({ sid, name, kind }: UserState, elevated: boolean): Identity {
  if (elevated && kind === 'standard') {
    throw new BitsSimulationError(`'${name}' is a standard user: only an administrator's program can be elevated`);
  }
  if (kind === 'localSystem') return { sid, elevated: true, integrity: INTEGRITY.system };
  if (kind === 'localService' || kind === 'networkService') return { sid, elevated: true, integrity: INTEGRITY.system };
  return { sid, elevated, integrity: elevated ? INTEGRITY.high : INTEGRITY.medium };
}
