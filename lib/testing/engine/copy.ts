import { CODES } from '../../errors/codes';
import { sliceOf } from '../computer/content';
import type { Content } from '../computer/simulated_disk';
import type { FileState } from '../computer/state';
import { BitsSimulationError } from '../simulation_error';
import { diskError, remoteFailure, withLocalFile } from './failures';
import { openLocalFile, startOver } from './local_file';
import { nextGap, segmentsOf } from './ranges';
import type { Run } from './run';

/*
 * Downloads from SMB shares and local paths: UNC names, file:// URLs and paths (BG_FILE_INFO; SetRemoteName names the
 * errors). Credentials, headers and redirects do not apply. The share is a part of the simulated disk.
 */

/** The path that a remote name means. */
export function remotePath(remoteName: string): string {
  if (!/^file:/i.test(remoteName)) return remoteName;
  const { hostname, pathname } = new URL(remoteName);
  const path = decodeURIComponent(pathname).replaceAll('/', '\\');
  if (hostname !== '' && hostname !== 'localhost') return `\\\\${hostname}${path}`;
  return path.replace(/^\\(?=[a-z]:)/i, '');
}

/** The bytes of the source. Throws a JobFailure as SetRemoteName has them. */
function sourceOf(run: Run, file: FileState, path: string): Content {
  const { disk } = run.computer;
  const found = disk.stat(path);
  if (found?.kind === 'file') {
    try {
      return disk.content(path);
    } catch (error) {
      const hresult = diskError(error);
      throw hresult === undefined ? error : remoteFailure(file, hresult);
    }
  }
  if (path.startsWith('\\\\') && disk.stat(disk.folderOf(path)) === null)
    throw new BitsSimulationError(`there is no file ${path}: put it on the disk of the simulated computer`);
  const { ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND } = CODES;
  const missing = disk.stat(disk.folderOf(path)) === null ? ERROR_PATH_NOT_FOUND : ERROR_FILE_NOT_FOUND;
  throw remoteFailure(file, missing.hresult);
}

/** Copies what is missing of a file. */
export async function copyFile(run: Run, file: FileState): Promise<void> {
  const { computer } = run;
  // "Ranges over SMB are not available since BITS 3.0" (AddFileWithRanges); what older ones do is not modelled.
  if (file.ranges !== null)
    throw new BitsSimulationError(`ranges of ${file.remoteName} are not modelled: only HTTP has them`);
  openLocalFile(computer, run.job, file);
  await run.pause(Math.max(1, computer.state.network.latency));
  const path = remotePath(file.remoteName);
  const source = sourceOf(run, file, path);
  run.enter('transferring');
  const facts = {
    url: file.remoteName,
    size: source.size,
    modified: new Date(computer.disk.modified(path)).toUTCString(),
    etag: null,
  };
  const known = file.validator;
  if (known !== null && (known.size !== facts.size || known.modified !== facts.modified)) startOver(computer, file);
  file.validator = facts;
  file.bytesTotal = source.size;
  const segments = segmentsOf(file, source.size, false);
  for (let gap = nextGap(file, segments, false); gap !== null; gap = nextGap(file, segments, false)) {
    let at = gap.offset;
    await run.move(gap.length, (bytes) => {
      if (!run.isWanted) return;
      withLocalFile(file, () => computer.disk.write(file.temporaryName, at, sliceOf(source, at, bytes)));
      at += bytes;
      run.received(file, at - bytes, bytes);
    });
  }
  withLocalFile(file, () => computer.disk.setModified(file.temporaryName, Date.parse(facts.modified)));
  file.completed = true;
}
