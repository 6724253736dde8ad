import { JOB_STATE } from '../../contract/enums';
import type { JobState, PolicyState } from '../computer/state';
import { isCondition } from './conditions';

/*
 * What happens to jobs because time passes (SetMinimumRetryDelay, SetNoProgressTimeout, SetMaximumDownloadTime, "Group
 * Policies").
 */

export interface Deadline {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly what: 'retry' | 'noProgress' | 'maximumTime' | 'inactivity';
}

const STATE = JOB_STATE.values;

/** "The minimum retry delay that you can specify is 5 seconds": in seconds. */
export const LEAST_RETRY_DELAY = 5;

/** SetMaximumDownloadTime was not called: the policy counts. */
const NOT_SET = 0xffffffff;

/** What is due for a job, the more important first. */
export function deadlinesOf(job: JobState, policy: PolicyState): Deadline[] {
  if (job.state >= STATE.acknowledged) return [];
  const deadlines: Deadline[] = [
    // "If there is no activity against the job for this period of time, BITS cancels the job."
    { what: 'inactivity', at: (job.lastActivity ?? job.modificationTime) + policy.inactivityTimeout * 1000 },
  ];
  if (job.state === STATE.transientError) {
    // BITS waits for a condition to end, however long that takes ("Users and Network Connections").
    if (!isCondition(job.error))
      deadlines.push({ what: 'noProgress', at: job.lastProgress + job.noProgressTimeout * 1000 });
    if (job.nextRetry !== null) deadlines.push({ what: 'retry', at: job.nextRetry });
  }
  if (job.startedTransfer !== null) {
    const seconds = job.maximumDownloadTime === NOT_SET ? policy.maxDownloadTime : job.maximumDownloadTime;
    deadlines.push({ what: 'maximumTime', at: job.startedTransfer + seconds * 1000 - (job.transferTime ?? 0) });
  }
  return deadlines;
}
