import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BitsJob, BitsManager } from '../../lib';
import type { JobHandle } from '../../lib/contract/addon';
import { loadAddon } from '../../lib/native/load';
import { double } from '../support/double';
import { rejection } from '../support/outcome';

interface Inventory {
  readonly interfaces: readonly {
    readonly name: string;
    readonly iid: string;
    readonly header: string;
    readonly methods: readonly { readonly name: string; readonly vtableIndex: number }[];
  }[];
}
const inventory = JSON.parse(fs.readFileSync(path.join(__dirname, '../../data/bits-api.json'), 'utf8')) as Inventory;
const interfaces = inventory.interfaces.filter(({ header }) => header !== 'qmgr.h');

const ID = '{01234567-89ab-cdef-0123-456789abcdef}';
const OTHER = '{fedcba98-7654-3210-fedc-ba9876543210}';
const SERVER_UNAVAILABLE = 0x800706ba;
const CALL_FAILED = 0x800706be; // it may have been executed
const methodsCalled = () => double.calls().map(({ method }) => method);

describe('the COM double', () => {
  let bits: BitsManager;
  const jobs = async (...ids: string[]): Promise<BitsJob[]> => {
    double.setJobs(ids.map((id) => ({ id })));
    const found = await Promise.all(ids.map((id) => bits.getJob(id)));
    double.calls();
    return found;
  };

  beforeAll(() => {
    double.start();
  });
  beforeEach(async () => {
    double.reset();
    bits = await double.connect();
    double.calls();
    double.queries();
  });
  afterEach(() => bits.close());
  afterAll(() => {
    double.reset();
  });

  describe('and the inventory', () => {
    test('the headers that the addon is compiled with have the same interface ids and slots', () => {
      const expected = Object.fromEntries(
        interfaces.map(({ name, iid, methods }) => [
          name,
          { iid: `{${iid}}`, slots: Object.fromEntries(methods.map((m) => [m.name, m.vtableIndex])) },
        ]),
      );
      expect(double.abi()).toEqual(expected);
    });

    test('every method is there, in its slot', () => {
      const expected = interfaces.flatMap(({ name, methods }) =>
        methods.map((m) => [`${name}::${m.name}`, m.vtableIndex]),
      );
      const found = double.methods().map(({ method, slot }) => [method, slot]);
      expect(found).toEqual([...expected, ['IUnknown::QueryInterface', 0], ['IClassFactory::CreateInstance', 3]]);
    });
  });

  describe('records', () => {
    test('a call with its slot, object, job, arguments and result', async () => {
      double.script('IBackgroundCopyManager::CreateJob', { out: [ID] });
      const job = await bits.createJob({ name: 'Zoë 😀', type: 'upload' });
      expect(job.id).toBe(ID);
      await job.addFile('https://example.com/ä?q=1', 'C:\\data\\ü.bin');
      expect(double.calls()).toEqual([
        expect.objectContaining({
          method: 'IBackgroundCopyManager::CreateJob',
          slot: 3,
          kind: 'manager',
          job: null,
          args: { DisplayName: 'Zoë 😀', Type: 1 },
          hresult: 0,
        }),
        expect.objectContaining({
          method: 'IBackgroundCopyJob::AddFile',
          slot: 4,
          kind: 'job',
          job: ID,
          args: { RemoteUrl: 'https://example.com/ä?q=1', LocalName: 'C:\\data\\ü.bin' },
          hresult: 0,
        }),
      ]);
      expect(double.calls()).toEqual([]);
    });

    test('a set of files', async () => {
      const [job] = await jobs(ID);
      const files = Array.from({ length: 50 }, (_, i) => ({ url: `https://example.com/${i}`, path: `C:\\data\\${i}` }));
      await job!.addFileSet(files);
      expect(double.calls()).toMatchObject([
        {
          method: 'IBackgroundCopyJob::AddFileSet',
          args: { pFileSet: files.map(({ url, path: local }) => ({ RemoteName: url, LocalName: local })) },
        },
      ]);
      const listed = await job!.getFiles();
      expect(await Promise.all(listed.map((file) => file.getRemoteName()))).toEqual(files.map(({ url }) => url));
    });

    test('each connection, and the interfaces asked for', async () => {
      const other = await double.connect();
      expect(methodsCalled()).toEqual(['IClassFactory::CreateInstance']);
      expect(double.queries()).toContainEqual(
        expect.objectContaining({ kind: 'manager', interface: 'IBackgroundCopyManager', hresult: 0 }),
      );
      await other.close();
    });
  });

  describe('answers', () => {
    test('by itself with S_OK and zeros', async () => {
      const [job] = await jobs(ID);
      expect(await job!.getState()).toBe('queued');
      expect(await job!.getDisplayName()).toBe('');
      expect(await job!.getProgress()).toEqual({
        bytesTotal: 0,
        bytesTransferred: 0,
        filesTotal: 0,
        filesTransferred: 0,
      });
    });

    test('with 64-bit values, unknown sizes and times', async () => {
      const [job] = await jobs(ID);
      double.script('IBackgroundCopyJob::GetProgress', {
        out: [
          { BytesTotal: 'max', BytesTransferred: 0x1_2345_6789_abcn, FilesTotal: 0xffff_ffff, FilesTransferred: 3 },
        ],
      });
      expect(await job!.getProgress()).toEqual({
        bytesTotal: null,
        bytesTransferred: 0x1_2345_6789_abc,
        filesTotal: 0xffff_ffff,
        filesTransferred: 3,
      });
      const ticks = 116_444_736_000_000_000n + 1_700_000_000_123n * 10_000n;
      double.script('IBackgroundCopyJob::GetTimes', { out: [{ CreationTime: ticks, ModificationTime: 0n }] });
      const times = await job!.getTimes();
      expect(times).toMatchObject({ creationTime: new Date(1_700_000_000_123), modificationTime: null });
    });

    test.each(['', '😀', 'x'.repeat(2000)])('with text %#', async (text) => {
      const [job] = await jobs(ID);
      double.script('IBackgroundCopyJob::GetDescription', { out: [text] });
      expect(await job!.getDescription()).toBe(text);
    });

    test('with a failure, limited to some calls or to one job', async () => {
      const [one, two] = await jobs(ID, OTHER);
      double.script('IBackgroundCopyJob::GetState', { out: [6] });
      double.script('IBackgroundCopyJob::GetState', { out: [2], job: OTHER });
      double.script('IBackgroundCopyJob::GetState', { hresult: 0x80070005, times: 1 });
      expect(await two!.getState()).toBe('transferring');
      expect(await rejection(one!.getState())).toMatchObject({ hresult: 0x80070005 });
      expect(await one!.getState()).toBe('transferred');
      double.unscript('IBackgroundCopyJob::GetState');
      expect(await one!.getState()).toBe('queued');
    });

    test('of one object', async () => {
      double.setJobs([
        {
          id: ID,
          answers: { GetState: [4], GetDisplayName: ['a job'] },
          files: [
            { answers: { GetRemoteName: ['https://example.com/'], GetProgress: [{ BytesTotal: 7, Completed: 1 }] } },
          ],
        },
      ]);
      const [job] = await bits.getJobs();
      expect(await job!.getState()).toBe('error');
      expect(await job!.getDisplayName()).toBe('a job');
      const [file] = await job!.getFiles();
      expect(await file!.getRemoteName()).toBe('https://example.com/');
      expect(await file!.getProgress()).toEqual({ bytesTotal: 7, bytesTransferred: 0, completed: true });
    });

    test('no method and no value that does not exist', () => {
      const wrong: [() => void, RegExp][] = [
        [
          () => {
            double.script('IBackgroundCopyJob::Nothing', {});
          },
          /no method/,
        ],
        [
          () => {
            double.script('IBackgroundCopyJob::GetState', { out: ['x'] });
          },
          /pVal/,
        ],
        [
          () => {
            double.script('IBackgroundCopyJob::GetState', { out: [1, 2] });
          },
          /1 out values/,
        ],
        [
          () => {
            double.script('IBackgroundCopyJob::GetProgress', { out: [{ Bytes: 1 }] });
          },
          /pVal/,
        ],
        [
          () => {
            double.setJobs([{ id: 'x' }]);
          },
          /GUID/,
        ],
        [
          () => {
            double.without('IBackgroundCopyJob9');
          },
          /no interface/,
        ],
      ];
      for (const [act, message] of wrong) expect(act).toThrow(message);
    });

    test('that an interface is missing', async () => {
      double.without('IBackgroundCopyManager');
      expect(await rejection(double.connect())).toMatchObject({ hresult: 0x80004002 });
    });
  });

  test('finds jobs by id, and enumerates them in their order', async () => {
    const ids = Array.from({ length: 100 }, (_, i) => `{00000000-0000-0000-0000-${String(i).padStart(12, '0')}}`);
    double.setJobs(ids.map((id) => ({ id })));
    expect((await bits.getJobs()).map(({ id }) => id)).toEqual(ids);
    expect(await bits.getJob(ids[7]!)).toMatchObject({ id: ids[7] });
    expect(await rejection(bits.getJob(OTHER))).toMatchObject({ code: 'BG_E_NOT_FOUND' });
    const next = double.calls().filter(({ method }) => method === 'IEnumBackgroundCopyJobs::Next');
    expect(next.reduce((sum, { args }) => sum + (args.celt as number), 0)).toBeGreaterThanOrEqual(100);
    expect(next.at(-1)).toMatchObject({ hresult: 1 });
  });

  test('a blocked call of one job waits; those of others go on', async () => {
    const [one, two] = await jobs(ID, OTHER);
    double.script('IBackgroundCopyJob::Resume', { block: true, job: ID });
    let resumed = false;
    const blocked = one!.resume().then(() => {
      resumed = true;
    });
    await double.untilBlocked('IBackgroundCopyJob::Resume');
    await Promise.all(Array.from({ length: 100 }, () => two!.resume()));
    expect(resumed).toBe(false);
    expect(double.calls()[0]).toMatchObject({ job: ID, hresult: null });
    double.release('IBackgroundCopyJob::Resume');
    await blocked;
    expect(double.blocked()).toEqual([]);
    await one!.resume();
  });

  describe('blocks for as long as a test wants, whatever is called', () => {
    const METHODS: Readonly<Record<string, (job: BitsJob) => Promise<unknown>>> = {
      'IClassFactory::CreateInstance': () => double.connect(),
      'IUnknown::QueryInterface': (job) => job.setFileACLFlags([]),
      'IBackgroundCopyManager::GetJob': () => bits.getJob(OTHER),
      'IBackgroundCopyManager::EnumJobs': () => bits.getJobs(),
      'IEnumBackgroundCopyJobs::Next': () => bits.getJobs(),
      'IBackgroundCopyManager::CreateJob': () => bits.createJob({ name: 'x' }),
      'IBackgroundCopyJob::GetNotifyInterface': () => addon.job.getNotifyInterface(raw),
      'IBackgroundCopyJob::SetNotifyInterface': () => addon.job.setNotifyInterface(raw, null),
      'IBackgroundCopyJob::AddFileSet': (job) => job.addFileSet([{ url: 'http://h/x', path: 'C:\\x' }]),
      'IBackgroundCopyJob::Cancel': (job) => job.cancel(),
      'IBackgroundCopyJob::Complete': (job) => job.complete(),
    };
    const addon = loadAddon();
    let raw: JobHandle;

    test.each(Object.keys(METHODS))('%s', async (method) => {
      const [job] = await jobs(ID, OTHER);
      const manager = addon.openManager(double.clsid, 1);
      raw = (await addon.manager.getJob(manager, ID)).handle;
      double.script(method, { block: true });
      let settled = false;
      const calling = METHODS[method]!(job!).finally(() => {
        settled = true;
      });
      await Promise.race([double.untilBlocked(method), calling]); // a call that fails says why
      await sleep(50);
      expect(settled).toBe(false);
      double.release(method);
      await calling;
      expect(double.blocked()).toEqual([]);
      addon.releaseManager(manager);
    });
  });

  test('a delayed call takes its time', async () => {
    const [job] = await jobs(ID);
    double.script('IBackgroundCopyJob::GetState', { delayMs: 100 });
    const started = performance.now();
    await job!.getState();
    expect(performance.now() - started).toBeGreaterThan(90);
  });

  describe('when the connection breaks', () => {
    test('old objects are of no use, and a new connection finds the jobs that are kept', async () => {
      const [kept, gone] = await jobs(ID, OTHER);
      double.disconnectAll({ keep: [ID] });
      expect(await kept!.getState()).toBe('queued');
      const calls = double.calls();
      expect(calls.map(({ method, hresult }) => [method, hresult])).toEqual([
        ['IBackgroundCopyJob::GetState', SERVER_UNAVAILABLE],
        ['IBackgroundCopyManager::GetJob', SERVER_UNAVAILABLE],
        ['IClassFactory::CreateInstance', 0],
        ['IBackgroundCopyManager::GetJob', 0],
        ['IBackgroundCopyJob::GetState', 0],
      ]);
      expect(await rejection(gone!.getState())).toMatchObject({ code: 'BG_E_NOT_FOUND' });
    });

    test('in the middle of a call', async () => {
      const [job] = await jobs(ID);
      double.script('IBackgroundCopyJob::Complete', { disconnect: true, hresult: CALL_FAILED });
      expect(await rejection(job!.complete())).toMatchObject({ hresult: CALL_FAILED });
      expect(methodsCalled()).toEqual(['IBackgroundCopyJob::Complete']);
    });

    test('while a call waits', async () => {
      const [job] = await jobs(ID);
      double.script('IBackgroundCopyJob::Cancel', { block: true, times: 1 });
      const cancelled = rejection(job!.cancel());
      await double.untilBlocked('IBackgroundCopyJob::Cancel');
      double.disconnectAll({ hresult: CALL_FAILED });
      expect(await cancelled).toMatchObject({ hresult: CALL_FAILED });
    });
  });

  describe('counts', () => {
    // In functions of their own, so that nothing is left on the stack when garbage is collected.
    const useMuch = async () => {
      const own = await double.connect();
      double.setJobs([{ id: ID, files: [{ answers: { GetRemoteName: ['x'] } }, {}] }, { id: OTHER }]);
      for (const job of await own.getJobs()) {
        await job.getDisplayName();
        for (const file of await job.getFiles()) await file.getRemoteName();
        await (await job.getError()).getErrorDescription();
      }
      expect(double.counts().objects).toMatchObject({ manager: 1, job: 2, error: 2 });
      await own.close();
    };

    test('what it handed out, down to nothing', async () => {
      await bits.close();
      bits = undefined as unknown as BitsManager;
      await double.untilReleased(); // what former tests left to the garbage collector
      await useMuch();
      await double.untilReleased();
      expect(double.counts()).toEqual({ objects: {}, references: 0, blocks: 0, clients: 0, passwords: 0 });
      bits = await double.connect();
    });

    test('what the process holds', async () => {
      const before = double.process();
      expect(before.handles).toBeGreaterThan(0);
      expect(before.threads).toBeGreaterThan(1);
      expect(before.privateBytes).toBeGreaterThan(1_000_000);
      expect(before.workingSet).toBeGreaterThan(1_000_000);
      const sockets = await Promise.all(Array.from({ length: 20 }, () => fs.promises.open(process.execPath)));
      expect(double.process().handles).toBeGreaterThanOrEqual(before.handles + 20);
      await Promise.all(sockets.map((socket) => socket.close()));
      await sleep(10);
      expect(double.process().handles).toBeLessThan(before.handles + 20);
    });
  });
});
