import { checkInteger, checkNonEmptyArray, checkOptions, wrongValue } from '../arguments/checks';
import type { NativeRange } from '../contract/addon';

/** A range of bytes of a file. */
export interface FileRange {
  /** First byte, counted from 0. */
  readonly offset: number;
  /** Number of bytes, 1 or more; `'eof'`: to the end of the file. */
  readonly length: number | 'eof';
}

/** Checks ranges to request. `disjoint`: they must not overlap, as BITS requires when a file is added. */
export function checkRanges(value: unknown, argument: string, disjoint: boolean): NativeRange[] {
  const ranges = checkNonEmptyArray(value, argument, (range, name) => {
    const { offset, length } = checkOptions(range, name, ['offset', 'length']);
    return {
      offset: checkInteger(offset, `${name}.offset`),
      length: length === 'eof' ? null : checkInteger(length, `${name}.length`, { min: 1 }),
    };
  });
  if (disjoint) {
    const sorted = [...ranges].sort((a, b) => a.offset - b.offset);
    for (const [i, range] of sorted.slice(1).entries()) {
      const { offset = 0, length = null } = sorted[i] ?? {};
      if (length === null || offset + length > range.offset) throw wrongValue(argument, 'not overlap');
    }
  }
  return ranges;
}

export function toRanges(ranges: readonly NativeRange[]): FileRange[] {
  return ranges.map(({ offset, length }) => ({ offset, length: length ?? 'eof' }));
}
