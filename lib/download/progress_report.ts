import type { BitsJob } from '../job';
import type { WatchSnapshot } from '../watch/snapshot';
import { percentOf, timeLeft } from '../watch/snapshot';
import type { FileState } from './file_state';
import type { DownloadProgress, DownloadResult } from './options';

/** The progress of a download: that of the job that transfers, and what the jobs before it have got. */
export function toProgress(
  active: BitsJob,
  { state, bytes, total, rate, eta, progress }: WatchSnapshot,
  states: readonly FileState[],
): DownloadProgress {
  const before = states.filter(({ job, hasArrived }) => job !== active && hasArrived);
  const bytesBefore = before.reduce((sum, file) => sum + file.bytes, 0);
  const bytesNow = bytes + bytesBefore;
  const totalNow = total === null ? totalOf(states) : total + bytesBefore;
  return Object.freeze({
    jobId: active.id,
    state,
    bytes: bytesNow,
    total: totalNow,
    percent: percentOf(bytesNow, totalNow, state === 'transferred'),
    rate,
    eta: eta ?? timeLeft(totalNow, bytesNow, rate),
    filesTotal: states.length,
    filesTransferred: before.length + progress.filesTransferred,
  });
}

/** The sum of the sizes that the caller gave; null when one is missing. */
function totalOf(states: readonly FileState[]): number | null {
  return states.reduce<number | null>(
    (sum, { file: { size } }) => (sum === null || size === null ? null : sum + size),
    0,
  );
}

export function toResult(
  states: readonly FileState[],
  about: Pick<DownloadResult, 'elapsed' | 'adopted' | 'jobId'>,
): DownloadResult {
  const files = states.map(({ file, bytes, source, http, failure }) =>
    Object.freeze({
      path: file.path,
      source,
      ...(failure === null
        ? { status: 'complete' as const, bytes, http }
        : { status: 'failed' as const, bytes: 0, http: null, error: failure }),
    }),
  );
  return Object.freeze({
    outcome: files.some(({ status }) => status === 'failed') ? 'partial' : 'complete',
    files: Object.freeze(files),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    ...about,
  });
}
