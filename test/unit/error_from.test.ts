import { deserialize, serialize } from 'node:v8';
import {
  BitsAbortError,
  BitsEndedError,
  BitsError,
  BitsPlatformError,
  BitsStalledError,
  BitsStateError,
  BitsTimeoutError,
  BitsTransferError,
  BitsVerificationError,
  isBitsError,
} from '../../lib';
import type { BitsNotSupportedError } from '../../lib';
import { adviceFor } from '../../lib/errors/advice';
import { CODES, LIBRARY_CODES } from '../../lib/errors/codes';
import { errorFromNative, transferError, forCancelledJob } from '../../lib/errors';
import { explainJob } from '../../lib/explain/explain_job';
import { failing, fakeSnapshot } from '../support/fake_addon';
import { openFake } from '../support/open_fake';

const ID = '{01234567-89ab-cdef-0123-456789abcdef}';
const RESUME = { hresult: 0x80200002, method: 'IBackgroundCopyJob::Resume', kind: 'call' } as const;
const FILE = { remoteName: 'https://me:pw@host/a b.zip?sig=1', localName: 'C:\\my data\\a (1).zip' };

const SAMPLES: Readonly<Record<string, BitsError>> = {
  state: errorFromNative(RESUME, { jobId: ID, state: 'cancelled' }),
  'not found': errorFromNative({ ...RESUME, hresult: 0x80200001 }),
  'no name': errorFromNative({ ...RESUME, hresult: 0x8020ffff }),
  unavailable: errorFromNative({ ...RESUME, hresult: 0x80070422 }, { action: 'connecting to BITS' }),
  lost: errorFromNative({ ...RESUME, hresult: 0x800706be, kind: 'lost' }),
  'not supported': errorFromNative({
    hresult: 0x80004002,
    method: 'IBackgroundCopyFile6::RequestFileRanges',
    kind: 'interface',
  }),
  failed: transferError({
    hresult: 0x80190194,
    context: 'remoteFile',
    transient: false,
    file: { ...FILE, remoteName: 'https://host/a.zip?sig=1' },
  }),
  'held up': transferError({
    hresult: 0x8020006f,
    context: 'queueManager',
    transient: true,
    nextRetry: new Date(5000),
  }),
  aborted: new BitsAbortError('the download', { left: 'suspended', cause: new BitsTimeoutError('waiting', 500) }),
  ended: new BitsEndedError('acknowledged', { jobId: ID }),
  stalled: new BitsStalledError(
    1000,
    explainJob({ state: 'queued', modificationTime: new Date(7000) }, { now: new Date(9000) }),
  ),
  verification: new BitsVerificationError({ path: 'C:\\a.zip', check: 'sha256', expected: 'aa', actual: 'bb' }),
  'several files': new BitsVerificationError({
    path: 'C:\\a.zip',
    check: 'files',
    expected: 'the given sizes and hashes',
    actual: 'other content',
  }),
  platform: new BitsPlatformError('linux'),
};

/** Everything about an error except its stack. */
const told = (error: unknown) => {
  const { name, message, cause } = error as Error;
  return {
    name,
    message,
    fields: { ...(error as object) },
    cause: cause instanceof BitsError ? cause.toJSON() : cause,
  };
};

describe('BitsError.from()', () => {
  test.each(Object.entries(SAMPLES))('%s: JSON brings back the class with every field', (_, error) => {
    const again = BitsError.from(JSON.parse(JSON.stringify(error)));
    expect(again).toBeInstanceOf(Error);
    expect(Object.getPrototypeOf(again)).toBe(Object.getPrototypeOf(error));
    expect(told(again)).toEqual(told(error));
    expect(again?.toJSON()).toEqual(error.toJSON());
  });

  const clones: [string, (error: Error) => unknown][] = [
    ['structuredClone', structuredClone],
    ['the serializer of v8', (error) => deserialize(serialize(error)) as unknown],
  ];
  describe.each(clones)('%s', (_, clone) => {
    test.each(Object.entries(SAMPLES))('%s: class, code, message, stack, cause', (__, error) => {
      const copy = clone(error);
      expect(copy).not.toBeInstanceOf(BitsError);
      const again = BitsError.from(copy)!;
      expect(Object.getPrototypeOf(again)).toBe(Object.getPrototypeOf(error));
      const { code, hresult, retryable, message, stack } = error;
      expect(again).toMatchObject({ code, retryable, message, stack, ...(hresult === undefined ? {} : { hresult }) });
      expect(isBitsError(again, code)).toBe(true);
      expect(told(again).cause).toEqual(told(error).cause);
    });
  });

  test('what a message tells comes back from a clone, too', () => {
    const from = (name: string) => BitsError.from(structuredClone(SAMPLES[name]));
    expect(from('state')).toMatchObject({ state: 'cancelled', method: RESUME.method });
    expect(from('failed')).toMatchObject({
      url: 'https://host/a.zip?***',
      file: { localName: FILE.localName },
      httpStatus: 404,
      context: 'remoteFile',
      transient: false,
    });
    expect(from('held up')).toMatchObject({ context: 'queueManager', transient: true, reason: 'gameMode' });
    expect((from('not supported') as BitsNotSupportedError).needs).toEqual(
      (SAMPLES['not supported'] as BitsNotSupportedError).needs,
    );
    expect(from('aborted')).toMatchObject({ left: 'suspended', cause: { timeout: 500 } });
    expect(from('ended')).toMatchObject({ state: 'acknowledged' });
    expect(from('stalled')).toMatchObject({ stallTimeout: 1000, explanation: null });
    expect(from('verification')).toMatchObject({ path: 'C:\\a.zip', check: 'sha256', expected: 'aa', actual: 'bb' });
    expect(from('platform')).toMatchObject({ platform: 'linux' });
    expect(from('unavailable')).toMatchObject({ reason: 'disabled' });
    for (const error of Object.values(SAMPLES)) expect(BitsError.from(structuredClone(error))?.advice).toMatch(/\w/);
  });

  test('what Electron makes of a rejection in ipcRenderer.invoke()', () => {
    const error = SAMPLES['state']!;
    const received = new Error(`Error invoking remote method 'start': ${String(error)}`);
    expect(BitsError.from(received)).toMatchObject({
      code: 'BG_E_INVALID_STATE',
      state: 'cancelled',
      message: error.message,
    });
    expect(BitsError.from(received)).toBeInstanceOf(BitsStateError);
  });

  test('anything else is null, and a BitsError is itself', () => {
    const cycle: Record<string, unknown> = { name: 'BitsError', message: 'x', code: 'E_FAIL' };
    cycle['cause'] = cycle;
    for (const other of [
      undefined,
      null,
      5,
      'BitsError: x (E_FAIL, 0x80004005)',
      {},
      [],
      new Error('x'),
      new Error('x (E_FAIL, 0x80004005)'),
      { name: 'TypeError', message: 'x', code: 'E_FAIL' },
      { name: 'BitsError', message: 'x' },
      { name: 'toString', message: '', code: '' },
    ])
      expect(BitsError.from(other)).toBeNull();
    expect(BitsError.from(SAMPLES['state'])).toBe(SAMPLES['state']);
    expect(BitsError.from(cycle)).toBeInstanceOf(BitsError);
    const hostile = BitsError.from(
      JSON.parse('{"name":"BitsError","message":"x","code":"E_FAIL","__proto__":{"y":1}}'),
    );
    expect(hostile).toBeInstanceOf(BitsError);
    expect(hostile).not.toHaveProperty('y');
  });
});

