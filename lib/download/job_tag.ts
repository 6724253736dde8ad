import { checkText, outOfRange } from '../arguments/checks';
import { tagIn } from '../bits/job/description_tag';
import { MAX_DESCRIPTION } from '../bits/job/copy_job';
import { VERSION } from '../util/version';

/*
 * The queue is the only memory. What a later process must know about a job is in the job's description, first in words
 * for people, then in a tag for this library:
 *
 *   Download of 2 files for "acme-updater" (release 4.2), by windows-bits 0.1.0.
 *   [windows-bits/1 v=0.1.0 owner=acme-updater key=release%204.2 id=6f3a0c9d12ab part=0 made=2026-01-31T12:00:00Z side=0 set=… check=n*2:…]
 *
 * The names of the fields are those of earlier versions, so that each version understands the jobs of the others.
 * `v` is the version that made the job, for people.
 */

/** The app of jobs for which none was given. */
export const DEFAULT_APP = 'default';
const MAX_APP = 64;
const MAX_KEY = 128;

/** What the description of a job says about it. */
export interface JobTag {
  /** Field `owner`: the program that the job was made by. */
  readonly app: string;
  readonly key: string | null;
  /** The same for all jobs of one download: 12 hexadecimal digits. */
  readonly id: string;
  /**
   * Field `part`: jobs of one download are numbered in the order they were made. Files of an earlier one that have not
   * arrived are in a later one.
   */
  readonly number: number;
  /** When the job was made, since not every service tells. null when that cannot be read. */
  readonly made: Date | null;
  /** Field `side`: files arrive under staging names. null where that is not written: in 0.1.0 and before, and for uploads. */
  readonly staging: boolean | null;
  /** Field `set`: checksum of the final names of all files of the download; null as above. */
  readonly names: string | null;
  /** Field `check`: checksum of what is expected of the files; null when nothing is. */
  readonly checksum: string | null;
}

/** What a new job says. */
export type NewJobTag = Omit<JobTag, 'made'> & { readonly made: Date };

/** The description of a job. Throws RangeError when app and key are too long for it. */
export function toDescription(tag: NewJobTag, what: string): string {
  const { app, key } = tag;
  const machine = `[windows-bits/1 ${fieldsOf(tag).join(' ')}]`;
  if (machine.length > MAX_DESCRIPTION) {
    const argument = key === null ? 'options.app' : 'options.key';
    throw outOfRange(
      argument,
      `fit into the description of a job (${MAX_DESCRIPTION} characters)`,
      `${machine.length} characters in all`,
    );
  }
  const purpose = key === null ? '' : ` (${key})`;
  const human = `${what} for "${app}"${purpose}, by windows-bits ${VERSION}. `.replace(/[[\]]/g, '');
  return human.length + machine.length > MAX_DESCRIPTION ? machine : human + machine;
}

function fieldsOf({ app, key, id, number, made, staging, names, checksum }: NewJobTag): string[] {
  return [
    `v=${VERSION}`,
    `owner=${encode(app)}`,
    ...(key === null ? [] : [`key=${encode(key)}`]),
    `id=${id}`,
    `part=${number}`,
    `made=${made.toISOString().slice(0, 19)}Z`,
    ...(staging === null ? [] : [`side=${Number(staging)}`]),
    ...(names === null ? [] : [`set=${names}`]),
    ...(checksum === null ? [] : [`check=${checksum}`]),
  ];
}

/** The tag in a description; null when there is none. */
export function fromDescription(description: string | null): JobTag | null {
  const found = tagIn(description);
  if (found === undefined) return null;
  const fields = new Map(
    found.split(' ').map((field) => {
      const at = field.indexOf('=');
      return [field.slice(0, at), field.slice(at + 1)];
    }),
  );
  const app = decode(fields.get('owner'));
  const id = fields.get('id') ?? '';
  const number = Number(fields.get('part'));
  const made = new Date(fields.get('made') ?? NaN);
  if (app === null || !/^[0-9a-f]{12}$/.test(id) || !Number.isSafeInteger(number)) return null;
  return {
    app,
    key: decode(fields.get('key')),
    id,
    number,
    made: Number.isNaN(made.getTime()) ? null : made,
    staging: fields.has('side') ? fields.get('side') === '1' : null,
    names: fields.get('set') ?? null,
    checksum: fields.get('check') ?? null,
  };
}

export function checkApp(value: unknown, argument: string): string {
  return value === undefined ? DEFAULT_APP : checkText(value, argument, { max: MAX_APP, allowEmpty: false });
}

export function checkKey(value: unknown, argument: string): string {
  return checkText(value, argument, { max: MAX_KEY, allowEmpty: false });
}

/** Escapes everything that has a meaning in the tag: spaces, brackets, the equals sign. */
function encode(text: string): string {
  return encodeURIComponent(text);
}

function decode(text: string | undefined): string | null {
  if (text === undefined) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
