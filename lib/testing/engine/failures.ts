import { ERROR_CONTEXT } from '../../contract/enums';
import { CODES } from '../../errors/codes';
import { describe } from '../../errors/table';
import type { ErrorState, FileState } from '../computer/state';
import type { TransferFailure } from '../transport/transport';

/*
 * The errors of transfers: what becomes the job's error object, and whether BITS tries again by itself. Contexts:
 * BG_ERROR_CONTEXT. Protocols: IBackgroundCopyError::GetProtocol, "http" and "file".
 */

const CONTEXT = ERROR_CONTEXT.values;

/** A transfer that failed. Transient errors may resolve themselves, fatal ones need somebody ("Handling Errors"). */
export class JobFailure extends Error {
  constructor(
    readonly error: ErrorState,
    readonly fatal: boolean,
  ) {
    super(describe(error.hresult).cause);
    this.name = 'JobFailure';
  }
}

/** "http" for HTTP and HTTPS, "file" for SMB and local files. */
export const protocolOf = (file: FileState): string => (isHttp(file.remoteName) ? 'http' : 'file');

export const isHttp = (name: string): boolean => /^https?:/i.test(name);

/** A fatal error in handling the remote file. */
export function remoteFailure(file: FileState, hresult: number, fatal = true): JobFailure {
  return new JobFailure({ context: CONTEXT.remoteFile, hresult, file: file.index, protocol: protocolOf(file) }, fatal);
}

/** A fatal error in handling the local file: BITS cannot know when its cause is gone. */
export function localFailure(file: FileState, hresult: number): JobFailure {
  return new JobFailure({ context: CONTEXT.localFile, hresult, file: file.index, protocol: null }, true);
}

/** A fatal error that concerns the job, not one of its files. */
export function jobFailure(hresult: number, context: number = CONTEXT.queueManager): JobFailure {
  return new JobFailure({ context, hresult, file: null, protocol: null }, true);
}

/**
 * Whether BITS tries again after an HTTP status. Only "Handling Server Application Errors" has a list; it is used for
 * downloads too: 3xx except 300 to 305 and 307, 408, 409, 5xx except 501 and 505, and all others are transient.
 */
export function isTransientStatus(status: number): boolean {
  if (status >= 300 && status <= 399) return status > 307 || status === 306;
  if (status >= 400 && status <= 499) return status === 408 || status === 409;
  return status !== 501 && status !== 505;
}

/** BG_E_HTTP_ERROR_…: the status of an answer as an HRESULT. */
export const httpError = (status: number): number => 0x80190000 + status;

export function statusFailure(file: FileState, status: number): JobFailure {
  return remoteFailure(file, httpError(status), !isTransientStatus(status));
}

/**
 * A connection that failed. Timeouts, names that are not resolved and broken connections may pass; certificates and
 * malformed names do not (SetSecurityFlags names the fatal ones of the revocation list; "Event ID 61" the transient ones).
 */
export function connectionFailure(file: FileState, { hresult }: TransferFailure): JobFailure {
  return remoteFailure(file, hresult, !describe(hresult).retryable);
}

/** HRESULTs of the disk's errors, by the codes of Node.js. */
const DISK_ERRORS: Readonly<Record<string, number>> = {
  ENOENT: CODES.ERROR_PATH_NOT_FOUND.hresult,
  ENOTDIR: CODES.ERROR_PATH_NOT_FOUND.hresult,
  EACCES: CODES.E_ACCESSDENIED.hresult,
  EPERM: CODES.E_ACCESSDENIED.hresult,
  EISDIR: CODES.E_ACCESSDENIED.hresult,
  EBUSY: CODES.ERROR_SHARING_VIOLATION.hresult,
  ENOSPC: CODES.ERROR_DISK_FULL.hresult,
};

/** The HRESULT of an error of the disk; undefined: it is none. */
export function diskError(error: unknown): number | undefined {
  return DISK_ERRORS[String((error as NodeJS.ErrnoException | null)?.code)];
}

/** Does something with the local file of a transfer. Errors of the disk become the job's. */
export function withLocalFile<T>(file: FileState, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const hresult = diskError(error);
    throw hresult === undefined ? error : localFailure(file, hresult);
  }
}
