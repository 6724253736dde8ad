import { JOB_STATE, JOB_TYPE } from '../../contract/enums';
import { CODES } from '../../errors/codes';
import type { FileState } from '../computer/state';
import { notify, setState, touch } from '../service/job_events';
import { isOnDemand } from '../service/job_properties';
import { TransferFailure } from '../transport/transport';
import { copyFile } from './copy';
import { downloadFile } from './download';
import { connectionFailure, isHttp, jobFailure } from './failures';
import { requestedGaps } from './ranges';
import type { Run } from './run';
import { uploadFile } from './upload';

/** Transfers the files of a job, one after another in the order in which they were added ("Life Cycle of a BITS Job"). */
export async function transferJob(run: Run): Promise<void> {
  const { computer, job } = run;
  requireToken(run);
  for (const file of job.files) {
    if (file.completed) continue;
    if (isOnDemand(job) && nothingRequested(file)) continue;
    await transferFile(run, file);
    run.check();
  }
  // More may have been added or asked for meanwhile: `for` sees new files, not new ranges of those before.
  if (job.files.some((file) => !file.completed))
    setState(computer, job, isOnDemand(job) && job.files.every(nothingRequested) ? STATE.suspended : STATE.queued);
  else setState(computer, job, STATE.transferred);
}

const STATE = JOB_STATE.values;

/** Whether an on-demand job has all that was asked of a file (RequestFileRanges). What was not contacted has no size. */
export function nothingRequested(file: FileState): boolean {
  if (file.ranges === null || file.ranges.length === 0) return true;
  return file.bytesTotal !== null && requestedGaps(file, file.bytesTotal).length === 0;
}

/** Helper tokens survive neither log-off nor a restart ("Helper Tokens for BITS Transfer Jobs"). */
function requireToken({ job }: Run): void {
  if (job.helperTokenFlags !== 0 && job.helperTokenSid === null) throw jobFailure(CODES.BG_E_TOKEN_REQUIRED.hresult);
}

async function transferFile(run: Run, file: FileState): Promise<void> {
  const { computer, job } = run;
  try {
    if (job.type !== JOB_TYPE.values.download) await uploadFile(run, file);
    else if (isHttp(file.remoteName)) await downloadFile(run, file);
    else await copyFile(run, file);
  } catch (error) {
    throw error instanceof TransferFailure ? connectionFailure(file, error) : error;
  }
  run.check();
  touch(computer, job);
  // Once per finished file of a download and for the reply of an upload-reply job, before JobTransferred
  // (IBackgroundCopyCallback2::FileTransferred).
  if (file.completed && job.type !== JOB_TYPE.values.upload)
    notify(computer, job, { type: 'fileTransferred', file: file.index });
}
