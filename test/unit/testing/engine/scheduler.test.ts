import { JOB_PRIORITY } from '../../../../lib/contract/enums';
import { TIME_SLICE } from '../../../../lib/testing/engine/scheduler';
import { MinimalComputer } from '../../../support/minimal_computer';

const URL = 'http://example.test/file.bin';
const priority = JOB_PRIORITY.values;
/** Bytes that the network transfers in a minute. */
const MINUTE = 6_000_000;

function withServer() {
  const computer = new MinimalComputer();
  computer.serve(`${URL}*`, { size: 20 * MINUTE });
  return computer;
}

test('background jobs come one at a time, first in, first out', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { size: 100_000 });
  const jobs = Array.from({ length: 4 }, () => computer.job([URL]));
  for (const job of [jobs[2]!, jobs[0]!, jobs[3]!, jobs[1]!]) computer.resume(job);
  await computer.until(jobs[1]!, 'transferred');
  const ended = computer.lines.filter((line) => line.endsWith(' transferred')).map((line) => line.split(' ')[2]);
  expect(ended).toEqual([2, 0, 3, 1].map((i) => jobs[i]!.id));
  const begun = computer.lines.filter((line) => line.endsWith(' connecting'));
  expect(begun).toHaveLength(4);
});

test('the higher priority comes first, and takes the place of a lower one', async () => {
  const computer = withServer();
  const low = computer.start([`${URL}1`], { priority: priority.low });
  await computer.clock.advance(1_000);
  expect(computer.stateOf(low)).toBe('transferring');
  const normal = computer.start([`${URL}2`], { priority: priority.normal });
  await computer.clock.advance(1_000);
  expect([low, normal].map((job) => computer.stateOf(job))).toEqual(['queued', 'transferring']);
  const high = computer.start([`${URL}3`], { priority: priority.high });
  await computer.clock.advance(1_000);
  expect([low, normal, high].map((job) => computer.stateOf(job))).toEqual(['queued', 'queued', 'transferring']);
  computer.suspend(high);
  await computer.clock.advance(1_000);
  expect([low, normal].map((job) => computer.stateOf(job))).toEqual(['queued', 'transferring']);
});

test('jobs of equal priority take turns', async () => {
  const computer = withServer();
  const jobs = [1, 2, 3].map((n) => computer.start([`${URL}${n}`]));
  const running = () => jobs.findIndex((job) => computer.stateOf(job) === 'transferring');
  const order: number[] = [];
  await computer.clock.advance(1_000);
  for (let slice = 0; slice < 7; slice++) {
    order.push(running());
    await computer.clock.advance(TIME_SLICE);
  }
  expect(order).toEqual([0, 1, 2, 0, 1, 2, 0]);
  expect(computer.pathOf(jobs[1]!).slice(0, 6)).toEqual([
    'queued',
    'connecting',
    'transferring',
    'queued',
    'connecting',
    'transferring',
  ]);
});

test('alone, a job goes on without an end of its slice', async () => {
  const computer = withServer();
  const job = computer.start([`${URL}1`]);
  await computer.clock.advance(3 * TIME_SLICE);
  expect(computer.pathOf(job)).toEqual(['queued', 'connecting', 'transferring']);
  const other = computer.start([`${URL}2`]);
  await computer.clock.advance(1_000);
  expect(computer.stateOf(other)).toBe('queued');
  await computer.clock.advance(TIME_SLICE);
  expect([job, other].map((one) => computer.stateOf(one))).toEqual(['queued', 'transferring']);
});

test('lower priorities never have a turn while a higher one transfers', async () => {
  const computer = withServer();
  const [first, second] = [computer.start([`${URL}1`]), computer.start([`${URL}2`])];
  const low = computer.start([`${URL}3`], { priority: priority.low });
  await computer.until(low, 'transferring', 60_000);
  expect([first, second].map((job) => computer.stateOf(job))).toEqual(['transferred', 'transferred']);
});

test('a job that waits for a retry lets others go on', async () => {
  const computer = withServer();
  computer.serve('http://other.test/', { body: 'a', script: [{ then: 'reset', times: 2 }] });
  const failing = computer.start(['http://other.test/'], { priority: priority.high });
  const normal = computer.start([`${URL}1`]);
  await computer.clock.advance(1_000);
  expect([failing, normal].map((job) => computer.stateOf(job))).toEqual(['transientError', 'transferring']);
});

test('a running job changes its priority without being interrupted', async () => {
  const computer = withServer();
  const [first, second] = [computer.start([`${URL}1`]), computer.start([`${URL}2`])];
  await computer.clock.advance(1_000);
  first.priority = priority.foreground;
  computer.engine.jobChanged(first);
  await computer.clock.advance(1_000);
  expect([first, second].map((job) => computer.stateOf(job))).toEqual(['transferring', 'transferring']);
  expect(computer.pathOf(first)).toEqual(['queued', 'connecting', 'transferring']);
});

test('BITS 1.5 processes one job at a time, foreground first', async () => {
  const computer = withServer();
  Object.assign(computer.state, { version: '1.5' });
  const background = computer.start([`${URL}1`], { priority: priority.high });
  const front = [2, 3].map((n) => computer.start([`${URL}${n}`], { priority: priority.foreground }));
  await computer.clock.advance(1_000);
  expect([background, ...front].map((job) => computer.stateOf(job))).toEqual(['queued', 'transferring', 'queued']);
});

test('files that are added while a job is transferred are transferred too', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { size: 500_000 });
  const job = computer.start([URL]);
  await computer.clock.advance(1_000);
  const [file] = job.files;
  job.files.push({ ...structuredClone(file!), index: 1, temporaryName: '', filled: [], bytesTransferred: 0 });
  computer.engine.jobChanged(job);
  await computer.until(job, 'transferred');
  expect(job.files.map(({ completed }) => completed)).toEqual([true, true]);
});

test('the same calls give the same trace', async () => {
  const run = async () => {
    const computer = withServer();
    const jobs = [1, 2, 3].map((n) => computer.start([`${URL}${n}`], { priority: n % 2 === 0 ? 0 : 2 }));
    await computer.clock.advance(400_000);
    computer.change(({ network }) => (network.connected = false));
    await computer.clock.advance(400_000);
    computer.change(({ network }) => (network.connected = true));
    computer.suspend(jobs[0]!);
    await computer.clock.advance(4_000_000);
    return computer.lines.join('\n');
  };
  expect(await run()).toBe(await run());
});
