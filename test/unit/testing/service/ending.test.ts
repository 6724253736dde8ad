import { answerOf, arrive, file, hr, StandIn } from './stand_in';
import type { OpenJob } from './stand_in';

/* Complete and Cancel: "Completing and Canceling a Job". */

async function open(count = 2, state = 6) {
  const computer = new StandIn();
  const program = computer.connect();
  const job: OpenJob = await program.createJob({ files: Array.from({ length: count }, (_, at) => file(at)) });
  job.state.state = state;
  const { addon } = program;
  return { computer, program, addon, job, disk: computer.disk };
}

const TARGET = file(0).localName;
const TEMPORARY = 'C:\\data\\BIT0.tmp';

describe('Complete', () => {
  test('gives all files their names, and the job leaves the queue', async () => {
    const { computer, addon, job, disk } = await open();
    arrive(computer, job, 0);
    arrive(computer, job, 1);
    expect(await addon.job.complete(job.handle)).toBe(0);
    expect(disk.files()).toEqual([file(0), file(1)].map(({ localName }) => localName));
    expect(computer.state.jobs).toEqual([]);
    expect(computer.asked).toContain('stopped');
  });

  test('keeps those that have arrived, and deletes what has of the others', async () => {
    const { computer, addon, job, disk } = await open(3, 2);
    arrive(computer, job, 0);
    arrive(computer, job, 1);
    job.state.files[1]!.completed = false;
    const files = await addon.job.enumFiles(job.handle);
    expect(await addon.job.complete(job.handle)).toBe(hr('BG_S_PARTIAL_COMPLETE'));
    expect(disk.files()).toEqual([TARGET]);
    expect(await addon.job.getState(job.handle)).toBe(7);
    const completed = await Promise.all(files.map(async (each) => (await addon.file.getProgress(each)).completed));
    expect(completed).toEqual([true, false, false]);
  });

  test('in error as well, and where nothing has arrived', async () => {
    for (const state of [3, 4, 5]) {
      const { computer, addon, job } = await open(1, state);
      expect(await addon.job.complete(job.handle)).toBe(hr('BG_S_PARTIAL_COMPLETE'));
      expect(computer.state.jobs).toEqual([]);
    }
  });

  test('a file that is in use: the job stays transferred, and can be completed again', async () => {
    const { computer, addon, job, disk } = await open();
    arrive(computer, job, 0);
    arrive(computer, job, 1);
    disk.lock(file(1).localName);
    expect(await answerOf(addon.job.complete(job.handle))).toBe('ERROR_SHARING_VIOLATION');
    expect(await addon.job.getState(job.handle)).toBe(6);
    expect(computer.state.jobs).toHaveLength(1);
    expect(disk.files()).toContain(TARGET); // the first has its name already
    disk.unlock(file(1).localName);
    expect(await addon.job.complete(job.handle)).toBe(0);
    expect(disk.files()).toEqual([file(0), file(1)].map(({ localName }) => localName));
  });

  test('a file that may not be replaced, and one that has gone', async () => {
    const first = await open(1);
    arrive(first.computer, first.job);
    first.computer.put(TARGET, new Uint8Array(1));
    first.disk.setReadOnly(TARGET, true);
    expect(await answerOf(first.addon.job.complete(first.job.handle))).toBe('E_ACCESSDENIED');
    const second = await open(1);
    arrive(second.computer, second.job);
    second.disk.remove(TEMPORARY);
    expect(await answerOf(second.addon.job.complete(second.job.handle))).toBe('ERROR_FILE_NOT_FOUND');
    expect(second.job.state.state).toBe(6);
  });

  test('what cannot be deleted is left, and that is told', async () => {
    const { computer, addon, job, disk } = await open(1, 2);
    arrive(computer, job);
    job.state.files[0]!.completed = false;
    disk.lock(TEMPORARY);
    expect(await addon.job.complete(job.handle)).toBe(hr('BG_S_PARTIAL_COMPLETE'));
    expect(disk.files()).toEqual([TEMPORARY]);
  });

  test('a high-performance job has written to the file itself', async () => {
    const { computer, addon, job, disk } = await open(1);
    Object.assign(job.state.files[0]!, { completed: true, temporaryName: TARGET });
    computer.put(TARGET, new Uint8Array(3));
    expect(await addon.job.complete(job.handle)).toBe(0);
    expect(disk.files()).toEqual([TARGET]);
    expect(computer.state.jobs).toEqual([]);
  });

  test('a reply can be opened only then', async () => {
    const computer = new StandIn();
    const { addon, manager } = computer.connect();
    const { handle, id } = await addon.manager.createJob(manager, 'x', 2, {
      files: [file()],
      replyFileName: 'C:\\data\\reply',
    });
    const job = computer.state.jobs.find((each) => each.id === id)!;
    Object.assign(job, { state: 6, replyData: Buffer.from('answer').toString('base64') });
    expect(computer.disk.stat('C:\\data\\reply')).toBeNull();
    expect(await addon.job.complete(handle)).toBe(0);
    expect(Buffer.from(computer.disk.content('C:\\data\\reply').read(0, 6)).toString()).toBe('answer');
  });
});

