import type { Host } from '../host';
import type { FileState } from './file_state';
import type { JobSet } from './job_set';
import type { DownloadRequest } from './request';

/** A download under way: what was asked for, how far its files are, and the jobs that fetch them. */
export interface OngoingDownload {
  readonly request: DownloadRequest;
  readonly states: readonly FileState[];
  readonly jobs: JobSet;
  readonly host: Host;
}
