import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { checkBoolean, checkFunction, checkOneOf, checkOptions, checkText } from '../arguments/checks';
import { checkLocalPath, checkUrl } from '../arguments/names';
import { discard } from './cancel_job';
import { encode, JOB_PRIORITY, JOB_TYPE, wordsOf } from '../contract/enums';
import type { JobPriority } from '../contract/enums';
import { BitsNotSupportedError, isBitsError, withoutJob } from '../errors';
import type { BitsJob } from '../job';
import { checkHeaders } from '../arguments/headers';
import type { HeadersInput } from '../arguments/headers';
import { MAX_DISPLAY_NAME } from '../bits/job/copy_job';
import type { JobQueue } from './job_queue';
import { LIMIT_KEYS, checkLimits } from '../watch/options';
import type { WaitLimits } from '../watch/options';
import type { WatchSnapshot } from '../watch/snapshot';
import { leaveJob } from '../watch/wait';
import { Caller } from './caller';
import { checkOwner, toDescription } from './job_tag';
import { settingsFor } from './new_job';
import { checkSource, completeJob } from './publish_file';
import { checkRetry } from './request';

/** What to send. The server must speak the BITS upload protocol, as IIS with the BITS extension does. */
export interface UploadOptions extends WaitLimits {
  readonly url: string | URL;
  /** The file to send; it must not change meanwhile. */
  readonly path: string;
  /** Ask for the server's reply. Default false. */
  readonly reply?: boolean | undefined;
  /** Where the reply goes as a file. Default: a name that BITS picks beside the file. */
  readonly replyPath?: string | undefined;
  readonly headers?: HeadersInput | undefined;
  /** As in `download()`. */
  readonly owner?: string | undefined;
  readonly name?: string | undefined;
  /** Default 'foreground'. */
  readonly priority?: JobPriority | undefined;
  /** Seconds; as in `download()`. */
  readonly minimumRetryDelay?: number | undefined;
  /** Seconds; as in `download()`. */
  readonly noProgressTimeout?: number | undefined;
  /** Called with what is known, whenever it has changed. What it throws gives the upload up as `signal` does. */
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
  'url',
  'path',
  'reply',
  'replyPath',
  'headers',
  'owner',
  'name',
  'priority',
  'minimumRetryDelay',
  'noProgressTimeout',
  'onProgress',
  ...LIMIT_KEYS,
] as const;

/** `manager.upload()`. */
export async function uploadThrough(bits: JobQueue, options: UploadOptions): Promise<UploadResult> {
  const plan = checkUpload(options);
  if (bits.connection.system.wine !== null) throw ignored('Wine');
  const caller = new Caller('the upload', plan.patience, plan.onProgress);
  const patience = { ...plan.patience, signal: caller.signal, timeout: Infinity }; // the caller looks at the time
  try {
    return await caller.settle(send(bits.limited(patience.serviceTimeout), { ...plan, patience }, caller));
  } finally {
    caller.end();
  }
}

/** Such a service would fetch the URL instead, and put what it gets in the place of the file. */
function ignored(who: string, jobId?: string): BitsNotSupportedError {
  const E_NOTIMPL = 0x80004001;
  return new BitsNotSupportedError(
    `uploading is not supported by the BITS of ${who}: it ignores the type of a job (E_NOTIMPL)`,
    {
      code: 'E_NOTIMPL',
      hresult: E_NOTIMPL,
      method: 'IBackgroundCopyManager::CreateJob',
      jobId,
      advice: 'Send the file in another way here.',
    },
  );
}

function checkUpload(options: UploadOptions) {
  const given = checkOptions(options, 'options', KEYS);
  const url = checkUrl(given.url, 'options.url');
  const file = checkLocalPath(given.path, 'options.path');
  const replyPath = given.replyPath === undefined ? null : checkLocalPath(given.replyPath, 'options.replyPath');
  const reply = checkBoolean(given.reply ?? replyPath !== null, 'options.reply');
  const owner = checkOwner(given.owner, 'options.owner');
  const name =
    given.name === undefined
      ? `${owner}: ${path.win32.basename(file)}`.slice(0, MAX_DISPLAY_NAME)
      : checkText(given.name, 'options.name', { max: MAX_DISPLAY_NAME, allowEmpty: false });
  const priority = checkOneOf(given.priority ?? 'foreground', 'options.priority', wordsOf(JOB_PRIORITY));
  const { headers, onProgress } = given;
  if (onProgress !== undefined) checkFunction(onProgress, 'options.onProgress');
  return {
    url,
    file,
    replyPath,
    reply,
    owner,
    name,
    priority,
    retry: checkRetry(given, priority),
    patience: checkLimits(given, 'cancel'),
    headers: headers === undefined ? null : checkHeaders(headers, 'options.headers'),
    onProgress: onProgress as UploadOptions['onProgress'],
  };
}

async function send(
  bits: JobQueue,
  plan: ReturnType<typeof checkUpload>,
  caller: Caller<WatchSnapshot>,
): Promise<UploadResult> {
  const { file, reply, patience } = plan;
  caller.check();
  await checkSource(file);
  const job = await makeUpload(bits, plan);
  try {
    await job.resume();
    const done = await job.waitWith({
      ...patience,
      onAbort: 'detach',
      until: new Set(['transferred']),
      onLook: caller.report,
    });
    const data = reply ? await replyOf(() => job.getReplyData()) : null;
    const target = reply ? await job.getReplyFileName() : null;
    await completeJob(job, target === null ? [] : [target], caller.signal);
    return Object.freeze({
      bytes: done.bytes,
      elapsed: performance.now() - caller.started,
      jobId: job.id,
      reply: data,
      replyPath: target,
    });
  } catch (error) {
    if (caller.signal.aborted && !caller.timedOut)
      throw caller.error({ jobId: job.id, ...(await leaveJob(job, patience.onAbort)) });
    if (isBitsError(error, 'BITS_CLOSED')) throw error; // what is closed cannot be called
    const told = caller.timedOut ? caller.error({ jobId: job.id }) : error;
    throw await discard(job).then(
      () => withoutJob(told),
      () => told,
    );
  }
}

/** A job that is not resumed yet. It gets the file only once it is known to be an upload: another would overwrite it. */
async function makeUpload(bits: JobQueue, plan: ReturnType<typeof checkUpload>): Promise<BitsJob> {
  const { url, file, replyPath, reply, owner, name } = plan;
  const type = reply ? 'uploadReply' : 'upload';
  const tag = { owner, key: null, id: randomBytes(6).toString('hex'), part: 0, side: null, set: null, check: null };
  const job = await bits.createJobFrom(name, encode(JOB_TYPE, 'type', type), {
    ...settingsFor(plan),
    description: toDescription(tag, 'Upload of 1 file'),
  });
  try {
    if ((await job.getType()) !== type) throw ignored('this computer', job.id);
    await job.addFile(url, file);
    if (replyPath !== null) await job.setReplyFileName(replyPath);
    return job;
  } catch (error) {
    await discard(job).catch(() => undefined);
    throw error;
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
