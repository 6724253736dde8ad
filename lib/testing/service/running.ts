import type { Computer } from '../computer/computer';
import type { JobState } from '../computer/state';
import { need } from './failure';
import { startOver } from './files';
import { resumed, setState } from './job_events';
import { isActive, STATE, TYPE } from './job_kinds';
import { OK } from './methods';
import { isAtLeast } from './versions';

/*
 * Suspend and Resume. Microsoft: IBackgroundCopyJob::Suspend, Resume, SetMaximumDownloadTime,
 * IBackgroundCopyFile2::SetRemoteName, IBackgroundCopyFile3::SetValidationState, IBackgroundCopyJob2::SetReplyFileName.
 */

/** What has arrived is kept. A job in error, or transferred, counts as suspended already. */
export function suspend(computer: Computer, job: JobState): number {
  if (!isActive(job) && job.state !== STATE.transientError) return OK;
  computer.engine.jobStopped(job);
  setState(computer, job, STATE.suspended);
  return OK;
}

export function resume(computer: Computer, job: JobState): number {
  need(job.files.length > 0, 'BG_E_EMPTY');
  resumed(computer, job);
  if (isActive(job)) return OK;
  // Without new files, a transferred job has nothing to transfer. No page says what is answered.
  if (job.state === STATE.transferred && job.files.every(({ completed }) => completed)) return OK;
  // What was declared invalid is fetched again, except by BITS 3.0.
  if (isAtLeast(computer.state, '4.0')) for (const file of job.files) if (file.valid === false) startOver(file);
  if (job.type === TYPE.uploadReply) job.replyFileName ??= chooseReplyName(computer, job);
  setState(computer, job, STATE.queued);
  computer.engine.jobChanged(job);
  return OK;
}

/** In the folder of the file that is sent. */
function chooseReplyName(computer: Computer, job: JobState): string {
  const folder = computer.disk.folderOf(job.files[0]?.localName ?? '');
  return `${folder}\\BITReply${computer.nextNumber()}.tmp`;
}
