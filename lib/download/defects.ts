import { eachOf } from '../util/each_of';
import type { FileState } from './file_state';
import type { OngoingDownload } from './ongoing_download';
import { verifyByChecksum, verifyFile } from './verify';

/** A file that could not be had, or is not what it should be, and why. */
export interface Defect {
  readonly state: FileState;
  readonly error: Error;
}

/**
 * Verifies files that have arrived. Resolves with those that are not what they should be; those that are right are marked,
 * and not verified again. Rejects when nobody can know which file is wrong.
 */
export async function findDefects(download: OngoingDownload, signal: AbortSignal | undefined): Promise<Defect[]> {
  const states = download.states.filter(({ hasFailed, isVerified }) => !hasFailed && !isVerified);
  const wrongLengths = states.flatMap((state) =>
    state.lengthError === null ? [] : [{ state, error: state.lengthError }],
  );
  return wrongLengths.length > 0 ? wrongLengths : verifyContent(download, states, signal);
}

async function verifyContent(
  { host: { disk }, jobs, request }: OngoingDownload,
  states: readonly FileState[],
  signal: AbortSignal | undefined,
): Promise<Defect[]> {
  // Of a restored download nothing is known but the checksum.
  const isKnown = request.files.some(({ size, sha256 }) => size !== null || sha256 !== null);
  const checksum = isKnown ? null : request.checksum;
  const located = await jobs.placement.locate(jobs, states, { all: checksum !== null, signal });
  if (checksum !== null) {
    const files = states.map((state) => ({ at: located.get(state) ?? state.localName, path: state.file.path }));
    const error = await verifyByChecksum(disk, checksum, files, signal);
    if (error !== null) throw error;
  }
  const verify = async (state: FileState): Promise<Defect[]> => {
    const at = located.get(state);
    const found = at === undefined ? null : await verifyFile(disk, at, state.file, signal);
    if (found instanceof Error) return [{ state, error: found }];
    if (found !== null) state.noteSize(found);
    state.markVerified();
    return [];
  };
  return (await eachOf(states, verify, signal)).flat();
}
