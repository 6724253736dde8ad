import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expectedOn } from '../support/expected_on';
import { held } from '../support/double';
import { reach, useService } from '../support/service';

const at = useService();
const MB = 1024 * 1024;
/** Milliseconds: a busy machine takes several times what an idle one does, which is half a minute. */
const LIMIT = 300_000;

/** Runs something, first to be warm and then for the record, and prints how long the event loop stood still. */
async function measured(what: string, rounds: number, once: (round: number) => Promise<unknown>): Promise<void> {
  const work = async (count: number) => {
    for (let i = 0; i < count; i++) await once(i);
  };
  await work(rounds / 5); // until V8 has compiled it and its heap has the size that the work needs
  const before = await held();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const started = performance.now();
  await work(rounds);
  const elapsed = performance.now() - started;
  delay.disable();
  const after = await held();
  const longest = delay.max / 1e6;
  console.log(
    `${what}: ${elapsed.toFixed(0)} ms; handles ${before.handles} -> ${after.handles}, ` +
      `private ${(before.privateBytes / MB).toFixed(1)} -> ${(after.privateBytes / MB).toFixed(1)} MB, ` +
      `longest event-loop delay ${longest.toFixed(1)} ms`,
  );
  expect(after.handles - before.handles).toBeLessThan(20);
  expect(after.privateBytes - before.privateBytes).toBeLessThan(8 * MB);
}

describe('handles and memory stay flat', () => {
  test(
    '10,000 calls of getState()',
    async () => {
      const job = await at.createJob();
      await measured('10,000 getState()', 10_000, () => job.getState());
    },
    LIMIT,
  );

  test(
    'jobs created and cancelled',
    async () => {
      // Windows writes every change of its queue to the disk.
      const rounds = expectedOn({ windows: 200, wine: 1000 });
      await measured(`${rounds} createJob() and cancel()`, rounds, async (i) => {
        await (await at.bits.createJob({ name: `endurance ${i}` })).cancel();
      });
    },
    LIMIT,
  );

  // Wine's service keeps ended jobs in its list until it transfers something.
  afterAll(async () => {
    const job = await at.createJob({ files: [at.serve('last.bin', Buffer.alloc(10))] });
    await job.resume();
    await reach(job, 'transferred');
    await job.cancel();
  });
});
