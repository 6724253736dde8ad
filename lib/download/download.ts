import type { Clock } from '../host';
import { Caller } from './caller';
import { countJobsOnce, findDownload, placementOfFound } from './found_downloads';
import type { FoundDownload } from './found_downloads';
import type { JobQueue } from './job_queue';
import type { DownloadProgress, DownloadResult } from './options';
import type { DownloadRequest } from './request';
import { DownloadSession } from './session';
import { joinOrBegin } from './shared_downloads';

type Listeners = ReadonlySet<(progress: DownloadProgress) => void>;

/** Lends a queue for the time of some work: one that is there already, or one that is connected to for the purpose. */
export type LendQueue = (
  work: (queue: JobQueue) => Promise<DownloadResult>,
  caller: Caller<DownloadProgress>,
) => Promise<DownloadResult>;

/** A call of `download()`. */
export async function download(request: DownloadRequest, clock: Clock, lendQueue: LendQueue): Promise<DownloadResult> {
  const caller = new Caller(clock, 'the download', request.limits, request.onProgress);
  try {
    return await caller.resultOf(lendQueue((queue) => downloadOver(queue, request, caller), caller));
  } finally {
    caller.end();
  }
}

async function downloadOver(
  queue: JobQueue,
  given: DownloadRequest,
  caller: Caller<DownloadProgress>,
): Promise<DownloadResult> {
  caller.throwIfAborted();
  const limits = { ...given.limits, signal: caller.signal, timeout: Infinity }; // the caller watches the time
  const request = { ...given, limits };
  const limited = queue.limited(limits.serviceTimeout);
  if (request.key === null) {
    const session = await beginSession(limited, request, new Set([caller.report]));
    return session.run({ caller, limits });
  }
  return joinOrBegin(queue.connection, request, caller, async ({ listeners, isShared }) => {
    listeners.add(caller.report);
    const found = await findDownload(limited, request);
    const session = await (found === null
      ? beginSession(limited, request, listeners)
      : resumeSession(limited, request, found, listeners));
    return session.run({ caller, limits, isShared });
  });
}

async function beginSession(queue: JobQueue, request: DownloadRequest, listeners: Listeners): Promise<DownloadSession> {
  await countJobsOnce(queue);
  return new DownloadSession(queue, request, queue.connection.host.randomHex(6), listeners);
}

/** A session with the jobs that an earlier call or process has left. */
export async function resumeSession(
  queue: JobQueue,
  request: DownloadRequest,
  found: FoundDownload,
  listeners: Listeners,
): Promise<DownloadSession> {
  const session = new DownloadSession(queue, request, found.id, listeners);
  await session.adopt(
    found.jobs.map(({ job }) => job),
    (found.jobs.at(-1)?.tag.number ?? 0) + 1,
    await placementOfFound(queue.connection, found),
  );
  return session;
}
