import type { Disk, FileFacts } from '../../host';
import type { Identity } from './state';

/** Bytes that can be read anywhere without being held in memory. */
export interface Content {
  readonly size: number;
  read(offset: number, length: number): Uint8Array;
}

/**
 * The disk of a simulated computer. Paths are Windows' ('C:\\data\\app.zip', case-insensitive, '/' as '\\'); with a
 * folder of this computer as disk, a drive letter stands for a folder, and the system's own absolute paths are accepted
 * too. Failures are thrown as Node.js' file system throws them, with `code` ('ENOENT', 'EPERM' for a denied access as on
 * Windows, 'EBUSY', 'ENOSPC').
 */
export interface SimulatedDisk {
  /** Whether a name is a full path here. */
  isFullPath(name: string): boolean;
  /** Null: does not exist. */
  stat(name: string): FileFacts | null;
  /** Whether the account may create files in the folder, or change the file. */
  mayWrite(name: string, identity: Identity): boolean;
  /** The folder of a path. */
  folderOf(name: string): string;
  /** Creates an empty file, or empties it. */
  create(file: string): void;
  /** Writes content at an offset; the file grows. Content may be large: it is kept as it is, not copied. */
  write(file: string, offset: number, content: Content): void;
  truncate(file: string, size: number): void;
  content(file: string): Content;
  /** Sets the time of last change, from the server's Last-Modified. */
  setModified(file: string, time: number): void;
  modified(file: string): number;
  rename(from: string, to: string): void;
  remove(file: string): void;
  makeFolder(folder: string): void;
  /** Full paths of all files. */
  files(): readonly string[];
  /** A file that another program has open ('EBUSY' for all who want to change it). */
  lock(file: string): void;
  unlock(file: string): void;
  /** What a program of an account sees: the same files, asynchronously. */
  hostFor(identity: Identity): Disk;
  /** The same for a test, which may do everything. */
  readonly host: Disk;
  /** Files in memory as JSON holds them; undefined for a folder of this computer. */
  save(): unknown;
}
