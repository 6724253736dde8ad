import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Clock, Timer } from './util/clock';
import { afterAbort, withLimits } from './util/deadline';
import { Hashing } from './util/hashing';

/*
 * Clock, file system and random numbers, as used by the rest of the library. They are part of the connection, so that
 * tests and simulations can replace them. Nothing else in lib/ uses those of Node.js.
 */

export type { Clock, Timer } from './util/clock';

/** Facts about a file or folder. */
export interface FileFacts {
  readonly kind: 'file' | 'folder';
  /** Bytes. */
  readonly size: number;
  /** Whether the read-only attribute is set. */
  readonly readOnly: boolean;
}

/** File operations. They reject as those of `node:fs` do, with `code`. */
export interface Disk {
  /** The folder for temporary files. */
  readonly temporaryFolder: string;
  stat(name: string): Promise<FileFacts>;
  /** Opens a file and closes it again: an existing one for writing ('r+'), or a new one ('wx'). */
  tryToOpen(file: string, flags: 'r+' | 'wx'): Promise<void>;
  /** Renames a file, replacing a file that has the new name. */
  rename(from: string, to: string): Promise<void>;
  /** Deletes a file. Does nothing if it does not exist. */
  remove(file: string): Promise<void>;
  /** Creates a folder, including its parents. */
  makeFolder(folder: string): Promise<void>;
  /**
   * SHA-256 of a file as 64 hexadecimal digits. Once the signal aborts, it rejects as soon as the file is closed, or in
   * 100 ms if reading hangs.
   */
  sha256(file: string, signal?: AbortSignal): Promise<string>;
}

export interface Host {
  readonly clock: Clock;
  readonly disk: Disk;
  /** A random number of so many bytes in hexadecimal, for names that nobody else has. */
  readonly randomHex: (bytes: number) => string;
}

class NodeTimer implements Timer {
  constructor(
    private readonly timer: NodeJS.Timeout | NodeJS.Immediate,
    private readonly immediate = false,
  ) {}

  cancel(): void {
    if (this.immediate) clearImmediate(this.timer as NodeJS.Immediate);
    else clearTimeout(this.timer as NodeJS.Timeout);
  }

  ref(): void {
    this.timer.ref();
  }

  unref(): void {
    this.timer.unref();
  }
}

const clock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  after: (ms, work) => new NodeTimer(setTimeout(work, ms)),
  afterPendingEvents: (work) => new NodeTimer(setImmediate(work), true),
};

const hashing = new Hashing(clock);

/** Milliseconds that a file has to be closed in after an abort. */
const CLOSING_LIMIT = 100;

async function sha256Of(file: string, signal: AbortSignal | undefined): Promise<string> {
  signal?.throwIfAborted();
  const opened = await open(file, 'r');
  try {
    return await hashing.sha256(opened, signal);
  } catch (error) {
    throw isSystemError(error) ? Object.assign(error, { path: file }) : error; // reading is reported without
  } finally {
    await opened.close();
  }
}

const isSystemError = (error: unknown) => typeof error === 'object' && error !== null && 'syscall' in error;

const disk: Disk = {
  get temporaryFolder() {
    return tmpdir();
  },
  stat: async (name) => {
    const found = await stat(name);
    return {
      kind: found.isDirectory() ? 'folder' : 'file',
      size: found.size,
      readOnly: (found.mode & 0o222) === 0, // how Node.js represents the attribute
    };
  },
  tryToOpen: async (file, flags) => (await open(file, flags)).close(),
  rename: (from, to) => rename(from, to),
  remove: (file) => rm(file, { force: true }),
  makeFolder: async (folder) => {
    await mkdir(folder, { recursive: true });
  },
  sha256: (file, signal) => {
    const work = sha256Of(file, signal);
    if (signal === undefined) return work;
    return withLimits(
      work,
      afterAbort(clock, signal, CLOSING_LIMIT, () => signal.reason as Error),
    );
  },
};

/** The real clock, file system and random numbers. */
export const HOST: Host = { clock, disk, randomHex: (bytes) => randomBytes(bytes).toString('hex') };

/** Reads the first bytes and the size of a file, synchronously: used while the native binary is loaded. */
export function readHead(file: string, bytes: number): { readonly head: Buffer; readonly size: number } {
  const descriptor = fs.openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(bytes);
    const length = fs.readSync(descriptor, buffer, 0, bytes, 0);
    return { head: buffer.subarray(0, length), size: fs.fstatSync(descriptor).size };
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Names of the entries of a folder; none if it cannot be read. */
export function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
