import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { BitsErrorInfo, BitsFile } from '../../lib';
import type { Notice } from '../../lib';
import { collectGarbage, double } from '../support/double';
import { rejection } from '../support/outcome';
import { until } from '../support/until';
import { useDouble } from '../support/use_double';

const ID = '{ca11bac0-5d1f-4f0e-9b1a-0123456789ab}';
const NOT_TRUSTED = 0x800b0004; // TRUST_E_SUBJECT_NOT_TRUSTED

const at = useDouble([{ id: ID, files: [{}] }]);

describe('notifications', () => {
  test('each callback arrives with its details, and BITS always gets S_OK', async () => {
    const heard: [string, Notice][] = [];
    const note = (name: string) => (notice: Notice) => {
      heard.push([name, notice]);
    };
    await at.job.setNotifyInterface({
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
    await until(() => heard.length === 5); // the last one may still be on its way here
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

  test('a callback without a function succeeds, too', async () => {
    await at.job.setNotifyInterface({});
    expect(await double.fire('JobTransferred', ID)).toBe(0);
  });

  test('a callback makes no COM call', async () => {
    await at.job.setNotifyInterface({ jobTransferred: () => undefined });
    double.calls();
    await double.fire('JobTransferred', ID);
    await double.fire('JobError', ID);
    expect(double.calls()).toEqual([]);
  });

  test('functions that are replaced or withdrawn are neither called nor kept', async () => {
    let calls = 0;
    await at.job.setNotifyInterface({
      jobTransferred: () => {
        calls += 1;
      },
    });
    await at.job.setNotifyInterface({
      jobTransferred: () => {
        calls += 10;
      },
    });
    await double.fire('JobTransferred', ID);
    await until(() => calls > 0);
    expect(calls).toBe(10);
    await at.job.setNotifyInterface(null);
    expect(double.counts().clients).toBe(0);
  });

  test('when the service refuses them, the functions are released', async () => {
    double.script('IBackgroundCopyJob::SetNotifyInterface', { hresult: 0x80070005 });
    expect(await rejection(at.job.setNotifyInterface({ jobTransferred: () => undefined }))).toMatchObject({
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
    await until(() => double.counts().clients === 0, { limit: 2000 });
  });

  test('when the connection is closed, its callbacks are withdrawn without connecting again', async () => {
    const other = await double.connect();
    await (await other.getJob(ID)).setNotifyInterface({ jobTransferred: () => undefined });
    expect(double.counts().clients).toBe(1);
    await other.close();
    await until(() => double.counts().clients === 0, { limit: 2000 });
    double.calls();
    collectGarbage();
    await sleep(50);
    expect(double.calls()).toEqual([]);
  });

  test('bad callbacks are refused by name, before anything is called', async () => {
    double.calls();
    expect(await rejection(at.job.setNotifyInterface({ jobTransfered: () => undefined } as never))).toMatchObject({
      name: 'TypeError',
      argument: 'callbacks.jobTransfered',
    });
    expect(await rejection(at.job.setNotifyInterface({ jobError: 7 } as never))).toMatchObject({
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
    await at.job.setServerCertificateValidationInterface((asked) => {
      seen.push(asked.certificate, asked.encoding, asked.store, asked.file);
      return true;
    });
    expect(await judge()).toBe(0);
    expect(seen).toEqual([Uint8Array.of(1, 2, 3), 1, Uint8Array.of(4), expect.any(BitsFile)]);
  });

  test.each([
    ['false', () => false],
    ['a promise of false', () => sleep(20).then(() => false)],
    ['something that is not true', () => 'yes' as never],
  ])('%s refuses', async (_, answer) => {
    await at.job.setServerCertificateValidationInterface(answer);
    expect(await judge()).toBe(NOT_TRUSTED);
  });

  test('a promise of true accepts, and the event loop runs meanwhile', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await at.job.setServerCertificateValidationInterface(() => sleep(100).then(() => true));
    expect(await judge()).toBe(0);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });

  test('a function that throws or rejects refuses, with a warning', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await at.job.setServerCertificateValidationInterface(() => {
      throw new Error('thrown');
    });
    expect(await judge()).toBe(NOT_TRUSTED);
    await at.job.setServerCertificateValidationInterface(() => Promise.reject(new Error('rejected')));
    expect(await judge()).toBe(NOT_TRUSTED);
    expect(JSON.stringify(warn.mock.calls)).toMatch(/thrown.*rejected/s);
    warn.mockRestore();
  });

  test('no answer in time refuses', async () => {
    await at.job.setServerCertificateValidationInterface(() => new Promise(() => undefined), { timeout: 50 });
    const started = Date.now();
    expect(await judge()).toBe(NOT_TRUSTED);
    expect(Date.now() - started).toBeLessThan(5000);
  });

  test('withdrawn', async () => {
    await at.job.setServerCertificateValidationInterface(() => true);
    await at.job.setServerCertificateValidationInterface(null);
    expect(double.calls().at(-1)?.args).toEqual({ certValidationCallback: null });
  });
});
