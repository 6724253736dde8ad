import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BitsStateError, BitsTransferError } from '../../lib';
import type { BitsJob } from '../../lib';
import { run } from '../support/process';
import { rejection, useService } from '../support/service';

const at = useService();
const onWine = () => at.bits.system.wine !== null;

/** Resumes a job and waits until it goes no further by itself. */
async function settle(job: BitsJob): Promise<string> {
  await job.resume();
  for (let i = 0; i < 1500; i++) {
    const state = await job.getState();
    if (['error', 'transientError', 'transferred'].includes(state)) return state;
    await sleep(20);
  }
  throw new Error(`the job is still ${await job.getState()}`);
}

describe('what a server answers', () => {
  const codes = [
    [400, 'BG_E_HTTP_ERROR_400', false], [401, 'BG_E_HTTP_ERROR_401', false], [404, 'BG_E_HTTP_ERROR_404', false],
    [407, 'BG_E_HTTP_ERROR_407', false], [501, 'BG_E_HTTP_ERROR_501', false], [503, 'BG_E_HTTP_ERROR_503', true],
  ] as const;

  test.each(codes)('%i', async (status, code, retryable) => {
    at.server.files.set(`/${status}`, { status });
    const file = { url: at.server.url(`/${status}`), path: path.join(at.folder, String(status)) };
    const job = await at.createJob({ files: [file] });
    const state = await settle(job);
    const failure = await job.failure();
    expect(failure).toBeInstanceOf(BitsTransferError);
    expect(failure).toMatchObject({
      code, hresult: 0x80190000 + status, httpStatus: status, context: 'remoteFile', jobId: job.id,
      url: file.url, file: { remoteName: file.url, localName: file.path }, transient: state === 'transientError',
    });
    if (onWine()) expect(failure).toMatchObject({ transient: false, retryable }); // Wine has no passing errors
    expect(failure?.advice).toMatch(/\w/);
    const { verdict, text } = await job.explain();
    expect(verdict).toBe(state === 'error' ? 'stopped' : 'waiting');
    expect(text).toContain(code);
  });

  test('500: a passing error, which Wine takes for success', async () => {
    at.server.files.set('/500', { status: 500 });
    const job = await at.createJob({ files: [{ url: at.server.url('/500'), path: path.join(at.folder, '500') }] });
    const state = await settle(job);
    if (onWine()) expect([state, await job.failure()]).toEqual(['transferred', null]);
    else expect(await job.failure()).toMatchObject({ code: 'BG_E_HTTP_ERROR_500', httpStatus: 500 });
  });
});

describe('where nobody answers', () => {
  test.each([
    ['connection refused', 'http://127.0.0.1:1/x'],
    ['unknown host', 'http://nobody.invalid/x'],
    ['a scheme that BITS does not know', 'nonsense://127.0.0.1/x'],
  ])('%s', async (what, url) => {
    const creating = at.createJob({ files: [{ url, path: path.join(at.folder, 'nobody') }] });
    if (!onWine() && what.startsWith('a scheme')) {
      expect(await rejection(creating)).toMatchObject({ name: 'BitsArgumentError' }); // refused at once
      return;
    }
    const job = await creating;
    const state = await settle(job);
    const failure = await job.failure();
    expect(failure).toBeInstanceOf(BitsTransferError);
    // Wine's service goes to the state error and tells nothing about why.
    if (onWine()) expect([state, failure?.code, failure?.context]).toEqual(['error', 'BG_E_ERROR_INFORMATION_UNAVAILABLE', 'unknown']);
    else expect(failure).toMatchObject({ context: expect.stringMatching(/transport|remoteFile/), retryable: true });
  });
});

describe('where the file cannot go', () => {
  test('the folder is missing', async () => {
    const file = { ...at.serve('lost.bin', Buffer.alloc(10)), path: path.join(at.folder, 'none', 'lost.bin') };
    const creating = at.createJob({ files: [file] });
    if (onWine()) {
      const job = await creating;
      expect(await settle(job)).toBe('transferred'); // Wine looks at the folder when it completes
      expect(await job.complete()).toBe('partial');
      expect(fs.existsSync(file.path)).toBe(false);
      return;
    }
    const outcome = await creating.then(async (job) => (await settle(job), job.failure()), (error: unknown) => error);
    expect(outcome).toMatchObject({ hresult: 0x80070003 });
  });

  test('the target is read-only', async () => {
    const file = at.serve('readonly.bin', Buffer.alloc(10, 7));
    fs.writeFileSync(file.path, 'old');
    fs.chmodSync(file.path, 0o444);
    const job = await at.createJob({ files: [file] });
    expect(await settle(job)).toBe('transferred');
    const completing = job.complete();
    if (onWine()) {
      expect(await completing).toBe('complete'); // Wine replaces it
      expect(fs.readFileSync(file.path).equals(Buffer.alloc(10, 7))).toBe(true);
    } else {
      expect(await rejection(completing)).toMatchObject({ name: 'BitsAccessError', code: 'E_ACCESSDENIED' });
      expect(await job.getState()).toBe('transferred'); // nothing is lost: it can be completed again
    }
    fs.chmodSync(file.path, 0o666);
  });
});

test('a job that another process has cancelled', async () => {
  const job = await at.createJob({ files: [at.serve('taken.bin', Buffer.alloc(10))] });
  const script = path.join(__dirname, '../support/cancel_job.js');
  await run(process.execPath, [script, job.id]);
  expect(await job.getState()).toBe('cancelled');
  const error = await rejection(job.resume());
  expect(error).toBeInstanceOf(BitsStateError);
  expect(error).toMatchObject({ code: 'BG_E_INVALID_STATE', state: 'cancelled' });
  expect(await job.explain()).toMatchObject({ verdict: 'ended', state: 'cancelled' });
});

test('describeError: a text, or null where the service has none', async () => {
  const text = await at.bits.describeError(0x80200003, 0x0407);
  if (onWine()) expect(text).toBeNull();
  else expect(text).toMatch(/^\S[^\n]{10,}\S$/);
});
