import path from 'node:path';
import {
  checkBoolean,
  checkFunction,
  checkInteger,
  checkNonEmptyArray,
  checkOneOf,
  checkOptions,
  checkText,
  wrongType,
  wrongValue,
} from '../arguments/checks';
import { checkHeaders } from '../arguments/headers';
import type { HeaderList } from '../arguments/headers';
import { checkLocalPath, checkUrl } from '../arguments/urls_and_paths';
import { MAX_DISPLAY_NAME } from '../bits/job/copy_job';
import { checkRanges, toRanges } from '../bits/ranges';
import type { FileRange } from '../bits/ranges';
import { JOB_PRIORITY, wordsOf } from '../contract/enums';
import type { JobPriority } from '../contract/enums';
import { LIMIT_KEYS, checkWaitLimits } from '../watch/options';
import type { CheckedWaitOptions } from '../watch/wait';
import { checksumOf, checksumOfNames } from './checksum';
import { checkApp, checkKey, toDescription } from './job_tag';
import type { DownloadFile, DownloadOptions, DownloadProgress } from './options';

/** A file to download, checked. */
export interface RequestedFile {
  /** The final name. */
  readonly path: string;
  /** The URL and its mirrors, in order. */
  readonly urls: readonly string[];
  readonly size: number | null;
  /** Lower case. */
  readonly sha256: string | null;
  readonly ranges: readonly FileRange[] | null;
}

/** When BITS is to try again, in seconds, as BITS wants it; null: its own default. */
export interface RetryTimes {
  readonly minimumRetryDelay: number | null;
  readonly noProgressTimeout: number | null;
}

/** When to give up waiting for a transfer. */
export type TransferLimits = Omit<CheckedWaitOptions, 'until'>;

/** A download, checked. */
export interface DownloadRequest {
  readonly app: string;
  readonly key: string | null;
  readonly displayName: string;
  readonly priority: JobPriority;
  readonly headers: HeaderList | null;
  readonly dynamicContent: boolean;
  readonly retry: RetryTimes;
  readonly files: readonly RequestedFile[];
  readonly createFolders: boolean;
  readonly allowPartial: boolean;
  /** Checksum of the files' names. */
  readonly names: string | null;
  /** Checksum of what is expected of the files: of a restored download nothing else is known. */
  readonly checksum: string | null;
  readonly limits: TransferLimits;
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
}

const FILE_KEYS = ['url', 'path', 'mirrors', 'sha256', 'size', 'ranges'] as const;
const KEYS = [
  ...FILE_KEYS,
  'files',
  'headers',
  'key',
  'app',
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
type Given = Readonly<Partial<Record<(typeof KEYS)[number], unknown>>>;

/** Seconds. Somebody waits, and BITS' own ten minutes are a long time after a single 503. */
const FOREGROUND_RETRY_DELAY = 60;
/** BITS takes 32 bits of seconds. */
const MAX_RETRY_TIME = 0xffffffff * 1000;

/** Checks everything that can be checked before a job is made. */
export function checkDownloadOptions(options: DownloadOptions): DownloadRequest {
  if (typeof options !== 'object') throw wrongType('options', 'an object', options);
  const given = checkOptions(options, 'options', KEYS);
  const files = checkFileList(given);
  const app = checkApp(given.app, 'options.app');
  const key = given.key === undefined ? null : checkKey(given.key, 'options.key');
  const displayName = checkDisplayName(given.name, app, files[0]?.path);
  const [names, checksum] = [checksumOfNames(files.map((file) => file.path)), checksumOf(files)];
  checkTagFits({ app, key, names, checksum });
  if (given.onProgress !== undefined) checkFunction(given.onProgress, 'options.onProgress');
  const priority = checkPriority(given.priority);
  return {
    app,
    key,
    displayName,
    files,
    priority,
    dynamicContent: checkDynamicContent(given.dynamicContent, priority, files),
    retry: checkRetryTimes(given, priority),
    headers: given.headers === undefined ? null : checkHeaders(given.headers, 'options.headers'),
    createFolders: checkBoolean(given.createFolders ?? false, 'options.createFolders'),
    allowPartial: checkBoolean(given.allowPartial ?? false, 'options.allowPartial'),
    names,
    checksum,
    // Without a key no later call would find the job again.
    limits: checkWaitLimits(given, key === null ? 'cancel' : 'detach'),
    onProgress: given.onProgress as DownloadRequest['onProgress'],
  };
}

/** Display name of a job: default, the app and the name of the (first) file. */
export function checkDisplayName(value: unknown, app: string, file = ''): string {
  return value === undefined
    ? `${app}: ${path.win32.basename(file)}`.slice(0, MAX_DISPLAY_NAME)
    : checkText(value, 'options.name', { max: MAX_DISPLAY_NAME, allowEmpty: false });
}

export function checkPriority(value: unknown): JobPriority {
  return checkOneOf(value ?? 'foreground', 'options.priority', wordsOf(JOB_PRIORITY));
}

/** Milliseconds, which become whole seconds, rounded up. */
export function checkRetryTimes(
  given: { readonly minimumRetryDelay?: unknown; readonly noProgressTimeout?: unknown },
  priority: JobPriority,
): RetryTimes {
  const seconds = (name: keyof RetryTimes) =>
    given[name] === undefined
      ? null
      : Math.ceil(checkInteger(given[name], `options.${name}`, { max: MAX_RETRY_TIME }) / 1000);
  const minimumRetryDelay = seconds('minimumRetryDelay');
  const noProgressTimeout = seconds('noProgressTimeout');
  // BITS does not try again at all when the delay is longer than the timeout.
  const ours = priority === 'foreground' ? Math.min(FOREGROUND_RETRY_DELAY, noProgressTimeout ?? Infinity) : null;
  return { minimumRetryDelay: minimumRetryDelay ?? ours, noProgressTimeout };
}

function checkFileList(given: Given): RequestedFile[] {
  if (given.files === undefined) return [checkFile(fileIn(given), 'options')];
  const files = checkNonEmptyArray(given.files, 'options.files', checkFile);
  const single = FILE_KEYS.find((name) => given[name] !== undefined);
  if (single !== undefined) throw wrongValue(`options.${single}`, 'not be given with options.files');
  checkDistinct(files);
  return files;
}

/** The options that describe a single file. */
function fileIn(given: Given): DownloadFile {
  return Object.fromEntries(
    FILE_KEYS.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  ) as never;
}

function checkFile(value: unknown, argument: string): RequestedFile {
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

/** BITS would write two files of one name over each other. */
function checkDistinct(files: readonly RequestedFile[]): void {
  const seen = new Set<string>();
  for (const [i, { path: name }] of files.entries()) {
    const same = name.toLowerCase();
    if (seen.has(same)) throw wrongValue(`options.files[${i}].path`, 'differ from those before it');
    seen.add(same);
  }
}

function checkDynamicContent(value: unknown, priority: JobPriority, files: readonly RequestedFile[]): boolean {
  const dynamic = checkBoolean(value ?? false, 'options.dynamicContent');
  if (dynamic && priority !== 'foreground')
    throw wrongValue('options.priority', "be 'foreground' with options.dynamicContent");
  if (dynamic && files.some(({ ranges }) => ranges !== null))
    throw wrongValue('options.ranges', 'not be given with options.dynamicContent');
  return dynamic;
}

/** Throws when app and key are too long to be written on a job. */
function checkTagFits(tag: Pick<DownloadRequest, 'app' | 'key' | 'names' | 'checksum'>): void {
  toDescription({ ...tag, id: '0'.repeat(12), number: 99, staging: false, made: new Date(0) }, '');
}
