import {
  checkArray,
  checkBoolean,
  checkOneOf,
  checkOptions,
  checkRecord,
  checkText,
  checkUint32,
  wrongType,
  wrongValue,
} from '../arguments/checks';
import { CLOCK_MODES } from './computer/clock';
import type { ClockMode } from './computer/clock';
import { freshState } from './computer/fresh_state';
import { ACCOUNT_KINDS, PROFILES, STATE_FORMAT, VERSIONS } from './computer/state';
import type { AccountKind, BitsVersion, ComputerState, ProfileName } from './computer/state';
import { checkSpeed } from './controls/units';

/** What is simulated. */
export interface SimulationOptions {
  /**
   * A state that `save()` has returned, also through JSON. `version`, `profile`, `now` and `seed` are part of it, and
   * cannot be given as well.
   */
  readonly from?: SavedSimulation | undefined;
  /** BITS' version: what an older one lacks is missing. Default '10.3', of Windows 10 2004 and later. */
  readonly version?: BitsVersion | undefined;
  /** 'windows' (default): what Microsoft documents. 'wine-8': what the BITS of Wine 8 does instead. */
  readonly profile?: ProfileName | undefined;
  /** The time of day at first. Default 2026-01-01T00:00:00Z. */
  readonly now?: Date | number | string | undefined;
  /** What is random is the same for the same seed. Default 1. */
  readonly seed?: number | undefined;
  /**
   * 'memory' (default), or a folder of this computer that is the drive C:, or folders by drive ('C:'). With folders, the
   * system's own absolute paths can be used as well, also on Linux and macOS. Folders that do not exist are made.
   */
  readonly disk?: string | Readonly<Record<string, string>> | undefined;
  /** How time passes at first: see `sim.clock.mode`. Default 'auto'. */
  readonly clock?: ClockMode | undefined;
  /** How many times as fast as in the world, in mode 'real': a number greater than 0. Default 1. */
  readonly speed?: number | undefined;
  /**
   * Who runs the code under test. Default: 'user', a standard user, not elevated; with `from`: the first user there. A
   * user who is named must be there, and of that kind: otherwise BitsSimulationError.
   */
  readonly user?: (UserOptions & { readonly name?: string | undefined }) | undefined;
}

export interface UserOptions {
  /**
   * Default: that of the account, or 'standard' for a new one. Accounts of services have names of their own: 'SYSTEM'
   * (localSystem), 'LOCAL SERVICE' and 'NETWORK SERVICE'.
   */
  readonly kind?: AccountKind | undefined;
  /** Whether the program runs elevated, which takes an administrator (BitsSimulationError). Default false. */
  readonly elevated?: boolean | undefined;
}

/** The whole state of a simulated computer, as plain data for JSON. */
export type SavedSimulation = Readonly<ComputerState>;

const optional = <T>(value: unknown, check: (value: unknown) => T): T | undefined =>
  value === undefined ? undefined : check(value);

/** What a saved computer has already. */
const SAVED = ['version', 'profile', 'now', 'seed'] as const;

/** Throws TypeError or RangeError. */
export function checkSimulationOptions(options: unknown): SimulationOptions {
  const keys = ['from', 'version', 'profile', 'now', 'seed', 'disk', 'clock', 'speed', 'user'] as const;
  const given = checkOptions(options, 'options', keys);
  const twice = given.from === undefined ? undefined : SAVED.find((key) => given[key] !== undefined);
  if (twice !== undefined) throw wrongValue(`options.${twice}`, 'not be given with options.from, which it is part of');
  return {
    from: optional(given.from, checkSaved),
    version: optional(given.version, (value) => checkOneOf(value, 'options.version', VERSIONS)),
    profile: optional(given.profile, (value) => checkOneOf(value, 'options.profile', PROFILES)),
    now: optional(given.now, checkNow),
    seed: optional(given.seed, (value) => checkUint32(value, 'options.seed')),
    disk: optional(given.disk, checkDisk),
    clock: optional(given.clock, (value) => checkOneOf(value, 'options.clock', CLOCK_MODES)),
    speed: optional(given.speed, (value) => checkSpeed(value, 'options.speed')),
    user: optional(given.user, (value) => checkUser(value, 'options.user', ['name', 'kind', 'elevated'])),
  };
}

/** Throws TypeError or RangeError. */
export function checkUser(
  value: unknown,
  argument: string,
  keys: readonly ('name' | 'kind' | 'elevated')[] = ['kind', 'elevated'],
): NonNullable<SimulationOptions['user']> {
  const { name, kind, elevated } = checkOptions(value, argument, keys);
  return {
    name: optional(name, (given) => checkText(given, `${argument}.name`, { allowEmpty: false })),
    kind: optional(kind, (given) => checkOneOf(given, `${argument}.kind`, ACCOUNT_KINDS)),
    elevated: optional(elevated, (given) => checkBoolean(given, `${argument}.elevated`)),
  };
}

function checkSaved(value: unknown): SavedSimulation {
  const saved = checkRecord(value, 'options.from');
  if (saved['format'] !== STATE_FORMAT) throw wrongValue('options.from', 'be what save() has returned');
  const sample = freshState({ profile: 'windows', version: '10.3', seed: 1, now: 0, user: {} });
  checkForm(saved, { ...sample }, 'options.from');
  checkOneOf(saved['version'], 'options.from.version', VERSIONS);
  checkOneOf(saved['profile'], 'options.from.profile', PROFILES);
  return saved as unknown as SavedSimulation;
}

/** Whether a saved state has what a fresh one has. What is null there can be anything; lists hold plain objects. */
function checkForm(saved: Readonly<Record<string, unknown>>, sample: object, argument: string): void {
  for (const [key, like] of Object.entries(sample) as [string, unknown][]) {
    const name = `${argument}.${key}`;
    const value = saved[key];
    if (Array.isArray(like)) checkArray(value, name, checkRecord);
    else if (typeof like === 'object' && like !== null) checkForm(checkRecord(value, name), like, name);
    else if (like !== null && typeof value !== typeof like) throw wrongType(name, `a ${typeof like}`, value);
  }
}

function checkNow(value: unknown): Date {
  const isTime = value instanceof Date || typeof value === 'number' || typeof value === 'string';
  if (!isTime) throw wrongType('options.now', 'a Date, milliseconds since 1970, or a text for Date', value);
  const now = new Date(value);
  if (Number.isNaN(now.getTime())) throw wrongValue('options.now', 'be a point in time');
  return now;
}

function checkDisk(value: unknown): NonNullable<SimulationOptions['disk']> {
  if (typeof value === 'string') return checkText(value, 'options.disk', { allowEmpty: false });
  const folders = Object.entries(checkRecord(value, 'options.disk'));
  return Object.fromEntries(
    folders.map(([drive, folder]) => {
      if (!/^[A-Za-z]:$/.test(drive))
        throw wrongValue('options.disk', "have drives as keys, such as 'C:'", `'${drive}'`);
      return [drive, checkText(folder, `options.disk['${drive}']`, { allowEmpty: false })];
    }),
  );
}
