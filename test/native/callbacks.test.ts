import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { BitsFile, BitsErrorInfo } from '../../lib';
import type { BitsJob, BitsManager, Notice } from '../../lib';
import { collectGarbage, double } from '../support/double';
import { rejection } from '../support/service';

const ID = '{ca11bac0-5d1f-4f0e-9b1a-0123456789ab}';
const NOT_TRUSTED = 0x800b0004; // TRUST_E_SUBJECT_NOT_TRUSTED

let bits: BitsManager;
let job: BitsJob;

beforeAll(() => {
  double.start();
});
beforeEach(async () => {
  double.reset();
  double.setJobs([{ id: ID, files: [{}] }]);
  bits = await double.connect();
  job = await bits.getJob(ID);
});
afterEach(() => bits.close());

describe('notifications', () => {
  test('each callback, with what it is about; BITS always gets S_OK', async () => {
    const heard: [string, Notice][] = [];
    const note = (name: string) => (notice: Notice) => {
      heard.push([name, notice]);
    };
    await job.setNotifyInterface({
      jobTransferred: note('jobTransferred'),
      jobError: note('jobError'),
      jobModification: note('jobModification'),
      fileTransferred: note('fileTransferred'),
      fileRangesTransferred: note('fileRangesTransferred'),
    });
    const ranges = [{ InitialOffset: 2n ** 40n, Length: 5n }];
    for (const [name, args] of [
      ['JobTransferred', {}],
      ['JobError', {}],
      ['JobModification', {}],
      ['FileTransferred', {}],
      ['FileRangesTransferred', { ranges }],
    ] as const) {
      expect(await double.fire(name, ID, args)).toBe(0);
    }
    while (heard.length < 5) await sleep(1); // the last one may still be on its way here
    expect(heard.map(([name]) => name)).toEqual([
      'jobTransferred',
      'jobError',
      'jobModification',
      'fileTransferred',
      'fileRangesTransferred',
    ]);
    expect(heard[0]?.[1]).toEqual({});
    expect(heard[1]?.[1].error).toBeInstanceOf(BitsErrorInfo);
    expect(heard[3]?.[1].file).toBeInstanceOf(BitsFile);
    expect(heard[4]?.[1].ranges).toEqual([{ offset: 2 ** 40, length: 5 }]);
    expect(await heard[3]?.[1].file?.getRemoteName()).toBe('');
  });

  test('a callback for which there is no function is taken all the same', async () => {
    await job.setNotifyInterface({});
    expect(await double.fire('JobTransferred', ID)).toBe(0);
  });

  test('a callback makes no COM call', async () => {
    await job.setNotifyInterface({ jobTransferred: () => undefined });
    double.calls();
    await double.fire('JobTransferred', ID);
    await double.fire('JobError', ID);
    expect(double.calls()).toEqual([]);
  });

  test('withdrawn, replaced: the old functions are not called and not held', async () => {
    let calls = 0;
    await job.setNotifyInterface({
      jobTransferred: () => {
        calls += 1;
      },
    });
    await job.setNotifyInterface({
      jobTransferred: () => {
        calls += 10;
      },
    });
    await double.fire('JobTransferred', ID);
    while (calls === 0) await sleep(1);
    expect(calls).toBe(10);
    await job.setNotifyInterface(null);
    expect(double.counts().clients).toBe(0);
  });

  test('refused by the service: the functions are let go', async () => {
    double.script('IBackgroundCopyJob::SetNotifyInterface', { hresult: 0x80070005 });
    expect(await rejection(job.setNotifyInterface({ jobTransferred: () => undefined }))).toMatchObject({
      code: 'E_ACCESSDENIED',
    });
    expect(double.counts().clients).toBe(0);
  });

  test('when the environment ends, its callbacks are withdrawn', async () => {
    const worker = new Worker(path.join(__dirname, '../support/subscribe_worker.js'), {
      workerData: { clsid: double.clsid, id: ID },
    });
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    expect(double.counts().clients).toBe(1);
    await worker.terminate();
    for (let i = 0; i < 200 && double.counts().clients > 0; i++) await sleep(10);
    expect(double.counts().clients).toBe(0);
  });

  test('when the connection is closed, its callbacks are withdrawn, and nothing connects again for that', async () => {
    const other = await double.connect();
    await (await other.getJob(ID)).setNotifyInterface({ jobTransferred: () => undefined });
    expect(double.counts().clients).toBe(1);
    await other.close();
    for (let i = 0; i < 200 && double.counts().clients > 0; i++) await sleep(10);
    expect(double.counts().clients).toBe(0);
    double.calls();
    collectGarbage();
    await sleep(50);
    expect(double.calls()).toEqual([]);
  });

  test('bad callbacks are refused by name, before anything is called', async () => {
    double.calls();
    expect(await rejection(job.setNotifyInterface({ jobTransfered: () => undefined } as never))).toMatchObject({
      name: 'TypeError',
      argument: 'callbacks.jobTransfered',
    });
    expect(await rejection(job.setNotifyInterface({ jobError: 7 } as never))).toMatchObject({
      name: 'TypeError',
      argument: 'callbacks.jobError',
    });
    expect(double.calls()).toEqual([]);
  });
});

describe('server certificates', () => {
  const request = { certData: Uint8Array.of(1, 2, 3), certEncodingType: 1, certStoreData: Uint8Array.of(4) };
  const judge = () => double.fire('ValidateServerCertificate', ID, request);

  test('the function sees the certificate and decides', async () => {
    const seen: unknown[] = [];
    await job.setServerCertificateValidationInterface((asked) => {
      seen.push(asked.certificate, asked.encoding, asked.store, asked.file);
      return true;
    });
    expect(await judge()).toBe(0);
    expect(seen).toEqual([Uint8Array.of(1, 2, 3), 1, Uint8Array.of(4), expect.any(BitsFile)]);
  });

  test.each([
    ['false', () => false],
    ['later, false', () => sleep(20).then(() => false)],
    ['something that is not true', () => 'yes' as never],
  ])('%s refuses', async (_, answer) => {
    await job.setServerCertificateValidationInterface(answer);
    expect(await judge()).toBe(NOT_TRUSTED);
  });

  test('later, true accepts; the event loop runs meanwhile', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await job.setServerCertificateValidationInterface(() => sleep(100).then(() => true));
    expect(await judge()).toBe(0);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });

  test('a function that throws or rejects refuses, with a warning', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await job.setServerCertificateValidationInterface(() => {
      throw new Error('thrown');
    });
    expect(await judge()).toBe(NOT_TRUSTED);
    await job.setServerCertificateValidationInterface(() => Promise.reject(new Error('rejected')));
    expect(await judge()).toBe(NOT_TRUSTED);
    expect(JSON.stringify(warn.mock.calls)).toMatch(/thrown.*rejected/s);
    warn.mockRestore();
  });

  test('no answer in time refuses', async () => {
    await job.setServerCertificateValidationInterface(() => new Promise(() => undefined), { timeout: 50 });
    const started = Date.now();
    expect(await judge()).toBe(NOT_TRUSTED);
    expect(Date.now() - started).toBeLessThan(5000);
  });

  test('withdrawn', async () => {
    await job.setServerCertificateValidationInterface(() => true);
    await job.setServerCertificateValidationInterface(null);
    expect(double.calls().at(-1)?.args).toEqual({ certValidationCallback: null });
  });
});
