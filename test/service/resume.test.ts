import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { BitsStateError, connect } from '../../lib';
import { milliseconds } from '../support/expected_on';
import { rejection } from '../support/outcome';
import { ACTIVE, oneOf, reach, useService } from '../support/service';

const at = useService();

describe('IBackgroundCopyJob::Resume on the real service', () => {
  test('a new job is SUSPENDED', async () => {
    const job = await at.createJob();
    expect(await job.getState()).toBe('suspended');
  });

  test('resume() moves the job out of SUSPENDED into the queue, and it reaches TRANSFERRED by itself', async () => {
    const body = randomBytes(300_000);
    const file = at.serve('plain.bin', body);
    const job = await at.createJob({ files: [file] });

    await job.resume();
    expect(await job.getState()).toMatch(/^(queued|connecting|transferring|transferred)$/);
    await reach(job, 'transferred');
    expect(fs.existsSync(file.path)).toBe(false); // only complete() gives the file its name
    expect(await job.complete()).toBe('complete');
    expect(fs.readFileSync(file.path).equals(body)).toBe(true);
  });

  test('resume() on a job with no files: BG_E_EMPTY (0x80200003)', async () => {
    const job = await at.createJob();
    const error = await rejection(job.resume());
    expect(error).toBeInstanceOf(BitsStateError);
    expect(error).toMatchObject({
      code: 'BG_E_EMPTY',
      hresult: 0x80200003,
      method: 'IBackgroundCopyJob::Resume',
      jobId: job.id,
      state: 'suspended',
    });
    expect(await job.getState()).toBe('suspended');
  });

  test('resume() on a cancelled job: BG_E_INVALID_STATE (0x80200002)', async () => {
    const job = await at.createJob();
    expect(await job.cancel()).toBe('cancelled');
    const error = await rejection(job.resume());
    expect(error).toBeInstanceOf(BitsStateError);
    expect(error).toMatchObject({ code: 'BG_E_INVALID_STATE', hresult: 0x80200002, state: 'cancelled' });
  });

  test('resume() on an acknowledged job: BG_E_INVALID_STATE (0x80200002)', async () => {
    const job = await at.createJob({ files: [at.serve('done.bin', randomBytes(1000))] });
    await job.resume();
    await reach(job, 'transferred');
    await job.complete();
    const error = await rejection(job.resume());
    expect(error).toBeInstanceOf(BitsStateError);
    expect(error).toMatchObject({ code: 'BG_E_INVALID_STATE', hresult: 0x80200002, state: 'acknowledged' });
  });

  test('a job in ERROR (404) is resumed after the cause is fixed, and completes', async () => {
    const body = randomBytes(50_000);
    const url = at.server.url('/late.bin');
    const target = path.join(at.folder, 'late.bin');
    const job = await at.createJob({ files: [{ url, path: target }] });

    await job.resume();
    await reach(job, 'error');
    const failure = await job.getError();
    expect(await failure.getError()).toEqual({ context: 'remoteFile', hresult: 0x80190194 });
    expect(await (await failure.getFile()).getRemoteName()).toBe(url);

    at.server.files.set('/late.bin', { body });
    await job.resume();
    await reach(job, 'transferred');
    expect(await job.complete()).toBe('complete');
    expect(fs.readFileSync(target).equals(body)).toBe(true);
  });

  test('a job resumed while already transferring: S_OK, and nothing changes', async () => {
    const body = randomBytes(400_000);
    const file = at.serve('slow.bin', body, { chunk: 20_000, delay: milliseconds({ windows: 200, others: 50 }) });
    const job = await at.createJob({ files: [file] });

    await job.resume();
    await reach(job, 'transferring');
    await expect(job.resume()).resolves.toBeUndefined();
    expect(await job.getState()).toEqual(oneOf(...ACTIVE));
    await reach(job, 'transferred');
    await job.complete();
    expect(fs.readFileSync(file.path).equals(body)).toBe(true);
  });

  test('the manager finds the job by GUID from another process, and resumes it there', async () => {
    const body = randomBytes(100_000);
    const file = at.serve('other.bin', body);
    const job = await at.createJob({ files: [file] });

    await at.elsewhere.resume(job.id.toUpperCase());

    await reach(job, 'transferred');
    await job.complete();
    expect(fs.readFileSync(file.path).equals(body)).toBe(true);
  });

  test('several connections of one process see the same job', async () => {
    const job = await at.createJob();
    const other = await connect();
    expect(await (await other.getJob(job.id)).getState()).toBe('suspended');
    await other.close();
    expect(await job.getState()).toBe('suspended');
  });
});
