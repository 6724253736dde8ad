import { checkBoolean, checkFunction, checkOptions } from '../arguments/checks';
import { checkHeaders } from '../arguments/headers';
import type { HeadersInput } from '../arguments/headers';
import { checkLocalPath, checkUrl } from '../arguments/urls_and_paths';
import { encode, JOB_TYPE } from '../contract/enums';
import type { JobPriority } from '../contract/enums';
import { BitsNotSupportedError, isBitsError, forCancelledJob } from '../errors';
import { CODES } from '../errors/codes';
import type { BitsJob } from '../job';
import { LIMIT_KEYS, checkWaitLimits } from '../watch/options';
import type { WaitLimits } from '../watch/options';
import type { WatchSnapshot } from '../watch/snapshot';
import { applyOnAbort } from '../watch/wait';
import { Caller } from './caller';
import { cancelJob, cancelJobQuietly } from './cancel_job';
import type { JobQueue } from './job_queue';
import { checkApp, toDescription } from './job_tag';
import { settingsOf } from './new_job';
import { completeJob } from './publish_file';
import { checkDisplayName, checkPriority, checkRetryTimes } from './request';
import type { TransferLimits } from './request';
import { ensureSource } from './targets';

/** What to upload. The server must speak the BITS upload protocol, as IIS with the BITS extension does. */
export interface UploadOptions extends WaitLimits {
  readonly url: string | URL;
  /** The file to send; it must not change in the meantime. */
  readonly path: string;
  /** Ask for the server's reply. Default false. */
  readonly reply?: boolean | undefined;
  /** The file that the reply is written to. Default: a name that BITS chooses, in the folder of the file. */
  readonly replyPath?: string | undefined;
  readonly headers?: HeadersInput | undefined;
  /** As in `download()`. */
  readonly app?: string | undefined;
  /** Display name of the job. Default: app and name of the file. */
  readonly name?: string | undefined;
  /** Default 'foreground'. */
  readonly priority?: JobPriority | undefined;
  /** As in `download()`. */
  readonly minimumRetryDelay?: number | undefined;
  /** As in `download()`. */
  readonly noProgressTimeout?: number | undefined;
  /** Called with what is known whenever it has changed. When it throws, the upload is given up as by `signal`. */
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
  'app',
  'name',
  'priority',
  'minimumRetryDelay',
  'noProgressTimeout',
  'onProgress',
  ...LIMIT_KEYS,
] as const;

/** `manager.upload()`. */
export async function upload(queue: JobQueue, options: UploadOptions): Promise<UploadResult> {
  const request = checkUploadOptions(options);
  const { host, system } = queue.connection;
  if (system.wine !== null) throw notSupportedBy('Wine'); // known to ignore it: no job needs to be made
  const caller = new Caller(host.clock, 'the upload', request.limits, request.onProgress);
  const limits = { ...request.limits, signal: caller.signal, timeout: Infinity }; // the caller watches the time
  try {
    return await caller.resultOf(uploadFor(caller, queue.limited(limits.serviceTimeout), { ...request, limits }));
  } finally {
    caller.end();
  }
}

type UploadRequest = ReturnType<typeof checkUploadOptions>;

function checkUploadOptions(options: UploadOptions) {
  const given = checkOptions(options, 'options', KEYS);
  const url = checkUrl(given.url, 'options.url');
  const file = checkLocalPath(given.path, 'options.path');
  const replyPath = given.replyPath === undefined ? null : checkLocalPath(given.replyPath, 'options.replyPath');
  const reply = checkBoolean(given.reply ?? replyPath !== null, 'options.reply');
  const app = checkApp(given.app, 'options.app');
  const displayName = checkDisplayName(given.name, app, file);
  const priority = checkPriority(given.priority);
  const { headers, onProgress } = given;
  if (onProgress !== undefined) checkFunction(onProgress, 'options.onProgress');
  return {
    url,
    file,
    replyPath,
    reply,
    app,
    displayName,
    priority,
    retry: checkRetryTimes(given, priority),
    limits: checkWaitLimits(given, 'cancel') satisfies TransferLimits,
    headers: headers === undefined ? null : checkHeaders(headers, 'options.headers'),
    onProgress: onProgress as UploadOptions['onProgress'],
  };
}

async function uploadFor(
  caller: Caller<WatchSnapshot>,
  queue: JobQueue,
  request: UploadRequest,
): Promise<UploadResult> {
  caller.throwIfAborted();
  await ensureSource(queue.connection.host.disk, request.file);
  const job = await createUploadJob(queue, request);
  try {
    return await transfer(caller, job, request);
  } catch (error) {
    if (caller.signal.aborted && !caller.timedOut)
      throw caller.error({ jobId: job.id, ...(await applyOnAbort(job, request.limits.onAbort)) });
    if (isBitsError(error, 'BITS_CLOSED')) throw error; // over a connection that is closed nothing can be cancelled
    const told = caller.timedOut ? caller.error({ jobId: job.id }) : error;
    throw await cancelJob(job).then(
      () => forCancelledJob(told),
      () => told,
    );
  }
}

async function transfer(
  caller: Caller<WatchSnapshot>,
  job: BitsJob,
  { reply, limits }: UploadRequest,
): Promise<UploadResult> {
  await job.resume();
  const { bytes } = await job.waitWith({
    ...limits,
    onAbort: 'detach',
    until: new Set(['transferred']),
    onSnapshot: caller.report,
  });
  const data = reply ? await replyOf(job) : null;
  const replyPath = reply ? await job.getReplyFileName() : null;
  await completeJob(job, replyPath === null ? [] : [replyPath], caller.signal);
  return Object.freeze({ bytes, elapsed: caller.elapsed, jobId: job.id, reply: data, replyPath });
}

/**
 * A job that is not resumed yet. It gets the file only once it is known to be an upload: a download would replace the
 * file by what it fetches.
 */
async function createUploadJob(queue: JobQueue, request: UploadRequest): Promise<BitsJob> {
  const { url, file, replyPath, reply, app, displayName } = request;
  const type = reply ? 'uploadReply' : 'upload';
  const { clock, randomHex } = queue.connection.host;
  const [id, made] = [randomHex(6), clock.date()];
  const tag = { app, key: null, id, number: 0, made, staging: null, names: null, checksum: null };
  const job = await queue.createJobFrom(displayName, encode(JOB_TYPE, 'type', type), {
    ...settingsOf(request),
    description: toDescription(tag, 'Upload of 1 file'),
  });
  try {
    if ((await job.getType()) !== type) throw notSupportedBy('this computer', job.id);
    await job.addFile(url, file);
    if (replyPath !== null) await job.setReplyFileName(replyPath);
    return job;
  } catch (error) {
    await cancelJobQuietly(job);
    throw error;
  }
}

/** A service that ignores the type of a job would fetch the URL, and put what it gets in the place of the file. */
function notSupportedBy(who: string, jobId?: string): BitsNotSupportedError {
  return new BitsNotSupportedError(
    `uploading is not supported by the BITS of ${who}: it ignores the type of a job (E_NOTIMPL)`,
    {
      code: 'E_NOTIMPL',
      hresult: CODES.E_NOTIMPL.hresult,
      method: 'IBackgroundCopyManager::CreateJob',
      jobId,
      advice: 'Send the file in another way here.',
    },
  );
}

/** null when it is too large to be read from the job. */
async function replyOf(job: BitsJob): Promise<Uint8Array | null> {
  try {
    return await job.getReplyData();
  } catch (error) {
    if (isBitsError(error, 'BG_E_TOO_LARGE')) return null;
    throw error;
  }
}
