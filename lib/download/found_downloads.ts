import type { Connection } from '../bits/connection';
import type { ListedJob } from '../job';
import { cancelJob } from './cancel_job';
import { localNameOf } from './job_files';
import type { JobQueue } from './job_queue';
import { fromDescription } from './job_tag';
import type { JobTag } from './job_tag';
import { mayBeSameFile } from './local_paths';
import { placementOf } from './placement/choice';
import type { Placement } from './placement/placement';
import { finalNameOf, isStagingName } from './placement/staging';
import { MANY_JOBS, ManyJobs, warnOfManyJobs } from './many_jobs';
import type { DownloadRequest } from './request';

/** A job that this library has made, with what its description says. */
export interface FoundJob extends ListedJob {
  readonly tag: JobTag;
}

/** The jobs of one download that an earlier call or process has left. */
export interface FoundDownload {
  readonly id: string;
  /** What the tag of its first job says. */
  readonly tag: JobTag | undefined;
  /** In the order they were made; never empty. */
  readonly jobs: readonly FoundJob[];
}

/** The jobs of an app that are in the queue now. */
export async function findJobs(queue: JobQueue, app: string): Promise<FoundJob[]> {
  const seen = await queue.getSnapshots();
  warnOfManyJobs(queue.connection, seen.filter((entry) => !hasEnded(entry)).length);
  return seen.flatMap((entry) => {
    const tag = fromDescription(entry.snapshot.description);
    return tag?.app === app ? [{ ...entry, tag }] : [];
  });
}

/** Jobs by download, without those that have ended. */
export function toDownloads(jobs: readonly FoundJob[]): FoundDownload[] {
  const byId = new Map<string, FoundJob[]>();
  for (const entry of jobs) {
    if (hasEnded(entry)) continue;
    byId.set(entry.tag.id, [...(byId.get(entry.tag.id) ?? []), entry]);
  }
  return [...byId].map(([id, found]) => {
    found.sort((a, b) => a.tag.number - b.tag.number);
    return { id, tag: found[0]?.tag, jobs: found };
  });
}

/** Whether a job is out of the queue, and only listed for a while. */
export function hasEnded({ snapshot: { state } }: ListedJob): boolean {
  return state === 'acknowledged' || state === 'cancelled';
}

/** The download of an earlier call with this key. Those for other files, and duplicates, are cancelled. */
export async function findDownload(queue: JobQueue, request: DownloadRequest): Promise<FoundDownload | null> {
  const downloads = toDownloads(await findJobs(queue, request.app)).filter(({ tag }) => tag?.key === request.key);
  let found: FoundDownload | null = null;
  for (const download of downloads) {
    if (found === null && (await isFor(download, request))) found = download;
    else for (const { job } of download.jobs) await cancelJob(job);
  }
  return found;
}

/** By the checksum of the names; for jobs of 0.1.0 and before, which have none, by the names that BITS tells. */
async function isFor(download: FoundDownload, request: DownloadRequest): Promise<boolean> {
  const checksum = download.tag?.names ?? null;
  if (checksum !== null) return checksum === request.names;
  const names = await finalNamesOf(download);
  const wanted = request.files.map((file) => file.path);
  return names.length === wanted.length && wanted.every((path) => names.some((name) => mayBeSameFile(name, path)));
}

/** The final names of a download's files, as BITS tells them. */
export async function finalNamesOf(download: FoundDownload): Promise<string[]> {
  const names = await localNamesOf(download);
  return [...new Set(names.map((name) => finalNameOf(name, download.id)))];
}

/** How the files of a download are placed. */
export async function placementOfFound(connection: Connection, download: FoundDownload): Promise<Placement> {
  const { id, tag } = download;
  const staging = tag?.staging ?? (await localNamesOf(download)).some((name) => isStagingName(name, id));
  return placementOf(connection, id, staging);
}

async function localNamesOf({ jobs }: FoundDownload): Promise<string[]> {
  const files = await Promise.all(jobs.map(({ job }) => job.getFileSnapshots()));
  return Promise.all(files.flat().map(localNameOf));
}

/** Looks at the length of the queue at the first download of a process. */
export async function countJobsOnce(queue: JobQueue): Promise<void> {
  const done = queue.connection.ofService(ManyJobs);
  if (done.counted) return;
  done.counted = true;
  if ((await queue.getJobs()).length < MANY_JOBS) return; // which is read sooner
  warnOfManyJobs(queue.connection, (await queue.getSnapshots()).filter((entry) => !hasEnded(entry)).length);
}
