import type { Computer, JobEvent } from '../computer/computer';
import type { ErrorState, JobState } from '../computer/state';
import { STATE } from './job_kinds';

/** The job enters a state: its times and those who listen follow. */
export function setState(computer: Computer, job: JobState, state: number): void {
  if (job.state === state) return;
  job.state = state;
  job.modificationTime = computer.clock.time();
  if (state === STATE.transferred) {
    job.transferCompletionTime = job.modificationTime;
    notify(computer, job, { type: 'transferred' });
  } else notify(computer, job, { type: state === STATE.error ? 'error' : 'modification' });
}

/** The job's transfer has failed, or data moves again (null). */
export function setError(_computer: Computer, job: JobState, error: ErrorState | null): void {
  job.error = error;
  if (error !== null) job.errorCount++;
}

/** Tells the job's callback object. */
export function notify(computer: Computer, job: JobState, event: JobEvent): void {
  const registration = computer.registrations.get(job.id);
  if (registration?.deliver(event) === false) computer.registrations.delete(job.id);
}
