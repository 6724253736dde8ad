import { discard } from '../discard';
import { BitsNotSupportedError } from '../errors';
import type { BitsJob } from '../job';
import type { HeaderList } from '../headers';
import type { BitsManager } from '../manager';
import type { Item } from './item';
import { toDescription } from './owner';
import type { OwnerTag } from './owner';
import type { Plan } from './plan';

/** Headers that are worth stealing. */
const SENSITIVE = /^(authorization|cookie|proxy-authorization)$/i;

/** A job for these files, ready to be resumed; or none. */
export async function makePart(
  bits: BitsManager, plan: Plan, tag: Omit<OwnerTag, 'version' | 'made'>, items: readonly Item[],
): Promise<BitsJob> {
  const { name, priority, headers } = plan;
  const what = `Download of ${plan.files.length === 1 ? '1 file' : `${plan.files.length} files`}`;
  const url = (item: Item) => item.file.urls[item.source] ?? '';
  const whole = items.filter(({ file }) => file.ranges === null).map((item) => ({ url: url(item), path: item.local }));
  const description = toDescription(tag, what);
  const job = await bits.createJob({ name, description, priority, ...(whole.length > 0 ? { files: whole } : {}) });
  try {
    for (const item of items) {
      if (item.file.ranges !== null) await job.addFileWithRanges(url(item), item.local, item.file.ranges);
    }
    if (whole.length < items.length) await checkTaken(job, items.length);
    if (headers !== null) await setHeaders(job, headers);
    return job;
  } catch (error) {
    await discard(job);
    throw error;
  }
}

/** Not every BITS that accepts ranges does something about them. */
async function checkTaken(job: BitsJob, count: number): Promise<void> {
  const { filesTotal } = await job.getProgress();
  if (filesTotal >= count) return;
  const E_NOTIMPL = 0x80004001;
  throw new BitsNotSupportedError('adding a file with ranges is not supported by this BITS: it ignored the call (E_NOTIMPL)', {
    code: 'E_NOTIMPL', hresult: E_NOTIMPL, method: 'IBackgroundCopyJob3::AddFileWithRanges', jobId: job.id,
  });
}

/** Sets headers; secret ones cannot be read back, where BITS can do that. */
export async function setHeaders(job: BitsJob, headers: HeaderList): Promise<void> {
  await job.setCustomHeaders(headers);
  if (!headers.some(([name]) => SENSITIVE.test(name))) return;
  await job.makeCustomHeadersWriteOnly().catch((error: unknown) => {
    if (!(error instanceof BitsNotSupportedError)) throw error;
    // Before BITS 10.3 other programs of the user can read them; the guide says so.
  });
}
