import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { BitsUnavailableError } from '../../lib';
import type { BitsManager } from '../../lib';
import type { NativeNewJob } from '../../lib/contract/addon';
import { loadAddon } from '../../lib/native/load';
import { double } from '../support/double';
import type { Call } from '../support/double';
import { rejection } from '../support/outcome';
import { until } from '../support/until';

/*
 * Making a job is atomic: it exists as asked for, or there is none. The double plays what can go wrong at each step.
 */

const WORKER = path.join(__dirname, '../support/create_job_worker.js');
const addon = loadAddon();
const file = { remoteName: 'http://h/a', localName: 'C:\\a' };
const FULL: NativeNewJob = {
  description: 'd',
  priority: 0,
  minimumRetryDelay: 60,
  noProgressTimeout: 3600,
  dynamicContent: true,
  files: [file],
  ranges: [{ ...file, localName: 'C:\\b', ranges: [{ offset: 5, length: null }] }],
  replyFileName: 'C:\\reply',
  customHeaders: 'A: b\r\n',
  writeOnlyHeaders: true,
};
/** Behind CreateJob, in this order. */
const STEPS = [
  'IBackgroundCopyJob::SetDescription',
  'IBackgroundCopyJob::SetPriority',
  'IBackgroundCopyJob::SetMinimumRetryDelay',
  'IBackgroundCopyJob::SetNoProgressTimeout',
  'IBackgroundCopyJob5::SetProperty',
  'IBackgroundCopyJob::AddFileSet',
  'IBackgroundCopyJob3::AddFileWithRanges',
  'IBackgroundCopyJob::GetProgress',
  'IBackgroundCopyJob2::SetReplyFileName',
  'IBackgroundCopyJobHttpOptions::SetCustomHeaders',
  'IBackgroundCopyJobHttpOptions3::MakeCustomHeadersWriteOnly',
];
const CREATE = 'IBackgroundCopyManager::CreateJob';
const CANCEL = 'IBackgroundCopyJob::Cancel';
const taken = { out: [{ FilesTotal: 2 }] };
const answerOf = (step: string) => (step.endsWith('GetProgress') ? taken : {});

let bits: BitsManager;
const make = (rest: NativeNewJob = FULL) => bits.createJobFrom('n', 0, rest);
const names = (calls: readonly Call[]) => calls.map(({ method }) => method);
/** Whether the job was cancelled, successfully, after all else. */
const isCancelled = (calls: readonly Call[]) => calls.at(-1)?.method === CANCEL && calls.at(-1)?.hresult === 0;

beforeAll(() => double.start());
beforeEach(async () => {
  double.reset();
  double.script('IBackgroundCopyJob::GetProgress', taken);
  bits = await double.connect();
  double.calls();
});
afterEach(async () => {
  double.release();
  await bits.close();
});

