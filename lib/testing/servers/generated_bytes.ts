/** A file whose bytes are computed when they are needed: it can be of any size and takes no memory. */
export interface GeneratedContent {
  /** Bytes. */
  readonly size: number;
  /** Other seeds give other bytes. Default: 0. */
  readonly seed?: number;
}

const WORD = 4;
const { imul } = Math; // looking it up for each word would take most of the time

/**
 * Bytes of generated content: those from `offset` on, `length` of them, or as many as there are. The same arguments give
 * the same bytes on every computer.
 */
export function generatedBytes({ size, seed = 0 }: GeneratedContent, offset = 0, length = size - offset): Buffer {
  const end = Math.min(offset + length, size);
  if (end <= offset) return Buffer.alloc(0);
  const firstWord = Math.floor(offset / WORD);
  // Little-endian, like all systems that Node.js runs on.
  const words = new Int32Array(Math.ceil(end / WORD) - firstWord);
  for (let i = 0; i < words.length; i += 1) words[i] = mixed(firstWord + i, seed);
  return Buffer.from(words.buffer, offset - firstWord * WORD, end - offset);
}

/** The word with that number: the finaliser of MurmurHash3 over number and seed. */
function mixed(word: number, seed: number): number {
  let hash = imul(word, 0x9e3779b1) ^ imul(seed + ((word / 0x1_0000_0000) >>> 0), 0x85ebca77);
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
