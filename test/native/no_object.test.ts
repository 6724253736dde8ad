import { double } from '../support/double';
import { rejection } from '../support/outcome';
import { useDouble } from '../support/use_double';

/*
 * Methods that succeed and give out NULL. Since BITS 4.0 those of IBitsPeerCacheAdministration answer S_FALSE.
 */

const S_FALSE = 1;
const ID = '{fa11ed00-5d1f-4f0e-9b1a-0123456789ac}';

const at = useDouble([{ id: ID, files: [{}] }]);

function withoutObject(method: string): void {
  double.script(method, { hresult: S_FALSE, out: [null] });
}

test.each([
  ['IBitsPeerCacheAdministration::EnumRecords', () => at.bits.peerCache.getRecords()],
  ['IBitsPeerCacheAdministration::EnumPeers', () => at.bits.peerCache.getPeers()],
  ['IBackgroundCopyJob::EnumFiles', () => at.job.getFiles()],
  ['IBackgroundCopyManager::EnumJobs', () => at.bits.getJobs()],
  ['IBackgroundCopyJob::EnumFiles', () => at.job.getFileSnapshots()],
  ['IBackgroundCopyManager::EnumJobs', () => at.bits.getSnapshots()],
])('a list that is missing is empty: %s', async (method, list) => {
  withoutObject(method);
  expect(await list()).toEqual([]);
});

test.each([
  ['IBitsPeerCacheAdministration::GetRecord', 'BG_E_NOT_FOUND', () => at.bits.peerCache.getRecord(ID)],
  ['IBackgroundCopyManager::GetJob', 'BG_E_NOT_FOUND', () => at.bits.getJob(ID)],
  ['IBackgroundCopyJob::GetError', 'E_UNEXPECTED', () => at.job.getError()],
])('an object that is missing is a failure: %s', async (method, code, get) => {
  withoutObject(method);
  expect(await rejection(get())).toMatchObject({ code, method });
});