describe('Cancel', () => {
  test('deletes what has arrived, also whole files', async () => {
    const { computer, addon, job, disk } = await open();
    arrive(computer, job, 0);
    expect(await addon.job.cancel(job.handle)).toBe(0);
    expect(disk.files()).toEqual([]);
    expect(await addon.job.getState(job.handle)).toBe(8);
    expect(computer.state.jobs).toEqual([]);
    expect(computer.registrations.size).toBe(0);
  });

  test('of files that are in use says so', async () => {
    const { computer, addon, job, disk } = await open();
    arrive(computer, job, 0);
    disk.lock(TEMPORARY);
    expect(await addon.job.cancel(job.handle)).toBe(hr('BG_S_UNABLE_TO_DELETE_FILES'));
    expect(computer.state.jobs).toEqual([]);
  });

  test('leaves the file that was to be sent, and that of a high-performance job', async () => {
    const direct = await open(1);
    direct.job.state.files[0]!.temporaryName = TARGET;
    direct.computer.put(TARGET, new Uint8Array(3));
    await direct.addon.job.cancel(direct.job.handle);
    expect(direct.disk.files()).toEqual([TARGET]);
    const computer = new StandIn();
    computer.put(TARGET, new Uint8Array(3));
    const program = computer.connect();
    const upload = await program.createJob({ files: [file()] }, 1);
    await program.addon.job.cancel(upload.handle);
    expect(computer.disk.files()).toEqual([TARGET]);
  });
});

test('an ended job is no longer found or listed; who holds it can still read it, until the connection breaks', async () => {
  const { computer, program, addon, job } = await open(1);
  arrive(computer, job);
  await addon.job.complete(job.handle);
  expect(await answerOf(addon.manager.getJob(program.manager, job.id))).toBe('BG_E_NOT_FOUND');
  expect(await addon.manager.enumJobs(program.manager, 0)).toEqual([]);
  expect(await addon.job.snapshot(job.handle)).toMatchObject({ state: 7, progress: { filesTransferred: 1 } });
  expect(await answerOf(addon.job.complete(job.handle))).toBe('BG_E_INVALID_STATE');
  computer.service.stop();
  expect(await answerOf(addon.job.getState(job.handle))).toBe('BG_E_NOT_FOUND');
});

describe('Suspend and Resume', () => {
  test.each([0, 1, 2, 5])('state %i is suspended, and resumed at once', async (state) => {
    const { computer, addon, job } = await open(1, state);
    await addon.job.suspend(job.handle);
    expect(job.state.state).toBe(3);
    expect(computer.asked.at(-1)).toBe('stopped');
    await addon.job.resume(job.handle);
    expect(job.state).toMatchObject({ state: 0, resumed: true });
    expect(computer.asked.at(-1)).toBe('changed');
  });

  test.each([4, 6])('state %i counts as suspended already', async (state) => {
    const { addon, job } = await open(1, state);
    expect(await addon.job.suspend(job.handle)).toBe(0);
    expect(job.state.state).toBe(state);
  });

  test('an error and a transient error are resumed, a transferred job only when files were added', async () => {
    for (const state of [4, 5]) {
      const { addon, job } = await open(1, state);
      await addon.job.resume(job.handle);
      expect(job.state.state).toBe(0);
    }
    const { computer, addon, job } = await open(1, 6);
    arrive(computer, job);
    expect(await addon.job.resume(job.handle)).toBe(0);
    expect(job.state.state).toBe(6);
    await addon.job.addFile(job.handle, file(1).remoteName, file(1).localName);
    expect(job.state.state).toBe(6);
    await addon.job.resume(job.handle);
    expect(job.state.state).toBe(0);
  });

  test('without files there is nothing to resume', async () => {
    const { addon, job } = await open(0, 3);
    expect(await answerOf(addon.job.resume(job.handle))).toBe('BG_E_EMPTY');
    expect(job.state).toMatchObject({ state: 3, resumed: false });
  });
});
