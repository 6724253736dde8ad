import { isBitsError } from './errors';
import type { BitsJob } from './job';

/** Cancels a job that nobody wants. Twice, since the first attempt may be the one that meets a lost connection. */
export async function discard(job: BitsJob): Promise<void> {
  const cancel = () => job.cancel().then(() => true, (error: unknown) => isBitsError(error, 'BG_E_INVALID_STATE'));
  if (!(await cancel())) await cancel();
}
