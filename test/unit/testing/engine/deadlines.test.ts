import { errorOf, MinimalComputer } from '../../../support/minimal_computer';

const URL = 'http://example.test/file.bin';
const DAY = 86_400_000;

test.each([
  [600, 600],
  [5, 5],
  [0, 5], // at least 5 seconds
])('a retry delay of %i s is %i s', async (minimumRetryDelay, seconds) => {
  const computer = new MinimalComputer();
  computer.serve(URL, { body: 'a', script: [{ then: { status: 503 }, times: 2 }] });
  const job = computer.start([URL], { minimumRetryDelay });
  await computer.until(job, 'transferred', 1000, 2000);
  const queued = computer.statesOf(job).filter((line) => /transientError|queued/.test(line));
  const times = queued.map((line) => Number(line.split(' ')[0]));
  expect(times[2]! - times[1]!).toBe(seconds * 1000);
  expect(times[4]! - times[3]!).toBe(seconds * 1000);
  expect(job.errorCount).toBe(2);
});

test('Resume tries again at once', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { body: 'a', script: [{ then: { status: 503 } }] });
  const job = computer.start([URL]);
  await computer.until(job, 'transientError');
  computer.resume(job);
  await computer.until(job, 'transferred');
  expect(computer.clock.now()).toBeLessThan(1_000);
});

test('without progress for the time-out, a job fails for good; its error stays', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { status: 503 });
  const job = computer.start([URL], { noProgressTimeout: 3600 });
  const { events } = computer.listen(job);
  await computer.until(job, 'transientError');
  const since = computer.clock.now();
  await computer.until(job, 'error', 1000, 10_000);
  expect(errorOf(job)).toBe('0x801901F7 in 5');
  const at = events.find(({ type }) => type === 'error')!.at;
  expect(at - since).toBeGreaterThan(3_599_000);
  expect(at - since).toBeLessThan(3_601_000);
  expect(job.errorCount).toBeGreaterThan(4);
});

test('progress resets the time-out', async () => {
  const computer = new MinimalComputer();
  const script = Array.from({ length: 20 }, () => ({ after: 1000, then: 'reset' as const }));
  computer.serve(URL, { size: 20_500, script });
  const job = computer.start([URL], { noProgressTimeout: 1000 });
  await computer.until(job, 'transferred', 10_000, 2000);
  expect(computer.clock.now()).toBeGreaterThan(19 * 600_000);
  expect(job.errorCount).toBe(20);
});

test('a time-out of 0 makes every error fatal, and so does a retry delay above it', async () => {
  for (const changes of [{ noProgressTimeout: 0 }, { noProgressTimeout: 599 }]) {
    const computer = new MinimalComputer();
    computer.serve(URL, { status: 503 });
    const job = computer.start([URL], changes);
    await computer.clock.advance(1_000);
    expect(computer.stateOf(job)).toBe('error');
  }
});

test.each([14 * 86_400, 0])('a lost network is waited for beyond a time-out of %i s', async (noProgressTimeout) => {
  const computer = new MinimalComputer();
  computer.serve(URL, { body: 'a' });
  computer.change(({ network }) => (network.connected = false));
  const job = computer.start([URL], { noProgressTimeout });
  await computer.clock.advance(30 * DAY);
  expect(computer.stateOf(job)).toBe('transientError');
  expect(errorOf(job)).toBe('0x80200010 in 2');
  computer.change(({ network }) => (network.connected = true));
  await computer.until(job, 'transferred');
});

test('while a job waits for a network, neither the time-out nor a retry delay counts down', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { status: 503 });
  const job = computer.start([URL], { noProgressTimeout: 3600 });
  await computer.clock.advance(1_800_000);
  computer.change(({ network }) => (network.connected = false));
  await computer.clock.advance(600_000); // the retry that was due finds no network
  expect(errorOf(job)).toBe('0x80200010 in 2');
  const states = computer.statesOf(job).length;
  await computer.clock.advance(7_200_000);
  expect(computer.statesOf(job)).toHaveLength(states);
  computer.change(({ network }) => (network.connected = true));
  await computer.clock.advance(1_700_000);
  expect(computer.stateOf(job)).toBe('transientError');
  await computer.clock.advance(200_000);
  expect(computer.stateOf(job)).toBe('error');
  expect(errorOf(job)).toBe('0x801901F7 in 5');
});

