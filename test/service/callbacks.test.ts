import { randomBytes } from 'node:crypto';
import { connect } from '../../lib';
import { useService } from '../support/service';
import { until } from '../support/until';

const at = useService();

describe('callbacks of the real service', () => {
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
});