describe('a job is made in one go', () => {
  test('with everything that it can be asked for, in an order that BITS accepts', async () => {
    await make();
    const calls = double.calls();
    expect(names(calls)).toEqual([CREATE, ...STEPS]);
    expect(calls.map(({ args }) => args)).toEqual([
      { DisplayName: 'n', Type: 0 },
      { Val: 'd' },
      { Val: 0 },
      { Seconds: 60 },
      { Seconds: 3600 },
      { PropertyId: 3, PropertyValue: 1 },
      { pFileSet: [{ RemoteName: 'http://h/a', LocalName: 'C:\\a' }] },
      { RemoteUrl: 'http://h/a', LocalName: 'C:\\b', Ranges: [{ InitialOffset: 5n, Length: 2n ** 64n - 1n }] },
      {},
      { ReplyFileName: 'C:\\reply' },
      { RequestHeaders: 'A: b\r\n' },
      {},
    ]);
    expect(new Set(calls.map(({ thread }) => thread)).size).toBe(1);
  });

  test('with only a name, when nothing else is asked for', async () => {
    await make({});
    await bits.createJob({ name: 'x' });
    expect(names(double.calls())).toEqual([CREATE, CREATE]);
  });

  test.each(STEPS)('%s fails: the job is cancelled, and the error names the step', async (step) => {
    double.script(step, { hresult: 0x80070005 });
    const shown = step.endsWith('GetProgress') ? 'IBackgroundCopyJob3::AddFileWithRanges' : step;
    expect(await rejection(make())).toMatchObject({ name: 'BitsAccessError', hresult: 0x80070005, method: shown });
    const calls = double.calls();
    expect(names(calls)).toEqual([CREATE, ...STEPS.slice(0, STEPS.indexOf(step) + 1), CANCEL]);
    expect(isCancelled(calls)).toBe(true);
  });

  test('CreateJob fails: nothing else is called', async () => {
    double.script(CREATE, { hresult: 0x80200049 });
    expect(await rejection(make())).toMatchObject({ code: 'BG_E_TOO_MANY_JOBS_PER_USER', method: CREATE });
    expect(names(double.calls())).toEqual([CREATE]);
  });

  test('headers that cannot be made write-only are not a failure', async () => {
    double.without('IBackgroundCopyJobHttpOptions3');
    await make();
    expect(names(double.calls())).toEqual([CREATE, ...STEPS.slice(0, -1)]);
  });

  test('a missing interface is a failure', async () => {
    double.without('IBackgroundCopyJob5');
    expect(await rejection(make())).toMatchObject({
      name: 'BitsNotSupportedError',
      needs: { interface: 'IBackgroundCopyJob5' },
    });
    expect(isCancelled(double.calls())).toBe(true);
  });

  test('ranges that were accepted and then ignored are a failure', async () => {
    double.script('IBackgroundCopyJob::GetProgress', { out: [{ FilesTotal: 1 }] });
    expect(await rejection(make())).toMatchObject({
      name: 'BitsNotSupportedError',
      code: 'E_NOTIMPL',
      method: 'IBackgroundCopyJob3::AddFileWithRanges',
    });
    expect(isCancelled(double.calls())).toBe(true);
  });
});

describe('a lost service leaves no half-made job', () => {
  const CODES = [0x800706ba, 0x800706be, 0x80010108, 0x80080008];

  test.each(STEPS.flatMap((step) => CODES.map((code) => [step, code] as const)))(
    '%s meets 0x%s',
    async (step, hresult) => {
      double.script(step, { ...answerOf(step), disconnect: true, hresult, times: 1 });
      const error = await make().then(
        () => undefined,
        (failure: unknown) => failure,
      );
      const calls = double.calls();
      const ofJob = calls.filter(({ method }) => STEPS.includes(method));
      if (error === undefined) {
        expect(names(ofJob)).toEqual(STEPS.flatMap((each) => (each === step ? [each, each] : [each]))); // repeated, once
        expect(names(calls)).not.toContain(CANCEL);
      } else {
        expect(error).toBeInstanceOf(BitsUnavailableError);
        expect(error).toMatchObject({ hresult });
        expect(isCancelled(calls)).toBe(true);
      }
      // Adding files is not repeated, unless it was certainly not done.
      expect(error === undefined).toBe(!step.includes('AddFile') || hresult === 0x800706ba || hresult === 0x80010108);
    },
  );

  test('cancelling fails in the same way', async () => {
    double.script('IBackgroundCopyJob::AddFileSet', { hresult: 0x80070005 });
    double.script(CANCEL, { disconnect: true, hresult: 0x800706be, times: 1 });
    expect(await rejection(make())).toMatchObject({ hresult: 0x80070005 });
    const calls = double.calls();
    expect(names(calls).filter((name) => name === CANCEL)).toHaveLength(2);
    expect(isCancelled(calls)).toBe(true);
  });
});

