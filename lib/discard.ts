import { isBitsError } from './errors';
import type { BitsJob } from './job';

/**
 * Cancels a job that nobody wants, also when the connection is closed meanwhile. Twice, since the first attempt may be
 * the one that meets a lost connection.
 */
export async function discard(job: BitsJob): Promise<void> {
  const cancel = () => job.abandon().then(() => true, (error: unknown) => isBitsError(error, 'BG_E_INVALID_STATE'));
  if (!(await cancel())) await cancel();
}
