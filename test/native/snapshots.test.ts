import { BitsNotFoundError } from '../../lib';
import { double } from '../support/double';
import { rejection } from '../support/outcome';
import { useDouble } from '../support/use_double';

/*
 * All files of a job, and all jobs of the queue, in one call to the addon. What is read of a single job:
 * snapshot.test.ts.
 */

const ID = '{5a9c0001-5d1f-4f0e-9b1a-0123456789ab}';
const OTHER = '{5a9c0002-5d1f-4f0e-9b1a-0123456789ab}';
const [NOT_FOUND, DENIED, PENDING] = [0x80200001, 0x80070005, 0x8000000a];
const LOST = { disconnect: true, hresult: 0x800706be, times: 1 };

/** The getters of a file, in the order in which they are called. */
const GETTERS = [
  'IBackgroundCopyFile::GetRemoteName',
  'IBackgroundCopyFile::GetLocalName',
  'IBackgroundCopyFile::GetProgress',
  'IBackgroundCopyFile3::GetTemporaryName',
  'IBackgroundCopyFile3::GetValidationState',
];
const fileOf = (i: number) => ({
  answers: {
    GetRemoteName: [`http://h/${i}`],
    GetLocalName: [`C:\\t\\${i}`],
    GetProgress: [{ BytesTotal: i === 0 ? 'max' : 10, BytesTransferred: i, Completed: i % 2 }],
    GetTemporaryName: [`C:\\t\\BIT${i}.tmp`],
    GetValidationState: [i % 2],
  },
});
const snapshotOf = (i: number) => ({
  remoteName: `http://h/${i}`,
  localName: `C:\\t\\${i}`,
  bytesTotal: i === 0 ? null : 10,
  bytesTransferred: i,
  completed: i % 2 === 1,
  temporaryName: `C:\\t\\BIT${i}.tmp`,
  validationState: i % 2 === 1,
});

const at = useDouble([{ id: ID, files: [fileOf(0), fileOf(1)] }, { id: OTHER }]);
const made = (method: string) => double.calls().filter((call) => call.method === method).length;

describe('the files of a job', () => {
  test('with all that can be read of them, frozen', async () => {
    const files = await at.job.getFileSnapshots();
    expect(files).toMatchObject([snapshotOf(0), snapshotOf(1)]);
    expect([files, ...files].every((each) => Object.isFrozen(each))).toBe(true);
    expect(await files[1]!.file.getRemoteName()).toBe('http://h/1');
    expect(files[1]!.file.jobId).toBe(ID);
  });

  test('by the calls that it takes, and no other', async () => {
    double.calls();
    await at.job.getFileSnapshots();
    const calls = double.calls().map(({ method }) => method);
    expect(calls).toEqual(['IBackgroundCopyJob::EnumFiles', 'IEnumBackgroundCopyFiles::Next', ...GETTERS, ...GETTERS]);
  });

  test.each([
    ['IBackgroundCopyFile::GetRemoteName', { remoteName: null }],
    ['IBackgroundCopyFile::GetLocalName', { localName: null }],
    ['IBackgroundCopyFile::GetProgress', { bytesTotal: null, bytesTransferred: null, completed: null }],
    ['IBackgroundCopyFile3::GetTemporaryName', { temporaryName: null }],
    ['IBackgroundCopyFile3::GetValidationState', { validationState: null }],
  ])('have null where %s fails', async (method, missing) => {
    double.script(method, { hresult: PENDING, times: 1 });
    expect(await at.job.getFileSnapshots()).toMatchObject([{ ...snapshotOf(0), ...missing }, snapshotOf(1)]);
  });

  test('have no temporary name where BITS lacks it, which is asked once', async () => {
    double.without('IBackgroundCopyFile3');
    double.queries();
    const files = await at.job.getFileSnapshots();
    const missing = { temporaryName: null, validationState: null };
    expect(files).toMatchObject([0, 1].map((i) => ({ ...snapshotOf(i), ...missing })));
    const asked = double.queries().filter((query) => query.interface === 'IBackgroundCopyFile3');
    expect(asked).toHaveLength(1);
  });

  test.each(GETTERS)('are read again when the connection breaks in %s', async (method) => {
    double.script(method, LOST);
    expect(await at.job.getFileSnapshots()).toMatchObject([snapshotOf(0), snapshotOf(1)]);
  });

  test('are not told in part when the service is gone', async () => {
    double.script('IBackgroundCopyFile::GetLocalName', { hresult: 0x800706ba });
    expect(await rejection(at.job.getFileSnapshots())).toMatchObject({
      code: 'RPC_S_SERVER_UNAVAILABLE',
      method: 'IBackgroundCopyJob::FileSnapshots',
      jobId: ID,
    });
  });

  test('are none in an empty job', async () => {
    const job = await at.bits.getJob(OTHER);
    expect(await job.getFileSnapshots()).toEqual([]);
  });

  test('are not told of a job that is gone', async () => {
    double.script('IBackgroundCopyJob::EnumFiles', { hresult: NOT_FOUND });
    expect(await rejection(at.job.getFileSnapshots())).toBeInstanceOf(BitsNotFoundError);
  });

  test('can be many', async () => {
    double.setFiles(
      ID,
      Array.from({ length: 300 }, (_, i) => fileOf(i)),
    );
    const files = await at.job.getFileSnapshots();
    expect(files).toMatchObject(Array.from({ length: 300 }, (_, i) => snapshotOf(i)));
  });
});

