import type { Computer } from '../computer/computer';
import type { FileState, Identity, JobState } from '../computer/state';
import type { NativeNewFile, NativeRange } from '../../contract/addon';
import { need } from './failure';
import { STATE, TYPE } from './job_kinds';
import { checkRemoteName, checkSource, checkTarget } from './names';
import { isExemptFromLimits, isLoggedOn } from './rights';

/*
 * Adding files to a job. Microsoft: "Adding Files to a Job", IBackgroundCopyJob::AddFile, AddFileSet,
 * IBackgroundCopyJob3::AddFileWithRanges. All is checked at once, except what only the server knows.
 */

interface NewFile extends NativeNewFile {
  readonly ranges: readonly NativeRange[] | null;
}

/** Adds all of them, or none. */
export function addFiles(computer: Computer, caller: Identity, job: JobState, files: readonly NewFile[]): void {
  need(isLoggedOn(computer, job.owner), 'ERROR_NOT_LOGGED_ON');
  const isDownload = job.type === TYPE.download;
  const count = job.files.length + files.length;
  need(isDownload || count <= 1, 'BG_E_TOO_MANY_FILES');
  const limited = !isExemptFromLimits(computer, job.owner);
  need(!limited || count <= computer.state.policy.maxFilesPerJob, 'BG_E_TOO_MANY_FILES_IN_JOB');
  for (const { remoteName, localName, ranges } of files) {
    checkRemoteName(remoteName, ranges !== null);
    if (isDownload) checkTarget(computer, localName, caller);
    else checkSource(computer, localName);
    if (ranges !== null) checkRanges(ranges, limited ? computer.state.policy.maxRangesPerFile : Infinity);
  }
  for (const file of files) job.files.push(newFile(job.files.length, file));
  if (job.state !== STATE.suspended) computer.engine.jobChanged(job);
}

/** Ranges are sorted by offset before they are compared, and must not touch the same byte twice. */
export function checkRanges(ranges: readonly NativeRange[], limit: number): void {
  need(ranges.length > 0, 'E_INVALIDARG');
  need(ranges.length <= limit, 'BG_E_TOO_MANY_RANGES_IN_FILE');
  // BG_LENGTH_TO_EOF is a length and no offset; handles write both as null.
  for (const { offset, length } of ranges)
    need((offset as number | null) !== null && length !== 0, 'BG_E_INVALID_RANGE');
  let end = 0;
  for (const { offset, length } of [...ranges].sort((a, b) => a.offset - b.offset)) {
    need(offset >= end, 'BG_E_OVERLAPPING_RANGES');
    end = length === null ? Infinity : offset + length;
  }
}

/** A file as AddFile adds it: nothing of it has been transferred. */
export function newFile(index: number, { remoteName, localName, ranges }: NewFile): FileState {
  return {
    index,
    remoteName,
    savedRemoteName: remoteName,
    localName,
    temporaryName: '',
    bytesTotal: null,
    bytesTransferred: 0,
    completed: false,
    ranges: ranges === null ? null : ranges.map(({ offset, length }) => ({ offset, length })),
    filled: [],
    position: 0,
    valid: null,
    validator: null,
    responseHeaders: null,
  };
}

/** Nothing of the file has been transferred. */
export function startOver(file: FileState): void {
  file.completed = false;
  file.bytesTransferred = 0;
  file.filled = [];
  file.valid = null;
}
