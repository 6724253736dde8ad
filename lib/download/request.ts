import path from 'node:path';
import {
  checkBoolean,
  checkFunction,
  checkInteger,
  checkNonEmptyArray,
  checkOneOf,
  checkOptions,
  checkText,
  checkUint32,
  wrongType,
  wrongValue,
} from '../arguments/checks';
import { checkLocalPath, checkUrl } from '../arguments/urls_and_paths';
import { JOB_PRIORITY, wordsOf } from '../contract/enums';
import type { JobPriority } from '../contract/enums';
import { MAX_DISPLAY_NAME } from '../bits/job/copy_job';
import { checkHeaders } from '../arguments/headers';
import type { HeaderList } from '../arguments/headers';
import { checkRanges, toRanges } from '../bits/ranges';
import type { FileRange } from '../bits/ranges';
import { LIMIT_KEYS, checkWaitLimits } from '../watch/options';
import type { CheckedWaitOptions } from '../watch/wait';
import { checkKey, checkOwner, seal, setOf, toDescription } from './job_tag';
import type { DownloadFile, DownloadOptions, DownloadProgress } from './options';

/** A file to get, checked. */
export interface PlannedFile {
  /** The final name. */
  readonly path: string;
  /** The URL and its mirrors, in order. */
  readonly urls: readonly string[];
  readonly size: number | null;
  /** Lower case. */
  readonly sha256: string | null;
  readonly ranges: readonly FileRange[] | null;
}

/** How BITS is to try again, in seconds; null: as it does by itself. */
export interface RetryPlan {
  readonly minimumRetryDelay: number | null;
  readonly noProgressTimeout: number | null;
}

/** A download, checked. */
export interface Plan {
  readonly owner: string;
  readonly key: string | null;
  readonly name: string;
  readonly priority: JobPriority;
  readonly headers: HeaderList | null;
  readonly dynamicContent: boolean;
  readonly retry: RetryPlan;
  readonly files: readonly PlannedFile[];
  readonly createFolders: boolean;
  readonly allowPartial: boolean;
  /** What `setOf()` makes of the files' names. */
  readonly set: string | null;
  /** Verifies files without knowing what each is expected to be. */
  readonly check: string | null;
  readonly patience: Omit<CheckedWaitOptions, 'until'>;
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
}

const FILE_KEYS = ['url', 'path', 'mirrors', 'sha256', 'size', 'ranges'] as const;
const KEYS = [
  ...FILE_KEYS,
  'files',
  'headers',
  'key',
  'owner',
  'name',
  'priority',
  'createFolders',
  'allowPartial',
  'onProgress',
  'dynamicContent',
  'minimumRetryDelay',
  'noProgressTimeout',
  ...LIMIT_KEYS,
] as const;
/** Seconds: somebody waits, and BITS' own ten minutes are long after one 503. */
const FOREGROUND_RETRY_DELAY = 60;

/** Checks everything that can be known before anything is made. */
export function checkDownload(options: DownloadOptions): Plan {
  if (typeof options !== 'object') throw wrongType('options', 'an object', options);
  const given = checkOptions(options, 'options', KEYS);
  const files =
    given.files === undefined
      ? [checkFile(pick(given), 'options')]
      : checkNonEmptyArray(given.files, 'options.files', checkFile);
  const single = FILE_KEYS.find((name) => given[name] !== undefined);
  if (given.files !== undefined && single !== undefined)
    throw wrongValue(`options.${single}`, 'not be given with options.files');
  checkDistinct(files);
  const owner = checkOwner(given.owner, 'options.owner');
  const key = given.key === undefined ? null : checkKey(given.key, 'options.key');
  const name =
    given.name === undefined
      ? `${owner}: ${path.win32.basename(files[0]?.path ?? '')}`.slice(0, MAX_DISPLAY_NAME)
      : checkText(given.name, 'options.name', { max: MAX_DISPLAY_NAME, allowEmpty: false });
  const [set, check] = [setOf(files.map((file) => file.path)), seal(files)];
  toDescription({ owner, key, id: '0'.repeat(12), part: 99, side: false, set, check }, ''); // throws when they are too long together
  if (given.onProgress !== undefined) checkFunction(given.onProgress, 'options.onProgress');
  const priority = checkOneOf(given.priority ?? 'foreground', 'options.priority', wordsOf(JOB_PRIORITY));
  return {
    owner,
    key,
    name,
    files,
    priority,
    dynamicContent: checkDynamic(given.dynamicContent, priority, files),
    retry: checkRetry(given, priority),
    headers: given.headers === undefined ? null : checkHeaders(given.headers, 'options.headers'),
    createFolders: checkBoolean(given.createFolders ?? false, 'options.createFolders'),
    allowPartial: checkBoolean(given.allowPartial ?? false, 'options.allowPartial'),
    set,
    check,
    // Without a key nobody would find the job again.
    patience: checkWaitLimits(given, key === null ? 'cancel' : 'detach'),
    onProgress: given.onProgress as Plan['onProgress'],
  };
}

