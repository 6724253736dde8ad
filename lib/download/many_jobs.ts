import type { Connection } from '../bits/connection';

/** From this many jobs on, a warning is emitted: BITS refuses the 61st job of a user, unless a policy says otherwise. */
export const MANY_JOBS = 40;

/** Whether jobs have been counted, and a warning emitted, in this process. */
export class ManyJobs {
  counted = false;
  warned = false;
}

/** Warns once that the queue fills up, usually with forgotten jobs. `count`: jobs that have not ended. */
export function warnOfManyJobs(connection: Connection, count: number): void {
  const done = connection.ofService(ManyJobs);
  if (count < MANY_JOBS || done.warned) return;
  done.warned = true;
  process.emitWarning(`${count} jobs of this user are in the BITS queue; manager.reap() removes forgotten ones`, {
    type: 'BitsWarning',
    code: 'BITS_MANY_JOBS',
  });
}
