import { BitsVerificationError } from '../errors';
import type { BitsFile } from '../file';
import type { BitsJob } from '../job';
import type { PlannedFile } from './plan';

/** A file on its way. */
export interface Item {
  readonly file: PlannedFile;
  /** The name that BITS is told: the final one, or one beside it. */
  readonly local: string;
  /** Index of the URL in use. */
  source: number;
  /** The job that brings it, or has it. */
  job: BitsJob | null;
  /** All of it is in the hands of BITS, or in place. */
  arrived: boolean;
  /** Its job is completed, and it is at `local`. */
  placed: boolean;
  verified: boolean;
  bytes: number;
  /** Fewer bytes than the server announced, or more. */
  damage: BitsVerificationError | null;
  /** Given up, which `allowPartial` allows. */
  failure: Error | null;
}

/** Suffix of names that belong to one transfer: `app.zip` arrives as `app.zip.6f3a0c9d.bits`. */
export const sideSuffix = (id: string) => `.${id.slice(0, 8)}.bits`;

export function newItem(file: PlannedFile, local: string): Item {
  return {
    file, local, source: 0, job: null, arrived: false, placed: false, verified: false, bytes: 0, damage: null, failure: null,
  };
}

/** Takes the item back to the beginning. */
export function startOver(item: Item): void {
  Object.assign(item, { arrived: false, placed: false, verified: false, bytes: 0, damage: null } satisfies Partial<Item>);
}

/** Which item a local name of BITS means. A mapped drive may come back as the share behind it. */
export function itemOf(items: readonly Item[], local: string | undefined): Item | undefined {
  if (local === undefined) return undefined;
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const base = (name: string) => name.slice(name.lastIndexOf('\\') + 1);
  const exact = items.find((item) => same(item.local, local));
  const [similar, another] = exact ? [exact] : items.filter((item) => same(base(item.local), base(local)));
  return another === undefined ? similar : undefined;
}

/** Files of a job with the items they are. */
export async function filesOf(job: BitsJob, items: readonly Item[]): Promise<{ item: Item; file: BitsFile }[]> {
  const files = await job.getFiles();
  const found = await Promise.all(files.map(async (file) => ({ file, item: itemOf(items, await file.getLocalName()) })));
  return found.flatMap(({ file, item }) => (item === undefined ? [] : [{ file, item }]));
}

/** Asks a job how far its files are. */
export async function look(job: BitsJob, items: readonly Item[]): Promise<void> {
  const own = items.filter((item) => item.job === job);
  await Promise.all((await filesOf(job, own)).map(async ({ file, item }) => {
    const { completed, bytesTotal, bytesTransferred } = await file.getProgress();
    item.arrived = completed;
    item.bytes = bytesTransferred;
    // Not every service notices that a connection broke; of ranges the server announces the whole file.
    const odd = completed && bytesTotal !== null && bytesTotal !== bytesTransferred && item.file.ranges === null;
    item.damage = odd ? new BitsVerificationError({
      path: item.file.path, check: 'length', expected: `${bytesTotal} bytes`, actual: `${bytesTransferred} bytes`,
    }, { jobId: job.id }) : null;
  }));
}
