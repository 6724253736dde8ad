import { JOB_TYPE } from '../../contract/enums';
import { CODES } from '../../errors/codes';
import { sliceOf } from '../computer/content';
import type { Content } from '../computer/simulated_disk';
import type { FileState, JobState } from '../computer/state';
import { touch } from '../service/job_events';
import { cancelUpload, uploadFile as sendFile } from '../servers/upload_client';
import type { UploadRequest, UploadResponse, UploadSessionState } from '../servers/upload_client';
import { noAnswer, UploadFailure } from '../servers/upload_failure';
import { BITS_POST } from '../servers/upload_protocol';
import { BitsSimulationError } from '../simulation_error';
import { TransferFailure } from '../transport/transport';
import { isHttp, JobFailure, localFailure, protocolOf, remoteFailure, withLocalFile } from './failures';
import { ask, lengthHeader, requireStatus } from './http';
import { moveBody } from './run';
import type { Run } from './run';

/*
 * Uploads by the BITS upload protocol: the client of servers/upload_client.ts, with the job's state, bandwidth and
 * requests ("BITS Upload Protocol", states of upload jobs: "Handling Errors", "Retrieving the Reply from an Upload-Reply
 * Job").
 */

/** What a job remembers of its upload: the session, and the file as it was when the upload began. */
interface UploadState {
  readonly size: number;
  readonly modified: number;
  readonly session: UploadSessionState | null;
}

const uploadOf = ({ upload }: JobState): UploadState | null => upload as unknown as UploadState | null;

function remember(job: JobState, upload: UploadState): void {
  job.upload = upload as unknown as NonNullable<JobState['upload']>;
}

/** Sends a file, and fetches the reply of an upload-reply job. */
export async function uploadFile(run: Run, file: FileState): Promise<void> {
  const { job } = run;
  requireProtocol(job, file);
  const source = openSource(run, file);
  const { session } = uploadOf(job)!;
  const requests = new Requests(run, file, source);
  try {
    await sendFile({
      url: file.remoteName,
      send: (request) => requests.send(request),
      size: source.size,
      read: () => Promise.reject(new Error('the requests read the file by themselves')),
      name: file.localName.slice(run.computer.disk.folderOf(file.localName).length).replace(/^[\\/]/, ''),
      session: session ?? undefined,
      now: () => run.computer.clock.time(),
      signal: run.signal,
      onSession: (changed) => {
        run.check();
        remember(job, { ...uploadOf(job)!, session: changed ?? null });
      },
      onProgress: (received) => showProgress(run, file, received),
      ...(job.type === JOB_TYPE.values.uploadReply ? { reply: (url: string) => fetchReply(run, file, url) } : {}),
    });
  } catch (error) {
    run.check();
    throw requests.problem ?? failureOf(file, error);
  }
  run.check();
  file.completed = true;
}

function requireProtocol(job: JobState, { remoteName }: FileState): void {
  if (!isHttp(remoteName))
    throw new BitsSimulationError(`uploads to ${remoteName} are not modelled: only those by HTTP`);
  // What BITS sends then is not documented.
  if (!['', BITS_POST].includes(job.httpMethod))
    throw new BitsSimulationError(`uploads with the method ${job.httpMethod} are not modelled: only ${BITS_POST}`);
}

/** The file to send. "The local file must not change during the upload" (BG_E_LOCAL_FILE_CHANGED). */
function openSource(run: Run, file: FileState): Content {
  const { job, computer } = run;
  if (computer.disk.stat(file.localName)?.kind !== 'file') throw localFailure(file, CODES.ERROR_FILE_NOT_FOUND.hresult);
  const source = withLocalFile(file, () => computer.disk.content(file.localName));
  if (uploadOf(job) === null)
    remember(job, { size: source.size, modified: computer.disk.modified(file.localName), session: null });
  requireUnchanged(run, file);
  file.bytesTotal = source.size;
  return source;
}

function requireUnchanged({ job, computer }: Run, file: FileState): void {
  const { size, modified } = uploadOf(job)!;
  const now = computer.disk.stat(file.localName);
  if (now?.size !== size || computer.disk.modified(file.localName) !== modified)
    throw localFailure(file, CODES.BG_E_LOCAL_FILE_CHANGED.hresult);
}

