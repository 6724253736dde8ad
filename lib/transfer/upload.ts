import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { checkBoolean, checkFunction, checkOneOf, checkOptions, checkText } from '../check';
import { checkLocalPath, checkUrl } from '../check_names';
import { discard } from '../discard';
import { JOB_PRIORITY, wordsOf } from '../enums';
import type { JobPriority } from '../enums';
import { isBitsError, withoutJob } from '../errors';
import { checkHeaders } from '../job/http';
import type { HeaderList } from '../job/http';
import { MAX_DISPLAY_NAME } from '../job/queue';
import type { BitsManager } from '../manager';
import { bounded } from '../within';
import { LIMIT_KEYS, checkLimits } from '../watch/options';
import type { WaitLimits } from '../watch/options';
import type { WatchSnapshot } from '../watch/snapshot';
import { safely } from '../watch/watcher';
import { checkOwner, toDescription } from './owner';
import { setHeaders } from './part';
import { checkSource, completeJob } from './place';

/** What to send. The server must speak the BITS upload protocol, as IIS with the BITS extension does. */
export interface UploadOptions extends WaitLimits {
  readonly url: string | URL;
  /** The file to send; it must not change meanwhile. */
  readonly path: string;
  /** Ask for the server's reply. Default false. */
  readonly reply?: boolean | undefined;
  /** Where the reply goes as a file. Default: a name that BITS picks beside the file. */
  readonly replyPath?: string | undefined;
  readonly headers?: HeaderList | Readonly<Record<string, string>> | undefined;
  /** As in `download()`. */
  readonly owner?: string | undefined;
  readonly name?: string | undefined;
  /** Default 'foreground'. */
  readonly priority?: JobPriority | undefined;
  /** Called with what is known, whenever it has changed. */
  readonly onProgress?: ((snapshot: WatchSnapshot) => void) | undefined;
}

/** What became of an upload. Frozen. */
export interface UploadResult {
  readonly bytes: number;
  /** Milliseconds since the call. */
  readonly elapsed: number;
  readonly jobId: string;
  /** The server's reply; `null` when none was asked for, or when it is larger than 1 MB: then it is in the file only. */
  readonly reply: Uint8Array | null;
  /** The file with the reply; `null` when none was asked for. */
  readonly replyPath: string | null;
}

const KEYS = [
  'url', 'path', 'reply', 'replyPath', 'headers', 'owner', 'name', 'priority', 'onProgress', ...LIMIT_KEYS,
] as const;

/** `manager.upload()`. */
export async function uploadThrough(bits: BitsManager, options: UploadOptions): Promise<UploadResult> {
  const plan = checkUpload(options);
  return bounded('the upload', plan.patience, send(bits, plan));
}

function checkUpload(options: UploadOptions) {
  const given = checkOptions(options, 'options', KEYS);
  const url = checkUrl(given.url, 'options.url');
  const file = checkLocalPath(given.path, 'options.path');
  const replyPath = given.replyPath === undefined ? null : checkLocalPath(given.replyPath, 'options.replyPath');
  const reply = checkBoolean(given.reply ?? replyPath !== null, 'options.reply');
  const owner = checkOwner(given.owner, 'options.owner');
  const name = given.name === undefined ? `${owner}: ${path.win32.basename(file)}`.slice(0, MAX_DISPLAY_NAME)
    : checkText(given.name, 'options.name', { max: MAX_DISPLAY_NAME, allowEmpty: false });
  const priority = checkOneOf(given.priority ?? 'foreground', 'options.priority', wordsOf(JOB_PRIORITY));
  const { headers, onProgress } = given;
  if (headers !== undefined) checkHeaders(headers, 'options.headers');
  if (onProgress !== undefined) checkFunction(onProgress, 'options.onProgress');
  return {
    url, file, replyPath, reply, owner, name, priority, patience: checkLimits(given, 'cancel'),
    headers: headers as UploadOptions['headers'], onProgress: onProgress as UploadOptions['onProgress'],
  };
}

async function send(bits: BitsManager, plan: ReturnType<typeof checkUpload>): Promise<UploadResult> {
  const started = performance.now();
  const { url, file, replyPath, reply, owner, name, priority, patience, headers, onProgress } = plan;
  await checkSource(file);
  const tag = { owner, key: null, id: randomBytes(6).toString('hex'), part: 0, check: null };
  const job = await bits.createJob({
    name, type: reply ? 'uploadReply' : 'upload', priority, description: toDescription(tag, 'Upload of 1 file'),
    files: [{ url, path: file }],
  });
  try {
    if (replyPath !== null) await job.setReplyFileName(replyPath);
    if (headers !== undefined) await setHeaders(job, headers);
    await job.resume();
    const done = await job.waitWith({
      ...patience, until: new Set(['transferred']),
      onLook: (snapshot) => { if (onProgress !== undefined) safely(() => { onProgress(snapshot); }); },
    });
    const data = reply ? await replyOf(() => job.getReplyData()) : null;
    const target = reply ? await job.getReplyFileName() : null;
    await completeJob(job, patience.signal);
    return Object.freeze({
      bytes: done.bytes, elapsed: performance.now() - started, jobId: job.id, reply: data, replyPath: target,
    });
  } catch (error) {
    // An abort has dealt with the job as the caller wished; what is closed cannot be called.
    if (isBitsError(error, 'BITS_ABORTED') || isBitsError(error, 'BITS_CLOSED')) throw error;
    await discard(job).catch(() => undefined);
    throw withoutJob(error);
  }
}

async function replyOf(read: () => Promise<Uint8Array>): Promise<Uint8Array | null> {
  try {
    return await read();
  } catch (error) {
    if (isBitsError(error, 'BG_E_TOO_LARGE')) return null;
    throw error;
  }
}
