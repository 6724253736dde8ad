import type { Content } from './simulated_disk';

/*
 * Bytes that are kept as what they are made of: a body of many gigabytes of a scripted server costs nothing. As plain
 * data, so that a simulated computer can be saved.
 */

/** What a stretch of bytes is made of, as JSON holds it. */
export type ContentState =
  | { readonly base64: string }
  /** Bytes that differ from place to place and with the pattern, the same each time. */
  | { readonly pattern: number; readonly offset: number; readonly size: number }
  | { readonly zeros: number }
  | { readonly parts: readonly ContentState[] };

/** Content that can be saved. */
export interface SaveableContent extends Content {
  toState(offset: number, length: number): ContentState;
}

/** The most that one stretch of a file may hold when it is read to be saved, in bytes. */
const MOST_SAVED = 64 * 1024 * 1024;

export function contentOf(bytes: Uint8Array | string): SaveableContent {
  const given = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  const read = (offset: number, length: number) => given.subarray(offset, offset + length);
  return {
    size: given.length,
    read,
    toState: (offset, length) => ({ base64: Buffer.from(read(offset, length)).toString('base64') }),
  };
}

/** Content of any size that takes no memory. Other patterns and other places have other bytes. */
export function patternContent(size: number, pattern = 0, from = 0): SaveableContent {
  return {
    size,
    read: (offset, length) => patternBytes(pattern, from + offset, Math.max(0, Math.min(length, size - offset))),
    toState: (offset, length) => ({ pattern, offset: from + offset, size: length }),
  };
}

const RUN = 251;
/** 0 to 255, twice: every run of the pattern is a stretch of it. */
const CYCLE = Uint8Array.from({ length: 512 }, (_, i) => i & 0xff);

/** Each run of 251 bytes differs from the one before, so that bytes at a wrong place do not go unnoticed. */
function patternBytes(pattern: number, from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = from; at < from + length;) {
    const run = Math.floor(at / RUN);
    const start = (Math.imul(run, 31) + (run >>> 8) + Math.imul(pattern, 7)) & 0xff;
    const end = Math.min((run + 1) * RUN, from + length);
    bytes.set(CYCLE.subarray(start + (at % RUN), start + (at % RUN) + end - at), at - from);
    at = end;
  }
  return bytes;
}

/** Bytes that nobody wrote, before others of a file: zeros, as on Windows. */
export function zeros(size: number): SaveableContent {
  return { size, read: (_, length) => new Uint8Array(length), toState: (_, length) => ({ zeros: length }) };
}

/** A stretch of what content there was at first. */
interface Piece {
  readonly source: Content;
  readonly offset: number;
  readonly size: number;
}

/** Pieces one behind the other; neighbours of the same source are one, so that a file written in order is one piece. */
class Pieces implements SaveableContent {
  readonly size: number;
  readonly #pieces: readonly Piece[];

  constructor(pieces: readonly Piece[]) {
    const merged: Piece[] = [];
    for (const piece of pieces) {
      const last = merged.at(-1);
      if (piece.size === 0) continue;
      if (last?.source === piece.source && last.offset + last.size === piece.offset) {
        merged[merged.length - 1] = { ...last, size: last.size + piece.size };
      } else merged.push(piece);
    }
    this.#pieces = merged;
    this.size = merged.reduce((sum, { size }) => sum + size, 0);
  }

  static of(content: Content, offset: number, length: number): readonly Piece[] {
    if (content instanceof Pieces) return content.#within(offset, length);
    const size = Math.max(0, Math.min(length, content.size - offset));
    return [{ source: content, offset, size }];
  }

  read(offset: number, length: number): Uint8Array {
    const parts = this.#within(offset, length).map((piece) => piece.source.read(piece.offset, piece.size));
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : new Uint8Array(Buffer.concat(parts));
  }

  toState(offset: number, length: number): ContentState {
    return { parts: this.#within(offset, length).map((piece) => stateOf(piece.source, piece.offset, piece.size)) };
  }

  #within(offset: number, length: number): Piece[] {
    const found: Piece[] = [];
    let start = 0;
    for (const piece of this.#pieces) {
      const [from, to] = [Math.max(offset, start), Math.min(offset + length, start + piece.size)];
      if (from < to) found.push({ source: piece.source, offset: piece.offset + from - start, size: to - from });
      start += piece.size;
    }
    return found;
  }
}

/** A stretch of other content. */
export function sliceOf(content: Content, offset: number, length: number): SaveableContent {
  return new Pieces(Pieces.of(content, offset, length));
}

/** Several contents, one behind the other. */
export function joined(parts: readonly Content[]): SaveableContent {
  return new Pieces(parts.flatMap((part) => Pieces.of(part, 0, part.size)));
}

/** What a stretch of content is made of; content of an unknown kind is read. */
export function stateOf(content: Content, offset = 0, length = content.size): ContentState {
  if ('toState' in content) return (content as SaveableContent).toState(offset, length);
  if (length > MOST_SAVED) throw new RangeError(`content of ${length} bytes is too large to be saved`);
  return contentOf(content.read(offset, length)).toState(0, length);
}

export function contentFrom(state: ContentState): SaveableContent {
  if ('base64' in state) return contentOf(Buffer.from(state.base64, 'base64'));
  if ('zeros' in state) return zeros(state.zeros);
  if ('parts' in state) return joined(state.parts.map(contentFrom));
  return patternContent(state.size, state.pattern, state.offset);
}

/** Bytes of content, some at a time. */
export function* chunksOf(content: Content, size = 1 << 20): Generator<Uint8Array> {
  for (let offset = 0; offset < content.size;) {
    const bytes = content.read(offset, Math.min(size, content.size - offset));
    if (bytes.length === 0) return;
    yield bytes;
    offset += bytes.length;
  }
}
