import { JOB_STATE } from '../../contract/enums';
import type { Computer } from '../computer/computer';
import type { JobState } from '../computer/state';
import type { Bandwidth } from './bandwidth';
import { LEAST_RETRY_DELAY } from './deadlines';
import { Run } from './run';
import { cancelSession, hasSession } from './upload';

/*
 * "Cancelling an upload makes BITS tell the server; if the server cannot be reached it keeps trying in the background, up
 * to 24 hours or the no-progress time-out" (IBackgroundCopyJob::Cancel).
 */

const LONGEST = 24 * 60 * 60 * 1000;

/** Tells the server, a moment from now, if the job has been cancelled by then. */
export function tellServerOfCancel(computer: Computer, job: JobState, bandwidth: Bandwidth, delay: number): void {
  if (!hasSession(job)) return;
  const { clock, state } = computer;
  const since = clock.time();
  const again = () => {
    const limit = Math.min(LONGEST, job.noProgressTimeout * 1000);
    if (clock.time() - since < limit) clock.schedule(Math.max(job.minimumRetryDelay, LEAST_RETRY_DELAY) * 1000, tell);
  };
  const tell = () => {
    // What was left to be told when the service ended is not documented: it is forgotten.
    if (!state.service.running || job.state !== JOB_STATE.values.cancelled) return;
    if (state.network.connected) void cancelSession(new Run(computer, job, bandwidth)).catch(again);
    else again();
  };
  clock.schedule(delay, tell);
}
