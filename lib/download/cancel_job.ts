import { isBitsError } from '../errors';
import { noAnswer } from '../errors/no_answer';
import type { BitsJob } from '../job';
import { ANSWER_LIMIT } from '../util/limits';
import { afterTime, bounded } from '../util/deadline';

/**
 * Cancels a job that nobody wants. Twice, since the first attempt may be the one that meets a lost connection. What is
 * not answered in `patience` milliseconds goes on in the background, also when the connection is closed meanwhile; the
 * promise rejects with BITS_NO_ANSWER then.
 */
export async function discard(job: BitsJob, patience = ANSWER_LIMIT): Promise<void> {
  const { background } = job;
  const cancel = () =>
    background.cancel().then(
      () => true,
      (error: unknown) => isBitsError(error, 'BG_E_INVALID_STATE'),
    );
  const done = cancel().then(async (gone) => {
    if (!gone) await background.cancel();
  });
  const noAnswerYet = () => noAnswer('cancelling the job', true, { jobId: job.id });
  await bounded(done, afterTime(job.host.clock, job.isStuck ? 0 : patience, noAnswerYet));
}
