import { BitsTransferError, BitsVerificationError } from '../errors';
import type { Defect } from './defects';
import { isFaultOfSource, isAboutThisComputer } from './failure_cause';
import type { FileState } from './file_state';
import { changeUrls } from './job_files';
import type { JobSet } from './job_set';
import type { OngoingDownload } from './ongoing_download';

/**
 * Has defective files fetched from their next mirrors: by the job that is there where BITS can change URLs, else by another
 * one. A file without another mirror is given up when `allowPartial` says so. Otherwise, and when no file is left, rejects
 * with the error of such a file.
 */
export async function repair({ request, jobs, states }: OngoingDownload, defects: readonly Defect[]): Promise<void> {
  for (const defect of defects) useNextMirrorOrGiveUp(defect, request.allowPartial);
  const failure = defects[0]?.state.failure;
  if (failure && states.every(({ hasFailed }) => hasFailed)) throw failure;

  const wrong = defects.filter(({ error }) => error instanceof BitsVerificationError).map(({ state }) => state);
  const defective = defects.map(({ state }) => state);
  if (await fetchAgainByActiveJob(jobs, states, defective, wrong)) return;

  const discarded = await jobs.placement.discardWrong(wrong, states);
  for (const state of [...defective, ...discarded]) state.startOver();
  const missing = states.filter(({ isWaiting }) => isWaiting);
  if (missing.length > 0) await jobs.moveToNewJob(missing);
  else await jobs.cancelUnneeded();
}

function useNextMirrorOrGiveUp({ state, error }: Defect, allowPartial: boolean): void {
  state.noteError(error);
  const ofTransfer = error instanceof BitsTransferError;
  if (state.hasMirror && (!ofTransfer || isFaultOfSource(error))) state.useNextMirror();
  else if (allowPartial && !(ofTransfer && isAboutThisComputer(error.hresult ?? 0))) state.markFailed();
  else throw state.error;
}

/** False where that is impossible. `wrong`: those of the files that have arrived. */
async function fetchAgainByActiveJob(
  { active }: JobSet,
  states: readonly FileState[],
  defective: readonly FileState[],
  wrong: readonly FileState[],
): Promise<boolean> {
  if (active === undefined) return false;
  if (defective.some(({ job }) => job !== active)) return false;
  // Resumed, the job would fail at a file that is given up again.
  if (states.some(({ job, hasFailed }) => hasFailed && job === active)) return false;
  if (!(await changeUrls(active, defective, wrong))) return false;
  for (const state of defective) state.startOver();
  await active.resume();
  return true;
}
