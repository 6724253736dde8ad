import type { JobHandle, ManagerHandle } from '../../lib/contract/addon';
import { loadAddon } from '../../lib/native/load';
import { double } from '../support/double';

/*
 * Looking at several jobs with one call to the addon: only what has changed comes back. What is read of a job that has:
 * snapshot.test.ts.
 */

const IDS = [1, 2, 3, 4].map((i) => `{100c5000-0000-0000-0000-${String(i).padStart(12, '0')}}`);
const JOB = (method: string) => `IBackgroundCopyJob::${method}`;
/** The getters of a look, in the order in which they are called. */
const READ = ['GetTimes', 'GetErrorCount', 'GetState', 'GetProgress'].map(JOB);
const TRANSFERRED = 6;

const addon = loadAddon();
let manager: ManagerHandle;
let handles: JobHandle[];

const look = (stamps: readonly number[]) => addon.manager.jobChanges(manager, handles, stamps);
const stampsOf = async () => (await look(IDS.map(() => 0))).map(({ stamp }) => stamp);

beforeAll(() => {
  double.start();
});
beforeEach(async () => {
  double.reset();
  double.setJobs(IDS.map((id) => ({ id })));
  manager = addon.openManager(double.clsid, 1);
  handles = await Promise.all(IDS.map(async (id) => (await addon.manager.getJob(manager, id)).handle));
});
afterEach(() => {
  double.release();
  addon.releaseManager(manager);
});

test('the first look finds every job, with its snapshot', async () => {
  const changes = await look([0, 0, 0, 0]);
  expect(changes.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  for (const [i, { stamp, snapshot }] of changes.entries()) {
    expect(Number.isSafeInteger(stamp) && stamp > 0).toBe(true);
    expect(snapshot).toEqual(await addon.job.snapshot(handles[i]!));
  }
});

test('as long as nothing changes, a look finds nothing, and reads no more than it has to', async () => {
  const stamps = await stampsOf();
  double.calls();
  expect(await look(stamps)).toEqual([]);
  const calls = double.calls();
  for (const id of IDS) expect(calls.filter(({ job }) => job === id).map(({ method }) => method)).toEqual(READ);
  expect(calls).toHaveLength(IDS.length * READ.length);
});

test.each([
  ['GetTimes', { ModificationTime: 1n }],
  ['GetErrorCount', 1],
  ['GetState', TRANSFERRED],
  ['GetProgress', { BytesTransferred: 1 }],
] as const)('a change in what %s tells is found, of that job only', async (method, value) => {
  const stamps = await stampsOf();
  double.script(JOB(method), { job: IDS[2]!, out: [value] });
  const changes = await look(stamps);
  expect(changes).toMatchObject([{ index: 2, snapshot: {} }]);
  stamps[2] = changes[0]!.stamp;
  expect(await look(stamps)).toEqual([]);
});

test('a job that cannot be read counts as changed, without a snapshot', async () => {
  const stamps = await stampsOf();
  double.script(JOB('GetState'), { job: IDS[1]!, hresult: 0x80070005 });
  expect(await look(stamps)).toEqual([{ index: 1, stamp: 0, snapshot: null }]);
});

test('a job that does not answer does not hold up the others, nor what else is asked of them', async () => {
  const stamps = await stampsOf();
  double.script(JOB('GetState'), { job: IDS[0]!, block: true });
  double.script(JOB('GetState'), { job: IDS[3]!, out: [TRANSFERRED] });
  const looking = look(stamps);
  await addon.manager.enumJobs(manager, 0);
  await addon.job.getDisplayName(handles[1]!);
  expect(await looking).toMatchObject([
    { index: 0, stamp: 0, snapshot: null },
    { index: 3, snapshot: { state: TRANSFERRED } },
  ]);
});

test('a look comes behind the calls that were made before it', async () => {
  const stamps = await stampsOf();
  double.script(JOB('Suspend'), { job: IDS[0]!, block: true });
  const suspending = addon.job.suspend(handles[0]!);
  await double.untilBlocked(JOB('Suspend'));
  double.script(JOB('GetState'), { job: IDS[0]!, out: [TRANSFERRED] });
  const looking = look(stamps);
  double.release();
  expect(await looking).toMatchObject([{ index: 0 }]);
  await suspending;
  const methods = double.calls().map(({ method }) => method);
  expect(methods.indexOf(JOB('Suspend'))).toBeLessThan(methods.lastIndexOf(JOB('GetState')));
});

test('wrong arguments are refused', () => {
  expect(() => addon.manager.jobChanges(manager, [manager as never], [0])).toThrow(/handle/);
  expect(() => addon.manager.jobChanges(manager, handles, ['x'] as never)).toThrow(/integer/);
});
