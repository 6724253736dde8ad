/*
 * Which file of a job is which of the files that were asked for. BITS may tell a local name in another form than it was
 * given: with the share behind a mapped drive, or the short name of a folder. In which order it lists the files of a job
 * is not documented.
 */

/** A file that was asked for. */
export interface Wanted {
  readonly local: string;
  /** Where it may come from. */
  readonly remotes: readonly string[];
}

/** A file of a job, as BITS tells it. */
export interface Found {
  readonly local: string;
  readonly remote: string;
}

/**
 * For each file of a job, the index of the file that was asked for; undefined where nothing tells. What counts, in this
 * order: the same local name, the longest common end of it, the same URL, the same place in the list.
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

/** A path as names are compared: Windows ignores their case. */
export function normalised(path: string): string {
  return path.replaceAll('/', '\\').toLowerCase();
}

/** Components of a path after the drive or share. */
export function componentsOf(path: string): string[] {
  return normalised(path)
    .replace(/^([a-z]:|\\\\[^\\]+\\[^\\]+)\\/, '')
    .split('\\');
}

/** Whether two names can mean the same file: the drive of one may be a mapping of the share in the other. */
export function mayBeSameFile(a: string, b: string): boolean {
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
