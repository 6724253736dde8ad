import path from 'node:path';
import { quoted, wrongValue } from '../arguments/checks';
import { toLibraryError } from '../errors';
import { isError } from '../errors/cross_realm';
import { notFoundError } from '../errors/not_found';
import type { Disk } from '../host';
import { eachOf } from '../util/each_of';

/*
 * Whether files can be where they are to be. BITS would only say so at the end of a transfer, if at all.
 */

/** Rejects when no file could have one of these names: a folder has it, or the folder for it does not exist. */
export async function ensureTargets(disk: Disk, files: readonly string[], signal?: AbortSignal): Promise<void> {
  const folders = new Map<string, ReturnType<typeof kindOf>>();
  const kindOfFolder = (folder: string) => {
    const kind = folders.get(folder) ?? kindOf(disk, folder);
    folders.set(folder, kind);
    return kind;
  };
  const ensureTarget = async (file: string) => {
    if ((await isFile(disk, file)) || (await kindOfFolder(path.win32.dirname(file))) !== null) return;
    const advice = 'Create the folder, or let download() create it with the option createFolders: true.';
    throw notFoundError(`the folder of ${file}`, 'ERROR_PATH_NOT_FOUND', advice);
  };
  await eachOf(files, ensureTarget, signal);
}

/** Rejects when there is no such file to send. */
export async function ensureSource(disk: Disk, file: string): Promise<void> {
  if (await isFile(disk, file)) return;
  throw notFoundError(`the file ${file}`, 'ERROR_FILE_NOT_FOUND');
}

/** Makes a folder and those above it. Rejects with BitsFileError, for instance when a file is in the way. */
export async function makeFolder(disk: Disk, folder: string): Promise<void> {
  await disk.makeFolder(folder).catch((error: unknown) => {
    throw toLibraryError(error);
  });
}

async function isFile(disk: Disk, file: string): Promise<boolean> {
  const kind = await kindOf(disk, file);
  if (kind === 'folder') throw wrongValue('path', 'name a file, not a folder', quoted(file));
  return kind !== null;
}

/** What has this name; null when nothing has. What cannot be looked at counts as a file: BITS may see more. */
async function kindOf(disk: Disk, name: string): Promise<'folder' | 'file' | null> {
  return disk.stat(name).then(
    ({ kind }) => kind,
    (error: unknown) => (isError(error) && error.code === 'ENOENT' ? null : 'file'),
  );
}
