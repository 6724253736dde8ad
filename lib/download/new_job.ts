import { toHeaderText } from '../arguments/headers';
import type { HeaderList } from '../arguments/headers';
import { checkFiles } from '../bits/job/copy_job';
import { checkRanges } from '../bits/ranges';
import type { NativeNewJob, NativeNewRanges } from '../contract/addon';
import { encode, JOB_PRIORITY, JOB_TYPE } from '../contract/enums';
import type { BitsJob } from '../job';
import type { FileState } from './file_state';
import type { JobQueue } from './job_queue';
import { toDescription } from './job_tag';
import type { NewJobTag } from './job_tag';
import type { DownloadRequest } from './request';

/** Headers that are worth stealing. */
const SENSITIVE = /^(authorization|cookie|proxy-authorization)$/i;

/** Makes a job for these files, ready to be resumed. */
export function createDownloadJob(
  queue: JobQueue,
  request: DownloadRequest,
  tag: NewJobTag,
  states: readonly FileState[],
): Promise<BitsJob> {
  const count = request.files.length;
  return queue.createJobFrom(request.displayName, encode(JOB_TYPE, 'type', 'download'), {
    ...settingsOf(request),
    description: toDescription(tag, `Download of ${count === 1 ? '1 file' : `${count} files`}`),
    dynamicContent: request.dynamicContent ? true : undefined,
    ...filesFor(states),
  });
}

function filesFor(states: readonly FileState[]): Pick<NativeNewJob, 'files' | 'ranges'> {
  const files: { readonly url: string; readonly path: string }[] = [];
  const ranges: NativeNewRanges[] = [];
  for (const { file, url, localName } of states) {
    const wanted = { url, path: localName };
    if (file.ranges === null) files.push(wanted);
    else
      for (const checked of checkFiles([wanted], 'files'))
        ranges.push({ ...checked, ranges: checkRanges(file.ranges, 'ranges', true) });
  }
  return { files: files.length > 0 ? checkFiles(files, 'files') : undefined, ranges };
}

/** Settings that downloads and uploads have in common. */
export function settingsOf({
  priority,
  retry,
  headers,
}: Pick<DownloadRequest, 'priority' | 'retry' | 'headers'>): NativeNewJob {
  return {
    priority: encode(JOB_PRIORITY, 'priority', priority),
    minimumRetryDelay: retry.minimumRetryDelay ?? undefined,
    noProgressTimeout: retry.noProgressTimeout ?? undefined,
    ...(headers === null
      ? {}
      : { customHeaders: toHeaderText(headers) ?? undefined, writeOnlyHeaders: areSecret(headers) }),
  };
}

/** Before BITS 10.3, other programs of the user can read secret headers all the same; the guide says so. */
function areSecret(headers: HeaderList): boolean {
  return headers.some(([name]) => SENSITIVE.test(name));
}
