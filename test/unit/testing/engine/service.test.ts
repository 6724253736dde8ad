import { patternContent } from '../../../../lib/testing/computer/content';
import type { ComputerState } from '../../../../lib/testing/computer/state';
import { MinimalComputer, OWNER, PROPERTY } from '../../../support/minimal_computer';

const URL = 'http://example.test/file.bin';

test('nothing happens until the service starts', async () => {
  const computer = new MinimalComputer();
  computer.engine.stop();
  computer.serve(URL, { body: 'a' });
  const job = computer.start([URL]);
  computer.change(({ network }) => (network.connected = false));
  await computer.clock.advance(1_000_000);
  expect(computer.stateOf(job)).toBe('queued');
  computer.change(({ network }) => (network.connected = true));
  computer.engine.start();
  await computer.until(job, 'transferred');
});

test('the end of the service cuts transfers off where they are, and they go on at its start', async () => {
  const computer = new MinimalComputer();
  const { counts } = computer.serve(URL, { size: 1_000_000 });
  const job = computer.start([URL]);
  const { events } = computer.listen(job);
  await computer.clock.advance(3_610);
  const told = events.length;
  computer.engine.stop();
  expect(computer.stateOf(job)).toBe('queued');
  expect(job.files[0]!.bytesTransferred).toBe(350_000);
  expect(computer.registrations.size).toBe(0);
  await computer.clock.advance(1_000_000);
  expect(computer.stateOf(job)).toBe('queued');
  computer.engine.start();
  await computer.until(job, 'transferred');
  expect(events).toHaveLength(told);
  expect(counts().bytes).toBe(1_000_000);
});

test('a reboot: the state as JSON and the disk are all that is left', async () => {
  const before = new MinimalComputer();
  before.serve(URL, { size: 1_000_000, script: [{ after: 500_000, then: 'reset' }] });
  const [job, suspended] = [before.start([URL]), before.job([URL])];
  await before.clock.advance(3_610);
  before.engine.stop();
  const after = new MinimalComputer(JSON.parse(JSON.stringify(before.save())) as ComputerState);
  await after.clock.advance(10_000);
  expect(after.state.jobs.map((one) => after.stateOf(one))).toEqual(['transientError', 'suspended']);
  const same = after.state.jobs[0]!;
  await after.until(same, 'transferred', 10_000);
  expect(after.bytesOf(same.files[0]!).equals(Buffer.from(patternContent(1_000_000).read(0, 1_000_000)))).toBe(true);
  expect(before.stateOf(job)).toBe('queued');
  expect(before.stateOf(suspended)).toBe('suspended');
});

test('remote names that Resume did not save are lost', () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { body: 'a' });
  computer.serve('http://mirror.test/', { body: 'b' });
  const [lost, saved] = [computer.job([URL]), computer.job([URL])];
  for (const job of [lost, saved]) job.files[0]!.remoteName = 'http://mirror.test/';
  computer.resume(saved);
  computer.engine.stop();
  computer.engine.start();
  expect([lost, saved].map((job) => job.files[0]!.remoteName)).toEqual([URL, 'http://mirror.test/']);
});

test('a retry that was due meanwhile happens at the start; one that is not waits', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { body: 'a', script: [{ then: 'reset' }] });
  const job = computer.start([URL]);
  await computer.until(job, 'transientError');
  computer.engine.stop();
  await computer.clock.advance(300_000);
  computer.engine.start();
  await computer.clock.advance(100_000);
  expect(computer.stateOf(job)).toBe('transientError');
  computer.engine.stop();
  await computer.clock.advance(300_000);
  computer.engine.start();
  await computer.until(job, 'transferred');
});

test('conditions that changed meanwhile are seen at the start', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { size: 1_000_000 });
  const job = computer.start([URL]);
  await computer.clock.advance(1_000);
  computer.engine.stop();
  computer.state.power.saver = true;
  computer.engine.start();
  await computer.clock.advance(100);
  expect(computer.stateOf(job)).toBe('transientError');
  computer.engine.stop();
  computer.state.power.saver = false;
  computer.engine.start();
  await computer.until(job, 'transferred');
});

test('helper tokens are lost', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { body: 'a' });
  const job = computer.job([URL], { helperTokenFlags: 1, helperTokenSid: OWNER.sid });
  computer.engine.stop();
  computer.engine.start();
  computer.resume(job);
  await computer.until(job, 'error');
  expect(job.error?.hresult).toBe(0x80200056);
});

test('a cancelled or completed job is not touched any more', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { size: 1_000_000 });
  for (const state of [7, 8]) {
    const job = computer.start([URL], {}, { [PROPERTY.costFlags]: 0xff });
    await computer.clock.advance(2_500);
    const { bytesTransferred, temporaryName } = job.files[0]!;
    expect(bytesTransferred).toBeGreaterThan(0);
    job.state = state;
    computer.disk.remove(temporaryName);
    computer.engine.jobStopped(job);
    computer.state.jobs.length = 0;
    await computer.clock.advance(100_000);
    expect(job.files[0]!.bytesTransferred).toBe(bytesTransferred);
    expect(job.state).toBe(state);
  }
  expect(computer.disk.files()).toEqual([]);
});

test.each([
  [false, 400_000],
  [true, 750_000],
])('a high-performance job goes on, but after a crash (%p) it begins again', async (unexpectedly, bytes) => {
  const computer = new MinimalComputer();
  const { counts } = computer.serve(URL, { size: 400_000 });
  const job = computer.start([URL], {}, { [PROPERTY.highPerformance]: 1 });
  await computer.clock.advance(3_610);
  computer.engine.stop(unexpectedly);
  computer.engine.start();
  await computer.until(job, 'transferred');
  expect(counts().bytes).toBe(bytes);
  const content = computer.disk.content(job.files[0]!.localName);
  expect(Buffer.from(content.read(0, content.size)).equals(Buffer.from(patternContent(400_000).read(0, 400_000)))).toBe(
    true,
  );
});

test.each([{ status: '404' }, { certificateProblem: 'expired' }])(
  'what the engine cannot do with %j of a state from elsewhere is reported, once',
  async (settings) => {
    const computer = new MinimalComputer();
    const url = 'https://example.test/a';
    computer.state.servers.push({ url, body: 'a', ...settings });
    const job = computer.start([url]);
    await computer.clock.advance(3_600_000);
    expect(computer.problems.map(({ name }) => name)).toEqual(['BitsSimulationError']);
    expect(computer.stateOf(job)).not.toBe('transferred');
  },
);