describe('whatever JavaScript does in the meantime', () => {
  const at = [CREATE, ...STEPS];

  test.each(at)('close() during %s: the job is made as asked for', async (step) => {
    double.script(step, { ...answerOf(step), block: true });
    const making = make();
    await double.untilBlocked(step);
    const closing = bits.close();
    double.release();
    expect((await making).id).toMatch(/^\{/);
    await closing;
    expect(names(double.calls())).toEqual([CREATE, ...STEPS]);
  });

  test.each(at)('a call that is abandoned during %s leaves no job', async (step) => {
    const manager = addon.openManager(double.clsid, 1);
    await addon.manager.connect(manager);
    double.calls();
    double.script(step, { ...answerOf(step), block: true });
    const making = addon.manager.createJob(manager, 'n', 0, FULL);
    const failure = making.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    await double.untilBlocked(step);
    addon.abandon(making);
    double.release();
    expect(await failure).toMatchObject({ kind: 'closed' });
    const calls = double.calls();
    expect(isCancelled(calls)).toBe(true);
    expect(calls).toHaveLength(at.indexOf(step) + 2); // no further step
    addon.releaseManager(manager);
  });

  test.each(at)('a worker that is terminated during %s leaves no job', async (step) => {
    double.script(step, { ...answerOf(step), block: true });
    const worker = new Worker(WORKER, { workerData: { clsid: double.clsid, rest: FULL } });
    await once(worker, 'message');
    await double.untilBlocked(step);
    const ended = worker.terminate();
    await sleep(50);
    double.release();
    await ended;
    expect(isCancelled(double.calls())).toBe(true); // when the worker has gone, so has the job
  });

  test('a worker that is terminated before the call began', async () => {
    double.script('IBackgroundCopyManager::EnumJobs', { block: true });
    const worker = new Worker(WORKER, { workerData: { clsid: double.clsid, rest: FULL, first: 'enumJobs' } });
    await once(worker, 'message');
    await double.untilBlocked('IBackgroundCopyManager::EnumJobs');
    await worker.terminate();
    double.release();
    await sleep(50);
    expect(names(double.calls())).not.toContain(CREATE);
  });

  test('a worker ends although a call that makes a job hangs', async () => {
    double.script('IBackgroundCopyJob::AddFileSet', { block: true });
    const worker = new Worker(WORKER, { workerData: { clsid: double.clsid, rest: FULL } });
    await once(worker, 'message');
    await double.untilBlocked('IBackgroundCopyJob::AddFileSet');
    const started = performance.now();
    await worker.terminate();
    expect(performance.now() - started).toBeLessThan(4000);
    double.release();
    await until(() => names(double.calls()).includes(CANCEL), { limit: 5000 });
  });
});

describe('probe', () => {
  const ask = async (action?: (asking: Promise<unknown>) => void) => {
    const manager = addon.openManager(double.clsid, 1);
    const asking = addon.manager.probe(manager, 'n', { files: [file] }, [1, 3, 9]);
    action?.(asking);
    const result = await asking.then(
      (probed) => ({ probed }),
      (failure: unknown) => ({ failure }),
    );
    addon.releaseManager(manager);
    return result;
  };

  test('tells the interfaces and properties of a job and its file, and cancels the job', async () => {
    double.script('IBackgroundCopyJob5::GetProperty', { hresult: 0x80070005, times: 1 });
    double.without('IBackgroundCopyJobHttpOptions3');
    const { probed } = (await ask()) as { probed: Awaited<ReturnType<typeof addon.manager.probe>> };
    expect(probed.properties).toEqual([3, 9]);
    expect(probed.job).toEqual(expect.arrayContaining(['IBackgroundCopyJob', 'IBackgroundCopyJob5']));
    expect(probed.job).not.toContain('IBackgroundCopyJobHttpOptions3');
    expect(probed.file).toEqual(expect.arrayContaining(['IBackgroundCopyFile6']));
    expect(isCancelled(double.calls())).toBe(true);
  });

  test.each([
    'IBackgroundCopyJob::AddFileSet',
    'IBackgroundCopyJob::EnumFiles',
    'IEnumBackgroundCopyFiles::Next',
    'IBackgroundCopyJob5::GetProperty',
  ])('closing while %s runs leaves no job', async (step) => {
    double.script(step, { block: true });
    const result = ask((asking) => {
      void double.untilBlocked(step).then(() => {
        addon.abandon(asking);
        double.release();
      });
    });
    expect(await result).toMatchObject({ failure: { kind: 'closed' } });
    expect(isCancelled(double.calls())).toBe(true);
  });
});
