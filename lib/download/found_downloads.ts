import { BitsAccessError, BitsNotFoundError } from '../errors';
import type { JobSnapshot } from '../explain/explained_job';
import type { BitsJob } from '../job';
import type { JobQueue } from './job_queue';
import { fromDescription } from './job_tag';
import type { OwnerTag } from './job_tag';

/** A job with what is written on it. */
export interface TaggedJob {
  readonly job: BitsJob;
  readonly snapshot: JobSnapshot;
  readonly tag: OwnerTag;
}

/** The jobs of one transfer: several, when files had to be fetched from elsewhere by another job. */
export interface Group {
  readonly id: string;
  readonly key: string | null;
  /** As in the tag of its first job. */
  readonly side: boolean | null;
  readonly set: string | null;
  readonly check: string | null;
  /** In the order they were made; never empty. */
  readonly parts: readonly TaggedJob[];
}

/** From this many on, the user is told: BITS refuses the 61st job of a user, unless a policy says otherwise. */
const MANY = 40;
let warned = false;
let counted = false;

/** The jobs of an owner, as the queue has them now. */
export async function findJobs(bits: JobQueue, owner: string): Promise<TaggedJob[]> {
  const seen = await Promise.all(
    (await bits.getJobs()).map(async (job) => {
      const snapshot = await unlessGone(job.snapshot());
      return snapshot === null ? null : { job, snapshot, tag: fromDescription(snapshot.description) };
    }),
  );
  warnOfMany(seen.filter((entry) => entry !== null && !hasEnded(entry)).length);
  return seen.flatMap((entry) => (entry?.tag?.owner === owner ? [{ ...entry, tag: entry.tag }] : []));
}

/** null: gone since, or not ours to look at. */
async function unlessGone<T>(reading: Promise<T>): Promise<T | null> {
  return reading.catch((error: unknown) => {
    if (error instanceof BitsNotFoundError || error instanceof BitsAccessError) return null;
    throw error;
  });
}

/** The same by transfer, without jobs that have ended. */
export function toGroups(jobs: readonly TaggedJob[]): Group[] {
  const byId = new Map<string, TaggedJob[]>();
  for (const entry of jobs) {
    if (hasEnded(entry)) continue;
    byId.set(entry.tag.id, [...(byId.get(entry.tag.id) ?? []), entry]);
  }
  return [...byId].map(([id, parts]) => {
    parts.sort((a, b) => a.tag.part - b.tag.part);
    const { key = null, side = null, set = null, check = null } = parts[0]?.tag ?? {};
    return { id, key, side, set, check, parts };
  });
}

/** Out of the queue, and only still listed. */
export function hasEnded({ snapshot: { state } }: Pick<TaggedJob, 'snapshot'>): boolean {
  return state === 'acknowledged' || state === 'cancelled';
}

/** Looks at the queue once in a process, at its first download. */
export async function countJobs(bits: JobQueue): Promise<void> {
  if (counted) return;
  counted = true;
  const jobs = await bits.getJobs();
  if (jobs.length < MANY) return;
  const seen = await Promise.all(jobs.map((job) => unlessGone(job.snapshot())));
  warnOfMany(seen.filter((snapshot) => snapshot !== null && !hasEnded({ snapshot })).length);
}

/** Says once that the queue fills up: mostly with jobs that somebody forgot. */
function warnOfMany(count: number): void {
  if (count < MANY || warned) return;
  warned = true;
  process.emitWarning(`${count} jobs of this user are in the BITS queue; manager.reap() removes forgotten ones`, {
    type: 'BitsWarning',
    code: 'BITS_MANY_JOBS',
  });
}
