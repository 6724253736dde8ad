import { setTimeout as sleep } from 'node:timers/promises';
import {
  BitsClosedError,
  BitsNotFoundError,
  BitsStalledError,
  BitsTransferError,
  BitsUnavailableError,
} from '../../lib';
import type { WatchSnapshot } from '../../lib';
import { collectGarbage, double } from '../support/double';
import { rejection } from '../support/outcome';
import { until } from '../support/until';
import { useDouble } from '../support/use_double';

const ID = '{01234567-89ab-cdef-0123-456789abcdef}';
const STATES = [
  'queued',
  'connecting',
  'transferring',
  'suspended',
  'error',
  'transientError',
  'transferred',
  'acknowledged',
  'cancelled',
] as const;
const SET_INTERFACE = 'IBackgroundCopyJob::SetNotifyInterface';

const at = useDouble([{ id: ID }]);

beforeEach(() => {
  is('suspended');
  double.calls();
});

function is(
  state: (typeof STATES)[number],
  progress: { bytes?: number | bigint; total?: number | bigint | 'max'; errors?: number } = {},
): void {
  double.script('IBackgroundCopyJob::GetState', { out: [STATES.indexOf(state)] });
  double.script('IBackgroundCopyJob::GetProgress', {
    out: [
      { BytesTotal: progress.total ?? 100, BytesTransferred: progress.bytes ?? 0, FilesTotal: 1, FilesTransferred: 0 },
    ],
  });
  double.script('IBackgroundCopyJob::GetErrorCount', { out: [progress.errors ?? 0] });
}
const called = (method: string) => double.calls().filter((call) => call.method === method);
/** Looks so often that the registration is checked, too, which would otherwise take a while. */
const looksAgain = async () => {
  for (let i = 0; i < 12; i++) {
    at.bits.watchProfile = 'attended'; // looks at once
    await sleep(20);
  }
};
const attached = () => until(() => at.job.callbacks === 'own');

test('a job that is completed at once after wait() is let go, though BITS keeps its callbacks', async () => {
  const watched = async () => {
    const other = await double.connect();
    const job = await other.getJob(ID);
    const waiting = job.wait();
    await until(() => job.callbacks === 'own');
    double.script('IBackgroundCopyJob::GetNotifyInterface', { hresult: 0x80200002 }); // from now on, as of an ended job
    is('transferred');
    await waiting;
    return [new WeakRef(job), other] as const;
  };
  const [job, other] = await watched();
  await until(() => {
    collectGarbage();
    return job.deref() === undefined;
  });
  expect(double.counts().clients).toBe(1);
  await other.close();
});

