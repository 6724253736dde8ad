import {
  checkBoolean,
  checkInteger,
  checkOptions,
  checkText,
  quoted,
  wrongType,
  wrongValue,
} from '../../arguments/checks';
import type { RunningComputer } from '../computer/create_computer';
import { contentOf, patternContent } from '../computer/content';
import { findUser } from '../computer/fresh_state';
import { diskError } from '../computer/host_disk';
import { keyOf } from '../computer/rights';
import type { Content } from '../computer/simulated_disk';
import { BitsSimulationError } from '../simulation_error';

/** The most that is read at once, in bytes. */
const MOST_READ = 256 * 1024 * 1024;

/**
 * The files of a simulated computer, for the test, which may do everything. Paths are Windows' ('C:\\data\\app.zip');
 * with folders of this computer as disk, also the system's own. Other paths and wrong values are a TypeError or
 * RangeError; what the disk refuses is thrown as Node.js' file system throws it, with `code` ('ENOENT').
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
    return this.#disk.stat(this.#path(name, 'name')) !== null;
  }

  /** Size in bytes. */
  size(file: string): number {
    return this.#content(file).size;
  }

  /** The bytes of a file. Throws RangeError above 256 MiB. */
  read(file: string): Buffer {
    const content = this.#content(file);
    if (content.size > MOST_READ) throw new RangeError(`${file} has ${content.size} bytes; read a part of it`);
    return Buffer.from(content.read(0, content.size));
  }

  /** Bytes from a place in a file, 256 MiB at most: fewer if it ends before. */
  readPart(file: string, offset: number, length: number): Buffer {
    const content = this.#content(file);
    return Buffer.from(
      content.read(checkInteger(offset, 'offset'), checkInteger(length, 'length', { max: MOST_READ })),
    );
  }

  /** Writes a file: a text, bytes, or so many bytes that take no memory. Makes its folder. */
  write(file: string, content: string | Uint8Array | { readonly size: number; readonly pattern?: number }): void {
    const path = this.#path(file, 'file');
    const bytes = contentFor(content);
    this.makeFolder(this.#disk.folderOf(path));
    this.#disk.create(path);
    this.#disk.write(path, 0, bytes);
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

  /**
   * Who may write in a folder and below it: everybody, administrators, or a user by name. Throws BitsSimulationError if
   * there is no such user.
   */
  protect(folder: string, writers: 'everybody' | 'administrators' | (string & {})): void {
    const { rights } = this.#computer.state;
    const key = keyOf(this.#path(folder, 'folder'));
    const row = { folder, writers: this.#writers(checkText(writers, 'writers')) };
    const at = rights.findIndex((other) => keyOf(other.folder) === key);
    rights.splice(at < 0 ? rights.length : at, at < 0 ? 0 : 1, row);
  }

  remove(file: string): void {
    this.#disk.remove(this.#path(file, 'file'));
  }

  /** Sets or clears the read-only attribute. */
  readOnly(file: string, readOnly = true): void {
    this.#disk.setReadOnly(this.#path(file, 'file'), checkBoolean(readOnly, 'readOnly'));
  }

  /** Another program has the file open and lets nobody change it. Throws ENOENT if there is no such file. */
  lock(file: string): void {
    if (this.#disk.stat(this.#path(file, 'file'))?.kind !== 'file') throw diskError('ENOENT', file);
    this.#disk.lock(file);
  }

  unlock(file: string): void {
    this.#disk.unlock(this.#path(file, 'file'));
  }

  get #disk(): RunningComputer['disk'] {
    return this.#computer.disk;
  }

  #content(file: string): Content {
    return this.#disk.content(this.#path(file, 'file'));
  }

  /** A name that the disk can have, such as 'C:\\data'; a drive is its root. */
  #path(value: unknown, argument: string): string {
    const name = checkText(value, argument, { allowEmpty: false });
    const isDrive = /^[a-z]:$/i.test(name);
    if (this.#disk.isFullPath(isDrive ? `${name}\\` : name)) return name;
    throw wrongValue(argument, "be a full path on a drive that there is, such as 'C:\\data\\app.zip'", quoted(name));
  }

  #writers(name: string): string {
    if (name === 'everybody' || name === 'administrators') return name;
    const user = findUser(this.#computer.state, { name });
    if (user === undefined) throw new BitsSimulationError(`there is no user '${name}'`);
    return user.sid;
  }
}

/** What `write()` writes. */
function contentFor(content: unknown): Content {
  if (typeof content === 'string' || content instanceof Uint8Array) return contentOf(content);
  if (typeof content !== 'object' || content === null)
    throw wrongType('content', 'a text, bytes, or { size }', content);
  const { size, pattern = 0 } = checkOptions(content, 'content', ['size', 'pattern']);
  return patternContent(checkInteger(size, 'content.size'), checkInteger(pattern, 'content.pattern'));
}
