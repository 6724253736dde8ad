import { BitsAccessError, errorFromNative, isBitsError } from '../errors';
import { CODES } from '../errors/codes';
import { isError } from '../errors/cross_realm';
import type { CompleteResult } from '../bits/job/copy_job';
import type { Clock, Host } from '../host';
import type { BitsJob } from '../job';
import { valueWithin } from '../util/deadline';
import { pause } from '../util/pause';
import { firstForbidden } from './forbidden';
import { sizeOf } from './verify';

/*
 * The last step of a transfer: files get their final names. A file that has the name already may be in use for a while,
 * by a virus scanner, say, so each step is tried again for a minute.
 */

/** How long a file that is in use is waited for, in milliseconds. */
const IN_USE_LIMIT = 60_000;
/** Pauses between two attempts, in milliseconds: each is twice as long as the one before. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [50, 2000];
/** How long to wait for the removal of a file that would only be left over, in milliseconds. */
const TIDYING_LIMIT = 500;
/** How long a target is not yet taken for forbidden, in milliseconds: one that is being deleted looks the same. */
const DELETION_LIMIT = 500;

const SHARING_VIOLATION = CODES.ERROR_SHARING_VIOLATION.hresult;
const LOCK_VIOLATION = 0x80070021; // not among the documented codes
/** Also for a program that is running, or a file that is being deleted. */
const ACCESS_DENIED = CODES.E_ACCESSDENIED.hresult;
const FAILED = CODES.E_FAIL.hresult;

/** The HRESULT that BITS would give for an error of Node.js. */
const HRESULTS: Readonly<Record<string, number>> = {
  EBUSY: SHARING_VIOLATION,
  EPERM: ACCESS_DENIED,
  EACCES: ACCESS_DENIED,
  ENOSPC: CODES.ERROR_DISK_FULL.hresult,
  ENOENT: CODES.ERROR_PATH_NOT_FOUND.hresult,
};

/**
 * Completes a job, whose files appear under the names `targets`. While one of them is in use, completing is tried again.
 * Rejects with BitsAccessError as soon as it is clear that a target is forbidden. The job is kept in either case.
 */
export function completeJob(job: BitsJob, targets: readonly string[], signal?: AbortSignal): Promise<CompleteResult> {
  return tryRepeatedly(job.host.clock, () => job.complete(), worthRetrying(job.host, targets), signal);
}

/** Gives a verified file its name, in place of a file that may have it. */
export function moveFile(host: Host, from: string, to: string, signal?: AbortSignal): Promise<void> {
  const move = () =>
    host.disk.rename(from, to).catch((error: unknown) => {
      throw toBitsError(error, `putting ${to} in place`);
    });
  return tryRepeatedly(host.clock, move, worthRetrying(host, [to]), signal);
}

/** Removes a file that is of no use and stands in the way. Gives up without an error. */
export async function removeFile({ clock, disk }: Host, file: string): Promise<void> {
  await tryRepeatedly(clock, () => disk.remove(file), always).catch(() => undefined);
}

/** The same where nothing waits for it: a file that is in use is removed later, in the background. */
export async function removeFileSoon(host: Host, file: string): Promise<void> {
  await valueWithin(host.clock, TIDYING_LIMIT, removeFile(host, file));
}

/** Waits for somebody else to move a file away, as long as for a file in use. */
export async function waitUntilMoved({ clock, disk }: Host, file: string, signal?: AbortSignal): Promise<void> {
  const ensureMoved = async () => {
    if ((await sizeOf(disk, file)) !== null) throw new Error('the file is still there');
  };
  await tryRepeatedly(clock, ensureMoved, always, signal).catch(() => undefined);
}

function toBitsError(error: unknown, action: string): Error {
  const code = isError(error) && typeof error.code === 'string' ? error.code : '';
  const hresult = Object.hasOwn(HRESULTS, code) ? (HRESULTS[code] ?? FAILED) : FAILED;
  return errorFromNative({ hresult, method: 'MoveFileExW', kind: 'call' }, { action });
}

/** Tells whether it helps to try again after an error. Throws a better error where one is known. */
type Judge = (error: unknown) => Promise<boolean>;

const always: Judge = () => Promise.resolve(true);

/** Trying again helps while one of the targets is in use, and not when one of them is forbidden. */
function worthRetrying({ clock, disk }: Host, targets: readonly string[]): Judge {
  let forbiddenSince: number | undefined;
  return async (error) => {
    if (!isBitsError(error) || error.hresult === undefined) return false;
    if (error.hresult === SHARING_VIOLATION || error.hresult === LOCK_VIOLATION) return true;
    if (error.hresult !== ACCESS_DENIED || targets.length === 0) return false;
    const forbidden = await firstForbidden(disk, targets);
    if (forbidden === null) {
      forbiddenSince = undefined;
      return true;
    }
    forbiddenSince ??= clock.now();
    if (clock.now() - forbiddenSince < DELETION_LIMIT) return true;
    const { target, why } = forbidden;
    throw new BitsAccessError(`putting ${target} in place failed: ${why} (E_ACCESSDENIED, 0x80070005)`, {
      code: 'E_ACCESSDENIED',
      hresult: ACCESS_DENIED,
      method: error.method,
      jobId: error.jobId,
      cause: error,
      advice: 'Change the attribute or the permissions, or choose another path; what has arrived is kept.',
    });
  };
}

/** Tries until it works, trying again does not help, the time is over, or the signal aborts, which ends a pause, too. */
async function tryRepeatedly<T>(
  clock: Clock,
  work: () => Promise<T>,
  isWorthRetrying: Judge,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = clock.now() + IN_USE_LIMIT;
  for (let ms = FIRST_PAUSE; ; ms = Math.min(LONGEST_PAUSE, ms * 2)) {
    try {
      return await work();
    } catch (error) {
      const isOver = clock.now() > deadline || signal?.aborted === true;
      if (isOver || !(await isWorthRetrying(error)) || !(await pause(clock, ms, signal))) throw error;
    }
  }
}