describe('the jobs of the queue', () => {
  test('each with its snapshot, frozen', async () => {
    double.script('IBackgroundCopyJob::GetDisplayName', { out: ['one'], job: ID });
    double.script('IBackgroundCopyJob::GetState', { out: [6], job: ID });
    double.calls();
    const jobs = await at.bits.getSnapshots();
    expect(jobs).toMatchObject([
      { job: { id: ID }, snapshot: { id: ID, displayName: 'one', state: 'transferred' } },
      { job: { id: OTHER }, snapshot: { id: OTHER, displayName: '', state: 'queued' } },
    ]);
    expect([jobs, ...jobs, ...jobs.map(({ snapshot }) => snapshot)].every((each) => Object.isFrozen(each))).toBe(true);
    expect(made('IBackgroundCopyManager::EnumJobs')).toBe(1);
    expect(await jobs[0]!.job.getDisplayName()).toBe('one');
  });

  test('of all users, when asked', async () => {
    double.calls();
    await at.bits.getSnapshots({ allUsers: true });
    const [asked] = double.calls().filter(({ method }) => method === 'IBackgroundCopyManager::EnumJobs');
    expect(asked?.args).toEqual({ dwFlags: 1 });
  });

  test('with null for what cannot be read', async () => {
    double.script('IBackgroundCopyJob::GetOwner', { hresult: DENIED, job: ID });
    expect(await at.bits.getSnapshots()).toMatchObject([{ snapshot: { owner: null } }, { snapshot: { owner: '' } }]);
  });

  test.each([
    ['IBackgroundCopyJob::GetId', NOT_FOUND],
    ['IBackgroundCopyJob::GetState', NOT_FOUND],
    ['IBackgroundCopyJob::GetState', DENIED],
  ])('without one of which %s fails with %d', async (method, hresult) => {
    double.script(method, { hresult, job: ID });
    expect((await at.bits.getSnapshots()).map(({ job }) => job.id)).toEqual([OTHER]);
  });

  test('are not told in part when a state cannot be read for another reason', async () => {
    double.script('IBackgroundCopyJob::GetState', { hresult: 0x8000ffff, job: ID });
    expect(await rejection(at.bits.getSnapshots())).toMatchObject({
      code: 'E_UNEXPECTED',
      method: 'IBackgroundCopyManager::JobSnapshots',
    });
  });

  test.each(['IEnumBackgroundCopyJobs::Next', 'IBackgroundCopyJob::GetOwner', 'IBackgroundCopyJob::GetState'])(
    'are read again when the connection breaks in %s',
    async (method) => {
      double.script(method, LOST);
      expect((await at.bits.getSnapshots()).map(({ job }) => job.id)).toEqual([ID, OTHER]);
    },
  );

  test('are none in an empty queue', async () => {
    double.setJobs([]);
    expect(await at.bits.getSnapshots()).toEqual([]);
  });
});
