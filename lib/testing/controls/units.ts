/** A length of time: milliseconds, or a number with a unit, as '10m' or '1.5h'. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd' | 'w'}`;

/** Bytes a second: a number, or one with a unit, as '2 MB/s'. */
export type Rate = number | `${number} ${'B' | 'kB' | 'MB' | 'GB'}/s`;

const MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
  w: 7 * 24 * 3_600_000,
};

const BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1000, MB: 1000 ** 2, GB: 1000 ** 3 };

function parsed(text: string, pattern: RegExp, units: Readonly<Record<string, number>>): number | undefined {
  const [, count = '', unit = ''] = pattern.exec(text) ?? [];
  const size = units[unit];
  return count === '' || size === undefined ? undefined : Number(count) * size;
}

/** A duration in milliseconds. Throws TypeError for anything else. */
export function milliseconds(duration: Duration, argument: string): number {
  const ms = typeof duration === 'number' ? duration : parsed(duration, /^([\d.]+)(ms|s|m|h|d|w)$/, MS);
  if (ms !== undefined && ms >= 0 && Number.isFinite(ms)) return ms;
  throw new TypeError(`${argument} must be milliseconds or a text like '10m', '1.5h' or '2d', not ${String(duration)}`);
}

/** A rate in bytes a second. Throws TypeError for anything else. */
export function bytesPerSecond(rate: Rate, argument: string): number {
  const bytes = typeof rate === 'number' ? rate : parsed(rate, /^([\d.]+) (B|kB|MB|GB)\/s$/, BYTES);
  if (bytes !== undefined && bytes >= 0 && Number.isFinite(bytes)) return bytes;
  throw new TypeError(`${argument} must be bytes a second or a text like '2 MB/s', not ${rate}`);
}
