import { NOTIFY_FLAGS, JOB_STATE } from '../../contract/enums';
import type { Computer, JobEvent } from '../computer/computer';
import type { JobState } from '../computer/state';

/*
 * SetNotifyCmdLine and "Registering to Execute a Program": when no callback takes the event, BITS runs a program as the
 * user, for the events transferred and error only, and never for service accounts. It is run again after the retry delay
 * when its exit code is not 0, unless the job is finished by then. Here, nothing is run: it is recorded.
 */

/** A program that BITS would have started. */
export interface CommandLineRun {
  readonly job: string;
  /** The state that it is told of. */
  readonly event: 'transferred' | 'error';
  readonly program: string;
  readonly parameters: string | null;
  /** Security identifier of the user whose program it is. */
  readonly user: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export interface CommandLines {
  readonly runs: CommandLineRun[];
  /** The exit code that the program ends with; 0 by default. */
  exitCode: (run: CommandLineRun) => number;
}

const known = new WeakMap<Computer, CommandLines>();

/** What a computer's service has run to tell of jobs, and how such programs end. */
export function commandLines(computer: Computer): CommandLines {
  const lines = known.get(computer) ?? { runs: [], exitCode: () => 0 };
  known.set(computer, lines);
  return lines;
}

const SERVICE_ACCOUNTS: readonly string[] = ['localSystem', 'localService', 'networkService'];

/** Runs a job's program for an event, if it has one that may run. Returns whether it has. */
export function runCommandLine(computer: Computer, job: JobState, { type: event }: JobEvent): boolean {
  const [program, parameters] = job.notifyCmdLine;
  if (program === null || (event !== 'transferred' && event !== 'error')) return false;
  const owner = computer.state.users.find(({ sid }) => sid === job.owner.sid);
  if (owner === undefined || SERVICE_ACCOUNTS.includes(owner.kind)) return false;
  start(computer, job, { job: job.id, event, program, parameters, user: owner.sid, time: computer.clock.time() });
  return true;
}

function start(computer: Computer, job: JobState, run: CommandLineRun): void {
  const { runs, exitCode } = commandLines(computer);
  runs.push(run);
  computer.trace(`job ${job.id} runs ${run.program} as ${run.user}`);
  if (exitCode(run) === 0) return;
  computer.clock.schedule(job.minimumRetryDelay * 1000, () => {
    const wanted = (job.notifyFlags & NOTIFY_FLAGS.values.disable) === 0;
    const finished = job.state >= JOB_STATE.values.acknowledged;
    if (computer.state.service.running && wanted && !finished)
      start(computer, job, { ...run, time: computer.clock.time() });
  });
}
