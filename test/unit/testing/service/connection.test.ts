import { BitsSimulationError } from '../../../../lib/testing/simulation_error';
import { answerOf, failureOf, file, hr, outcomesOf, settled, StandIn } from './stand_in';

/*
 * The service as a process: it is started by whoever connects, stops when it has nothing to do, and its end breaks
 * connections, which the addon makes again (native/bits/call.h, object.cc).
 */

const STATE = 'IBackgroundCopyJob::GetState';

async function open() {
  const computer = new StandIn();
  const program = computer.connect();
  const job = await program.createJob({ files: [file()] });
  computer.hooks.calls.made.length = 0;
  const names = () => computer.hooks.calls.made.map(({ method }) => method);
  return { computer, program, addon: program.addon, job, names };
}

test('is started by whoever connects, and not before', async () => {
  const computer = new StandIn();
  const { addon, manager } = computer.connect();
  await settled();
  expect(computer.state.service.running).toBe(false);
  expect(await addon.manager.connect(manager)).toBe(0);
  expect(computer.state.service.running).toBe(true);
  expect(computer.asked).toEqual(['start']);
});

test('cannot be started while it is disabled', async () => {
  const { computer, program, addon, job } = await open();
  computer.state.service.startType = 'disabled';
  expect(await answerOf(addon.job.getState(job.handle))).toBe('ok'); // it still runs
  computer.service.stop();
  expect(await failureOf(addon.manager.connect(program.manager))).toEqual({
    hresult: 0x80070422,
    method: 'IBackgroundCopyManager::Connect',
    kind: 'call',
  });
  expect(await failureOf(addon.job.getState(job.handle))).toMatchObject({ hresult: 0x80070422, method: STATE });
  computer.state.service.startType = 'demand';
  expect(await answerOf(addon.job.getState(job.handle))).toBe('ok');
});

test('stops two minutes after its queue became empty, and is started again by the next call', async () => {
  const { computer, program, addon, job } = await open();
  await computer.clock.advance(600_000);
  expect(computer.state.service).toMatchObject({ running: true, idleSince: null });
  await addon.job.cancel(job.handle);
  expect(computer.state.service.idleSince).toBe(computer.clock.time());
  await computer.clock.advance(119_000);
  expect(computer.state.service.running).toBe(true);
  await computer.clock.advance(1000);
  expect(computer.state.service).toMatchObject({ running: false, idleSince: null });
  expect(await addon.manager.enumJobs(program.manager, 0)).toEqual([]);
  expect(computer.state.service.running).toBe(true);
});

test('a job in time keeps it running', async () => {
  const { computer, program, addon, job } = await open();
  await addon.job.cancel(job.handle);
  await computer.clock.advance(100_000);
  await program.createJob();
  await computer.clock.advance(100_000);
  expect(computer.state.service.running).toBe(true);
});

test('after its end every object is found again, but for files and errors', async () => {
  const { computer, program, addon, job, names } = await open();
  const one = await program.fileOf(job);
  computer.service.stop();
  expect(await addon.job.getState(job.handle)).toBe(3);
  expect(names()).toEqual(['IBackgroundCopyJob::EnumFiles', STATE, STATE]); // the first attempt met dead proxies
  expect(computer.hooks.calls.made.map(({ hresult }) => hresult)).toEqual([0, hr('RPC_S_SERVER_UNAVAILABLE'), 0]);
  expect(await addon.manager.enumJobs(program.manager, 0)).toHaveLength(1);
  expect(await failureOf(addon.file.getLocalName(one))).toEqual({
    hresult: hr('RPC_S_SERVER_UNAVAILABLE'),
    method: 'IBackgroundCopyFile::GetLocalName',
    kind: 'call',
  });
  expect(await failureOf(addon.file.getLocalName(one))).toMatchObject({ hresult: hr('RPC_E_DISCONNECTED') });
  expect(await answerOf(addon.file.getLocalName(await program.fileOf(job)))).toBe('ok');
});

test('calls that must not be repeated are made again where they were certainly not executed', async () => {
  const { computer, addon, job } = await open();
  computer.service.stop();
  expect(await answerOf(addon.job.addFile(job.handle, file(1).remoteName, file(1).localName))).toBe('ok');
  expect(job.state.files).toHaveLength(2);
});

