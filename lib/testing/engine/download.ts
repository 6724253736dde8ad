import { JOB_PRIORITY } from '../../contract/enums';
import { CODES } from '../../errors/codes';
import { sliceOf } from '../computer/content';
import type { FileState } from '../computer/state';
import { isDynamic, isOnDemand, maximumSizeOf } from '../service/job_properties';
import { TransferFailure } from '../transport/transport';
import { jobFailure, remoteFailure, withLocalFile } from './failures';
import { ask, header, lengthHeader, rawHead, requireStatus } from './http';
import type { Answer } from './http';
import { openLocalFile, startOver } from './local_file';
import { hasAll, nextGap, segmentsOf, totalOf } from './ranges';
import type { Gap } from './ranges';
import { moveBody, Revised } from './run';
import type { Run } from './run';

/*
 * The download of one file by HTTP: HEAD for its size, then GET of the ranges that are missing ("HTTP Requirements for
 * BITS Downloads", "Best Practices When Using BITS", "File Transfer Consistency", BITS_JOB_PROPERTY_ID).
 */

/** The file is another one than before: what has arrived of it is worth nothing. */
class Changed extends Error {
  override readonly name = 'Changed';
}

/** How often in a row a file may change while it is being transferred, before the job fails. Assumed. */
const MOST_CHANGES = 10;

/** Without ranges only files below 2 GB can be transferred, in the foreground ("Best Practices When Using BITS"). */
const MOST_WITHOUT_RANGES = 2 * 1024 ** 3;

const isForeground = ({ job }: Run): boolean => job.priority === JOB_PRIORITY.values.foreground;

/** Downloads what is missing of a file. */
export async function downloadFile(run: Run, file: FileState): Promise<void> {
  openLocalFile(run.computer, run.job, file);
  for (let changes = 0; ; changes++) {
    try {
      await (isUninterruptible(run) ? fetchWhole(run, file) : fetchMissing(run, file));
      finish(run, file);
      return;
    } catch (error) {
      if (!(error instanceof Changed)) throw error;
      run.check();
      if (changes >= MOST_CHANGES) throw remoteFailure(file, CODES.BG_E_REMOTE_FILE_CHANGED.hresult);
      run.computer.trace(`job ${run.job.id} starts file ${file.index} over: it changed`);
      startOver(run.computer, file);
    }
  }
}

/**
 * Dynamic content and own HTTP methods: neither HEAD nor ranges, so that an interruption begins again. In the background
 * dynamic content has to meet the usual requirements, because it cannot be throttled (BITS_JOB_PROPERTY_DYNAMIC_CONTENT).
 */
function isUninterruptible(run: Run): boolean {
  const hasOwnMethod = !['', 'GET'].includes(run.job.httpMethod.toUpperCase());
  return isForeground(run) && (isDynamic(run.job) || hasOwnMethod);
}

async function fetchWhole(run: Run, file: FileState): Promise<void> {
  startOver(run.computer, file);
  file.bytesTotal = null;
  const method = run.job.httpMethod === '' ? 'GET' : run.job.httpMethod;
  const answer = await ask(run, file, { method, url: file.remoteName, followsRedirects: true });
  requireStatus(file, answer, [200]);
  run.enter('transferring');
  const size = lengthHeader(answer);
  if (size === null && !isDynamic(run.job)) throw remoteFailure(file, CODES.BG_E_MISSING_FILE_SIZE.hresult);
  keepFacts(run, file, answer, size);
  file.bytesTotal = size;
  const received = await receive(run, file, answer, { offset: 0, remote: 0, length: size ?? Infinity });
  if (size !== null && received < size) throw broken();
  file.bytesTotal = received;
}

async function fetchMissing(run: Run, file: FileState): Promise<void> {
  const head = await ask(run, file, { method: 'HEAD', url: file.remoteName, followsRedirects: true });
  requireStatus(file, head, [200]);
  run.enter('transferring');
  const size = lengthHeader(head);
  if (size === null) throw remoteFailure(file, CODES.BG_E_MISSING_FILE_SIZE.hresult);
  if (isAnother(file, head, size)) throw new Changed();
  keepFacts(run, file, head, size);
  const onDemand = isOnDemand(run.job);
  const segments = segmentsOf(file, size, onDemand);
  file.bytesTotal = totalOf(segments);
  checkMaximum(run);
  for (;;) {
    const gap = nextGap(file, segments, onDemand);
    if (gap === null) return;
    await fetchGap(run, file, gap, size);
  }
}

/** MAX_DOWNLOAD_SIZE is a limit for all files of a job together. */
function checkMaximum({ job }: Run): void {
  const known = job.files.reduce((sum, { bytesTotal }) => sum + (bytesTotal ?? 0), 0);
  if (known > maximumSizeOf(job)) throw jobFailure(CODES.BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED.hresult);
}

