import { BitsVerificationError } from '../errors';
import type { BitsFile } from '../bits/file';
import type { BitsJob } from '../job';
import type { DownloadedHttp } from './http_answer';
import { matchFiles, normalised } from './local_paths';
import type { PlannedFile } from './request';

/** A file on its way. */
export interface Item {
  readonly file: PlannedFile;
  /** The name that BITS is told: the final one, or one beside it. */
  local: string;
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
  /** The server's last answer. */
  http: DownloadedHttp | null;
  /** Fewer bytes than the server announced, or more. */
  damage: BitsVerificationError | null;
  /** Why sources of it were given up, in order. */
  readonly errors: Error[];
  /** Given up, which `allowPartial` allows. */
  failure: Error | null;
}

/** Suffix of names that belong to one transfer: `app.zip` arrives as `app.zip.6f3a0c9d.bits`. */
export const sideSuffix = (id: string) => `.${id.slice(0, 8)}.bits`;

export function newItem(file: PlannedFile, local: string): Item {
  return {
    file,
    local,
    source: 0,
    job: null,
    arrived: false,
    placed: false,
    verified: false,
    bytes: 0,
    http: null,
    damage: null,
    errors: [],
    failure: null,
  };
}

/** Takes the item back to the beginning. */
export function startOver(item: Item): void {
  Object.assign(item, {
    arrived: false,
    placed: false,
    verified: false,
    bytes: 0,
    http: null,
    damage: null,
  } satisfies Partial<Item>);
}

/** Which item a local name of BITS means. */
export function itemOf(items: readonly Item[], local: string | undefined): Item | undefined {
  if (local === undefined) return undefined;
  const [index] = matchFiles(items.map(wantedOf), [{ local, remote: '' }]);
  return index === undefined ? undefined : items[index];
}

/** Files of a job with the items they are. */
export async function filesOf(job: BitsJob, items: readonly Item[]): Promise<{ item: Item; file: BitsFile }[]> {
  const files = await job.getFiles();
  const locals = await Promise.all(files.map((file) => file.getLocalName()));
  const names = new Set(items.map(({ local }) => normalised(local)));
  // Mostly they come back as they were given, and the URLs need not be asked for.
  const plain = locals.every((local) => names.has(normalised(local)));
  const found = await Promise.all(
    files.map(async (file, i) => ({
      local: locals[i] ?? '',
      remote: plain ? '' : await file.getRemoteName(),
    })),
  );
  const indices = matchFiles(items.map(wantedOf), found);
  return files.flatMap((file, i) => {
    const item = items[indices[i] ?? -1];
    return item === undefined ? [] : [{ item, file }];
  });
}

function wantedOf({ local, file: { urls } }: Item) {
  return { local, remotes: urls };
}

/**
 * Asks a job how far its files are. `lengths`: whether to compare what arrived with what the server announced, for a
 * service that does not notice when a connection breaks.
 */
export async function look(job: BitsJob, items: readonly Item[], lengths: boolean): Promise<void> {
  const own = items.filter((item) => item.job === job);
  await Promise.all(
    (await filesOf(job, own)).map(async ({ file, item }) => {
      const { completed, bytesTotal, bytesTransferred } = await file.getProgress();
      item.arrived = completed;
      item.bytes = bytesTransferred;
      // Of ranges the server announces the whole file.
      const odd =
        lengths && completed && bytesTotal !== null && bytesTotal !== bytesTransferred && item.file.ranges === null;
      item.damage = odd
        ? new BitsVerificationError(
            {
              path: item.file.path,
              check: 'length',
              expected: `${bytesTotal} bytes`,
              actual: `${bytesTransferred} bytes`,
            },
            { jobId: job.id },
          )
        : null;
    }),
  );
}
