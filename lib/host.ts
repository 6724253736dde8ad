import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/*
 * Time and disk, as the rest of the library uses them. They come with the connection, so that a test or a simulation can
 * give others. Nothing else in lib/ touches Node's timers, clocks or file system.
 */

/** Something that happens later, unless it is cancelled. */
export interface Timer {
  cancel(): void;
  /** Keeps the process alive until then, which is how a timer begins. */
  ref(): void;
  unref(): void;
}

export interface Clock {
  /** Milliseconds of a clock that never jumps. */
  now(): number;
  /** The time of day. */
  date(): Date;
  /** Calls a function once, `ms` milliseconds from now: 0 to 2147483647. */
  after(ms: number, work: () => void): Timer;
  /** Calls a function once everything that has arrived by now is delivered. */
  afterArrivals(work: () => void): Timer;
}

/** What there is to know about a file or folder. */
export interface FileFacts {
  readonly kind: 'file' | 'folder';
  /** Bytes. */
  readonly size: number;
  /** Has the read-only attribute. */
  readonly readOnly: boolean;
}

/** Everything rejects as `node:fs` does, with `code`. */
export interface Disk {
  stat(name: string): Promise<FileFacts>;
  /** Opens a file and closes it again: to write to one that exists ('r+'), or to make a new one ('wx'). */
  tryToOpen(file: string, flags: 'r+' | 'wx'): Promise<void>;
  /** In place of a file that may have the new name. */
  rename(from: string, to: string): Promise<void>;
  /** A file that does not exist is fine. */
  remove(file: string): Promise<void>;
  /** With the folders above it. */
  makeFolder(folder: string): Promise<void>;
  /** SHA-256 of a file, 64 hexadecimal digits. */
  sha256(file: string, signal?: AbortSignal): Promise<string>;
}

export interface Host {
  readonly clock: Clock;
  readonly disk: Disk;
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
  afterArrivals: (work) => new NodeTimer(setImmediate(work), true),
};

const disk: Disk = {
  stat: async (name) => {
    const found = await stat(name);
    return {
      kind: found.isDirectory() ? 'folder' : 'file',
      size: found.size,
      readOnly: (found.mode & 0o222) === 0, // how Node.js shows the attribute
    };
  },
  tryToOpen: async (file, flags) => (await open(file, flags)).close(),
  rename: (from, to) => rename(from, to),
  remove: (file) => rm(file, { force: true }),
  makeFolder: async (folder) => {
    await mkdir(folder, { recursive: true });
  },
  sha256: async (file, signal) => {
    const hash = createHash('sha256');
    const reading = fs.createReadStream(file, { highWaterMark: 1 << 20 });
    await pipeline(reading, hash, signal === undefined ? {} : { signal });
    return hash.digest('hex');
  },
};

/** This computer. */
export const HOST: Host = { clock, disk };

/** The first bytes of a file and its size, at once: while the native binary is loaded there is no connection yet. */
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

/** Names in a folder; none where it cannot be read. */
export function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
