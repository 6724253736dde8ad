import { setTimeout as sleep } from 'node:timers/promises';
import { BitsNotFoundError, BitsUnavailableError } from '../../lib';
import type { BitsJob, BitsManager } from '../../lib';
import type { ManagerHandle } from '../../lib/contract/addon';
import { loadAddon } from '../../lib/native/load';
import { double } from '../support/double';
import { rejection } from '../support/outcome';

const id = (i: number) => `{00000000-0000-0000-0000-${String(i).padStart(12, '0')}}`;
const GET_STATE = 'IBackgroundCopyJob::GetState';

const addon = loadAddon();
let bits: BitsManager;

/** Jobs of the double, by numbers from 1. */
async function jobs(count: number): Promise<BitsJob[]> {
  const ids = Array.from({ length: count }, (_, i) => id(i + 1));
  double.setJobs(ids.map((each) => ({ id: each, files: [{}] })));
  const found = await Promise.all(ids.map((each) => bits.getJob(each)));
  double.calls();
  return found;
}

async function oneJob(): Promise<BitsJob> {
  const [job] = await jobs(1);
  if (job === undefined) throw new Error('the double has no job');
  return job;
}

beforeAll(() => {
  double.start();
});
beforeEach(async () => {
  double.reset();
  bits = await double.connect();
});
afterEach(async () => {
  double.release();
  await bits.close();
});

describe('order and independence', () => {
  test('calls on one job are made in the order they were issued, though none was awaited', async () => {
    const job = await oneJob();
    const numbers = Array.from({ length: 200 }, (_, i) => i);
    await Promise.all(numbers.map((i) => job.setDescription(String(i))));
    expect(double.calls().map(({ args }) => args.Val)).toEqual(numbers.map(String));
  });

  test('getJob() again, and getJobs(), give the same queue', async () => {
    const job = await oneJob();
    const again = await bits.getJob(id(1));
    const [listed] = await bits.getJobs();
    double.calls();
    const all = [job, again, listed];
    const numbers = Array.from({ length: 60 }, (_, i) => i);
    await Promise.all(numbers.map((i) => (all[i % 3] ?? job).setDescription(String(i))));
    expect(double.calls().map(({ args }) => args.Val)).toEqual(numbers.map(String));
  });

  test('while one call hangs, 100 calls on other jobs finish', async () => {
    const [stuck = await oneJob(), ...others] = await jobs(11);
    double.script(GET_STATE, { block: true, job: id(1) });
    let settled = false;
    const hanging = stuck.getState().then(() => (settled = true));
    await double.untilBlocked(GET_STATE);
    const states = await Promise.all(Array.from({ length: 100 }, (_, i) => (others[i % 10] ?? stuck).getState()));
    expect(states).toEqual(Array.from({ length: 100 }, () => 'queued'));
    expect(settled).toBe(false);
    double.release(GET_STATE);
    await hanging;
  });

  test('twelve hanging jobs do not keep the thirteenth from being called', async () => {
    const all = await jobs(13);
    const free = all.pop() as BitsJob;
    for (let i = 1; i <= 12; i++) double.script(GET_STATE, { block: true, job: id(i) });
    const hanging = all.map((job) => job.getState());
    expect(await free.getState()).toBe('queued');
    double.release(GET_STATE);
    expect(await Promise.all(hanging)).toHaveLength(12);
  });

  test('a call that hangs delays the calls behind it on the same job, and nothing is lost', async () => {
    const job = await oneJob();
    double.script(GET_STATE, { block: true });
    const first = job.getState();
    await double.untilBlocked(GET_STATE);
    const later = [job.getDisplayName(), job.setDescription('x'), job.getType()];
    await sleep(50);
    expect(double.calls().map(({ method }) => method)).toEqual([GET_STATE]);
    double.release(GET_STATE);
    await Promise.all([first, ...later]);
    expect(double.calls().map(({ method }) => method.split('::')[1])).toEqual([
      'GetDisplayName',
      'SetDescription',
      'GetType',
    ]);
  });
});

describe('while a call hangs for good', () => {
  const HANGING: Readonly<Record<string, (manager: ManagerHandle) => Promise<unknown>>> = {
    'IClassFactory::CreateInstance': (manager) => addon.manager.connect(manager),
    'IUnknown::QueryInterface': (manager) => addon.peerCache.getMaximumCacheSize(manager),
    'IBackgroundCopyManager::EnumJobs': (manager) => addon.manager.enumJobs(manager, 0),
    'IBackgroundCopyManager::GetJob': (manager) => addon.manager.getJob(manager, id(1)),
    'IBackgroundCopyManager::CreateJob': (manager) => addon.manager.createJob(manager, 'n', 0),
  };

  test.each(Object.entries(HANGING))('%s: releaseManager returns, and another manager works', async (method, call) => {
    await jobs(1);
    const manager = addon.openManager(double.clsid, 1);
    if (!method.startsWith('IClassFactory')) await addon.manager.connect(manager);
    double.script(method, { block: true, times: 1 });
    const hanging = call(manager);
    await double.untilBlocked(method);
    const started = performance.now();
    addon.releaseManager(manager);
    expect(performance.now() - started).toBeLessThan(200);
    const another = await double.connect();
    expect(await another.getJobs()).toHaveLength(1);
    await another.close();
    expect(performance.now() - started).toBeLessThan(5000);
    double.release();
    await hanging;
  });

  test('more calls than threads hang, and come back: all are answered', async () => {
    const all = await jobs(80);
    double.script(GET_STATE, { block: true });
    const states = all.map((job) => job.getState());
    await sleep(8000); // each half second four more count as stuck
    double.release(GET_STATE);
    expect(new Set(await Promise.all(states))).toEqual(new Set(['queued']));
  });
});