test.each(['addFile', 'addFileSet', 'cancel', 'complete', 'replaceRemotePrefix', 'addFileWithRanges'] as const)(
  'a connection that breaks during %s is lost: it may have taken effect',
  async (method) => {
    const { computer, addon, job } = await open();
    computer.hooks.faults.next(method, 'RPC_S_CALL_FAILED', { executed: true });
    const made = (
      {
        addFile: () => addon.job.addFile(job.handle, file(1).remoteName, file(1).localName),
        addFileSet: () => addon.job.addFileSet(job.handle, [file(1)]),
        cancel: () => addon.job.cancel(job.handle),
        complete: () => addon.job.complete(job.handle),
        replaceRemotePrefix: () => addon.job.replaceRemotePrefix(job.handle, 'https://', 'http://'),
        addFileWithRanges: () =>
          addon.job.addFileWithRanges(job.handle, file(1).remoteName, file(1).localName, [{ offset: 0, length: 1 }]),
      } satisfies Record<typeof method, () => Promise<unknown>>
    )[method]();
    expect(await failureOf(made)).toMatchObject({ hresult: hr('RPC_S_CALL_FAILED'), kind: 'lost' });
    expect(computer.hooks.calls.made).toHaveLength(1);
  },
);

test('other calls are repeated, once', async () => {
  const { computer, addon, job, names } = await open();
  const { faults } = computer.hooks;
  faults.next('setDescription', 'RPC_S_CALL_FAILED', { executed: true });
  expect(await answerOf(addon.job.setDescription(job.handle, 'y'))).toBe('ok');
  expect(names()).toHaveLength(2);
  faults.next('setDescription', 'RPC_S_CALL_FAILED');
  faults.next('setDescription', 'RPC_E_DISCONNECTED');
  expect(await failureOf(addon.job.setDescription(job.handle, 'z'))).toMatchObject({
    hresult: hr('RPC_E_DISCONNECTED'),
    kind: 'call',
  });
  expect(await answerOf(addon.job.setDescription(job.handle, 'z'))).toBe('ok');
});

test('a job that has gone meanwhile is not found', async () => {
  const { computer, addon, job } = await open();
  computer.service.stop();
  computer.state.jobs.length = 0;
  expect(await failureOf(addon.job.getState(job.handle))).toEqual({
    hresult: hr('BG_E_NOT_FOUND'),
    method: STATE,
    kind: 'call',
  });
});

test('a manager that was released connects again', async () => {
  const { addon, program, job, names } = await open();
  addon.releaseManager(program.manager);
  expect(await answerOf(addon.job.getState(job.handle))).toBe('ok');
  expect(names()).toEqual([STATE]);
});

describe('calls on one object', () => {
  test('are made in their order, and wait for one that hangs; other jobs go on', async () => {
    const { computer, program, addon, job, names } = await open();
    const other = await program.createJob();
    computer.hooks.calls.made.length = 0;
    computer.hooks.faults.hang('resume');
    const seen = outcomesOf(addon.job.resume(job.handle));
    const behind = outcomesOf(addon.job.getState(job.handle));
    await settled();
    expect(await addon.job.getState(other.handle)).toBe(3);
    expect([seen, behind]).toEqual([[], []]);
    expect(names()).toEqual(['IBackgroundCopyJob::Resume', STATE]);
    expect(computer.hooks.calls.pending.map(({ method }) => method)).toEqual(['IBackgroundCopyJob::Resume']);
    computer.hooks.faults.release('IBackgroundCopyJob::Resume');
    await settled();
    expect([seen, behind]).toEqual([[0], [0]]);
    expect(computer.hooks.calls.pending).toEqual([]);
  });

  test('files share the queue of their job', async () => {
    const { computer, program, addon, job } = await open();
    const one = await program.fileOf(job);
    computer.hooks.faults.hang('suspend');
    const seen = outcomesOf(addon.job.suspend(job.handle));
    const behind = outcomesOf(addon.file.getLocalName(one));
    await settled();
    expect(behind).toEqual([]);
    computer.hooks.faults.release();
    await settled();
    expect([seen, behind]).toEqual([[0], [file().localName]]);
  });

  test('one that hangs is cut off with the service, and made again where it may be', async () => {
    const { computer, addon, job } = await open();
    computer.hooks.faults.hang('cancel');
    computer.hooks.faults.hang('setDescription');
    const lost = outcomesOf(addon.job.setDescription(job.handle, 'y'));
    await settled();
    computer.hooks.faults.release('setDescription');
    await settled();
    expect(lost).toEqual([0]);
    const cancelled = outcomesOf(addon.job.cancel(job.handle));
    await settled();
    computer.service.stop();
    await settled();
    expect(cancelled).toEqual([
      { hresult: hr('RPC_S_CALL_FAILED'), method: 'IBackgroundCopyJob::Cancel', kind: 'lost' },
    ]);
  });
});

