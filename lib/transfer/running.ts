import { BitsAbortError, BitsClosedError, BitsStalledError, BitsTimeoutError, BitsUnavailableError } from '../errors';
import { onAbort } from '../fan_out';
import type { BitsManager } from '../manager';
import type { NativeAddon } from '../native/contract';
import type { Caller } from './caller';
import { normalised } from './match';
import type { Plan } from './plan';
import type { DownloadProgress, DownloadResult } from './types';
import { verify } from './verify';

/** A download with a key that is under way in this process: the same key again joins it, over whichever connection. */
export interface Running {
  readonly plan: Plan;
  readonly result: Promise<DownloadResult>;
  /** Who is told the progress. */
  readonly listeners: Set<(progress: DownloadProgress) => void>;
  /** How many have joined. */
  joined: number;
}

const running = new WeakMap<NativeAddon, Map<string, Running>>();

function of(bits: BitsManager): Map<string, Running> {
  const { native } = bits.shared;
  const known = running.get(native) ?? new Map<string, Running>();
  running.set(native, known);
  return known;
}

/** What makes two downloads one. */
function nameOf({ owner, key, files }: Plan): string {
  return JSON.stringify([owner, key, files.map((file) => normalised(file.path)).sort()]);
}

export function findRunning(bits: BitsManager, plan: Plan): Running | undefined {
  return of(bits).get(nameOf(plan));
}

/** Begins one that others can join until it has ended. */
export function beginRunning(
  bits: BitsManager, plan: Plan, begin: (entry: { readonly listeners: Running['listeners']; readonly shared: () => boolean }) => Promise<DownloadResult>,
): Promise<DownloadResult> {
  const [known, name] = [of(bits), nameOf(plan)];
  const listeners: Running['listeners'] = new Set();
  const result = begin({ listeners, shared: () => entry.joined > 0 }).finally(() => {
    if (known.get(name) === entry) known.delete(name);
  });
  const entry: Running = { plan, result, listeners, joined: 0 };
  known.set(name, entry);
  return result;
}

/**
 * Waits for a download that another call has begun, as long as the caller wants to. null: it ended in a way that is not
 * the caller's, who has to go on by itself, with the job that is left.
 */
export async function join(
  bits: BitsManager, entry: Running, plan: Plan, caller: Caller<DownloadProgress>, started: number,
): Promise<DownloadResult | null> {
  entry.joined++;
  entry.listeners.add(caller.report);
  try {
    const result = await whileWanted(bits, plan, caller, started, entry.result);
    if (!(await fits(result, entry.plan, plan))) return null;
    return Object.freeze({ ...result, adopted: true, elapsed: performance.now() - started });
  } catch (error) {
    if (error instanceof Left) throw error.reason;
    if (isOneCallers(error)) return null;
    throw error;
  } finally {
    entry.joined--;
    entry.listeners.delete(caller.report);
  }
}

/** The caller has had enough of waiting. */
class Left extends Error {
  constructor(readonly reason: Error) {
    super('left');
  }
}

async function whileWanted<T>(
  bits: BitsManager, plan: Plan, caller: Caller<DownloadProgress>, started: number, promise: Promise<T>,
): Promise<T> {
  const { timeout } = plan.patience;
  const clean: (() => void)[] = [];
  const left = new Promise<never>((_, reject) => {
    const leave = (error: () => Error) => () => { reject(new Left(error())); };
    clean.push(onAbort(caller.signal, leave(() => caller.abortError({ left: 'detached' }))));
    clean.push(onAbort(bits.shared.closing, leave(() => new BitsClosedError('waiting for the download'))));
    if (timeout !== Infinity) {
      const timer = setTimeout(leave(() => new BitsTimeoutError(caller.what, timeout)), Math.max(0, started + timeout - performance.now()));
      clean.push(() => { clearTimeout(timer); });
    }
  });
  try {
    return await Promise.race([promise, left]);
  } finally {
    for (const undo of clean) undo();
  }
}

/** Says something about the caller who began it, and nothing about the download. */
function isOneCallers(error: unknown): boolean {
  return error instanceof BitsAbortError || error instanceof BitsTimeoutError || error instanceof BitsClosedError ||
    error instanceof BitsStalledError || error instanceof BitsUnavailableError;
}

/** Whether what one call has got is what the other one wants. */
async function fits(result: DownloadResult, theirs: Plan, ours: Plan): Promise<boolean> {
  if (result.outcome === 'partial' && !ours.allowPartial) return false;
  for (const file of ours.files) {
    const same = theirs.files.find(({ path }) => normalised(path) === normalised(file.path));
    if (same?.size === file.size && same.sha256 === file.sha256) continue;
    if ((await verify(file.path, file)) !== null) return false;
  }
  return true;
}
