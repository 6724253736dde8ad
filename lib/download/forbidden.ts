import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { isError } from '../errors/cross_realm';
import type { Disk } from '../host';

/** A name that no file can be given, however long one waits, and why. */
export interface Forbidden {
  readonly target: string;
  readonly why: string;
}

/** The first of these names that no file can be given; null when nothing speaks against any of them. */
export async function firstForbidden(disk: Disk, targets: readonly string[]): Promise<Forbidden | null> {
  for (const target of targets) {
    const why = await whyForbidden(disk, target);
    if (why !== null) return { target, why };
  }
  return null;
}

/** null, too, when the file that is there may only be in use. */
async function whyForbidden(disk: Disk, target: string): Promise<string | null> {
  const found = await disk.stat(target).catch(() => null);
  if (found?.readOnly === true) return 'the file that is there is read-only';
  if (found !== null) {
    const code = await tryToOpen(disk, target, 'r+');
    if (code === 'EBUSY') return null;
    if (isDenied(code)) return 'the permissions of the file that is there do not allow it';
  }
  const probe = path.win32.join(path.win32.dirname(target), `windows-bits-${randomBytes(6).toString('hex')}.tmp`);
  const code = await tryToOpen(disk, probe, 'wx');
  if (code === null) await disk.remove(probe).catch(() => undefined);
  return isDenied(code) ? 'the permissions of the folder do not allow it' : null;
}

/** The code of the error; null when there is none. */
async function tryToOpen(disk: Disk, file: string, flags: 'r+' | 'wx'): Promise<string | null> {
  try {
    await disk.tryToOpen(file, flags);
    return null;
  } catch (error) {
    return isError(error) && typeof error.code === 'string' ? error.code : 'unknown';
  }
}

function isDenied(code: string | null): boolean {
  return code === 'EPERM' || code === 'EACCES';
}
