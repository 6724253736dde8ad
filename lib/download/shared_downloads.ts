import type { Connection } from '../bits/connection';
import { BitsAbortError, BitsClosedError, BitsStalledError, BitsTimeoutError, BitsUnavailableError } from '../errors';
import type { Disk } from '../host';
import { withLimits, onceAborted } from '../util/deadline';
import type { Caller } from './caller';
import { normalised } from './local_paths';
import type { DownloadProgress, DownloadResult } from './options';
import type { DownloadRequest } from './request';
import { verifyFile } from './verify';

/** A download with a key that is under way in this process. The same key again joins it, over whichever connection. */
interface SharedDownload {
  readonly request: DownloadRequest;
  readonly result: Promise<DownloadResult>;
  /** Who is told the progress. */
  readonly listeners: Set<(progress: DownloadProgress) => void>;
  /** How many have joined. */
  joined: number;
}

/** What the work of a shared download needs to know about those who wait for it. */
export interface Sharing {
  readonly listeners: Set<(progress: DownloadProgress) => void>;
  /** Whether others wait for it than the one who began it. */
  readonly isShared: () => boolean;
}

class UnderWay {
  readonly downloads = new Map<string, SharedDownload>();
}

/** Joins the download under way that is the same as this one, or else begins one that others can join. */
export async function joinOrBegin(
  connection: Connection,
  request: DownloadRequest,
  caller: Caller<DownloadProgress>,
  begin: (sharing: Sharing) => Promise<DownloadResult>,
): Promise<DownloadResult> {
  const { downloads } = connection.ofService(UnderWay);
  const name = nameOf(request);
  for (let known = downloads.get(name); known !== undefined; known = downloads.get(name)) {
    const result = await join(connection, known, request, caller);
    if (result !== null) return result;
    caller.throwIfAborted();
  }
  const listeners: SharedDownload['listeners'] = new Set();
  const result = begin({ listeners, isShared: () => entry.joined > 0 }).finally(() => {
    if (downloads.get(name) === entry) downloads.delete(name);
  });
  const entry: SharedDownload = { request, result, listeners, joined: 0 };
  downloads.set(name, entry);
  return result;
}

/** What two downloads have in common that are one. */
function nameOf({ app, key, files }: DownloadRequest): string {
  return JSON.stringify([app, key, files.map((file) => normalised(file.path)).sort()]);
}

/**
 * Waits for a download that another caller has begun. null: it ended because of that caller, or with something else than
 * this caller wants, who has to go on alone, with the job that is left.
 */
async function join(
  connection: Connection,
  entry: SharedDownload,
  request: DownloadRequest,
  caller: Caller<DownloadProgress>,
): Promise<DownloadResult | null> {
  const { closing, serviceTimeout, host } = connection;
  entry.joined++;
  entry.listeners.add(caller.report);
  try {
    // The connection of the caller who began it may be another one than this.
    const whileOpen = withLimits(
      entry.result,
      onceAborted(closing, () => new BitsClosedError('waiting for the download')),
    );
    const result = await caller.resultOfShared(whileOpen);
    if (!(await fits(host.disk, result, entry.request, request))) return null;
    return Object.freeze({ ...result, adopted: true, elapsed: caller.elapsed });
  } catch (error) {
    const isServiceAway =
      error instanceof BitsUnavailableError && caller.elapsed >= (request.limits.serviceTimeout ?? serviceTimeout);
    if (caller.signal.aborted || closing.aborted || isServiceAway || !isAboutOneCaller(error)) throw error;
    return null;
  } finally {
    entry.joined--;
    entry.listeners.delete(caller.report);
  }
}

/** Whether an error says something about the caller who began a download, and nothing about the download. */
export function isAboutOneCaller(error: unknown): boolean {
  return (
    error instanceof BitsAbortError ||
    error instanceof BitsTimeoutError ||
    error instanceof BitsClosedError ||
    error instanceof BitsStalledError ||
    error instanceof BitsUnavailableError
  );
}

/** Whether what one caller got is what another one wants. */
async function fits(
  disk: Disk,
  result: DownloadResult,
  theirs: DownloadRequest,
  ours: DownloadRequest,
): Promise<boolean> {
  if (result.outcome === 'partial' && !ours.allowPartial) return false;
  for (const file of ours.files) {
    const same = theirs.files.find(({ path }) => normalised(path) === normalised(file.path));
    if (same?.size === file.size && same.sha256 === file.sha256) continue;
    if ((await verifyFile(disk, file.path, file)) instanceof Error) return false;
  }
  return true;
}
