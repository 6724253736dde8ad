import { mkdir } from 'node:fs/promises';
import { toOwnError } from '../errors';

/** Makes a folder and those above it. Rejects with BitsFileError: where a file is in the way, say. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw toOwnError(error);
  });
}