describe('callbacks are hints', () => {
  test('a callback is lost: polling finds out', async () => {
    const waiting = at.job.wait();
    await attached();
    is('transferred');
    await expect(waiting).resolves.toMatchObject({ state: 'transferred' });
  });

  test('a callback makes the watcher look at once, however long its interval is', async () => {
    at.bits.watchProfile = 'unattended';
    const waiting = at.job.wait({ timeout: 20_000 });
    await attached();
    await sleep(100);
    is('transferred');
    expect(await double.fire('JobTransferred', ID)).toBe(0);
    await expect(waiting).resolves.toMatchObject({ state: 'transferred' });
  });

  test('early, late and repeated callbacks change nothing: only what a look finds counts', async () => {
    const heard: string[] = [];
    at.job.on('transferred', () => heard.push('transferred')).on('error', () => heard.push('error'));
    at.job.on('stateChange', ({ state }) => heard.push(state));
    await attached();
    await double.fire('JobTransferred', ID); // too early
    await double.fire('JobError', ID);
    is('transferring');
    await until(() => heard.length === 1);
    is('transferred');
    await Promise.all([1, 2, 3].map(() => double.fire('JobTransferred', ID)));
    await until(() => heard.length === 3);
    await double.fire('JobModification', ID, { dwReserved: 0 }); // late
    await sleep(400);
    expect(heard).toEqual(['transferring', 'transferred', 'transferred']);
  });

  test('a hundred callbacks at once cause few looks', async () => {
    at.job.on('modified', () => undefined);
    await attached();
    double.calls();
    await Promise.all(Array.from({ length: 100 }, () => double.fire('JobModification', ID, { dwReserved: 0 })));
    await sleep(300);
    expect(called('IBackgroundCopyJob::GetState').length).toBeLessThan(20);
  });

  test.each([
    ['SetNotifyInterface is refused', () => double.script(SET_INTERFACE, { hresult: 0x80070005 }), 'refused'],
    [
      'GetNotifyInterface is not there',
      () => double.script('IBackgroundCopyJob::GetNotifyInterface', { hresult: 0x80004001 }),
      'refused',
    ],
    [
      'the owner has disabled notifications',
      () => double.script('IBackgroundCopyJob::GetNotifyFlags', { out: [7] }),
      'refused',
    ],
  ] as const)('%s: polled, and works', async (_, script, owner) => {
    script();
    const waiting = at.job.wait();
    await until(() => at.job.callbacks === owner);
    is('transferred');
    await expect(waiting).resolves.toMatchObject({ state: 'transferred' });
    const registered = called(SET_INTERFACE);
    expect(registered.every(({ hresult }) => hresult !== 0)).toBe(true);
  });

  test('the program has registered functions of its own: they stay', async () => {
    let called = 0;
    await at.job.setNotifyInterface({
      jobTransferred: () => {
        called++;
      },
    });
    const waiting = at.job.wait();
    await until(() => at.job.callbacks === 'other');
    is('transferred');
    await waiting;
    await double.fire('JobTransferred', ID);
    await until(() => called === 1);
  });

  test('the program registers functions while somebody waits: they stay', async () => {
    const waiting = at.job.wait();
    await attached();
    let called = 0;
    await at.job.setNotifyInterface({
      jobTransferred: () => {
        called++;
      },
    });
    expect(at.job.callbacks).toBe('other');
    is('transferred');
    await waiting;
    await sleep(100);
    await double.fire('JobTransferred', ID);
    await until(() => called === 1);
  });

  describe('callbacks left behind by a program that has ended belong to nobody', () => {
    const GET_INTERFACE = 'IBackgroundCopyJob::GetNotifyInterface';
    const OURS = 'A download. [windows-bits/1 v=0.1.0 owner=o id=0123456789ab part=0]';
    const [E_NOINTERFACE, E_ACCESSDENIED, RPC_E_DISCONNECTED, RPC_S_SERVER_UNAVAILABLE] = [
      0x80004002, 0x80070005, 0x80010108, 0x800706ba,
    ] as const;
    const registered = () => called(SET_INTERFACE).some(({ args }) => Object.values(args)[0] !== null);
    /** Another program has registered an object, which answers QueryInterface like this. */
    const stranger = (QueryInterface: number, delayMs = 0) =>
      double.script(GET_INTERFACE, { out: [{ QueryInterface, delayMs }], times: 1 });

    test.each([RPC_E_DISCONNECTED, RPC_S_SERVER_UNAVAILABLE, E_NOINTERFACE])(
      'an object that does not answer: %i',
      async (hresult) => {
        stranger(hresult);
        const waiting = rejection(at.job.wait());
        await attached();
        expect(registered()).toBe(true);
        await at.bits.close();
        await waiting;
      },
    );

    test.each([
      ['answers', 0, 0],
      ['refuses', E_ACCESSDENIED, 0],
      ['is busy', 0, 3000],
    ])('an object that %s is there, and stays', async (_, hresult, delay) => {
      stranger(hresult, delay);
      const waiting = at.job.wait();
      await until(() => at.job.callbacks === 'other');
      expect(registered()).toBe(false);
      is('transferred');
      await waiting;
    });

    test('the question does not hold up other calls on the job for long', async () => {
      stranger(0, 5000);
      const since = performance.now();
      expect(await at.job.getNotifyInterface()).toBe('other');
      expect(performance.now() - since).toBeLessThan(3000);
    });

    test('an object that cannot be handed out, while the service answers', async () => {
      double.script(GET_INTERFACE, { hresult: RPC_E_DISCONNECTED, times: 1 });
      expect(await at.job.getNotifyInterface()).toBeNull();
      expect(called('IClassFactory::CreateInstance')).toEqual([]); // the connection is not given up for that
    });

    test('another failure: on a job of this library we register, on others we poll', async () => {
      double.script(GET_INTERFACE, { hresult: 0x80004005 });
      const foreign = rejection(at.job.wait());
      await until(() => at.job.callbacks === 'refused');
      expect(registered()).toBe(false);
      await at.bits.close();
      await foreign;

      double.script('IBackgroundCopyJob::GetDescription', { out: [OURS] });
      at.bits = await double.connect();
      at.job = await at.bits.getJob(ID);
      const waiting = at.job.wait();
      await attached();
      expect(registered()).toBe(true);
      is('transferred');
      await waiting;
    });

    test('the other program ends while we watch: the callbacks become ours', async () => {
      double.script('IBackgroundCopyJob::GetDescription', { out: [OURS] });
      stranger(0);
      const waiting = at.job.wait();
      await until(() => at.job.callbacks === 'other');
      await looksAgain();
      await attached();
      is('transferred');
      await waiting;
    });
  });

  describe('a notification program is still started', () => {
    const GET_COMMAND = 'IBackgroundCopyJob2::GetNotifyCmdLine';
    const SET_COMMAND = 'IBackgroundCopyJob2::SetNotifyCmdLine';
    const PROGRAM = 'C:\\Windows\\System32\\notepad.exe';
    const registrations = () =>
      called(SET_INTERFACE).map(({ args }) => (Object.values(args)[0] === null ? 'withdrawn' : 'registered'));

    test.each([
      ['a command line', () => double.script(GET_COMMAND, { out: [PROGRAM, `"${PROGRAM}" x`] })],
      ['a class', () => double.script('IBackgroundCopyJob5::GetProperty', { out: [ID] })],
    ])('%s: no callbacks are registered, and polling works', async (_, script) => {
      script();
      const waiting = at.job.wait();
      await until(() => at.job.callbacks === 'command');
      is('transferred');
      await expect(waiting).resolves.toMatchObject({ state: 'transferred' });
      expect(registrations()).toEqual([]);
    });

    test('it is not known whether there is one: we poll', async () => {
      double.script(GET_COMMAND, { hresult: 0x80070005 });
      const waiting = at.job.wait();
      await until(() => at.job.callbacks === 'refused');
      is('transferred');
      await waiting;
      expect(registrations()).toEqual([]);
    });

    test('this BITS knows no notification programs: callbacks as usual', async () => {
      double.script(GET_COMMAND, { hresult: 0x80004001 });
      double.without('IBackgroundCopyJob5');
      const waiting = at.job.wait();
      await attached();
      is('transferred');
      await waiting;
    });

    test('set while somebody waits: ours are withdrawn first, and come back when it is cleared', async () => {
      const waiting = at.job.wait();
      await attached();
      double.calls();
      double.script(GET_COMMAND, { out: [PROGRAM, null] });
      await at.job.setNotifyCmdLine(process.execPath, null, { allowNotifyCommand: true, allowScriptHost: true });
      expect(at.job.callbacks).toBe('command');
      const calls = double
        .calls()
        .map(({ method }) => method)
        .filter((method) => [SET_INTERFACE, SET_COMMAND].includes(method));
      expect(calls).toEqual([SET_INTERFACE, SET_COMMAND]);
      double.script(GET_COMMAND, { out: [null, null] });
      await at.job.setNotifyCmdLine(null);
      expect(at.job.callbacks).toBe('own');
      is('transferred');
      await waiting;
    });

    test('set by another program while somebody waits: found at one of the next looks', async () => {
      const waiting = at.job.wait();
      await attached();
      double.script(GET_COMMAND, { out: [PROGRAM, null] });
      double.script('IBackgroundCopyJob::GetTimes', { out: [{ ModificationTime: 1n }] }); // as with every change
      await looksAgain();
      await until(() => at.job.callbacks === 'command');
      expect(registrations().at(-1)).toBe('withdrawn');
      is('transferred');
      await waiting;
    });

    test('a command line that BITS refuses: the callbacks come back', async () => {
      const waiting = at.job.wait();
      await attached();
      double.script(SET_COMMAND, { hresult: 0x80070005 });
      const setting = at.job.setNotifyCmdLine(process.execPath, null, {
        allowNotifyCommand: true,
        allowScriptHost: true,
      });
      expect(await rejection(setting)).toMatchObject({ code: 'E_ACCESSDENIED' });
      expect(at.job.callbacks).toBe('own');
      is('transferred');
      await waiting;
    });
  });

  test('flags are asked for as needed, and put back', async () => {
    double.script('IBackgroundCopyJob::GetNotifyFlags', { out: [3] });
    const listener = () => undefined;
    at.job.on('fileTransferred', listener).on('progress', listener);
    await attached();
    await until(() => called('IBackgroundCopyJob::SetNotifyFlags').at(-1)?.args['Val'] === 0x1b);
    at.job.off('fileTransferred', listener).off('progress', listener);
    await until(() => called('IBackgroundCopyJob::SetNotifyFlags').some(({ args }) => args['Val'] === 3));
  });

  test('ranges that have been transferred', async () => {
    const heard = new Promise((resolve) => at.job.on('fileRangesTransferred', resolve));
    await attached();
    await double.fire('FileRangesTransferred', ID, { ranges: [{ InitialOffset: 0, Length: 5 }] });
    expect(await heard).toMatchObject({ ranges: [{ offset: 0, length: 5 }] });
  });

  test('a callback that arrives during close()', async () => {
    const waiting = rejection(at.job.wait());
    await attached();
    double.script('IBackgroundCopyJob::GetState', { out: [3], block: true });
    void at.job.getState();
    await double.untilBlocked('IBackgroundCopyJob::GetState');
    const closing = at.bits.close();
    const fired = double.fire('JobTransferred', ID);
    double.release();
    expect(await fired).toBe(0);
    await closing;
    expect(await waiting).toBeInstanceOf(BitsClosedError);
    expect(called(SET_INTERFACE).map(({ args }) => Object.values(args)[0] === null)).toEqual([false, true]);
  });
});

