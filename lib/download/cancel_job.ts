import { BitsNotFoundError, isBitsError } from '../errors';
import { noAnswerError } from '../errors/no_answer';
import type { BitsJob } from '../job';
import { afterTime, withLimits } from '../util/deadline';
import { ANSWER_LIMIT } from '../util/limits';

/**
 * Cancels a job that nobody wants any more. Tries twice, because the first call may be the one that finds the connection
 * lost. When there is no answer within `limit` milliseconds, cancelling goes on in the background, even if the connection
 * is closed in the meantime, and the promise rejects with BITS_NO_ANSWER.
 */
export async function cancelJob(job: BitsJob, limit = ANSWER_LIMIT): Promise<void> {
  const { background } = job;
  const cancel = () =>
    background.cancel().then(
      () => true,
      (error: unknown) => isBitsError(error, 'BG_E_INVALID_STATE'),
    );
  const done = cancel().then(async (gone) => {
    if (!gone) await background.cancel();
  });
  const noAnswerYet = () => noAnswerError('cancelling the job', true, { jobId: job.id });
  await withLimits(done, afterTime(job.host.clock, job.isStuck ? 0 : limit, noAnswerYet));
}

/** The same; a job that is gone already is fine. */
export async function cancelJobIfThere(job: BitsJob): Promise<void> {
  await cancelJob(job).catch((error: unknown) => {
    if (!(error instanceof BitsNotFoundError)) throw error;
  });
}

/** The same, after a failure: that error is the one to report, so this one never rejects. */
export async function cancelJobQuietly(job: BitsJob): Promise<void> {
  await cancelJob(job).catch(() => undefined);
}
