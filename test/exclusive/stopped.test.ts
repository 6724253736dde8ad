import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BitsError } from '../../lib';
import { expectedOn } from '../support/expected_on';
import { net, reach, useService } from '../support/service';

const at = useService();
const slow = (name: string) =>
  at.serve(name, randomBytes(100_000), { chunk: 2500, delay: expectedOn({ windows: 200, wine: 50 }) });

// Stopping the service is for those who may; the tests of a package that works without rights are not the place to ask.
test('the service is stopped and started while calls wait: each settles with what happened', async () => {
  const app = `stopped ${process.pid}`;
  // Windows takes its time to stop a service that has work to do, and to start it again.
  const serviceTimeout = expectedOn({ windows: 60_000, wine: 15_000 });
  const job = await at.createJob({ files: [slow('stopped1.bin')] });
  await job.resume();
  await reach(job, 'transferring');
  const target = slow('stopped2.bin');
  const outcomes = [
    job.wait({ serviceTimeout }),
    at.bits.download({ ...target, app, serviceTimeout }),
    (async () => {
      for await (const snapshot of job.watch({ serviceTimeout })) if (snapshot.state === 'transferred') return snapshot;
      return null;
    })(),
  ].map((promise) =>
    promise.then(
      (value: unknown) => value,
      (error: unknown) => error,
    ),
  );
  await sleep(300);
  await net('stop');
  await net('start').catch(() => undefined); // those who wait may have woken it already
  const settled = await Promise.all(outcomes);
  // Wine's jobs do not survive: they are gone, and that is what is said. But it finishes what it is transferring before it
  // stops, and who looks at the right moment may see that.
  const survived = settled.map((outcome) => !(outcome instanceof BitsError));
  const either = expect.any(Boolean) as boolean;
  expect(survived).toEqual(expectedOn({ windows: [true, true, true], wine: [either, either, either] }));
  settled.forEach((outcome, i) => {
    if (survived[i]) expect(outcome).not.toBeInstanceOf(Error);
  });
  expect(fs.existsSync(target.path)).toBe(survived[1]);
  // The connection is as good as new.
  const again = await at.createJob({ files: [at.serve('after.bin', randomBytes(1000))] });
  await again.resume();
  await again.wait();
  expect(await again.complete()).toBe('complete');
  expect(fs.existsSync(path.join(at.folder, 'after.bin'))).toBe(true);
  // The queue of Windows survives; of what Wine had, at most what it had just finished can still be seen.
  const later = await job.wait({ timeout: 5000 }).then(
    ({ state }) => state,
    (error: unknown) => (error instanceof BitsError ? 'gone' : error),
  );
  expect(later).toEqual(expectedOn({ windows: 'transferred', wine: 'gone' }));
}, 240_000);
