import type { FileFacts } from '../../host';
import { contentFrom, contentOf, joined, sliceOf, stateOf, zeros } from './content';
import type { ContentState } from './content';
import { diskError, HostDisk } from './host_disk';
import { keyOf, mayWriteIn, parentOf, plainPath, TEMPORARY_FOLDER } from './rights';
import type { FolderRights, Identity } from './state';
import type { Content, SimulatedDisk } from './simulated_disk';

/** An entry as it is saved. */
interface SavedEntry {
  readonly path: string;
  /** Absent: a folder. */
  readonly content?: ContentState;
  readonly modified?: number;
  readonly readOnly?: true;
}

interface Entry {
  readonly path: string;
  /** Null: a folder. */
  content: Content | null;
  modified: number;
  readOnly: boolean;
}

/** What a disk has of its computer. */
export interface DiskSurroundings {
  readonly rights: readonly FolderRights[];
  readonly userName: (identity: Identity) => string;
  readonly time: () => number;
  readonly during: <T>(work: Promise<T>) => Promise<T>;
}

/** A disk in memory. Its contents are references to what was written: files of any size cost nothing. */
export class MemoryDisk implements SimulatedDisk {
  readonly #entries = new Map<string, Entry>();
  readonly #locked = new Set<string>();
  readonly #around: DiskSurroundings;

  constructor(around: DiskSurroundings, saved: unknown) {
    this.#around = around;
    for (const { path, content, modified = 0, readOnly = false } of (saved ?? []) as readonly SavedEntry[]) {
      this.#put(path, { content: content === undefined ? null : contentFrom(content), modified, readOnly });
    }
  }

  get host(): HostDisk {
    return new HostDisk(this, () => true, this.#around.during, 'C:\\Windows\\Temp');
  }

  hostFor(identity: Identity): HostDisk {
    const mayWrite = (name: string) => this.mayWrite(name, identity);
    return new HostDisk(this, mayWrite, this.#around.during, TEMPORARY_FOLDER(this.#around.userName(identity)));
  }

  isFullPath(name: string): boolean {
    return /^(?:[a-z]:[\\/]|\\\\[^\\/]+\\[^\\/]+[\\/])/i.test(name);
  }

  stat(name: string): FileFacts | null {
    const entry = this.#entries.get(keyOf(name));
    if (entry === undefined) return null;
    const { content, readOnly } = entry;
    return { kind: content === null ? 'folder' : 'file', size: content?.size ?? 0, readOnly };
  }

  mayWrite(name: string, identity: Identity): boolean {
    return mayWriteIn(this.stat(name)?.kind === 'folder' ? name : parentOf(name), identity, this.#around.rights);
  }

  folderOf(name: string): string {
    return parentOf(name);
  }

  create(file: string): void {
    this.#requireFolder(file);
    if (this.#entries.has(keyOf(file))) this.#changeable(file).content = contentOf('');
    else this.#put(file, { content: contentOf(''), modified: this.#around.time(), readOnly: false });
  }

  write(file: string, offset: number, content: Content): void {
    const entry = this.#changeable(file);
    const old = entry.content;
    if (content.size === 0) return;
    const end = offset + content.size;
    entry.content = joined([
      sliceOf(old, 0, offset),
      zeros(Math.max(0, offset - old.size)),
      content,
      sliceOf(old, end, old.size),
    ]);
    entry.modified = this.#around.time();
  }

  truncate(file: string, size: number): void {
    const entry = this.#changeable(file);
    const old = entry.content;
    entry.content = size <= old.size ? sliceOf(old, 0, size) : joined([old, zeros(size - old.size)]);
  }

  content(file: string): Content {
    return this.#file(file).content;
  }

  setModified(file: string, time: number): void {
    this.#file(file).modified = time;
  }

  modified(file: string): number {
    return this.#file(file).modified;
  }

  rename(from: string, to: string): void {
    const entry = this.#changeable(from);
    this.#requireFolder(to);
    const there = this.stat(to);
    if (there?.kind === 'folder' || there?.readOnly === true) throw diskError('EPERM', to);
    if (this.#locked.has(keyOf(to))) throw diskError('EBUSY', to);
    this.#entries.delete(keyOf(from));
    this.#put(to, entry);
  }

  remove(file: string): void {
    const entry = this.#file(file);
    if (entry.readOnly) throw diskError('EPERM', file);
    if (this.#locked.has(keyOf(file))) throw diskError('EBUSY', file);
    this.#entries.delete(keyOf(file));
  }

  makeFolder(folder: string): void {
    const there = this.stat(folder);
    if (there?.kind === 'folder') return;
    if (there !== null) throw diskError('EEXIST', folder);
    if (parentOf(folder) !== plainPath(folder)) this.makeFolder(parentOf(folder));
    this.#put(folder, { content: null, modified: this.#around.time(), readOnly: false });
  }

  setReadOnly(file: string, readOnly: boolean): void {
    this.#file(file).readOnly = readOnly;
  }

  files(): readonly string[] {
    return [...this.#entries.values()].filter(({ content }) => content !== null).map(({ path }) => path);
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

  save(): readonly SavedEntry[] {
    return [...this.#entries.values()].map(({ path, content, modified, readOnly }) => ({
      path,
      ...(content === null ? {} : { content: stateOf(content), modified }),
      ...(readOnly ? { readOnly } : {}),
    }));
  }

  #put(path: string, { content, modified, readOnly }: Omit<Entry, 'path'>): void {
    this.#entries.set(keyOf(path), { path: plainPath(path), content, modified, readOnly });
  }

  #file(file: string): Entry & { content: Content } {
    const entry = this.#entries.get(keyOf(file));
    if (entry === undefined) throw diskError('ENOENT', file);
    if (entry.content === null) throw diskError('EISDIR', file);
    return entry as Entry & { content: Content };
  }

  #changeable(file: string): Entry & { content: Content } {
    const entry = this.#file(file);
    if (this.#locked.has(keyOf(file))) throw diskError('EBUSY', file);
    return entry;
  }

  #requireFolder(file: string): void {
    if (this.stat(parentOf(file))?.kind !== 'folder') throw diskError('ENOENT', file);
  }
}
