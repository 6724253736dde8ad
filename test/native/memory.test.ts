import { BitsError } from '../../lib';
import type { BitsJob, BitsManager } from '../../lib';
import type { JobHandle, ManagerHandle } from '../../lib/contract/addon';
import { loadAddon } from '../../lib/native/load';
import { double } from '../support/double';
import { rejection } from '../support/outcome';

/*
 * Memory that runs out ends a call, never the process: the addon gets no block of LARGE bytes or more.
 */

const ID = '{0f0e0d0c-5d1f-4f0e-9b1a-0123456789ab}';
const LARGE = 1 << 20;
const addon = loadAddon();
const text = 'x'.repeat(LARGE);
const bytes = new Uint8Array(LARGE);
const ranges = Array.from({ length: LARGE / 16 }, (_, i) => ({ offset: i, length: 1 }));
const E_OUTOFMEMORY = { hresult: 0x8007000e, kind: 'call' };

let bits: BitsManager;
let job: BitsJob;
let manager: ManagerHandle;
let raw: JobHandle;

beforeAll(async () => {
  double.start();
  double.reset(); // what another file of this process has left
  double.setJobs([{ id: ID, files: [{}] }]);
  bits = await double.connect();
  job = await bits.getJob(ID);
  manager = addon.openManager(double.clsid, 1);
  raw = (await addon.manager.getJob(manager, ID)).handle;
});
beforeEach(() => {
  double.limitAllocations(LARGE);
  double.calls();
});
afterEach(() => {
  double.limitAllocations(null);
});
afterAll(async () => {
  addon.releaseManager(manager);
  await bits.close();
});

describe('without memory for the arguments', () => {
  const CALLS: Readonly<Record<string, () => Promise<unknown>>> = {
    'IBackgroundCopyJobHttpOptions2::SetHttpMethod': () => addon.job.setHttpMethod(raw, text),
    'IBackgroundCopyJob::SetDescription': () => addon.job.setDescription(raw, text),
    'IBackgroundCopyJob2::SetCredentials': () => addon.job.setCredentials(raw, 1, 1, 'me', text),
    'IBackgroundCopyJobHttpOptions::SetClientCertificateByID': () =>
      addon.job.setClientCertificateByID(raw, 0, 'MY', bytes),
    'IBackgroundCopyJob3::AddFileWithRanges': () => addon.job.addFileWithRanges(raw, 'http://h/', 'C:\\x', ranges),
    'IBackgroundCopyJob::AddFileSet': () => addon.job.addFileSet(raw, [{ remoteName: text, localName: 'C:\\x' }]),
    'IBackgroundCopyManager::CreateJob': () => addon.manager.createJob(manager, 'n', 0, { description: text }),
  };

  test.each(Object.entries(CALLS))('%s rejects with E_OUTOFMEMORY and is not called', async (method, call) => {
    expect(await rejection(call())).toEqual({ ...E_OUTOFMEMORY, method });
    expect(double.calls()).toEqual([]);
    expect(await job.getState()).toBe('queued'); // nothing else is the matter
  });

  test('a call that returns no promise throws', () => {
    expect(() => addon.openManager(text)).toThrow(/alloc/);
  });
});

describe('without memory for', () => {
  test('the copy that COM wants', async () => {
    double.limitAllocations(null);
    double.script('IBackgroundCopyJob::GetState', { block: true, times: 1 });
    const before = addon.job.getState(raw);
    await double.untilBlocked('IBackgroundCopyJob::GetState');
    const files = Array.from({ length: LARGE / 16 }, () => ({ remoteName: 'http://h/', localName: 'C:\\x' }));
    const adding = addon.job.addFileSet(raw, files); // read by now, and waits for its turn
    double.limitAllocations(LARGE);
    double.release();
    await before;
    expect(await rejection(adding)).toEqual({ ...E_OUTOFMEMORY, method: 'IBackgroundCopyJob::AddFileSet' });
  });

  test('a result: a BitsError', async () => {
    double.script('IBackgroundCopyJob2::GetReplyData', { out: [bytes] });
    const error = await rejection(job.getReplyData());
    expect(error).toBeInstanceOf(BitsError);
    expect(error).toMatchObject({ code: 'E_OUTOFMEMORY', method: 'IBackgroundCopyJob2::GetReplyData' });
  });

  test('what a callback is told: the callback succeeds, and a certificate is refused', async () => {
    const notices: unknown[] = [];
    await addon.job.setNotifyInterface(raw, (notice) => notices.push(notice));
    const told = ranges.map(({ offset, length }) => ({ InitialOffset: offset, Length: length }));
    expect(await double.fire('FileRangesTransferred', ID, { ranges: told })).toBe(0);
    expect(await double.fire('JobTransferred', ID)).toBe(0);
    await job.getState();
    expect(notices).toEqual([{ type: 'jobTransferred' }]);
    await addon.job.setServerCertificateValidationInterface(raw, (_, verdict) => {
      addon.answerCertificate(verdict, true);
    });
    const certificate = { certData: bytes, certEncodingType: 1, certStoreData: new Uint8Array(4) };
    expect(await double.fire('ValidateServerCertificate', ID, certificate)).toBe(0x8007000e);
    await addon.job.setNotifyInterface(raw, null);
  });
});