describe('waiting', () => {
  const failure = (hresult: number) => double.script('IBackgroundCopyError::GetError', { out: [5, hresult] });

  test('a limit of transient errors', async () => {
    failure(0x801901f7);
    is('transientError', { errors: 4 });
    const waiting = rejection(at.job.wait({ maxTransientErrors: 2 }));
    await until(() => double.calls().some(({ method }) => method === 'IBackgroundCopyError::GetError'));
    is('transferring', { errors: 4, bytes: 5 });
    await sleep(300);
    is('transientError', { errors: 5, bytes: 5 });
    await sleep(300);
    let settled = false;
    void waiting.then(() => {
      settled = true;
    });
    await sleep(50);
    expect(settled).toBe(false);
    is('transientError', { errors: 6, bytes: 5 }); // it tried again in between, unseen
    expect(await waiting).toMatchObject({ name: 'BitsTransferError', transient: true, httpStatus: 503, errorCount: 6 });
  });

  test('a limit of no transient errors', async () => {
    failure(0x80072ee7);
    is('transientError', { errors: 1 });
    expect(await rejection(at.job.wait({ maxTransientErrors: 0 }))).toBeInstanceOf(BitsTransferError);
  });

  test('a job that never moves', async () => {
    is('queued');
    expect(await rejection(at.job.wait({ stallTimeout: 300 }))).toMatchObject({
      name: 'BitsStalledError',
      explanation: { verdict: 'waiting', state: 'queued' },
    });
    is('transferring', { bytes: 5 });
    expect(await rejection(at.job.wait({ stallTimeout: 300 }))).toBeInstanceOf(BitsStalledError);
  });

  test('a job that is gone', async () => {
    double.script('IBackgroundCopyJob::GetState', { hresult: 0x80200001 });
    expect(await rejection(at.job.wait())).toBeInstanceOf(BitsNotFoundError);
    const told = new Promise((resolve) => at.job.on('error', (error, { snapshot }) => resolve({ error, snapshot })));
    expect(await told).toMatchObject({ snapshot: null, error: { code: 'BG_E_NOT_FOUND' } });
  });

  test('the service goes away, and does not come back', async () => {
    const waiting = rejection(at.job.wait({ serviceTimeout: 300 }));
    await attached();
    double.script('IBackgroundCopyJob::GetState', { hresult: 0x80070422 });
    expect(await waiting).toBeInstanceOf(BitsUnavailableError);
  });

  test('the service goes away for a moment: the callbacks are attached again', async () => {
    const waiting = at.job.wait({ serviceTimeout: 20_000 });
    await attached();
    double.calls();
    double.script('IBackgroundCopyJob::GetState', { hresult: 0x80070422, times: 2 });
    double.disconnectAll({ keep: [ID] });
    await until(() => called(SET_INTERFACE).length > 0);
    is('transferred');
    await expect(waiting).resolves.toMatchObject({ state: 'transferred' });
  });

  test('a call that hangs: timeout and abort settle all the same', async () => {
    double.script('IBackgroundCopyJob::GetState', { out: [3], block: true });
    const abort = new AbortController();
    const waits = [rejection(at.job.wait({ timeout: 100 })), rejection(at.job.wait({ signal: abort.signal }))];
    await double.untilBlocked('IBackgroundCopyJob::GetState');
    abort.abort();
    expect(await Promise.all(waits)).toMatchObject([
      { code: 'BITS_TIMEOUT' },
      { code: 'BITS_ABORTED', left: 'detached' },
    ]);
    double.release();
  });

  test.each(['detach', 'suspend', 'cancel'] as const)('aborted in every state: %s', async (onAbort) => {
    for (const state of STATES.slice(0, 7)) {
      is(state);
      double.calls();
      const waiting = rejection(at.job.wait({ until: 'acknowledged', signal: AbortSignal.abort('enough'), onAbort }));
      expect(await waiting).toMatchObject({
        code: 'BITS_ABORTED',
        cause: 'enough',
        left: { detach: 'detached', suspend: 'suspended', cancel: 'cancelled' }[onAbort],
      });
      const touched = double
        .calls()
        .map(({ method }) => method)
        .filter((method) => /Suspend|Cancel|Complete/.test(method));
      expect(touched).toEqual(
        { detach: [], suspend: ['IBackgroundCopyJob::Suspend'], cancel: ['IBackgroundCopyJob::Cancel'] }[onAbort],
      );
    }
  });

  test('aborted with cancel while attached: the callbacks are withdrawn before the job is cancelled', async () => {
    const abort = new AbortController();
    const waiting = rejection(at.job.wait({ signal: abort.signal, onAbort: 'cancel' }));
    await attached();
    double.calls();
    abort.abort();
    expect(await waiting).toMatchObject({ left: 'cancelled' });
    const touched = double.calls().filter(({ method }) => method === SET_INTERFACE || /::Cancel$/.test(method));
    expect(touched.map(({ method, args }) => [method.split('::')[1], Object.values(args)[0]])).toEqual([
      ['SetNotifyInterface', null],
      ['Cancel', undefined],
    ]);
  });

  test('a service that does not answer counts as out of reach', async () => {
    double.script('IBackgroundCopyJob::GetProgress', { block: true });
    const waiting = rejection(at.job.wait({ serviceTimeout: 0 }));
    expect(await waiting).toMatchObject({ name: 'BitsUnavailableError', code: 'BITS_NO_ANSWER', retryable: true });
    double.release();
  });

  test('a job that cannot be suspended is detached, never cancelled', async () => {
    double.script('IBackgroundCopyJob::Suspend', { hresult: 0x80004001 });
    const error = await rejection(at.job.wait({ signal: AbortSignal.abort(), onAbort: 'suspend' }));
    expect(error).toMatchObject({ left: 'detached', refused: { code: 'E_NOTIMPL' } });
    expect((error as Error).message).toContain('could not be changed as requested');
    expect(called('IBackgroundCopyJob::Cancel')).toEqual([]);
  });
});

