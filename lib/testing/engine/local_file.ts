import { CODES } from '../../errors/codes';
import type { Computer } from '../computer/computer';
import type { FileState, JobState } from '../computer/state';
import { isHighPerformance } from '../service/job_properties';
import { localFailure, withLocalFile } from './failures';

/*
 * The file that a download writes: BIT….tmp in the folder of the target, which Complete renames ("Adding Files to a
 * Job"); the target itself for high-performance jobs (BITS_JOB_PROPERTY_HIGH_PERFORMANCE).
 */

/** The file that bytes go to, which may not exist yet. */
function nameOf(computer: Computer, job: JobState, file: FileState): string {
  if (isHighPerformance(job)) return file.localName;
  if (file.temporaryName !== '') return file.temporaryName;
  const folder = computer.disk.folderOf(file.localName);
  for (;;) {
    const number = computer.nextNumber().toString(16).toUpperCase().padStart(4, '0');
    const name = `${folder}${/[\\/]$/.test(folder) ? '' : '\\'}BIT${number}.tmp`;
    if (computer.disk.stat(name) === null) return name;
  }
}

/** Opens the file of a download. What it holds of an interrupted one is kept. Throws a JobFailure if it cannot be written. */
export function openLocalFile(computer: Computer, job: JobState, file: FileState): string {
  const { disk } = computer;
  const name = nameOf(computer, job, file);
  const isNew = file.temporaryName === '' || disk.stat(name) === null;
  if (isNew) {
    if (!disk.mayWrite(name, job.owner)) throw localFailure(file, CODES.E_ACCESSDENIED.hresult);
    withLocalFile(file, () => disk.create(name));
    forget(file);
  } else if (file.filled.length === 0) withLocalFile(file, () => disk.truncate(name, 0));
  file.temporaryName = name;
  return name;
}

/** Begins a file again: it changed on the server, or cannot be continued. Its progress drops to zero (BG_FILE_PROGRESS). */
export function startOver(computer: Computer, file: FileState): void {
  forget(file);
  withLocalFile(file, () => computer.disk.truncate(file.temporaryName, 0));
}

/** Begins the files of a job again that are not complete. */
export function forgetProgress(job: JobState): void {
  for (const file of job.files) if (!file.completed) forget(file);
}

function forget(file: FileState): void {
  file.filled = [];
  file.bytesTransferred = 0;
  file.completed = false;
  file.validator = null;
  file.valid = null;
}

/** Deletes what was downloaded of a job that was cancelled. Returns whether all could be deleted. */
export function deleteTemporaryFiles(computer: Computer, job: JobState): boolean {
  let all = true;
  for (const { temporaryName, localName } of job.files) {
    // High-performance jobs write to the target, which the caller has to delete (BITS_JOB_PROPERTY_ID).
    if (temporaryName === '' || temporaryName === localName) continue;
    try {
      if (computer.disk.stat(temporaryName) !== null) computer.disk.remove(temporaryName);
    } catch {
      all = false;
    }
  }
  return all;
}
