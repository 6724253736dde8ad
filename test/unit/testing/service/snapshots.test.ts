import { answerOf, failureOf, file, hr, StandIn } from './stand_in';

/*
 * What the simulated addon reads of several objects in one go, as native/bits/calls.cc does.
 */

async function open(given: ConstructorParameters<typeof StandIn>[0] = {}) {
  const computer = new StandIn(given);
  const program = computer.connect();
  const job = await program.createJob({ files: [file(0), file(1)] });
  return { computer, program, addon: program.addon, job };
}

const FRESH = { bytesTotal: null, bytesTransferred: 0, completed: false, temporaryName: null };

describe('the files of a job', () => {
  test('with what is known of them', async () => {
    const { addon, job } = await open();
    expect(await addon.job.fileSnapshots(job.handle)).toMatchObject([
      { localName: file(0).localName, remoteName: file(0).remoteName, ...FRESH, validationState: false },
      { localName: file(1).localName, ...FRESH, validationState: false },
    ]);
  });

  test.each([{ version: '2.5' }, { profile: 'wine-8' }] as const)('without IBackgroundCopyFile3: %j', async (given) => {
    const { addon, job } = await open(given);
    const missing = { ...FRESH, validationState: null };
    expect(await addon.job.fileSnapshots(job.handle)).toMatchObject([missing, missing]);
  });

  test('have null where a getter fails; the call is one, under its own name', async () => {
    const { computer, addon, job } = await open();
    computer.hooks.calls.made.length = 0;
    computer.hooks.faults.next('file.getLocalName', 'E_ACCESSDENIED');
    const [first, second] = await addon.job.fileSnapshots(job.handle);
    expect([first?.localName, second?.localName]).toEqual([null, file(1).localName]);
    expect(computer.hooks.calls.made.map(({ method }) => method)).toEqual(['IBackgroundCopyJob::FileSnapshots']);
  });

  test('fail when the connection is lost again', async () => {
    const { computer, addon, job } = await open();
    computer.hooks.faults.next('file.getProgress', 'RPC_S_CALL_FAILED');
    expect(await answerOf(addon.job.fileSnapshots(job.handle))).toBe('ok'); // repeated
    for (let i = 0; i < 2; i++) computer.hooks.faults.next('file.getProgress', 'RPC_S_CALL_FAILED');
    expect(await failureOf(addon.job.fileSnapshots(job.handle))).toEqual({
      hresult: hr('RPC_S_CALL_FAILED'),
      method: 'IBackgroundCopyJob::FileSnapshots',
      kind: 'call',
    });
  });
});

describe('the jobs of the queue', () => {
  test('each with its snapshot', async () => {
    const { program, addon, job } = await open();
    const other = await program.createJob({ files: [] });
    const listed = await addon.manager.jobSnapshots(program.manager, 0);
    expect(listed).toMatchObject([
      { id: job.id, snapshot: await addon.job.snapshot(job.handle) },
      { id: other.id, snapshot: { state: 3 } },
    ]);
  });

  test('without one that is gone, and not in part for another reason', async () => {
    const { computer, program, addon } = await open();
    computer.hooks.faults.next('job.getState', 'BG_E_NOT_FOUND');
    expect(await addon.manager.jobSnapshots(program.manager, 0)).toEqual([]);
    computer.hooks.faults.next('job.getState', 'E_UNEXPECTED');
    expect(await failureOf(addon.manager.jobSnapshots(program.manager, 0))).toMatchObject({
      hresult: hr('E_UNEXPECTED'),
      method: 'IBackgroundCopyManager::JobSnapshots',
    });
  });

  test('of all users only for an administrator', async () => {
    const { computer, program, addon } = await open();
    expect(await answerOf(addon.manager.jobSnapshots(program.manager, 1))).toBe('E_ACCESSDENIED');
    const admin = computer.connect('admin');
    expect(await admin.addon.manager.jobSnapshots(admin.manager, 1)).toHaveLength(1);
  });
});