function showProgress(run: Run, file: FileState, received: number): void {
  run.check();
  const before = file.bytesTransferred;
  file.bytesTransferred = received;
  if (received > before) run.progressed();
  else touch(run.computer, run.job);
}

function failureOf(file: FileState, error: unknown): unknown {
  if (!(error instanceof UploadFailure)) return error;
  const { context, hresult, transient } = error;
  return new JobFailure({ context, hresult, file: file.index, protocol: protocolOf(file) }, !transient);
}

/** The packets of an upload, as requests of the job. */
class Requests {
  /** What the client would take for a lost connection. */
  problem: unknown;

  constructor(
    private readonly run: Run,
    private readonly file: FileState,
    private readonly source: Content,
  ) {}

  async send({ method, url, headers, body }: UploadRequest): Promise<UploadResponse> {
    try {
      if (body !== undefined) {
        requireUnchanged(this.run, this.file);
        // A fragment that does not get through is sent again as a whole.
        await this.run.move(body.length, () => undefined);
      }
      const content = body === undefined ? {} : { body: sliceOf(this.source, body.offset, body.length) };
      const question = { method, url, headers: Object.entries(headers), ...content, followsRedirects: false };
      const answer = await ask(this.run, this.file, question);
      if (answer.status < 400 && this.run.isWanted) this.run.enter('transferring');
      const named = answer.headers.map(([name, value]) => [name.toLowerCase(), value] as const);
      return { status: answer.status, headers: Object.fromEntries(named) };
    } catch (error) {
      if (error instanceof TransferFailure) throw noAnswer(error.hresult, error);
      this.problem = error;
      throw error;
    }
  }
}

/** The server's reply. During it the job is CONNECTING and TRANSFERRING again. An interrupted one is fetched anew. */
async function fetchReply(run: Run, file: FileState, url: string): Promise<void> {
  const { job } = run;
  try {
    run.enter('connecting');
    const head = await ask(run, file, { method: 'HEAD', url, followsRedirects: true });
    requireStatus(file, head, [200]);
    const size = lengthHeader(head);
    if (size === null) throw remoteFailure(file, CODES.BG_E_MISSING_FILE_SIZE.hresult);
    run.enter('transferring');
    job.reply = { bytesTotal: size, bytesTransferred: 0 };
    job.replyData = size === 0 ? '' : (await replyBytes(run, file, url, size)).toString('base64');
  } catch (error) {
    throw error instanceof JobFailure ? new UploadFailure({ ...error.error, transient: !error.fatal }) : error;
  }
}

async function replyBytes(run: Run, file: FileState, url: string, size: number): Promise<Buffer> {
  const headers = [['Range', `bytes=0-${size - 1}`]] as const;
  const answer = await ask(run, file, { method: 'GET', url, headers, followsRedirects: true });
  requireStatus(file, answer, [200, 206]);
  const parts: Uint8Array[] = [];
  const received = await moveBody(run, answer, size, (part, from, bytes) => {
    parts.push(part.read(from, bytes));
    run.job.reply.bytesTransferred += bytes;
    run.progressed();
  });
  if (received === size) return Buffer.concat(parts);
  throw new UploadFailure({ hresult: CODES.ERROR_WINHTTP_CONNECTION_ERROR.hresult, context: 5, transient: true });
}

/** Whether a job has a session that the server would keep if nobody told it. */
export const hasSession = (job: JobState): boolean => {
  const session = uploadOf(job)?.session ?? null;
  return session !== null && session.stage !== 'closed';
};

/** Tells the server that the job was cancelled. Rejects when it cannot be reached. */
export async function cancelSession(run: Run): Promise<void> {
  const file = run.job.files[0]!;
  const requests = new Requests(run, file, sliceOf({ size: 0, read: () => new Uint8Array() }, 0, 0));
  const connection = {
    url: file.remoteName,
    send: (request: UploadRequest) => requests.send(request),
    now: () => run.computer.clock.time(),
  };
  await cancelUpload(connection, uploadOf(run.job)!.session!);
}
