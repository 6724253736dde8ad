import { FILE_PROPERTY } from '../../contract/enums';
import type { NativeRange } from '../../contract/addon';
import type { Computer } from '../computer/computer';
import type { FileState, JobState } from '../computer/state';
import { fail, hr, need } from './failure';
import { setError, setState } from './job_events';
import { STATE, TYPE } from './job_kinds';
import { methodsOf, OK, several } from './methods';
import { checkRemoteName, isHttp } from './names';
import { isDynamic, isOnDemand } from './job_properties';

/** BG_ERROR_CONTEXT_REMOTE_FILE. */
const REMOTE_FILE = 5;

/** IBackgroundCopyFile (https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyfile). */
export const FILE = methodsOf('file', 'IBackgroundCopyFile', {
  getRemoteName: ({ target }) => target.file.remoteName,
  getLocalName: ({ target }) => target.file.localName,
  getProgress: ({ target: { file } }) => ({
    bytesTotal: file.bytesTotal,
    bytesTransferred: file.bytesTransferred,
    completed: file.completed,
  }),
});

/** IBackgroundCopyFile2 (https://learn.microsoft.com/windows/win32/api/bits2_0/nn-bits2_0-ibackgroundcopyfile2). */
export const FILE_2 = methodsOf('file', 'IBackgroundCopyFile2', {
  getFileRanges: ({ target: { file } }) => (file.ranges ?? []).map((range) => ({ ...range })),
  setRemoteName: ({ target: { file } }, remoteName) => {
    checkRemoteName(remoteName);
    file.remoteName = remoteName; // on the disk at the next Resume
    return OK;
  },
});

/** IBackgroundCopyFile3 (https://learn.microsoft.com/windows/win32/api/bits3_0/nn-bits3_0-ibackgroundcopyfile3). */
export const FILE_3 = methodsOf('file', 'IBackgroundCopyFile3', {
  // What is answered before the transfer begins is not documented.
  getTemporaryName: ({ target: { file } }) => (file.temporaryName === '' ? null : file.temporaryName),
  setValidationState: ({ computer, target: { job, file } }, valid) => {
    need(file.completed, 'E_PENDING');
    file.valid = valid;
    if (!valid) refuseContent(computer, job, file);
    return OK;
  },
  getValidationState: ({ target }) => target.file.valid === true,
  isDownloadedFromPeer: () => false,
});

/** The job goes into error, and the progress of the file to zero; Resume fetches it again. */
function refuseContent(computer: Computer, job: JobState, file: FileState): void {
  computer.engine.jobStopped(job);
  file.completed = false;
  file.bytesTransferred = 0;
  file.filled = [];
  const hresult = hr('BG_E_VALIDATION_FAILED');
  const error = { context: REMOTE_FILE, hresult, file: file.index, protocol: 'http' };
  setError(computer, job, error, { counts: false }); // nothing was attempted
}

/** IBackgroundCopyFile4 (https://learn.microsoft.com/windows/win32/api/bits4_0/nn-bits4_0-ibackgroundcopyfile4). */
export const FILE_4 = methodsOf('file', 'IBackgroundCopyFile4', {
  getPeerDownloadStats: ({ target }) => several(target.file.bytesTransferred, 0),
});

/** IBackgroundCopyFile5 (https://learn.microsoft.com/windows/win32/api/bits5_0/nn-bits5_0-ibackgroundcopyfile5). */
export const FILE_5 = methodsOf('file', 'IBackgroundCopyFile5', {
  setProperty: (_call, id) =>
    fail(id === FILE_PROPERTY.values.httpResponseHeaders ? 'BG_E_READ_ONLY_PROPERTY' : 'BG_E_UNKNOWN_PROPERTY_ID'),
  getProperty: ({ target }, id) => {
    need(id === FILE_PROPERTY.values.httpResponseHeaders, 'BG_E_UNKNOWN_PROPERTY_ID');
    return target.file.responseHeaders;
  },
});

/** Random access is for downloads by HTTP of one whole file of known size; what the server can do shows later. */
function needRandomAccess(job: JobState, file: FileState): void {
  const isWhole = file.ranges === null || isOnDemand(job);
  const can = job.type === TYPE.download && isHttp(file.remoteName) && isWhole && !isDynamic(job);
  need(can, 'BG_E_RANDOM_ACCESS_NOT_SUPPORTED');
}

function checkRequest(file: FileState, ranges: readonly NativeRange[]): void {
  need(ranges.length > 0, 'E_INVALIDARG');
  const size = file.bytesTotal ?? Infinity;
  for (const { offset, length } of ranges) need(offset + (length ?? 0) <= size && length !== 0, 'BG_E_INVALID_RANGE');
}

/** IBackgroundCopyFile6 (https://learn.microsoft.com/windows/win32/api/bits10_1/nn-bits10_1-ibackgroundcopyfile6). */
export const FILE_6 = methodsOf('file', 'IBackgroundCopyFile6', {
  updateDownloadPosition: ({ computer, target: { job, file } }, offset) => {
    needRandomAccess(job, file);
    file.position = offset;
    computer.engine.jobChanged(job);
    return OK;
  },
  requestFileRanges: ({ computer, target: { job, file } }, ranges) => {
    needRandomAccess(job, file);
    checkRequest(file, ranges);
    file.position = ranges[0]!.offset;
    if (isOnDemand(job)) {
      file.ranges = [...(file.ranges ?? []), ...ranges.map(({ offset, length }) => ({ offset, length }))];
      // A job that sleeps between requests is set going again.
      if (job.resumed && job.state === STATE.suspended) setState(computer, job, STATE.queued);
    }
    computer.engine.jobChanged(job);
    return OK;
  },
  getFilledFileRanges: ({ target: { job, file } }) => {
    needRandomAccess(job, file);
    return file.filled.map((range) => ({ ...range }));
  },
});
