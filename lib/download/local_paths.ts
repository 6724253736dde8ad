/*
 * Which of our files a file of BITS is. BITS need not tell a local name as it was given: a mapped drive may come back as
 * the share behind it, a folder by its short name. Nor is the order documented in which it lists the files of a job.
 */

/** One of ours. */
export interface Wanted {
  readonly local: string;
  /** Where it may come from. */
  readonly remotes: readonly string[];
}

/** One of BITS'. */
export interface Found {
  readonly local: string;
  readonly remote: string;
}

/**
 * For each file of BITS the index of ours; undefined where there is no telling. In this order: the same local name, the
 * longest common end of it, the same URL, the same place in the list.
 */
export function matchFiles(wanted: readonly Wanted[], found: readonly Found[]): (number | undefined)[] {
  const result = new Array<number | undefined>(found.length).fill(undefined);
  const free = new Set(wanted.keys());
  const assign = (theirs: number, ours: number) => {
    result[theirs] = ours;
    free.delete(ours);
  };
  const byName = new Map(wanted.map(({ local }, i) => [normalised(local), i]));
  for (const [i, { local }] of found.entries()) {
    const ours = byName.get(normalised(local));
    if (ours !== undefined && free.has(ours)) assign(i, ours);
  }
  const missing = () => [...found.keys()].filter((i) => result[i] === undefined);
  if (free.size === 0 || missing().length === 0) return result;

  const pairs = missing()
    .flatMap((theirs) =>
      [...free].map((ours) => {
        const [a, b] = [found[theirs], wanted[ours]];
        const tail = a === undefined || b === undefined ? 0 : commonEnd(a.local, b.local);
        const url = a !== undefined && b?.remotes.includes(a.remote) === true;
        return { theirs, ours, tail, url, apart: Math.abs(theirs - ours) };
      }),
    )
    .filter(({ tail, url }) => tail > 0 || url);
  pairs.sort((a, b) => b.tail - a.tail || Number(b.url) - Number(a.url) || a.apart - b.apart);
  for (const { theirs, ours } of pairs) if (result[theirs] === undefined && free.has(ours)) assign(theirs, ours);

  const left = missing();
  if (left.length === free.size) for (const [i, ours] of [...free].entries()) assign(left[i] ?? 0, ours);
  return result;
}

/** A path as names are compared: Windows knows no case in them. */
export function normalised(path: string): string {
  return path.replaceAll('/', '\\').toLowerCase();
}

/** Components of a path behind the drive or share. */
export function componentsOf(path: string): string[] {
  return normalised(path)
    .replace(/^([a-z]:|\\\\[^\\]+\\[^\\]+)\\/, '')
    .split('\\');
}

/** Whether two names can mean the same file, one of them being the share behind the other's drive. */
export function samePlace(a: string, b: string): boolean {
  if (normalised(a) === normalised(b)) return true;
  const [drive, share] = a.startsWith('\\\\') ? [b, a] : [a, b];
  if (drive.startsWith('\\\\') || !share.startsWith('\\\\')) return false;
  return commonEnd(drive, share) === componentsOf(drive).length;
}

/** How many components at the end are the same. */
function commonEnd(a: string, b: string): number {
  const [x, y] = [componentsOf(a).reverse(), componentsOf(b).reverse()];
  const differs = x.findIndex((component, i) => component !== y[i]);
  return differs < 0 ? x.length : differs;
}
