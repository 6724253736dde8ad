import { commandLines } from '../../../../lib/testing/service/command_line';
import { notify, setError, setState, touch } from '../../../../lib/testing/service/job_events';
import { errorOf, MinimalComputer, OWNER, PROPERTY } from '../../../support/minimal_computer';

const URL = 'http://example.test/file.bin';

function transferring(changes = {}, properties = {}) {
  const computer = new MinimalComputer();
  computer.serve(URL, { size: 1_000_000 });
  const job = computer.job([URL], changes, properties);
  return { computer, job };
}

describe('flags', () => {
  const all = ['modification', 'rangesTransferred', 'fileTransferred', 'transferred'];
  const rows: [number, string[]][] = [
    [0x3b, all],
    [0x3, ['transferred']],
    [0x2, []],
    [0x8, ['modification']],
    [0x10, ['fileTransferred']],
    [0x20, ['rangesTransferred']],
    [0x3f, []], // BG_NOTIFY_DISABLE outweighs the others
  ];
  test.each(rows)('%p', async (notifyFlags, expected) => {
    const { computer, job } = transferring({ notifyFlags }, { [PROPERTY.onDemandMode]: 1 });
    job.files[0]!.ranges = [{ offset: 0, length: null }];
    const { types } = computer.listen(job);
    computer.resume(job);
    await computer.until(job, 'transferred');
    expect(new Set(types())).toEqual(new Set(expected));
  });
});

test('JobModification comes at most every 500 ms', async () => {
  const { computer, job } = transferring({ notifyFlags: 0x8 });
  const { events } = computer.listen(job);
  computer.resume(job);
  for (let i = 0; i < 100; i++) {
    notify(computer, job, { type: 'modification' });
    await computer.clock.advance(50);
  }
  const gaps = events.slice(1).map(({ at }, i) => at - events[i]!.at);
  expect(Math.min(...gaps)).toBe(500);
  expect(events.length).toBeGreaterThan(9);
});

test('the interval is a property of the job', async () => {
  const { computer, job } = transferring({ notifyFlags: 0x8 }, { [PROPERTY.minimumNotificationIntervalMs]: 3000 });
  const { events } = computer.listen(job);
  computer.resume(job);
  await computer.until(job, 'transferred');
  expect(events.map(({ at }) => at)).toEqual([0, 3000, 6000, 9000]);
});

test('ranges that arrive between two calls come together', async () => {
  const { computer, job } = transferring(
    { notifyFlags: 0x20 },
    { [PROPERTY.onDemandMode]: 1, [PROPERTY.minimumNotificationIntervalMs]: 5000 },
  );
  job.files[0]!.ranges = [{ offset: 0, length: 300_000 }];
  const { events } = computer.listen(job);
  computer.resume(job);
  await computer.clock.advance(10_000);
  expect(events.map(({ type, at, ...event }) => ({ ...event, at: at < 2000 }))).toEqual([
    { file: 0, ranges: [{ offset: 0, length: 100_000 }], at: true },
    {
      file: 0,
      ranges: [
        { offset: 100_000, length: 100_000 },
        { offset: 200_000, length: 100_000 },
      ],
      at: false,
    },
  ]);
});

test('JobModification is not called for ERROR and TRANSFERRED, and JobError for fatal errors only', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { status: 503 });
  const job = computer.start([URL], { noProgressTimeout: 1000 });
  const { types, events } = computer.listen(job);
  await computer.until(job, 'transientError');
  await computer.clock.advance(1_000);
  expect(types()).not.toContain('error');
  const before = types().length;
  await computer.until(job, 'error', 10_000);
  expect(events.slice(before).at(-1)).toMatchObject({ type: 'error' });
});

describe('callback objects', () => {
  test('one whose program has ended is dropped', async () => {
    const { computer, job } = transferring();
    const { client, events } = computer.listen(job);
    computer.resume(job);
    await computer.clock.advance(1_000);
    client.alive = false;
    const count = events.length;
    await computer.until(job, 'transferred');
    expect(events).toHaveLength(count);
    expect(computer.registrations.size).toBe(0);
  });

  test('the last one wins', async () => {
    const { computer, job } = transferring();
    const [first, second] = [computer.listen(job), computer.listen(job)];
    computer.resume(job);
    await computer.until(job, 'transferred');
    expect(first.events).toEqual([]);
    expect(second.types()).toContain('transferred');
  });

  test('a failure is followed by another call after the retry delay, until one succeeds', async () => {
    const { computer, job } = transferring({ notifyFlags: 0x1 });
    let failures = 2;
    const { events } = computer.listen(job, () => failures-- <= 0);
    computer.resume(job);
    await computer.until(job, 'transferred');
    await computer.clock.advance(3_000_000);
    expect(events.map(({ at }) => at - events[0]!.at)).toEqual([0, 600_000, 1_200_000]);
  });

  test('no other call once the job is finished', async () => {
    const { computer, job } = transferring({ notifyFlags: 0x1 });
    const { events } = computer.listen(job, () => false);
    computer.resume(job);
    await computer.until(job, 'transferred');
    setState(computer, job, 7);
    await computer.clock.advance(3_000_000);
    expect(events).toHaveLength(1);
  });
});

