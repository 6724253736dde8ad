import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Clock } from './clock';
import { HashingWorkers } from './hashing_workers';
import { Turns } from './turns';

/** A file that is open for reading, as Node.js has it. */
export interface OpenFile {
  readonly fd: number;
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
}

/** Bytes of a file that are read at once on this thread: hashing 256 kB takes about a third of a millisecond. */
const [FIRST_PIECE, PIECE] = [1 << 14, 1 << 18];

/** Bytes of the largest file that is hashed on this thread. Starting a worker takes longer. */
const SMALL_FILE = 1 << 20;

/** How many large files are hashed at a time. One processor is left to the event loop, and disks are no faster. */
const LARGE_FILES_AT_A_TIME = Math.max(1, Math.min(4, availableParallelism() - 1));

/** Hashes files without keeping this thread busy for long: large ones in workers. */
export class Hashing {
  readonly #workers: HashingWorkers;
  readonly #turns: Turns;

  constructor(clock: Clock, largeFilesAtATime = LARGE_FILES_AT_A_TIME) {
    this.#workers = new HashingWorkers(clock);
    this.#turns = new Turns(largeFilesAtATime);
  }

  /** SHA-256 of a file as 64 hexadecimal digits. Once it settles, nothing reads the file any more. */
  async sha256(file: OpenFile, signal?: AbortSignal): Promise<string> {
    const hash = await hashHere(file, SMALL_FILE, signal);
    return hash ?? this.#turns.take(() => this.#hashLarge(file, signal), signal);
  }

  async #hashLarge(file: OpenFile, signal: AbortSignal | undefined): Promise<string> {
    const hash = await this.#workers.hash(file.fd, signal);
    signal?.throwIfAborted();
    return hash ?? (await hashHere(file, Infinity, signal))!;
  }
}

/** Hashes a file on this thread, piece by piece; null when it is longer than `limit`. */
async function hashHere(file: OpenFile, limit: number, signal: AbortSignal | undefined): Promise<string | null> {
  const hash = createHash('sha256');
  let buffer = Buffer.allocUnsafe(FIRST_PIECE);
  let position = 0;
  while (position <= limit) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    signal?.throwIfAborted();
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
    if (buffer.length < PIECE) buffer = Buffer.allocUnsafe(PIECE);
  }
  return null;
}
