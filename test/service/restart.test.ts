import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { BitsNotFoundError, BitsUnavailableError } from '../../lib';
import { rejection, useService } from '../support/service';

const at = useService();

/** What an administrator would do. The next call starts the service again. */
async function stopService(): Promise<void> {
  await promisify(execFile)(path.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'net.exe'), ['stop', 'bits']);
}

describe('the service is stopped, and starts again', () => {
  test('the next call works, or tells that the job has gone', async () => {
    const job = await at.createJob({ files: [at.serve('before.bin', Buffer.alloc(10))] });
    await stopService();

    // Wine's queue is in memory; Windows keeps the job.
    if (at.bits.system.wine === null) expect(await job.getState()).toBe('suspended');
    else expect(await rejection(job.getState())).toBeInstanceOf(BitsNotFoundError);

    const fresh = await at.createJob();
    expect(await fresh.getState()).toBe('suspended');
    expect((await at.bits.getJobs()).map(({ id }) => id)).toContain(fresh.id);
  });

  test('a call that must not be repeated says so, and the one after it connects again', async () => {
    await at.bits.getJobs();
    await stopService();
    // Windows starts the service for the call; where the old connection is found broken, the call is not repeated.
    const error = await at.bits.createJob({ name: 'not repeated' }).then(() => undefined, (reason: unknown) => reason);
    if (error !== undefined) {
      expect(error).toBeInstanceOf(BitsUnavailableError);
      expect(error).toMatchObject({ reason: 'rpc', method: 'IBackgroundCopyManager::CreateJob' });
      expect((error as Error).message).toContain('not repeated');
    }
    const job = await at.createJob();
    expect(await job.getState()).toBe('suspended');
  });
});