describe('the command line', () => {
  const notifyCmdLine = ['C:\\app.exe', 'app.exe done'] as [string, string];

  test('runs when there is no callback, as the user', async () => {
    const { computer, job } = transferring({ notifyCmdLine });
    computer.resume(job);
    await computer.until(job, 'transferred');
    const { runs } = commandLines(computer);
    expect(runs).toMatchObject([
      { job: job.id, event: 'transferred', program: 'C:\\app.exe', parameters: 'app.exe done', user: OWNER.sid },
    ]);
    expect(computer.lines.join('\n')).toContain('runs C:\\app.exe');
  });

  test.each([
    ['a callback takes it', true, 0],
    ['a callback fails', false, 1],
  ])('%s', async (_, answer, count) => {
    const { computer, job } = transferring({ notifyCmdLine });
    computer.listen(job, () => answer);
    computer.resume(job);
    await computer.until(job, 'transferred');
    await computer.clock.advance(3_000_000);
    expect(commandLines(computer).runs).toHaveLength(count);
  });

  test('runs again after the retry delay when it ends with another code than 0', async () => {
    const { computer, job } = transferring({ notifyCmdLine });
    const lines = commandLines(computer);
    lines.exitCode = () => (lines.runs.length < 3 ? 1 : 0);
    computer.resume(job);
    await computer.until(job, 'transferred');
    await computer.clock.advance(3_000_000);
    expect(lines.runs.map(({ time }) => time - lines.runs[0]!.time)).toEqual([0, 600_000, 1_200_000]);
  });

  test('does not run again once the job is finished', async () => {
    const { computer, job } = transferring({ notifyCmdLine });
    commandLines(computer).exitCode = () => 1;
    computer.resume(job);
    await computer.until(job, 'transferred');
    setState(computer, job, 7);
    await computer.clock.advance(3_000_000);
    expect(commandLines(computer).runs).toHaveLength(1);
  });

  test.each([
    ['service accounts', { owner: { ...OWNER, sid: 'S-1-5-18' } }],
    ['events that are not asked for', { notifyFlags: 0x2 }],
  ])('never runs for %s', async (_, changes) => {
    const { computer, job } = transferring({ notifyCmdLine, ...changes });
    computer.resume(job);
    await computer.until(job, 'transferred');
    expect(commandLines(computer).runs).toEqual([]);
  });
});

describe('state and times', () => {
  test('a change of state is a modification', async () => {
    const { computer, job } = transferring();
    await computer.clock.advance(5_000);
    setState(computer, job, 0);
    expect(job.modificationTime).toBe(computer.clock.time());
    await computer.clock.advance(5_000);
    touch(computer, job);
    expect(job.modificationTime).toBe(computer.clock.time());
  });

  test('TRANSFERRED has a time of completion until files are added', async () => {
    const { computer, job } = transferring();
    computer.resume(job);
    await computer.until(job, 'transferred');
    const time = job.transferCompletionTime;
    expect(time).not.toBeNull();
    setState(computer, job, 7);
    expect(job.transferCompletionTime).toBe(time);
    setState(computer, job, 0);
    expect(job.transferCompletionTime).toBeNull();
  });

  test('setError counts, and the error is gone once data moves', async () => {
    const { computer, job } = transferring();
    setError(computer, job, { context: 5, hresult: 0x80200053, file: 0, protocol: 'http' });
    expect(errorOf(job)).toBe('0x80200053 in 5');
    expect([computer.stateOf(job), job.errorCount]).toEqual(['error', 1]);
    computer.resume(job);
    await computer.clock.advance(70);
    expect(job.error).not.toBeNull();
    await computer.clock.advance(2_000);
    expect(job.error).toBeNull();
    expect(job.errorCount).toBe(1);
  });
});
