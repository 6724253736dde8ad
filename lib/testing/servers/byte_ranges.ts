/** Bytes `start` up to, but not including, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The parts of a file that a `Range` header asks for and that exist, in the order asked for; an empty list when none
 * exists; undefined when the header is absent or malformed, so the whole file is meant (RFC 9110, 14.2).
 */
export function parseRanges(header: string | undefined, size: number): Span[] | undefined {
  const match = /^bytes=\s*((?:\d+-\d*|-\d+)(?:\s*,\s*(?:\d+-\d*|-\d+))*)$/i.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const ranges = match[1]!.split(',').map((range) => range.trim());
  if (ranges.some(isBackwards)) return undefined;
  return ranges.map((range) => spanOf(range, size)).filter(({ start, end }) => start < end);
}

function isBackwards(range: string): boolean {
  const [first = '', last = ''] = range.split('-');
  return first !== '' && last !== '' && Number(last) < Number(first);
}

function spanOf(range: string, size: number): Span {
  const [first = '', last = ''] = range.split('-');
  if (first === '') return { start: Math.max(0, size - Number(last)), end: size };
  return { start: Number(first), end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

export const contentRange = ({ start, end }: Span, total: number): string => `bytes ${start}-${end - 1}/${total}`;

/** A set of bytes, kept as disjoint spans in order. */
export class SpanSet {
  #spans: Span[] = [];

  add({ start, end }: Span): void {
    if (start >= end) return;
    const apart = (span: Span) => span.end < start || span.start > end;
    const touching = this.#spans.filter((span) => !apart(span));
    const merged = {
      start: Math.min(start, ...touching.map((span) => span.start)),
      end: Math.max(end, ...touching.map((span) => span.end)),
    };
    this.#spans = [...this.#spans.filter(apart), merged].sort((a, b) => a.start - b.start);
  }

  get spans(): readonly Span[] {
    return this.#spans;
  }

  /** How many bytes are in the set. */
  get size(): number {
    return this.#spans.reduce((sum, { start, end }) => sum + end - start, 0);
  }
}
