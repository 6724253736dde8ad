/** A file whose bytes are computed when they are needed: it can be of any size and takes no memory. */
export interface GeneratedContent {
  /** Bytes. */
  readonly size: number;
  /** Other seeds give other bytes. Default: 0. */
  readonly seed?: number;
}

const WORD = 4;

/**
 * Bytes of generated content: those from `offset` on, `length` of them, or as many as there are. The same arguments give
 * the same bytes on every computer.
 */
export function generatedBytes({ size, seed = 0 }: GeneratedContent, offset = 0, length = size - offset): Buffer {
  const end = Math.min(offset + length, size);
  if (end <= offset) return Buffer.alloc(0);
  const firstWord = Math.floor(offset / WORD);
  const words = Buffer.allocUnsafe((Math.ceil(end / WORD) - firstWord) * WORD);
  for (let at = 0, word = firstWord; at < words.length; at += WORD, word += 1) {
    words.writeInt32LE(mixed(word, seed), at);
  }
  return words.subarray(offset - firstWord * WORD, end - firstWord * WORD);
}

/** The word with that number: the finaliser of MurmurHash3 over number and seed. */
function mixed(word: number, seed: number): number {
  let hash = Math.imul(word, 0x9e3779b1) ^ Math.imul(seed + Math.floor(word / 0x1_0000_0000), 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