describe('the message', () => {
  test('of a 404 names file and host, without secrets', () => {
    const { message } = transferError({ hresult: 0x80190194, context: 'remoteFile', transient: false, file: FILE });
    expect(message).toBe(
      'the transfer of https://***@host/a b.zip?*** (C:\\my data\\a (1).zip) failed at the remote file: ' +
        'the server answered 404: not found (BG_E_HTTP_ERROR_404, 0x80190194)',
    );
  });
});

describe('advice fits the job', () => {
  test.each(Object.entries(CODES))('%s', (_, { action, family }) => {
    expect(adviceFor(action, 'waiting')).toBe(action);
    const passive = /BITS tries again|Wait: |(goes on|queues every waiting job again) automatically/;
    expect(adviceFor(action, 'stopped')).not.toMatch(passive);
    expect(adviceFor(action, 'gone')).not.toMatch(passive);
    // These codes are about a call that was refused; jobs do not fail with them.
    if (family === 'transfer' || family === 'unavailable') {
      expect(adviceFor(action, 'gone')).not.toMatch(/resum(e|ing) the job|cancel the job/i);
    }
    for (const standing of ['stopped', 'gone'] as const) expect(adviceFor(action, standing)).toMatch(/^[A-Z].*\.$/);
  });

  test('in each state, and when the job has been cancelled because of it', () => {
    const failure = { hresult: 0x801901f7, context: 'remoteFile' } as const;
    expect(transferError({ ...failure, transient: true }).advice).toBe(
      "Wait: BITS tries again; if the error recurs, check the server's load.",
    );
    const stopped = transferError({ ...failure, transient: false });
    expect(stopped.advice).toBe("Resume the job to try again; if the error recurs, check the server's load.");
    expect(forCancelledJob(stopped).advice).toBe("Try again; if the error recurs, check the server's load.");
    expect(forCancelledJob(new BitsTimeoutError('the download', 5)).advice).not.toBe(LIBRARY_CODES.BITS_TIMEOUT.action);
    const { text } = explainJob(
      { state: 'error', error: { hresult: failure.hresult, context: 'remoteFile' } },
      { now: new Date(9000) },
    );
    expect(text).not.toMatch(/BITS tries again/);
    expect(text.match(/resume the job/gi)).toHaveLength(1);
  });
});

describe('the stack', () => {
  function failingJob() {
    return openFake({
      job: { snapshot: () => fakeSnapshot({ state: 4, errorCount: 1 }), getError: () => ({}) },
      error: { getError: () => [5, 0x80190194], getFile: failing('IBackgroundCopyError::GetFile', 0x80200004) },
    });
  }
  const stackOf = (promise: Promise<unknown>) =>
    promise.then(
      () => '',
      (error: unknown) => (error as Error).stack ?? '',
    );

  test('of wait() leads to each caller, awaited or not', async () => {
    const { job } = await failingJob();
    const first = () => job.wait();
    const second = () => job.wait();
    const [one, two] = await Promise.all([stackOf(first()), stackOf(second())]);
    expect(one).toMatch(/^BitsTransferError: [^\n]*\n[\s\S]*at first .*error_from/);
    expect(two).toMatch(/^BitsTransferError: [^\n]*\n[\s\S]*at second .*error_from/);
    expect(one).not.toMatch(/at second/);
    expect(two).not.toMatch(/at first/);
    expect(await job.wait().catch((error: unknown) => error)).toBeInstanceOf(BitsTransferError);
  });

  test('of download() and upload() leads to the caller', async () => {
    const { bits } = await failingJob();
    const abort = AbortSignal.abort('enough');
    const caller = () => bits.download({ url: 'http://h/a', path: 'C:\\a', signal: abort });
    expect(await stackOf(caller())).toMatch(/^BitsAbortError[\s\S]*at caller .*error_from/);
  });
});
