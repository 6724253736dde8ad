import type { RunningComputer } from '../computer/create_computer';
import { contentOf, patternContent } from '../computer/content';
import { keyOf } from '../computer/rights';

/** The most that is read at once, in bytes. */
const MOST_READ = 256 * 1024 * 1024;

/**
 * The files of a simulated computer, for the test, which may do everything. Paths are Windows' ('C:\\data\\app.zip');
 * with folders of this computer as disk, also the system's own.
 */
export class SimulatedFiles {
  readonly #computer: RunningComputer;

  constructor(computer: RunningComputer) {
    this.#computer = computer;
  }

  /** Full paths of all files, including temporary ones of BITS. */
  list(): string[] {
    return [...this.#disk.files()];
  }

  exists(name: string): boolean {
    return this.#disk.stat(name) !== null;
  }

  /** Size in bytes. */
  size(file: string): number {
    return this.#disk.content(file).size;
  }

  /** The bytes of a file. Throws RangeError above 256 MiB. */
  read(file: string): Buffer {
    const content = this.#disk.content(file);
    if (content.size > MOST_READ) throw new RangeError(`${file} has ${content.size} bytes; read a part of it`);
    return Buffer.from(content.read(0, content.size));
  }

  /** Bytes from a place in a file. */
  readPart(file: string, offset: number, length: number): Buffer {
    return Buffer.from(this.#disk.content(file).read(offset, length));
  }

  /** Writes a file: a text, bytes, or so many bytes that take no memory. Makes its folder. */
  write(file: string, content: string | Uint8Array | { readonly size: number; readonly pattern?: number }): void {
    this.makeFolder(this.#disk.folderOf(file));
    this.#disk.create(file);
    const isGiven = typeof content === 'string' || content instanceof Uint8Array;
    this.#disk.write(file, 0, isGiven ? contentOf(content) : patternContent(content.size, content.pattern));
  }

  /** Makes a folder in which everybody may write. One that is there keeps its rights. */
  makeFolder(folder: string): void {
    if (this.exists(folder)) return;
    const above = this.#disk.folderOf(folder);
    const isNew = above !== folder && !this.exists(above);
    this.#disk.makeFolder(folder);
    const { rights } = this.#computer.state;
    if (!rights.some((row) => keyOf(row.folder) === keyOf(folder))) rights.push({ folder, writers: 'everybody' });
    if (isNew) rights.push({ folder: above, writers: 'everybody' });
  }

  /** Who may write in a folder and below it: everybody, administrators, or a user by name. */
  protect(folder: string, writers: 'everybody' | 'administrators' | (string & {})): void {
    const { rights, users } = this.#computer.state;
    const sid = users.find(({ name }) => name === writers)?.sid ?? writers;
    const at = rights.findIndex((row) => keyOf(row.folder) === keyOf(folder));
    rights.splice(at < 0 ? rights.length : at, at < 0 ? 0 : 1, { folder, writers: sid });
  }

  remove(file: string): void {
    this.#disk.remove(file);
  }

  /** Sets or clears the read-only attribute. */
  readOnly(file: string, readOnly = true): void {
    this.#disk.setReadOnly(file, readOnly);
  }

  /** Another program has the file open and lets nobody change it. */
  lock(file: string): void {
    this.#disk.lock(file);
  }

  unlock(file: string): void {
    this.#disk.unlock(file);
  }

  get #disk(): RunningComputer['disk'] {
    return this.#computer.disk;
  }
}
