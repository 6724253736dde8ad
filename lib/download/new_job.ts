import { encode, JOB_PRIORITY, JOB_TYPE } from '../contract/enums';
import type { BitsJob } from '../job';
import { toHeaderText } from '../arguments/headers';
import type { HeaderList } from '../arguments/headers';
import { checkFiles } from '../bits/job/copy_job';
import type { JobQueue } from './job_queue';
import type { NativeNewJob, NativeNewRanges } from '../contract/addon';
import { checkRanges } from '../bits/ranges';
import type { Item } from './file_state';
import { toDescription } from './job_tag';
import type { OwnerTag } from './job_tag';
import type { Plan } from './request';

/** Headers that are worth stealing. */
const SENSITIVE = /^(authorization|cookie|proxy-authorization)$/i;

/** A job for these files, ready to be resumed; or none. */
export function makePart(
  bits: JobQueue,
  plan: Plan,
  tag: Omit<OwnerTag, 'version' | 'made'>,
  items: readonly Item[],
): Promise<BitsJob> {
  const what = `Download of ${plan.files.length === 1 ? '1 file' : `${plan.files.length} files`}`;
  const files: { readonly url: string; readonly path: string }[] = [];
  const ranges: NativeNewRanges[] = [];
  for (const { file, source, local } of items) {
    const wanted = { url: file.urls[source] ?? '', path: local };
    if (file.ranges === null) files.push(wanted);
    else
      for (const checked of checkFiles([wanted], 'files'))
        ranges.push({ ...checked, ranges: checkRanges(file.ranges, 'ranges', true) });
  }
  return bits.createJobFrom(plan.name, encode(JOB_TYPE, 'type', 'download'), {
    ...settingsFor(plan),
    description: toDescription(tag, what),
    dynamicContent: plan.dynamicContent ? true : undefined,
    files: files.length > 0 ? checkFiles(files, 'files') : undefined,
    ranges,
  });
}

/** What downloads and uploads have in common, as the addon wants it. */
export function settingsFor({ priority, retry, headers }: Pick<Plan, 'priority' | 'retry' | 'headers'>): NativeNewJob {
  return {
    priority: encode(JOB_PRIORITY, 'priority', priority),
    minimumRetryDelay: retry.minimumRetryDelay ?? undefined,
    noProgressTimeout: retry.noProgressTimeout ?? undefined,
    ...(headers === null
      ? {}
      : { customHeaders: toHeaderText(headers) ?? undefined, writeOnlyHeaders: areSecret(headers) }),
  };
}

/** Before BITS 10.3 other programs of the user can read them all the same; the guide says so. */
function areSecret(headers: HeaderList): boolean {
  return headers.some(([name]) => SENSITIVE.test(name));
}
