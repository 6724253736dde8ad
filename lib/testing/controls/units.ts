import { outOfRange, quoted, received, wrongType, wrongValue } from '../../arguments/checks';

/** A length of time: milliseconds, or a number with a unit, as '10m' or '1.5h'. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd' | 'w'}`;

/** Bytes a second: a number, or one with a unit, as '2 MB/s'. */
export type Rate = number | `${number} ${'B' | 'kB' | 'MB' | 'GB'}/s`;

interface Unit {
  readonly expected: string;
  readonly form: RegExp;
  readonly sizes: Readonly<Record<string, number>>;
}

const DURATION: Unit = {
  expected: "milliseconds or a text like '10m', '1.5h' or '2d'",
  form: /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/,
  sizes: { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 24 * 3_600_000, w: 7 * 24 * 3_600_000 },
};

const RATE: Unit = {
  expected: "bytes a second or a text like '2 MB/s'",
  form: /^(\d+(?:\.\d+)?) (B|kB|MB|GB)\/s$/,
  sizes: { B: 1, kB: 1000, MB: 1000 ** 2, GB: 1000 ** 3 },
};

/** The last moment that a Date can hold, in milliseconds since 1970. */
const LAST_MOMENT = 8.64e15;

function measured(value: unknown, argument: string, { expected, form, sizes }: Unit): number {
  if (typeof value === 'number') {
    if (value >= 0 && Number.isFinite(value)) return value;
    throw outOfRange(argument, `be ${expected}, from 0`, received(value));
  }
  if (typeof value !== 'string') throw wrongType(argument, expected, value);
  const [, count, unit = ''] = form.exec(value) ?? [];
  if (count === undefined) throw wrongValue(argument, `be ${expected}`, quoted(value));
  return Number(count) * (sizes[unit] ?? 0);
}

/** A duration in milliseconds. Throws TypeError or RangeError for anything else. */
export function milliseconds(duration: unknown, argument: string): number {
  return measured(duration, argument, DURATION);
}

/** A rate in bytes a second. Throws TypeError or RangeError for anything else. */
export function bytesPerSecond(rate: unknown, argument: string): number {
  return measured(rate, argument, RATE);
}

/** A duration after which there is still a date, in milliseconds. `time` is now, in milliseconds since 1970. */
export function millisecondsFrom(time: number, duration: unknown, argument: string): number {
  const ms = milliseconds(duration, argument);
  if (time + ms <= LAST_MOMENT) return ms;
  throw outOfRange(argument, 'end at a moment that a Date can hold', `${ms} milliseconds`);
}

/** How many times as fast as in the world. */
export function checkSpeed(value: unknown, argument: string): number {
  if (typeof value !== 'number') throw wrongType(argument, 'a number', value);
  if (value > 0 && Number.isFinite(value)) return value;
  throw outOfRange(argument, 'be a number greater than 0', received(value));
}
