import { BitsAbortError, BitsClosedError, BitsStalledError, BitsTimeoutError, BitsUnavailableError } from '../errors';
import { onAbort } from '../util/on_abort';
import type { JobQueue } from './job_queue';
import type { NativeAddon } from '../contract/addon';
import type { Caller } from './caller';
import { normalised } from './local_paths';
import type { Plan } from './request';
import type { DownloadProgress, DownloadResult } from './options';
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

function of(bits: JobQueue): Map<string, Running> {
  const { native } = bits.connection;
  const known = running.get(native) ?? new Map<string, Running>();
  running.set(native, known);
  return known;
}

/** What makes two downloads one. */
function nameOf({ owner, key, files }: Plan): string {
  return JSON.stringify([owner, key, files.map((file) => normalised(file.path)).sort()]);
}

export function findRunning(bits: JobQueue, plan: Plan): Running | undefined {
  return of(bits).get(nameOf(plan));
}

/** Begins one that others can join until it has ended. */
export function beginRunning(
  bits: JobQueue,
  plan: Plan,
  begin: (entry: {
    readonly listeners: Running['listeners'];
    readonly shared: () => boolean;
  }) => Promise<DownloadResult>,
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
  bits: JobQueue,
  entry: Running,
  plan: Plan,
  caller: Caller<DownloadProgress>,
): Promise<DownloadResult | null> {
  entry.joined++;
  entry.listeners.add(caller.report);
  try {
    const result = await caller.join(whileOpen(bits, entry.result));
    if (!(await fits(result, entry.plan, plan))) return null;
    return Object.freeze({ ...result, adopted: true, elapsed: performance.now() - caller.started });
  } catch (error) {
    const over = performance.now() - caller.started >= (plan.patience.serviceTimeout ?? bits.connection.serviceTimeout);
    const ours =
      caller.signal.aborted || bits.connection.closing.aborted || (error instanceof BitsUnavailableError && over);
    if (ours || !isOneCallers(error)) throw error;
    return null;
  } finally {
    entry.joined--;
    entry.listeners.delete(caller.report);
  }
}

/** Rejects when the caller's own connection is closed: that of the one who began it may be another. */
async function whileOpen<T>(bits: JobQueue, promise: Promise<T>): Promise<T> {
  let release = (): void => undefined;
  const closed = new Promise<never>((_, reject) => {
    release = onAbort(bits.connection.closing, () => {
      reject(new BitsClosedError('waiting for the download'));
    });
  });
  try {
    return await Promise.race([promise, closed]);
  } finally {
    release();
  }
}

/** Says something about the caller who began it, and nothing about the download. */
export function isOneCallers(error: unknown): boolean {
  return (
    error instanceof BitsAbortError ||
    error instanceof BitsTimeoutError ||
    error instanceof BitsClosedError ||
    error instanceof BitsStalledError ||
    error instanceof BitsUnavailableError
  );
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
