import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { FileFacts } from '../../host';
import { chunksOf } from './content';
import { diskError, HostDisk } from './host_disk';
import type { DiskSurroundings } from './memory_disk';
import { keyOf, mayWriteIn, parentOf, plainPath, TEMPORARY_FOLDER } from './rights';
import type { Identity } from './state';
import type { Content, SimulatedDisk } from './simulated_disk';

/**
 * Folders of this computer as drives of the simulated one: 'C:' is a folder, and below it names are found without regard
 * to case. The system's own absolute paths are files of the simulated computer, too; on Windows, those on other drives.
 */
export class FolderDisk implements SimulatedDisk {
  readonly #drives: ReadonlyMap<string, string>;
  readonly #locked = new Set<string>();
  readonly #around: DiskSurroundings;

  /** `drives`: full paths by 'C:'. */
  constructor(around: DiskSurroundings, drives: Readonly<Record<string, string>>) {
    this.#around = around;
    this.#drives = new Map(Object.entries(drives).map(([drive, folder]) => [drive.toUpperCase(), folder]));
  }

  get host(): HostDisk {
    return this.#host(() => true, 'C:\\Windows\\Temp');
  }

  hostFor(identity: Identity): HostDisk {
    const own = TEMPORARY_FOLDER(this.#around.userName(identity));
    return this.#host((file) => this.mayWrite(file, identity), this.hasSystemDrive ? own : os.tmpdir());
  }

  /** Whether C: is one of the folders, and has to be furnished. */
  get hasSystemDrive(): boolean {
    return this.#drives.has('C:');
  }

  #host(mayWrite: (name: string) => boolean, temporaryFolder: string): HostDisk {
    return new HostDisk(this, mayWrite, this.#around.during, temporaryFolder);
  }

  isFullPath(name: string): boolean {
    return this.#realPath(name) !== undefined;
  }

  stat(name: string): FileFacts | null {
    const real = this.#realPath(name);
    const found = real === undefined ? undefined : fs.statSync(real, { throwIfNoEntry: false });
    if (found === undefined) return null;
    const kind = found.isDirectory() ? 'folder' : 'file';
    return { kind, size: kind === 'file' ? found.size : 0, readOnly: (found.mode & 0o222) === 0 };
  }

  mayWrite(name: string, identity: Identity): boolean {
    const folder = this.stat(name)?.kind === 'folder' ? name : this.folderOf(name);
    if (!isSystemPath(name)) return mayWriteIn(folder, identity, this.#around.rights);
    try {
      // A folder that is to be made: the one above it decides.
      let existing = folder;
      while (this.stat(existing) === null && this.folderOf(existing) !== existing) existing = this.folderOf(existing);
      fs.accessSync(this.#real(existing), fs.constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }

  folderOf(name: string): string {
    return isSystemPath(name) ? path.posix.dirname(name.replaceAll('\\', '/')) : parentOf(name);
  }

  create(file: string): void {
    this.#requireFree(file);
    fs.writeFileSync(this.#real(file), '');
  }

  write(file: string, offset: number, content: Content): void {
    this.#requireFree(file);
    const descriptor = fs.openSync(this.#real(file), 'r+');
    try {
      let at = offset;
      for (const bytes of chunksOf(content)) at += fs.writeSync(descriptor, bytes, 0, bytes.length, at);
    } finally {
      fs.closeSync(descriptor);
    }
  }

  truncate(file: string, size: number): void {
    this.#requireFree(file);
    fs.truncateSync(this.#real(file), size);
  }

  content(file: string): Content {
    const real = this.#real(file);
    const { size } = fs.statSync(real);
    return { size, read: (offset, length) => readAt(real, offset, Math.max(0, Math.min(length, size - offset))) };
  }

  setModified(file: string, time: number): void {
    fs.utimesSync(this.#real(file), time / 1000, time / 1000);
  }

  modified(file: string): number {
    return fs.statSync(this.#real(file)).mtimeMs;
  }

  rename(from: string, to: string): void {
    this.#requireFree(from);
    this.#requireFree(to);
    const there = this.stat(to);
    if (there?.kind === 'folder' || there?.readOnly === true) throw diskError('EPERM', to);
    fs.renameSync(this.#real(from), this.#real(to));
  }

  remove(file: string): void {
    this.#requireFree(file);
    if (this.stat(file)?.readOnly === true) throw diskError('EPERM', file); // Windows, not POSIX, asks the file
    fs.rmSync(this.#real(file));
  }

  makeFolder(folder: string): void {
    fs.mkdirSync(this.#real(folder), { recursive: true });
  }

  setReadOnly(file: string, readOnly: boolean): void {
    fs.chmodSync(this.#real(file), readOnly ? 0o444 : 0o644);
  }

  files(): readonly string[] {
    return [...this.#drives].flatMap(([drive, folder]) =>
      fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => `${drive}\\${path.relative(folder, path.join(entry.parentPath, entry.name))}`)
        .map(plainPath)
        .sort(),
    );
  }

  lock(file: string): void {
    this.#locked.add(keyOf(file));
  }

  unlock(file: string): void {
    this.#locked.delete(keyOf(file));
  }

  get locked(): readonly string[] {
    return [...this.#locked];
  }

  save(): undefined {
    return undefined;
  }

  #requireFree(file: string): void {
    if (this.#locked.has(keyOf(file))) throw diskError('EBUSY', file);
  }

  #real(name: string): string {
    const real = this.#realPath(name);
    if (real === undefined) throw diskError('ENOENT', name);
    return real;
  }

  /** Where a file is on this computer; undefined for a drive that there is not. */
  #realPath(name: string): string | undefined {
    if (isSystemPath(name)) return name.replaceAll('\\', '/');
    const [drive = '', ...parts] = plainPath(name).split('\\');
    const folder = this.#drives.get(drive.toUpperCase());
    if (folder !== undefined) return parts.reduce(entryOf, folder);
    return process.platform === 'win32' && drive !== '' ? name : undefined;
  }
}

/** An absolute path of Linux or macOS, also as Windows' path functions leave it: with backslashes. */
function isSystemPath(name: string): boolean {
  return process.platform !== 'win32' && /^(?:\/|\\(?!\\))/.test(name);
}

/** The entry of a folder that has a name, in whatever case. */
function entryOf(folder: string, name: string): string {
  const exact = path.join(folder, name);
  if (process.platform === 'win32' || fs.existsSync(exact) || !fs.existsSync(folder)) return exact;
  const found = fs.readdirSync(folder).find((entry) => entry.toLowerCase() === name.toLowerCase());
  return path.join(folder, found ?? name);
}

function readAt(file: string, offset: number, length: number): Uint8Array {
  const descriptor = fs.openSync(file, 'r');
  try {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, length, offset));
  } finally {
    fs.closeSync(descriptor);
  }
}
