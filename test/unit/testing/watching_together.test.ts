import { simulateBits } from '../../../lib/testing';
import type { BitsJob } from '../../../lib';

const URL = 'https://example.com/app.zip';
const POLLS = ['IBackgroundCopyManager::JobChanges', 'IBackgroundCopyJob::Snapshot'];

/** Jobs that are not transferred, and a connection that watches them. */
async function watching(count: number) {
  const sim = simulateBits({ user: { kind: 'administrator', elevated: true } }); // others may have 60 jobs
  sim.serve(URL, { size: 1000 });
  const bits = await sim.connect();
  const jobs: BitsJob[] = [];
  for (let i = 0; i < count; i++) {
    const job = await bits.createJob({ name: `${i}`, files: [{ url: URL, path: `C:\\data\\${i}.zip` }] });
    job.on('modified', () => undefined);
    jobs.push(job);
    await sim.clock.advance(37); // so that they do not begin together
  }
  await sim.clock.advance(20_000);
  const before = sim.calls.length;
  const callsSince = () => sim.calls.slice(before).map(({ method }) => method);
  return { sim, bits, jobs, callsSince };
}

test('100 idle jobs are polled together: by at most one call to the addon in two seconds, and nothing else', async () => {
  const { sim, bits, callsSince } = await watching(100);
  await sim.clock.advance(60_000);
  const calls = callsSince();
  expect(calls.filter((method) => !POLLS.includes(method))).toEqual([]);
  expect(calls.filter((method) => method === 'IBackgroundCopyJob::Snapshot')).toEqual([]);
  expect(calls.length).toBeGreaterThanOrEqual(25);
  expect(calls.length).toBeLessThanOrEqual(31);
  await bits.close();
  sim.dispose();
});

test('what changes is noticed all the same, and only that job is read', async () => {
  const { sim, bits, jobs, callsSince } = await watching(20);
  const changed: string[] = [];
  jobs[7]!.on('stateChange', ({ state, job }) => changed.push(`${job.id} ${state}`));
  const other = await sim.connect(); // another connection, so that only looks can tell
  await (await other.getJob(jobs[7]!.id)).resume();
  await sim.clock.advance(5000);
  expect(changed.at(-1)).toBe(`${jobs[7]!.id} transferred`);
  const read = sim.calls.filter(({ method, job }) => method === POLLS[1] && job !== jobs[7]!.id);
  expect(callsSince()).toContain(POLLS[0]);
  expect(read.slice(-1)[0]?.time ?? 0).toBeLessThan(sim.clock.now.getTime() - 5000);
  await other.close();
  await bits.close();
  sim.dispose();
});