describe('numbers', () => {
  const first = async (): Promise<WatchSnapshot> => {
    for await (const snapshot of at.job.watch()) return snapshot;
    throw new Error('no snapshot');
  };

  test('sizes of many gigabytes, unknown sizes, empty jobs', async () => {
    is('transferring', { bytes: 1_342_177_280n, total: 5_368_709_120n });
    expect(await first()).toMatchObject({
      bytes: 1_342_177_280,
      total: 5_368_709_120,
      percent: 25,
      rate: null,
      eta: null,
    });
    is('transferring', { bytes: 77, total: 'max' });
    expect(await first()).toMatchObject({ bytes: 77, total: null, percent: null, eta: null });
    is('transferred', { bytes: 0, total: 0 });
    expect(await first()).toMatchObject({ percent: 100, eta: 0 });
    is('suspended', { bytes: 0, total: 0 });
    expect(await first()).toMatchObject({ percent: 0, eta: null });
  });

  test('rate and time remaining', async () => {
    is('transferring', { bytes: 0, total: 1_000_000 });
    const stream = at.job.watch({ interval: 0 });
    await stream.next();
    await sleep(100);
    is('transferring', { bytes: 100_000, total: 1_000_000 });
    let seen: WatchSnapshot | undefined;
    do seen = (await stream.next()).value;
    while (seen?.bytes !== 100_000);
    const { rate, eta } = seen;
    expect(rate).toBeGreaterThan(10_000);
    expect(rate).toBeLessThan(1_000_000);
    expect(((rate ?? 0) * (eta ?? 0)) / 1000).toBeCloseTo(900_000, -1);
    await stream.return();
  });
});