function checkDynamic(value: unknown, priority: JobPriority, files: readonly PlannedFile[]): boolean {
  const dynamic = checkBoolean(value ?? false, 'options.dynamicContent');
  if (dynamic && priority !== 'foreground')
    throw wrongValue('options.priority', "be 'foreground' with options.dynamicContent");
  if (dynamic && files.some(({ ranges }) => ranges !== null))
    throw wrongValue('options.ranges', 'not be given with options.dynamicContent');
  return dynamic;
}

export function checkRetry(
  given: { readonly minimumRetryDelay?: unknown; readonly noProgressTimeout?: unknown },
  priority: JobPriority,
): RetryPlan {
  const seconds = (value: unknown, argument: string) => (value === undefined ? null : checkUint32(value, argument));
  const minimumRetryDelay = seconds(given.minimumRetryDelay, 'options.minimumRetryDelay');
  const noProgressTimeout = seconds(given.noProgressTimeout, 'options.noProgressTimeout');
  // BITS does not try again at all when the delay is the longer one.
  const ours = priority === 'foreground' ? Math.min(FOREGROUND_RETRY_DELAY, noProgressTimeout ?? Infinity) : null;
  return { minimumRetryDelay: minimumRetryDelay ?? ours, noProgressTimeout };
}

function pick(given: Readonly<Partial<Record<(typeof KEYS)[number], unknown>>>): DownloadFile {
  return Object.fromEntries(
    FILE_KEYS.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  ) as never;
}

function checkFile(value: unknown, argument: string): PlannedFile {
  if (value === undefined) throw wrongType(argument, 'an object', value);
  const { url, path: local, mirrors, sha256, size, ranges } = checkOptions(value, argument, FILE_KEYS);
  const others = mirrors === undefined ? [] : checkNonEmptyArray(mirrors, `${argument}.mirrors`, checkUrl);
  return {
    path: checkLocalPath(local, `${argument}.path`),
    urls: [checkUrl(url, `${argument}.url`), ...others],
    size: size === undefined ? null : checkInteger(size, `${argument}.size`),
    sha256: sha256 === undefined ? null : checkSha256(sha256, `${argument}.sha256`),
    ranges: ranges === undefined ? null : toRanges(checkRanges(ranges, `${argument}.ranges`, true)),
  };
}

function checkSha256(value: unknown, argument: string): string {
  const text = checkText(value, argument);
  if (!/^[0-9a-f]{64}$/i.test(text)) throw wrongValue(argument, 'be a SHA-256 of 64 hexadecimal digits');
  return text.toLowerCase();
}

/** BITS does not coordinate two files of one name. */
function checkDistinct(files: readonly PlannedFile[]): void {
  const seen = new Set<string>();
  for (const [i, { path: name }] of files.entries()) {
    const same = name.toLowerCase();
    if (seen.has(same)) throw wrongValue(`options.files[${i}].path`, 'be another one than those before it');
    seen.add(same);
  }
}
