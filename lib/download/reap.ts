import { checkInteger, checkNonEmptyArray, checkOneOf, checkOptions, wrongValue } from '../arguments/checks';
import { JOB_STATE, wordsOf } from '../contract/enums';
import type { JobState, UnknownWord } from '../contract/enums';
import { BitsNotFoundError } from '../errors';
import { MIN_CALL_LIMIT } from '../util/limits';
import { cancelJob } from './cancel_job';
import { findJobs, hasEnded } from './found_downloads';
import type { FoundJob } from './found_downloads';
import type { JobQueue } from './job_queue';
import { checkApp } from './job_tag';

/** Which jobs to cancel: of one app, and of these all that meet both conditions. One condition must be given. */
export interface ReapOptions {
  /** As in `download()`. */
  readonly app?: string | undefined;
  /** Made at least this many milliseconds ago; 0 for all. */
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
export async function reap(queue: JobQueue, options: ReapOptions): Promise<ReapedJob[]> {
  const { app, olderThan, states } = checkReapOptions(options);
  const { clock } = queue.connection.host;
  const reaped: ReapedJob[] = [];
  for (const entry of await findJobs(queue, app)) {
    const { job, snapshot, tag } = entry;
    const made = madeAt(entry);
    // A job of unknown age is not old.
    const isOld = olderThan === null || (made !== null && clock.date().getTime() - made.getTime() >= olderThan);
    if (hasEnded(entry) || !isOld || (states !== null && !states.has(snapshot.state))) continue;
    try {
      await cancelJob(job, Math.max(MIN_CALL_LIMIT, queue.connection.serviceTimeout));
      reaped.push({ id: job.id, key: tag.key, state: snapshot.state, made });
    } catch (error) {
      if (!(error instanceof BitsNotFoundError)) throw error; // else it ended by itself
    }
  }
  return reaped;
}

function checkReapOptions(options: ReapOptions) {
  const given = checkOptions(options, 'options', ['app', 'olderThan', 'states']);
  const app = checkApp(given.app, 'options.app');
  if (given.olderThan === undefined && given.states === undefined) {
    throw wrongValue('options.olderThan', 'be given when options.states is not');
  }
  const olderThan = given.olderThan === undefined ? null : checkInteger(given.olderThan, 'options.olderThan');
  const checkState = (state: unknown, name: string) => checkOneOf(state, name, wordsOf(JOB_STATE));
  const states =
    given.states === undefined ? null : new Set<string>(checkNonEmptyArray(given.states, 'options.states', checkState));
  return { app, olderThan, states };
}

function madeAt({ snapshot: { times }, tag }: FoundJob): Date | null {
  return times?.creationTime ?? tag.made;
}