describe('faults', () => {
  test('next, nth, and those that nothing met', async () => {
    const { computer, addon, job } = await open();
    const { faults } = computer.hooks;
    const get = () => answerOf(addon.job.getState(job.handle));
    faults.nth(2, STATE, 'E_FAIL');
    faults.next('job.getState', 0x80004004);
    faults.next('getOwner', 'E_FAIL');
    expect([await get(), await get(), await get()]).toEqual(['E_ABORT', 'E_FAIL', 'ok']);
    expect(faults.unused).toEqual(['getOwner']);
  });

  test('a delay is one of the computer', async () => {
    const { computer, addon, job } = await open();
    computer.hooks.faults.delay('getState', 5000);
    const seen = outcomesOf(addon.job.getState(job.handle));
    await settled();
    await computer.clock.advance(4999);
    await settled();
    expect(seen).toEqual([]);
    await computer.clock.advance(1);
    await settled();
    expect(seen).toEqual([3]);
    computer.hooks.faults.delay('getState', 0);
    expect(await answerOf(addon.job.getState(job.handle))).toBe('ok');
  });

  test('a method that there is not is a mistake', () => {
    const { faults } = new StandIn().hooks;
    expect(() => faults.next('resumeJob', 'E_FAIL')).toThrow(BitsSimulationError);
    expect(() => faults.hang('IBackgroundCopyJob::Nothing')).toThrow("no method 'IBackgroundCopyJob::Nothing'");
  });

  test('of a getter also concern the snapshot, of which everything but the state can be missing', async () => {
    const { computer, addon, job, names } = await open();
    computer.hooks.faults.next('getOwner', 'E_ACCESSDENIED');
    expect(await addon.job.snapshot(job.handle)).toMatchObject({ owner: null, state: 3, displayName: 'x' });
    computer.hooks.faults.next('getState', 'E_ACCESSDENIED');
    expect(await failureOf(addon.job.snapshot(job.handle))).toEqual({
      hresult: hr('E_ACCESSDENIED'),
      method: 'IBackgroundCopyJob::Snapshot',
      kind: 'call',
    });
    expect(names()).toEqual(new Array(2).fill('IBackgroundCopyJob::Snapshot'));
  });
});

test('calls are recorded: number, method, job, arguments, time, answer', async () => {
  const { computer, addon, job } = await open();
  await computer.clock.advance(10);
  await addon.job.setDescription(job.handle, 'y');
  await answerOf(addon.job.setPriority(job.handle, 9));
  const time = computer.clock.time();
  expect(computer.hooks.calls.made).toEqual([
    { number: 1, method: 'IBackgroundCopyJob::SetDescription', job: job.id, args: ['y'], time, hresult: 0 },
    { number: 2, method: 'IBackgroundCopyJob::SetPriority', job: job.id, args: [9], time, hresult: hr('E_NOTIMPL') },
  ]);
  expect(computer.lines.at(-1)).toBe(`call: IBackgroundCopyJob::SetPriority ${job.id} 0x80004001`);
});

test('once something unscripted was met, calls reject with it', async () => {
  const { computer, addon, job } = await open();
  const problem = new BitsSimulationError('nobody serves https://example.com/');
  computer.report(problem);
  await expect(addon.job.getState(job.handle)).rejects.toBe(problem);
});
