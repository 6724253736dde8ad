import { isBitsError } from '../errors';
import type { BitsJob, JobSnapshot } from '../job';
import type { BitsManager } from '../manager';
import { fromDescription } from './owner';
import type { OwnerTag } from './owner';

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
  readonly check: string | null;
  /** In the order they were made; never empty. */
  readonly parts: readonly TaggedJob[];
}

/** From this many on, the user is told: BITS refuses the 61st job of a user, unless a policy says otherwise. */
const MANY = 40;
const warned = new WeakSet<BitsManager>();
const counted = new WeakSet<BitsManager>();

/** The jobs of an owner, as the queue has them now. */
export async function findJobs(bits: BitsManager, owner: string): Promise<TaggedJob[]> {
  const jobs = await bits.getJobs();
  warnOfMany(bits, jobs.length);
  const found = await Promise.all(jobs.map(async (job) => {
    try {
      const snapshot = await job.snapshot();
      const tag = fromDescription(snapshot.description);
      return tag?.owner === owner ? { job, snapshot, tag } : null;
    } catch (error) {
      // Gone since, or not ours to look at.
      if (isBitsError(error) && (error.name === 'BitsNotFoundError' || error.name === 'BitsAccessError')) return null;
      throw error;
    }
  }));
  return found.filter((entry) => entry !== null);
}

/** The same by transfer, without jobs that have ended. */
export function toGroups(jobs: readonly TaggedJob[]): Group[] {
  const byId = new Map<string, TaggedJob[]>();
  for (const entry of jobs) {
    if (hasEnded(entry)) continue;
    byId.set(entry.tag.id, [...byId.get(entry.tag.id) ?? [], entry]);
  }
  return [...byId].map(([id, parts]) => {
    parts.sort((a, b) => a.tag.part - b.tag.part);
    const { key = null, check = null } = parts[0]?.tag ?? {};
    return { id, key, check, parts };
  });
}

/** Out of the queue, and only still listed. */
export function hasEnded({ snapshot: { state } }: TaggedJob): boolean {
  return state === 'acknowledged' || state === 'cancelled';
}

/** Looks at the queue once in a connection's life, at its first download. */
export async function countJobs(bits: BitsManager): Promise<void> {
  if (counted.has(bits.base)) return;
  counted.add(bits.base);
  warnOfMany(bits, (await bits.getJobs()).length);
}

/** Says once that the queue fills up: mostly with jobs that somebody forgot. */
function warnOfMany(bits: BitsManager, count: number): void {
  if (count < MANY || warned.has(bits.base)) return;
  warned.add(bits.base);
  process.emitWarning(`${count} jobs of this user are in the BITS queue; manager.reap() removes forgotten ones`, {
    type: 'BitsWarning', code: 'BITS_MANY_JOBS',
  });
}