describe('when the connection breaks', () => {
  test('the next call on a job that still exists works', async () => {
    const job = await oneJob();
    double.disconnectAll();
    expect(await job.getState()).toBe('queued');
    expect(double.calls().map(({ method }) => method)).toEqual([
      GET_STATE, // on the old object, in vain
      'IBackgroundCopyManager::GetJob', // on the old manager, in vain
      'IClassFactory::CreateInstance',
      'IBackgroundCopyManager::GetJob',
      GET_STATE,
    ]);
    expect(await job.getState()).toBe('queued');
    expect(double.calls().map(({ method }) => method)).toEqual([GET_STATE]); // one round trip again
  });

  test('a job that has gone is BG_E_NOT_FOUND', async () => {
    const job = await oneJob();
    double.disconnectAll({ keep: [] });
    const error = await rejection(job.getState());
    expect(error).toBeInstanceOf(BitsNotFoundError);
    expect(error).toMatchObject({ code: 'BG_E_NOT_FOUND', jobId: id(1) });
  });

  describe('by the code of the failure', () => {
    /** The call has not reached the service. */
    const NOT_EXECUTED = {
      RPC_S_SERVER_UNAVAILABLE: 0x800706ba,
      RPC_S_CALL_FAILED_DNE: 0x800706bf,
      RPC_E_SERVER_DIED_DNE: 0x80010012,
      RPC_E_DISCONNECTED: 0x80010108,
      CO_E_OBJNOTCONNECTED: 0x800401fd,
    };
    const PERHAPS_EXECUTED = {
      RPC_E_SERVER_DIED: 0x80010007,
      RPC_S_CALL_FAILED: 0x800706be,
      RPC_E_INVALID_OBJECT: 0x80010114,
      RPC_E_INVALID_IPID: 0x80010113,
      RPC_E_FAULT: 0x80010104,
      CO_E_SERVER_STOPPING: 0x80080008,
      CO_E_SERVER_EXEC_FAILURE: 0x80080005,
      CO_E_OBJSRV_RPC_FAILURE: 0x80080006,
      RPC_S_UNKNOWN_IF: 0x800706b5,
      RPC_S_COMM_FAILURE: 0x8007071c,
      OR_INVALID_OXID: 0x80070776,
      OR_INVALID_OID: 0x80070777,
      ERROR_SHUTDOWN_IN_PROGRESS: 0x8007045b,
    };
    const codes = (table: Readonly<Record<string, number>>) => Object.entries(table);
    const countOf = (name: string) => double.calls().filter(({ method }) => method.endsWith(`::${name}`)).length;
    /** What must not be done twice. */
    const UNSAFE: Readonly<Record<string, (job: BitsJob) => Promise<unknown>>> = {
      CreateJob: () => bits.createJob({ name: 'x' }),
      AddFile: (job) => job.addFile('http://h/x', 'C:\\x'),
      AddFileSet: (job) => job.addFileSet([{ url: 'http://h/x', path: 'C:\\x' }]),
      AddFileWithRanges: (job) => job.addFileWithRanges('http://h/x', 'C:\\x', [{ offset: 0, length: 1 }]),
      ReplaceRemotePrefix: (job) => job.replaceRemotePrefix('http://h/', 'http://i/'),
      Complete: (job) => job.complete(),
      Cancel: (job) => job.cancel(),
    };

    /** Mends the connection; gives the method's full name. */
    const prepare = async (name: string, job: BitsJob) => {
      await job.getState();
      double.calls();
      return double.methods().find(({ method }) => method.endsWith(`::${name}`))?.method ?? '';
    };

    test.each([...codes(NOT_EXECUTED), ...codes(PERHAPS_EXECUTED)])(
      '%s: a harmless call is repeated',
      async (_, hresult) => {
        const job = await oneJob();
        double.script(GET_STATE, { disconnect: true, hresult, times: 1 });
        expect(await job.getState()).toBe('queued');
        expect(countOf('GetState')).toBe(2);
      },
    );

    test.each(codes(NOT_EXECUTED))('%s: any call is repeated once', async (_, hresult) => {
      const job = await oneJob();
      for (const [name, call] of Object.entries(UNSAFE)) {
        const method = await prepare(name, job);
        double.script(method, { disconnect: true, hresult, times: 1 });
        await call(job);
        expect([name, countOf(name)]).toEqual([name, 2]);
        double.script(method, { disconnect: true, hresult });
        expect(await rejection(call(job))).toMatchObject({ name: 'BitsUnavailableError', hresult });
        expect([name, countOf(name)]).toEqual([name, 2]);
        double.unscript(method);
      }
    });

    test.each(codes(PERHAPS_EXECUTED))(
      '%s: a call that must not run twice is not repeated, and the error says so',
      async (_, hresult) => {
        const job = await oneJob();
        for (const [name, call] of Object.entries(UNSAFE)) {
          const method = await prepare(name, job);
          double.script(method, { disconnect: true, hresult, times: 1 });
          const error = await rejection(call(job));
          expect(error).toBeInstanceOf(BitsUnavailableError);
          expect(error).toMatchObject({ hresult, reason: 'rpc', retryable: false });
          expect((error as Error).message).toContain('not repeated');
          expect([name, countOf(name)]).toEqual([name, 1]);
          await call(job); // the next one finds the job again
        }
      },
    );

    test('not executed at first, then lost when repeated: the error says so', async () => {
      const job = await oneJob();
      double.script('IBackgroundCopyJob::Complete', { disconnect: true, hresult: 0x800706ba, times: 1 });
      double.script('IBackgroundCopyJob::Complete', { disconnect: true, hresult: 0x800706be, times: 1 });
      const error = await rejection(job.complete());
      expect((error as Error).message).toContain('not repeated');
      expect(countOf('Complete')).toBe(2);
    });

    test('RPC_E_SERVERCALL_RETRYLATER: the connection is there, and stays', async () => {
      const job = await oneJob();
      double.script(GET_STATE, { hresult: 0x8001010a, times: 1 });
      expect(await rejection(job.getState())).toMatchObject({ hresult: 0x8001010a });
      expect(double.calls().map(({ method }) => method)).toEqual([GET_STATE]);
      expect(await job.getState()).toBe('queued');
      expect(countOf('CreateInstance')).toBe(0);
    });
  });

  const methodsCalled = () => double.calls().map(({ method }) => method.split('::')[1]);

  test('one job first, then many at once: each is found again, and the manager that the first one made is enough', async () => {
    const [first = await oneJob(), ...others] = await jobs(20);
    double.disconnectAll();
    expect(await first.getState()).toBe('queued');
    expect(methodsCalled()).toEqual(['GetState', 'GetJob', 'CreateInstance', 'GetJob', 'GetState']);
    expect(await Promise.all(others.map((job) => job.getState()))).toEqual(others.map(() => 'queued'));
    const [getState, getJob] = [others.flatMap(() => ['GetState', 'GetState']), others.map(() => 'GetJob')];
    expect(methodsCalled().sort()).toEqual([...getJob, ...getState]);
  });

  test('many jobs at once: each is found again, and from then on there is one manager', async () => {
    const all = await jobs(20);
    double.disconnectAll();
    // How many of them make a manager, because they find none at the same time, is a matter of chance.
    expect(await Promise.all(all.map((job) => job.getState()))).toEqual(all.map(() => 'queued'));
    expect(methodsCalled()).toContain('CreateInstance');
    expect(await Promise.all(all.map((job) => job.getState()))).toEqual(all.map(() => 'queued'));
    expect(methodsCalled()).toEqual(all.map(() => 'GetState'));
    expect(await bits.getJob(id(1))).toBeDefined();
    expect(methodsCalled()).not.toContain('CreateInstance');
  });

  test('a file cannot be found again, and its error says so; the job lists new ones', async () => {
    const job = await oneJob();
    const [file] = await job.getFiles();
    double.disconnectAll();
    expect(await rejection(file?.getProgress() ?? Promise.resolve())).toMatchObject({
      code: 'RPC_S_SERVER_UNAVAILABLE',
    });
    expect(await rejection(file?.getProgress() ?? Promise.resolve())).toBeInstanceOf(BitsUnavailableError);
    const [again] = await job.getFiles();
    expect(await again?.getProgress()).toMatchObject({ completed: false });
  });

  test('after a long pause, the connection is tried before a call that must not run twice', async () => {
    const job = await oneJob();
    double.disconnectAll(); // BITS stops when it has nothing to do
    await sleep(5200);
    double.calls();
    await bits.createJob({ name: 'later' });
    await job.addFile('http://h/x', 'C:\\x');
    const called = double.calls().map(({ method }) => method.split('::')[1]);
    expect(called.filter((name) => name === 'CreateJob' || name === 'AddFile')).toEqual(['CreateJob', 'AddFile']);
  });

  test('a call under way fails, and the error names it', async () => {
    const job = await oneJob();
    double.script('IBackgroundCopyJob::Complete', { block: true });
    const completing = rejection(job.complete());
    await double.untilBlocked('IBackgroundCopyJob::Complete');
    double.disconnectAll({ hresult: 0x800706be });
    expect(await completing).toMatchObject({ name: 'BitsUnavailableError', method: 'IBackgroundCopyJob::Complete' });
  });
});
