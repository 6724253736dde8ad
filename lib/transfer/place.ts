import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quoted, wrongValue } from '../check';
import { BitsNotFoundError, isBitsError } from '../errors';
import { isError } from '../errors/brand';
import type { BitsJob, CompleteResult } from '../job';
import { sizeOf } from './verify';

/** How long a file that is in use is tried again, in milliseconds. */
const PATIENCE = 60_000;
const LONGEST_PAUSE = 2000;

/**
 * Codes of "somebody has the file open": ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION, and ERROR_ACCESS_DENIED, which
 * is what replacing a program that runs, or a file that is being deleted, answers.
 */
const IN_USE: ReadonlySet<number> = new Set([0x80070020, 0x80070021, 0x80070005]);
const IN_USE_HERE: ReadonlySet<unknown> = new Set(['EBUSY', 'EPERM', 'EACCES']);

/** What would keep a file from getting its name and can be known beforehand: BITS tells at the end, if at all. */
export async function checkTarget(file: string): Promise<void> {
  if ((await isFile(file)) || (await kindOf(path.win32.dirname(file))) !== null) return;
  throw new BitsNotFoundError(`the folder of ${file} does not exist (ERROR_PATH_NOT_FOUND, 0x80070003)`, {
    code: 'ERROR_PATH_NOT_FOUND', hresult: 0x80070003, advice: 'Make it, or have download() make it: createFolders: true.',
  });
}

/** A file to send. */
export async function checkSource(file: string): Promise<void> {
  if (await isFile(file)) return;
  throw new BitsNotFoundError(`the file ${file} does not exist (ERROR_FILE_NOT_FOUND, 0x80070002)`, {
    code: 'ERROR_FILE_NOT_FOUND', hresult: 0x80070002,
  });
}

async function isFile(file: string): Promise<boolean> {
  const kind = await kindOf(file);
  if (kind === 'folder') throw wrongValue('path', 'name a file, not a folder', quoted(file));
  return kind !== null;
}

/** What is under a name, null when nothing is. What we cannot look at may be a file to BITS. */
async function kindOf(name: string): Promise<'folder' | 'file' | null> {
  return stat(name).then((found) => (found.isDirectory() ? 'folder' : 'file'),
    (error: unknown) => (isError(error) && error.code === 'ENOENT' ? null : 'file'));
}

/** Completes a job; a file that is in use is waited for, and the job is never given up because of it. */
export function completeJob(job: BitsJob, signal?: AbortSignal): Promise<CompleteResult> {
  return insist(() => job.complete(), (error) =>
    isBitsError(error) && error.hresult !== undefined && IN_USE.has(error.hresult), signal);
}

/** Gives a verified file its name, in place of one that may be there. */
export function moveFile(from: string, to: string, signal?: AbortSignal): Promise<void> {
  return insist(() => rename(from, to), (error) =>
    isError(error) && IN_USE_HERE.has(error.code), signal);
}

/** Removes what is of no use to anybody. */
export function removeFile(file: string): Promise<void> {
  return insist(() => rm(file, { force: true }), () => true).catch(() => undefined);
}

/** Waits, as long as for a file in use, until nothing is under a name: somebody else is about to move it. */
export async function awaitMove(file: string, signal?: AbortSignal): Promise<void> {
  await insist(async () => {
    if ((await sizeOf(file)) !== null) throw new Error('still there');
  }, () => true, signal).catch(() => undefined);
}

async function insist<T>(work: () => Promise<T>, again: (error: unknown) => boolean, signal?: AbortSignal): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (let pause = 50; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
    try {
      return await work();
    } catch (error) {
      if (!again(error) || performance.now() > deadline || signal?.aborted === true) throw error;
      await sleep(pause, undefined, { signal }).catch(() => { throw error; }); // an abort ends it at once
    }
  }
}
