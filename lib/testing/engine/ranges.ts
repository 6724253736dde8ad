import { CODES } from '../../errors/codes';
import type { FileState } from '../computer/state';
import { remoteFailure } from './failures';

/*
 * Which bytes of a file are here, and which come next. Offsets are those of the local file: of a file that is added with
 * ranges only these are transferred, and written one behind the other (AddFileWithRanges).
 */

export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Bytes that lie together in the remote file and in the local one. */
export interface Gap extends Range {
  /** Where the bytes are in the remote file. */
  readonly remote: number;
}

/** Adds a range to disjoint ones in order; neighbours become one. */
export function withRange(ranges: readonly Range[], { offset, length }: Range): Range[] {
  if (length <= 0) return [...ranges];
  const apart = (range: Range) => range.offset + range.length < offset || range.offset > offset + length;
  const touching = ranges.filter((range) => !apart(range));
  const start = Math.min(offset, ...touching.map((range) => range.offset));
  const end = Math.max(offset + length, ...touching.map((range) => range.offset + range.length));
  return [...ranges.filter(apart), { offset: start, length: end - start }].sort((a, b) => a.offset - b.offset);
}

/** The parts of `wanted` that are not among `ranges`, which are disjoint and in order. */
export function without(wanted: Range, ranges: readonly Range[]): Range[] {
  const missing: Range[] = [];
  const end = wanted.offset + wanted.length;
  let at = wanted.offset;
  for (const range of ranges) {
    if (range.offset >= end) break;
    if (range.offset > at) missing.push({ offset: at, length: range.offset - at });
    at = Math.max(at, range.offset + range.length);
  }
  if (at < end) missing.push({ offset: at, length: end - at });
  return missing;
}

export const totalOf = (ranges: readonly Range[]): number => ranges.reduce((sum, { length }) => sum + length, 0);

/** Where the local file's bytes are in the remote file. Throws BG_E_INVALID_RANGE for ranges outside of it. */
export function segmentsOf(file: FileState, size: number, onDemand: boolean): Gap[] {
  if (file.ranges === null || onDemand) return [{ offset: 0, remote: 0, length: size }];
  let offset = 0;
  return file.ranges.map((range) => {
    const length = range.length ?? size - range.offset;
    if (length < 0 || range.offset + length > size) throw remoteFailure(file, CODES.BG_E_INVALID_RANGE.hresult);
    const segment = { offset, remote: range.offset, length };
    offset += length;
    return segment;
  });
}

/** Whether all of a file is here, so that it can be marked as completed: then it is not transferred again. */
export const hasAll = (file: FileState): boolean =>
  file.bytesTotal !== null && file.bytesTransferred >= file.bytesTotal;

/** What RequestFileRanges asked for, and what of it is still missing. */
export function requestedGaps(file: FileState, size: number): Range[] {
  return (file.ranges ?? []).flatMap(({ offset, length }) =>
    without({ offset, length: length ?? Math.max(0, size - offset) }, file.filled),
  );
}

/**
 * The bytes to fetch next; null: none. Data behind the download position comes first (UpdateDownloadPosition); of an
 * on-demand job only what was asked for.
 */
export function nextGap(file: FileState, segments: readonly Gap[], onDemand: boolean): Gap | null {
  const size = totalOf(segments);
  const missing = onDemand ? requestedGaps(file, size) : without({ offset: 0, length: size }, file.filled);
  const behind = missing.flatMap((range) => {
    const start = Math.max(range.offset, file.position);
    const end = range.offset + range.length;
    return start < end ? [{ offset: start, length: end - start }] : [];
  });
  const next = behind[0] ?? missing[0];
  if (next === undefined) return null;
  const segment = segments.find(({ offset, length }) => next.offset >= offset && next.offset < offset + length);
  if (segment === undefined) return null;
  const into = next.offset - segment.offset;
  return {
    offset: next.offset,
    remote: segment.remote + into,
    length: Math.min(next.length, segment.length - into),
  };
}
