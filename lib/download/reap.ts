import { checkInteger, checkNonEmptyArray, checkOneOf, checkOptions, wrongValue } from '../arguments/checks';
import { JOB_STATE, wordsOf } from '../contract/enums';
import type { JobState, UnknownWord } from '../contract/enums';
import { BitsNotFoundError, toLibraryError } from '../errors';
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

/** A job that was to be cancelled. */
export interface ReapedJob {
  readonly id: string;
  readonly key: string | null;
  readonly state: JobState | UnknownWord;
  readonly made: Date | null;
  /** `null`: the job is cancelled. Otherwise why it is not; after `BITS_NO_ANSWER` it may be cancelled later. */
  readonly error: Error | null;
}

/** `manager.reap()`. */
export async function reap(queue: JobQueue, options: ReapOptions): Promise<ReapedJob[]> {
  const { app, olderThan, states } = checkReapOptions(options);
  const { clock } = queue.connection.host;
  const limit = Math.max(MIN_CALL_LIMIT, queue.connection.serviceTimeout);
  const isUnwanted = (entry: FoundJob) => {
    const made = madeAt(entry);
    // A job of unknown age is not old.
    const isOld = olderThan === null || (made !== null && clock.date().getTime() - made.getTime() >= olderThan);
    return !hasEnded(entry) && isOld && (states === null || states.has(entry.snapshot.state));
  };
  // Side by side: one that is not answered delays no other.
  const reaped = await Promise.all(
    (await findJobs(queue, app)).filter(isUnwanted).map((entry) => cancel(entry, limit)),
  );
  return reaped.filter((each) => each !== null);
}

/** null: it ended by itself. */
async function cancel(entry: FoundJob, limit: number): Promise<ReapedJob | null> {
  const { job, snapshot, tag } = entry;
  const error = await cancelJob(job, limit).then(() => null, toLibraryError);
  if (error instanceof BitsNotFoundError) return null;
  return { id: job.id, key: tag.key, state: snapshot.state, made: madeAt(entry), error };
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
