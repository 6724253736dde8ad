import type { Computer } from '../computer/computer';
import type { FileState, JobState } from '../computer/state';
import { CallFailure, hr, need, onDisk } from './failure';
import { setState } from './job_events';
import { STATE, TYPE } from './job_kinds';
import { OK } from './methods';
import { leaveQueue } from './queue';

/*
 * The two ends of a job. Microsoft: "Completing and Canceling a Job", IBackgroundCopyJob::Complete, Cancel.
 */

/** A high-performance job writes to the final file itself. */
const isDirect = (file: FileState) => file.temporaryName === file.localName;

/** Renames what has arrived and deletes the rest; a failure leaves the job as it is, to be completed again. */
export function complete(computer: Computer, job: JobState): number {
  computer.engine.jobStopped(job);
  const isDownload = job.type === TYPE.download;
  const unfinished = isDownload ? job.files.filter(({ completed }) => !completed) : [];
  try {
    if (isDownload) for (const file of job.files) if (file.completed) handOver(computer, job, file);
    if (job.type === TYPE.uploadReply) writeReply(computer, job);
  } catch (error) {
    computer.engine.jobChanged(job);
    throw error;
  }
  const deleted = removeTemporary(computer, unfinished);
  end(computer, job, STATE.acknowledged);
  if (unfinished.length > 0) return hr('BG_S_PARTIAL_COMPLETE');
  return deleted ? OK : hr('BG_S_UNABLE_TO_DELETE_FILES');
}

/** Deletes what has arrived. Data that is on a server stays there. */
export function cancel(computer: Computer, job: JobState): number {
  computer.engine.jobStopped(job);
  // Wine says so as well where there was nothing to delete yet.
  const isMissed = computer.state.profile === 'wine-8' && job.files.some(({ completed }) => !completed);
  const deleted = removeTemporary(computer, job.type === TYPE.download ? job.files : []) && !isMissed;
  end(computer, job, STATE.cancelled);
  return deleted ? OK : hr('BG_S_UNABLE_TO_DELETE_FILES');
}

function end(computer: Computer, job: JobState, state: number): void {
  setState(computer, job, state);
  leaveQueue(computer, job);
}

/** The temporary file becomes the final one. Does nothing to a file that an earlier, failed Complete has renamed. */
function handOver({ disk, state }: Computer, job: JobState, file: FileState): void {
  if (isDirect(file) || file.temporaryName === '') return;
  if (state.profile === 'windows') {
    need(disk.mayWrite(disk.folderOf(file.localName), job.owner), 'E_ACCESSDENIED');
    need(disk.stat(file.localName) === null || disk.mayWrite(file.localName, job.owner), 'E_ACCESSDENIED');
  }
  onDisk(() => {
    disk.rename(file.temporaryName, file.localName);
  });
  file.temporaryName = '';
}

/** The reply can be opened only now. */
function writeReply({ disk }: Computer, job: JobState): void {
  const { replyFileName } = job;
  const reply = replyOf(job);
  if (replyFileName === null || reply === null) return;
  onDisk(() => {
    disk.create(replyFileName);
    disk.write(replyFileName, 0, {
      size: reply.length,
      read: (offset, length) => reply.subarray(offset, offset + length),
    });
  });
}

/** The reply of the server application; null: none. */
export function replyOf({ replyData }: JobState): Uint8Array | null {
  return replyData === null ? null : new Uint8Array(Buffer.from(replyData, 'base64'));
}

/** Returns whether all could be deleted. */
function removeTemporary({ disk }: Computer, files: readonly FileState[]): boolean {
  let all = true;
  for (const file of files) {
    if (file.temporaryName === '' || isDirect(file) || disk.stat(file.temporaryName) === null) continue;
    try {
      onDisk(() => {
        disk.remove(file.temporaryName);
      });
      file.temporaryName = '';
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      all = false;
    }
  }
  return all;
}
