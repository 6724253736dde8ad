import type { Connection } from '../bits/connection';
import type { JobHandle, NativeJobSnapshot } from '../contract/addon';

/** What a look has found. 'unchanged': what the one before has found. `null`: the job has to be read by itself. */
export type Found = NativeJobSnapshot | 'unchanged' | null;

/** A job that is looked at again and again. */
export interface LookedAt {
  readonly handle: JobHandle;
  /** Identifies what the last look has found; 0: another look has to find something. */
  stamp: number;
  looked(found: Found): void;
}

/** The addon's calls that look at jobs: they wait for no other calls, and no others wait for them. */
const LOOKS_QUEUE = 'looks';

/** Looks at jobs: at all that are to be looked at in one turn of the event loop with one call to the addon. */
export class Looks {
  #asked: LookedAt[] = [];

  constructor(private readonly connection: Connection) {}

  /** The job's `looked()` is called with the result, and never before this returns. */
  at(job: LookedAt): void {
    this.#asked.push(job);
    if (this.#asked.length === 1) queueMicrotask(() => void this.#look());
  }

  async #look(): Promise<void> {
    const jobs = this.#asked;
    this.#asked = [];
    const changes = await this.#changesOf(jobs).catch(() => null); // the jobs' own calls tell what is wrong
    let next = 0;
    for (const [index, job] of jobs.entries()) {
      const change = changes?.[next];
      if (changes !== null && change?.index !== index) {
        job.looked('unchanged');
        continue;
      }
      next++;
      job.stamp = change?.stamp ?? 0;
      job.looked(change?.snapshot ?? null);
    }
  }

  #changesOf(jobs: readonly LookedAt[]) {
    const { native, manager } = this.connection;
    const handles = jobs.map(({ handle }) => handle);
    const stamps = jobs.map(({ stamp }) => stamp);
    return this.connection.call(() => native.manager.jobChanges(manager, handles, stamps), {
      action: 'looking at jobs',
      queue: LOOKS_QUEUE,
    });
  }
}
