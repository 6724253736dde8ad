import type { Computer, JobEvent } from '../computer/computer';
import type { ErrorState, JobState } from '../computer/state';
import { STATE } from './job_kinds';

/** Notes that something was done with a job. */
export function touch(computer: Computer, job: JobState): void {
  job.modificationTime = computer.clock.time();
}

/** The job enters a state: its times and those who listen follow. */
export function setState(computer: Computer, job: JobState, state: number): void {
  if (job.state === state) return;
  job.state = state;
  job.nextRetry = null;
  touch(computer, job);
  if (state === STATE.transferred) {
    job.transferCompletionTime = job.modificationTime;
    notify(computer, job, { type: 'transferred' });
  } else notify(computer, job, { type: state === STATE.error ? 'error' : 'modification' });
}

/** Resume restarts the clock of the maximum download time, and writes changed remote names to the disk. */
export function resumed(computer: Computer, job: JobState): void {
  job.resumed = true;
  for (const file of job.files) file.savedRemoteName = file.remoteName;
  touch(computer, job);
}

/** Puts a job into ERROR. */
export function setError(
  computer: Computer,
  job: JobState,
  error: ErrorState,
  { counts = true }: { readonly counts?: boolean } = {},
): void {
  job.error = error;
  if (counts) job.errorCount++;
  setState(computer, job, STATE.error);
}

/** Tells the job's callback object. */
export function notify(computer: Computer, job: JobState, event: JobEvent): void {
  const registration = computer.registrations.get(job.id);
  if (registration?.deliver(event) === false) computer.registrations.delete(job.id);
}
