import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quoted, wrongValue } from '../arguments/checks';
import { BitsAccessError, BitsNotFoundError, errorFromNative, isBitsError } from '../errors';
import { isError } from '../errors/brand';
import type { CompleteResult } from '../bits/job/copy_job';
import type { BitsJob } from '../job';
import { sizeOf } from './verify';

/** How long a file that is in use is tried again, in milliseconds. */
const PATIENCE = 60_000;
const LONGEST_PAUSE = 2000;
/** How long anybody waits for a file to be removed that only should not be left. */
const LONGEST_TIDYING = 500;

/** How long a target that seems forbidden is believed to be in use all the same: one that is being deleted looks so, too. */
const BENEFIT_OF_DOUBT = 500;

const SHARING_VIOLATION = 0x80070020;
const LOCK_VIOLATION = 0x80070021;
/** Also of a program that runs, or of a file that is being deleted. */
const ACCESS_DENIED = 0x80070005;
const DISK_FULL = 0x80070070;
const PATH_NOT_FOUND = 0x80070003;
const FAILED = 0x80004005;

/** What the codes of Node.js are for BITS. */
const HRESULTS: Readonly<Record<string, number>> = {
  EBUSY: SHARING_VIOLATION,
  EPERM: ACCESS_DENIED,
  EACCES: ACCESS_DENIED,
  ENOSPC: DISK_FULL,
  ENOENT: PATH_NOT_FOUND,
};

/** What would keep a file from getting its name and can be known beforehand: BITS tells at the end, if at all. */
export async function checkTarget(file: string): Promise<void> {
  if ((await isFile(file)) || (await kindOf(path.win32.dirname(file))) !== null) return;
  throw new BitsNotFoundError(`the folder of ${file} does not exist (ERROR_PATH_NOT_FOUND, 0x80070003)`, {
    code: 'ERROR_PATH_NOT_FOUND',
    hresult: 0x80070003,
    advice: 'Make it, or have download() make it: createFolders: true.',
  });
}

/** A file to send. */
export async function checkSource(file: string): Promise<void> {
  if (await isFile(file)) return;
  throw new BitsNotFoundError(`the file ${file} does not exist (ERROR_FILE_NOT_FOUND, 0x80070002)`, {
    code: 'ERROR_FILE_NOT_FOUND',
    hresult: 0x80070002,
  });
}

async function isFile(file: string): Promise<boolean> {
  const kind = await kindOf(file);
  if (kind === 'folder') throw wrongValue('path', 'name a file, not a folder', quoted(file));
  return kind !== null;
}

/** What is under a name, null when nothing is. What we cannot look at may be a file to BITS. */
async function kindOf(name: string): Promise<'folder' | 'file' | null> {
  return stat(name).then(
    (found) => (found.isDirectory() ? 'folder' : 'file'),
    (error: unknown) => (isError(error) && error.code === 'ENOENT' ? null : 'file'),
  );
}

/**
 * Completes a job, whose files are to appear under the names `targets`; a file that is in use is waited for, and the job
 * is never given up because of it. Rejects with BitsAccessError at once when a target is forbidden.
 */
export function completeJob(job: BitsJob, targets: readonly string[], signal?: AbortSignal): Promise<CompleteResult> {
  return insist(() => job.complete(), judge(targets), signal);
}

/** Gives a verified file its name, in place of one that may be there. */
export function moveFile(from: string, to: string, signal?: AbortSignal): Promise<void> {
  const work = () =>
    rename(from, to).catch((error: unknown) => {
      throw toBitsError(error, `putting ${to} in place`);
    });
  return insist(work, judge([to]), signal);
}

function toBitsError(error: unknown, action: string): Error {
  const code = isError(error) && typeof error.code === 'string' ? error.code : '';
  const hresult = Object.hasOwn(HRESULTS, code) ? (HRESULTS[code] ?? FAILED) : FAILED;
  return errorFromNative({ hresult, method: 'MoveFileExW', kind: 'call' }, { action });
}

