import { checkInteger, checkNonEmptyArray, checkOneOf, checkOptions, wrongValue } from '../arguments/checks';
import { discard } from './cancel_job';
import { JOB_STATE, wordsOf } from '../contract/enums';
import type { JobState, UnknownWord } from '../contract/enums';
import { BitsNotFoundError } from '../errors';
import { LEAST_LIMIT } from '../util/limits';
import type { JobQueue } from './job_queue';
import { findJobs, hasEnded } from './found_downloads';
import { checkOwner } from './job_tag';

/** Which jobs to cancel: of one owner, and of these all that fit both conditions. One condition must be given. */
export interface ReapOptions {
  /** As in `download()`. */
  readonly owner?: string | undefined;
  /** Made at least so many milliseconds ago; 0 for all. */
  readonly olderThan?: number | undefined;
  /** Only jobs in these states. */
  readonly states?: readonly JobState[] | undefined;
}

/** A job that was cancelled. */
export interface ReapedJob {
  readonly id: string;
  readonly key: string | null;
  readonly state: JobState | UnknownWord;
  readonly made: Date | null;
}

/** `manager.reap()`. */
export async function reapThrough(bits: JobQueue, options: ReapOptions): Promise<ReapedJob[]> {
  const given = checkOptions(options, 'options', ['owner', 'olderThan', 'states']);
  const owner = checkOwner(given.owner, 'options.owner');
  if (given.olderThan === undefined && given.states === undefined) {
    throw wrongValue('options.olderThan', 'be given, or options.states: which jobs are not wanted any more');
  }
  const age = checkInteger(given.olderThan ?? 0, 'options.olderThan');
  const states =
    given.states === undefined
      ? null
      : new Set<string>(
          checkNonEmptyArray(given.states, 'options.states', (state, name) =>
            checkOneOf(state, name, wordsOf(JOB_STATE)),
          ),
        );

  const reaped: ReapedJob[] = [];
  for (const entry of await findJobs(bits, owner)) {
    const {
      job,
      snapshot: { state, times },
      tag,
    } = entry;
    const made = times?.creationTime ?? tag.made;
    // Of unknown age is not old.
    const old = given.olderThan === undefined || (made !== null && Date.now() - made.getTime() >= age);
    if (hasEnded(entry) || !old || (states !== null && !states.has(state))) continue;
    try {
      await discard(job, Math.max(LEAST_LIMIT, bits.connection.serviceTimeout));
      reaped.push({ id: job.id, key: tag.key, state, made });
    } catch (error) {
      if (!(error instanceof BitsNotFoundError)) throw error; // gone by itself
    }
  }
  return reaped;
}