async function fetchGap(run: Run, file: FileState, gap: Gap, size: number): Promise<void> {
  const range = `bytes=${gap.remote}-${gap.remote + gap.length - 1}`;
  const headers = [['Range', range]] as const;
  const answer = await ask(run, file, { method: 'GET', url: file.remoteName, headers, followsRedirects: true });
  requireStatus(file, answer, [200, 206]);
  if (answer.status === 200) requireWhole(run, file, gap, answer);
  else requireRange(file, gap, size, answer);
  file.responseHeaders = rawHead(answer);
  try {
    const received = await receive(run, file, answer, gap);
    if (received < gap.length) throw broken();
  } catch (error) {
    if (!(error instanceof Revised)) throw error;
  }
}

/** A server without ranges answered with the whole file. */
function requireWhole(run: Run, file: FileState, gap: Gap, answer: Answer): void {
  const size = lengthHeader(answer);
  if (isAnother(file, answer, size)) throw new Changed();
  if (isForeground(run) && file.ranges === null) {
    if (gap.length === file.bytesTotal && gap.length < MOST_WITHOUT_RANGES) return;
    // "… or the new server does not support checkpoint resume, BITS restarts the download" (SetRemoteName).
    if (file.filled.length > 0 && file.validator?.url !== file.remoteName) throw new Changed();
  }
  throw remoteFailure(file, CODES.BG_E_INSUFFICIENT_RANGE_SUPPORT.hresult);
}

function requireRange(file: FileState, gap: Gap, size: number, answer: Answer): void {
  const match = /^bytes\s+(\d+)-(\d+)\/(\d+|\*)$/i.exec(header(answer, 'content-range')?.trim() ?? '');
  if (match === null) throw remoteFailure(file, CODES.BG_E_INVALID_SERVER_RESPONSE.hresult);
  const [start, , total] = match.slice(1);
  if (isAnother(file, answer, total === '*' ? size : Number(total))) throw new Changed();
  if (Number(start) !== gap.remote) throw remoteFailure(file, CODES.BG_E_INVALID_SERVER_RESPONSE.hresult);
}

/**
 * Whether an answer is about another version of the file: size and time stamp tell ("File Transfer Consistency"); the
 * ETag only from the same URL, as two servers of one file need not agree on it.
 */
function isAnother(file: FileState, answer: Answer, size: number | null): boolean {
  const known = file.validator;
  if (known === null || file.filled.length === 0) return false;
  const isSame = known.url === file.remoteName;
  return (
    differ(known.size, size) ||
    differ(known.modified, header(answer, 'last-modified')) ||
    (isSame && differ(known.etag, header(answer, 'etag')))
  );
}

/** What one of two answers does not say is no difference. */
const differ = <T>(a: T | null, b: T | null): boolean => a !== null && b !== null && a !== b;

function keepFacts(run: Run, file: FileState, answer: Answer, size: number | null): void {
  file.responseHeaders = rawHead(answer);
  const url = file.validator !== null && file.filled.length > 0 ? file.validator.url : file.remoteName;
  file.validator = { url, size, modified: header(answer, 'last-modified'), etag: header(answer, 'etag') };
  run.computer.trace(`job ${run.job.id} file ${file.index} has ${size ?? 'unknown'} bytes`);
}

/** A connection that ended too early. */
const broken = () => new TransferFailure(CODES.ERROR_WINHTTP_CONNECTION_ERROR.hresult, 'the connection was closed');

/** Writes the body of an answer into the local file. Resolves with the number of bytes. */
function receive(run: Run, file: FileState, answer: Answer, gap: Gap): Promise<number> {
  let at = gap.offset;
  return moveBody(run, answer, gap.length, (part, from, bytes) => {
    withLocalFile(file, () => run.computer.disk.write(file.temporaryName, at, sliceOf(part, from, bytes)));
    at += bytes;
    run.received(file, at - bytes, bytes);
  });
}

/** The file is here: it gets the time of the server's, and the program is told ("Completing and Canceling a Job"). */
function finish(run: Run, file: FileState): void {
  run.check();
  if (!hasAll(file)) return; // on demand: only what was asked for
  const modified = Date.parse(file.validator?.modified ?? '');
  if (!Number.isNaN(modified)) withLocalFile(file, () => run.computer.disk.setModified(file.temporaryName, modified));
  file.completed = true;
  if (run.job.fileAclFlags !== 0)
    run.computer.trace(`job ${run.job.id} file ${file.index} keeps ACL flags 0x${run.job.fileAclFlags.toString(16)}`);
}
