import { connect } from '../../lib';
import { expectedOn } from '../support/expected_on';
import { ACTIVE, oneOf, reach, stopService, useService } from '../support/service';

const at = useService();

describe('the service is stopped, and starts again', () => {
  test('the next call works, or says that the job has gone', async () => {
    const file = at.serve('before.bin', Buffer.alloc(200_000), { chunk: 10_000, delay: 200 });
    const job = await at.createJob({ files: [file] });
    await job.resume();
    await reach(job, 'transferring');
    await stopService(at);

    // Wine's queue is in memory; Windows keeps the job.
    const outcome = await job.getState().catch((error: unknown) => (error as Error).name);
    expect(outcome).toEqual(
      expectedOn({ windows: oneOf(...ACTIVE, 'transientError', 'transferred'), wine: 'BitsNotFoundError' }),
    );

    const fresh = await at.createJob();
    expect(await fresh.getState()).toBe('suspended');
    expect((await at.bits.getJobs()).map(({ id }) => id)).toContain(fresh.id);
  });

  test('a call that was not executed is repeated, even one that must not run twice', async () => {
    const other = await connect(); // whose connection is not tried in the meantime
    await other.getJobs();
    await stopService(at);
    const job = await other.createJob({ name: 'not repeated, but made' });
    expect(await job.getState()).toBe('suspended');
    await job.cancel();
    await other.close();
  });
});