test('after Resume the time-out begins anew', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { status: 503 });
  const job = computer.start([URL], { noProgressTimeout: 3600 });
  await computer.until(job, 'error', 10_000);
  computer.resume(job);
  await computer.clock.advance(1_000);
  expect(computer.stateOf(job)).toBe('transientError');
});

describe('the maximum download time', () => {
  test('counts CONNECTING and TRANSFERRING only', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 100_000 * 100 });
    const job = computer.start([URL], { maximumDownloadTime: 60 });
    await computer.clock.advance(40_000);
    computer.change(({ network }) => (network.connected = false));
    await computer.clock.advance(100_000);
    computer.change(({ network }) => (network.connected = true));
    await computer.clock.advance(19_000);
    expect(computer.stateOf(job)).toBe('transferring');
    await computer.clock.advance(2_000);
    expect(computer.stateOf(job)).toBe('error');
    expect(errorOf(job)).toBe('0x80200054 in 2');
    expect(job.errorCount).toBe(0); // no attempt failed
    computer.resume(job);
    await computer.until(job, 'transferred');
  });

  test('is reset by Resume, also of a job under way', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 100_000 * 100 });
    const job = computer.start([URL], { maximumDownloadTime: 60 });
    await computer.clock.advance(40_000);
    computer.resume(job);
    await computer.until(job, 'transferred');
  });

  test('is that of the policy unless the job has its own', async () => {
    const computer = new MinimalComputer();
    computer.change(({ policy }) => (policy.maxDownloadTime = 30));
    computer.serve(URL, { size: 100_000 * 40 });
    const job = computer.start([URL]);
    await computer.clock.advance(31_000);
    expect(errorOf(job)).toBe('0x80200054 in 2');
    const own = computer.start([URL], { maximumDownloadTime: 50 });
    await computer.until(own, 'transferred');
  });
});

describe('inactivity', () => {
  test('cancels a job after 90 days, with its temporary files', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 1_000_000 });
    const job = computer.start([URL]);
    await computer.clock.advance(2_000);
    computer.suspend(job);
    expect(computer.disk.files()).toHaveLength(1);
    await computer.clock.advance(89 * DAY);
    expect(computer.stateOf(job)).toBe('suspended');
    await computer.clock.advance(2 * DAY);
    expect(computer.stateOf(job)).toBe('cancelled');
    expect(computer.state.jobs).toEqual([]);
    expect(computer.disk.files()).toEqual([]);
  });

  test('cancels a job that was never resumed, which the engine has not been told of', async () => {
    const computer = new MinimalComputer();
    await computer.clock.advance(DAY);
    const job = computer.job([URL]);
    await computer.clock.advance(89 * DAY);
    expect(computer.stateOf(job)).toBe('suspended');
    await computer.clock.advance(2 * DAY);
    expect(computer.stateOf(job)).toBe('cancelled');
  });

  test('is not ended by retries', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { status: 503 });
    const job = computer.start([URL], { noProgressTimeout: 200 * 86_400, minimumRetryDelay: 40_000 });
    await computer.clock.advance(91 * DAY);
    expect(computer.stateOf(job)).toBe('cancelled');
    expect(job.errorCount).toBeGreaterThan(190);
  });

  test('is ended by a changed property', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { body: 'a' });
    const job = computer.start([URL]);
    await computer.until(job, 'transferred');
    await computer.clock.advance(80 * DAY);
    job.modificationTime = computer.clock.time();
    delete job.lastActivity;
    await computer.clock.advance(80 * DAY);
    expect(computer.stateOf(job)).toBe('transferred');
    await computer.clock.advance(11 * DAY);
    expect(computer.stateOf(job)).toBe('cancelled');
  });
});
