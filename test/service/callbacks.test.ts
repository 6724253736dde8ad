import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { connect } from '../../lib';
import type { Notice } from '../../lib';
import { expectedOn, milliseconds } from '../support/expected_on';
import { reach, useService } from '../support/service';
import { until } from '../support/until';

const at = useService();

describe('callbacks of the real service', () => {
  test('jobTransferred comes when every file has arrived; the callbacks are withdrawn', async () => {
    const file = at.serve('notified.bin', randomBytes(20_000));
    const job = await at.createJob({ files: [file] });
    const heard: string[] = [];
    const transferred = new Promise<Notice>((resolve) => {
      void job.setNotifyInterface({
        jobTransferred: (notice) => {
          heard.push('jobTransferred');
          resolve(notice);
        },
        jobError: () => heard.push('jobError'),
      });
    });
    expect(await job.getNotifyInterface()).toBe('own');
    await job.resume();
    expect(await transferred).toEqual({});
    expect(await job.getState()).toBe('transferred');
    expect(new Set(heard)).toEqual(new Set(['jobTransferred'])); // at least once, says its page
    await job.setNotifyInterface(null);
    expect(await job.getNotifyInterface()).toBeNull();
    await job.complete();
    expect(fs.existsSync(file.path)).toBe(true);
  });

  test('another connection sees that somebody else has registered', async () => {
    const job = await at.createJob();
    await job.setNotifyInterface({ jobTransferred: () => undefined });
    const other = await connect();
    expect(await (await other.getJob(job.id)).getNotifyInterface()).toBe('other');
    await other.close();
  });

  test.each([
    ['of this library', 'A download. [windows-bits/1 v=0.1.0 owner=o id=0123456789ab part=0]'],
    ['of another program', 'any'],
  ])('the program that registered is killed, on a job %s', async (whose, description) => {
    const job = await at.createJob({ description, files: [at.serve('orphan.bin', randomBytes(1000))] });
    const program = await at.elsewhere.register(job.id);
    const other = await connect(); // that looks while it is there
    expect(await (await other.getJob(job.id)).getNotifyInterface()).toBe('other');
    await other.close();
    await program.kill();
    const waiting = job.wait();
    waiting.catch(() => undefined); // when the next lines fail
    const expected = whose === 'of this library' ? ['own'] : ['own', 'refused'];
    await until(() => expected.includes(job.callbacks ?? ''));
    await job.resume();
    await expect(waiting).resolves.toMatchObject({ state: 'transferred' });
    await job.complete();
  });

  test('jobModification comes while something changes, where the service calls it', async () => {
    const file = at.serve('modified.bin', randomBytes(200_000), {
      chunk: 20_000,
      delay: milliseconds({ windows: 300, others: 50 }),
    });
    const job = await at.createJob({ files: [file] });
    let count = 0;
    await job.setNotifyInterface({
      jobModification: () => {
        count += 1;
      },
    });
    await job.setNotifyFlags(['jobModification']);
    await job.resume();
    await reach(job, 'transferred');
    const [least, most] = expectedOn({ windows: [1, Infinity], wine: [0, 0] });
    await until(() => count >= least); // at low priority, and so perhaps late
    expect(count).toBeLessThanOrEqual(most);
    await job.complete();
  });
});
