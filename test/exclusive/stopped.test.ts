import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BitsError } from '../../lib';
import { net, reach, rejection, useService } from '../support/service';

const at = useService();
const slow = (name: string) => {
  const file = at.serve(name, randomBytes(100_000));
  Object.assign(at.server.files.get(`/${name}`) ?? {}, { chunk: 2500, delay: 50 });
  return file;
};

// Stopping the service is for those who may; the tests of a package that works without rights are not the place to ask.
test('the service is stopped and started in the middle: everything that waits settles with what happened', async () => {
  const wine = at.bits.system.wine !== null;
  const owner = `stopped ${process.pid}`;
  const job = await at.createJob({ files: [slow('stopped1.bin')] });
  await job.resume();
  await reach(job, 'transferring');
  const target = slow('stopped2.bin');
  const outcomes = [
    job.wait({ serviceTimeout: 15_000 }),
    at.bits.download({ ...target, owner, serviceTimeout: 15_000 }),
    (async () => { for await (const snapshot of job.watch({ serviceTimeout: 15_000 })) if (snapshot.state === 'transferred') return snapshot; return null; })(),
  ].map((promise) => promise.then((value: unknown) => value, (error: unknown) => error));
  await sleep(300);
  await net('stop');
  await net('start').catch(() => undefined); // those who wait may have woken it already
  const settled = await Promise.all(outcomes);
  // Wine's jobs do not survive: they are gone, and that is what is said. But it finishes what it is transferring before it
  // stops, and who looks at the right moment may see that.
  const survived = settled.map((outcome) => !(outcome instanceof BitsError));
  if (!wine) expect(survived).toEqual([true, true, true]);
  settled.forEach((outcome, i) => { if (survived[i]) expect(outcome).not.toBeInstanceOf(Error); });
  expect(fs.existsSync(target.path)).toBe(survived[1]);
  // The connection is as good as new.
  const again = await at.createJob({ files: [at.serve('after.bin', randomBytes(1000))] });
  await again.resume();
  await again.wait();
  expect(await again.complete()).toBe('complete');
  expect(fs.existsSync(path.join(at.folder, 'after.bin'))).toBe(true);
  expect(await rejection(job.wait({ timeout: 5000 }))).toBeInstanceOf(BitsError);
});
