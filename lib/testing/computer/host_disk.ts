import { createHash } from 'node:crypto';
import type { Disk, FileFacts } from '../../host';
import { chunksOf } from './content';
import type { SimulatedDisk } from './simulated_disk';

/** An error as Node.js' file system has it. */
export function diskError(
  code: 'ENOENT' | 'EPERM' | 'EBUSY' | 'ENOSPC' | 'EISDIR' | 'EEXIST',
  name: string,
  syscall = 'open',
): Error {
  const TEXTS = {
    ENOENT: 'no such file or directory',
    EPERM: 'operation not permitted',
    EBUSY: 'resource busy or locked',
    ENOSPC: 'no space left on device',
    EISDIR: 'illegal operation on a directory',
    EEXIST: 'file already exists',
  };
  return Object.assign(new Error(`${code}: ${TEXTS[code]}, ${syscall} '${name}'`), { code, path: name, syscall });
}

/**
 * The file operations of a program, over a simulated disk. `mayWrite` tells whether it may create files in a folder or
 * change a file.
 */
export class HostDisk implements Disk {
  constructor(
    private readonly disk: Omit<SimulatedDisk, 'host' | 'hostFor'>,
    private readonly mayWrite: (name: string) => boolean,
    /** Does real work, so that time stands still meanwhile. */
    private readonly during: <T>(work: Promise<T>) => Promise<T>,
    readonly temporaryFolder: string,
  ) {}

  async stat(name: string): Promise<FileFacts> {
    await Promise.resolve();
    const found = this.disk.stat(name);
    if (found === null) throw diskError('ENOENT', name);
    return found;
  }

  async tryToOpen(file: string, flags: 'r+' | 'wx'): Promise<void> {
    await Promise.resolve();
    const found = this.disk.stat(file);
    if (flags === 'wx') {
      if (found !== null) throw diskError('EEXIST', file);
      if (this.disk.stat(this.disk.folderOf(file)) === null) throw diskError('ENOENT', file);
      this.#requireRight(file);
      this.disk.create(file);
      return;
    }
    if (found === null) throw diskError('ENOENT', file);
    if (found.kind === 'folder') throw diskError('EISDIR', file);
    if (found.readOnly) throw diskError('EPERM', file);
    this.#requireRight(file);
    this.disk.write(file, 0, { size: 0, read: () => new Uint8Array() }); // EBUSY where another program has it open
  }

  async rename(from: string, to: string): Promise<void> {
    await Promise.resolve();
    this.#requireRight(from);
    this.#requireRight(to);
    this.disk.rename(from, to);
  }

  async remove(file: string): Promise<void> {
    await Promise.resolve();
    if (this.disk.stat(file) === null) return;
    this.#requireRight(file);
    this.disk.remove(file);
  }

  async makeFolder(folder: string): Promise<void> {
    await Promise.resolve();
    if (this.disk.stat(folder)?.kind === 'folder') return;
    this.#requireRight(folder);
    this.disk.makeFolder(folder);
  }

  sha256(file: string, signal?: AbortSignal): Promise<string> {
    return this.during(this.#sha256(file, signal));
  }

  async #sha256(file: string, signal: AbortSignal | undefined): Promise<string> {
    const hash = createHash('sha256');
    for (const bytes of chunksOf(this.disk.content(file))) {
      hash.update(bytes);
      await Promise.resolve();
      signal?.throwIfAborted();
    }
    return hash.digest('hex');
  }

  #requireRight(name: string): void {
    if (!this.mayWrite(name)) throw diskError('EPERM', name);
  }
}