/** Says of each error whether waiting can help; throws the error that says why not, where it is better. */
function judge(targets: readonly string[]): (error: unknown) => Promise<boolean> {
  let since: number | undefined;
  return async (error) => {
    if (!isBitsError(error) || error.hresult === undefined) return false;
    if (error.hresult === SHARING_VIOLATION || error.hresult === LOCK_VIOLATION) return true;
    if (error.hresult !== ACCESS_DENIED || targets.length === 0) return false;
    const forbidden = await firstForbidden(targets);
    if (forbidden === null) {
      since = undefined;
      return true;
    }
    since ??= performance.now();
    if (performance.now() - since < BENEFIT_OF_DOUBT) return true;
    const { target, why } = forbidden;
    throw new BitsAccessError(`putting ${target} in place is forbidden: ${why} (E_ACCESSDENIED, 0x80070005)`, {
      code: 'E_ACCESSDENIED',
      hresult: ACCESS_DENIED,
      method: error.method,
      jobId: error.jobId,
      cause: error,
      advice: 'Change the attribute or the permissions, or choose another path; what has arrived is kept.',
    });
  };
}

async function firstForbidden(targets: readonly string[]): Promise<{ target: string; why: string } | null> {
  for (const target of targets) {
    const why = await whyForbidden(target);
    if (why !== null) return { target, why };
  }
  return null;
}

/** Why nobody could put a file there however long they wait; null when it may be in use, or nothing speaks against it. */
async function whyForbidden(target: string): Promise<string | null> {
  const found = await stat(target).catch(() => null);
  if (found !== null && (found.mode & 0o222) === 0) return 'the file that is there is read-only';
  if (found !== null) {
    const code = await tryToOpen(target, 'r+');
    if (code === 'EBUSY') return null;
    if (isDenied(code)) return 'the permissions of the file that is there do not allow it';
  }
  const probe = path.win32.join(path.win32.dirname(target), `windows-bits-${randomBytes(6).toString('hex')}.tmp`);
  const code = await tryToOpen(probe, 'wx');
  if (code === null) await rm(probe, { force: true }).catch(() => undefined);
  return isDenied(code) ? 'the permissions of the folder do not allow it' : null;
}

/** Opens and closes a file; the code of what kept it from that, or null. */
async function tryToOpen(file: string, flags: 'r+' | 'wx'): Promise<string | null> {
  try {
    await (await open(file, flags)).close();
    return null;
  } catch (error) {
    return isError(error) && typeof error.code === 'string' ? error.code : 'unknown';
  }
}

function isDenied(code: string | null): boolean {
  return code === 'EPERM' || code === 'EACCES';
}

/** Removes what is of no use to anybody and stands in the way. */
export async function removeFile(file: string, signal?: AbortSignal): Promise<void> {
  await insist(() => rm(file, { force: true }), always, signal).catch(() => undefined);
}

/** The same where nothing waits for it: one that is in use goes later. */
export async function tidyFile(file: string): Promise<void> {
  await Promise.race([removeFile(file), sleep(LONGEST_TIDYING, undefined, { ref: false })]);
}

/** Waits, as long as for a file in use, until nothing is under a name: somebody else is about to move it. */
export async function awaitMove(file: string, signal?: AbortSignal): Promise<void> {
  await insist(
    async () => {
      if ((await sizeOf(file)) !== null) throw new Error('still there');
    },
    always,
    signal,
  ).catch(() => undefined);
}

const always = () => Promise.resolve(true);

/** Tries until it works, an error is not worth another try, the time is over or the signal aborts: at once, also in a pause. */
async function insist<T>(
  work: () => Promise<T>,
  again: (error: unknown) => Promise<boolean>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (let pause = 50; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline || signal?.aborted === true || !(await again(error))) throw error;
      await sleep(pause, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}
