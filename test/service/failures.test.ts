import fs from 'node:fs';
import path from 'node:path';
import { BitsStateError, BitsTransferError } from '../../lib';
import type { BitsError, BitsJob } from '../../lib';
import { expectedOn } from '../support/expected_on';
import { rejection } from '../support/outcome';
import { oneOf, useService } from '../support/service';
import { until } from '../support/until';

const at = useService();

/** Resumes a job and waits until it goes no further by itself. */
async function settle(job: BitsJob): Promise<string> {
  await job.resume();
  let state = '';
  await until(async () => ['error', 'transientError', 'transferred'].includes((state = await job.getState())), {
    what: () => `the job, which is ${state}, to go no further`,
    limit: 60_000,
  });
  return state;
}

describe('what a server answers', () => {
  // Wine has no transient errors.
  const stopped = { windows: 'error', wine: 'error' };
  const codes = [
    [400, 'BG_E_HTTP_ERROR_400', false, stopped],
    [401, 'BG_E_HTTP_ERROR_401', false, stopped],
    [404, 'BG_E_HTTP_ERROR_404', false, stopped],
    [407, 'BG_E_HTTP_ERROR_407', false, { windows: oneOf('error', 'transientError'), wine: 'error' }],
    [501, 'BG_E_HTTP_ERROR_501', false, stopped],
    [503, 'BG_E_HTTP_ERROR_503', true, { windows: 'transientError', wine: 'error' }],
  ] as const;

  test.each(codes)('%i', async (status, code, retryable, states) => {
    at.server.files.set(`/${status}`, { status });
    const file = { url: at.server.url(`/${status}`), path: path.join(at.folder, String(status)) };
    const job = await at.createJob({ files: [file] });
    const state = await settle(job);
    expect(state).toEqual(expectedOn(states));
    const failure = await job.failure();
    expect(failure).toBeInstanceOf(BitsTransferError);
    expect(failure).toMatchObject({
      code,
      hresult: 0x80190000 + status,
      httpStatus: status,
      context: 'remoteFile',
      jobId: job.id,
      url: file.url,
      file: { remoteName: file.url, localName: file.path },
      transient: state === 'transientError',
    });
    expect(failure).toMatchObject(expectedOn<object>({ windows: {}, wine: { retryable } }));
    expect(failure?.advice).toMatch(/\w/);
    const { verdict, text } = await job.explain();
    expect(verdict).toBe(state === 'error' ? 'stopped' : 'waiting');
    expect(text).toContain(code);
  });

  test('500: a transient error, which Wine takes for success', async () => {
    at.server.files.set('/500', { status: 500 });
    const job = await at.createJob({ files: [{ url: at.server.url('/500'), path: path.join(at.folder, '500') }] });
    const state = await settle(job);
    const failure = expect.objectContaining({ code: 'BG_E_HTTP_ERROR_500', httpStatus: 500 });
    expect([state, await job.failure()]).toEqual(
      expectedOn<unknown>({ windows: [expect.any(String), failure], wine: ['transferred', null] }),
    );
  });
});

describe('where nobody answers', () => {
  // Wine's service goes to the state error and tells nothing about why.
  const untold = { state: 'error', code: 'BG_E_ERROR_INFORMATION_UNAVAILABLE', context: 'unknown' };
  test.each([
    ['connection refused', 'http://127.0.0.1:1/x'],
    ['unknown host', 'http://nobody.invalid/x'],
  ])('%s', async (_, url) => {
    const job = await at.createJob({ files: [{ url, path: path.join(at.folder, 'nobody') }] });
    const state = await settle(job);
    const failure = await job.failure();
    expect(failure).toBeInstanceOf(BitsTransferError);
    expect({ state, code: failure?.code, context: failure?.context, retryable: failure?.retryable }).toMatchObject(
      expectedOn<object>({
        windows: { state: 'transientError', context: oneOf('transport', 'remoteFile'), retryable: true },
        wine: untold,
      }),
    );
  });

  // Whether AddFile or the transfer refuses it is not documented.
  test('a scheme that BITS does not know: refused at once, or an error of the job', async () => {
    const adding = at.createJob({ files: [{ url: 'nonsense://127.0.0.1/x', path: path.join(at.folder, 'nobody') }] });
    const answer = await adding.then(
      async (job) => {
        const state = await settle(job);
        const failure = await job.failure();
        return { state, name: failure?.name, code: failure?.code, context: failure?.context };
      },
      (error: unknown) => ({ state: 'refused', name: (error as Error).name }),
    );
    expect(answer).toMatchObject(
      expectedOn<object>({
        windows: { state: oneOf('refused', 'error', 'transientError'), name: expect.stringMatching(/^Bits\w+Error$/) },
        wine: untold,
      }),
    );
  });
});

describe('where the file cannot go', () => {
  test('the folder is missing', async () => {
    const file = { ...at.serve('lost.bin', Buffer.alloc(10)), path: path.join(at.folder, 'none', 'lost.bin') };
    const creating = at.createJob({ files: [file] });
    // Wine looks at the folder when it completes.
    const outcome = await creating.then(
      async (job) => ({
        state: await settle(job),
        hresult: (await job.failure())?.hresult,
        result: await job.complete().catch(() => 'refused'),
      }),
      (error: unknown) => ({ state: 'refused', hresult: (error as BitsError).hresult }),
    );
    expect(outcome).toMatchObject(
      expectedOn<object>({
        windows: { state: oneOf('refused', 'error'), hresult: 0x80070003 },
        wine: { state: 'transferred', result: 'partial' },
      }),
    );
    expect(fs.existsSync(file.path)).toBe(false);
  });

  test('the target is read-only', async () => {
    const file = at.serve('readonly.bin', Buffer.alloc(10, 7));
    fs.writeFileSync(file.path, 'old');
    fs.chmodSync(file.path, 0o444);
    // Where Windows refuses it, if it does, is not documented; Wine replaces the file.
    const denied = (error: unknown) => {
      expect(error).toMatchObject({ code: 'E_ACCESSDENIED' });
      return 'refused';
    };
    let outcome: string;
    try {
      outcome = await at.createJob({ files: [file] }).then(async (job) => {
        const state = await settle(job);
        if (state !== 'transferred') return denied(await job.failure());
        const result = await job.complete().catch(denied);
        if (result === 'refused') expect(await job.getState()).toBe('transferred'); // it can be completed again
        return result;
      }, denied);
    } finally {
      fs.chmodSync(file.path, 0o666);
    }
    expect(outcome).toEqual(expectedOn({ windows: oneOf('refused', 'complete'), wine: 'complete' }));
    const now = fs.readFileSync(file.path);
    expect(now.equals(outcome === 'complete' ? Buffer.alloc(10, 7) : Buffer.from('old'))).toBe(true);
  });
});

test('a job that another program has cancelled', async () => {
  const job = await at.createJob({ files: [at.serve('taken.bin', Buffer.alloc(10))] });
  await at.elsewhere.cancel(job.id);
  expect(await job.getState()).toBe('cancelled');
  const error = await rejection(job.resume());
  expect(error).toBeInstanceOf(BitsStateError);
  expect(error).toMatchObject({ code: 'BG_E_INVALID_STATE', state: 'cancelled' });
  expect(await job.explain()).toMatchObject({ verdict: 'ended', state: 'cancelled' });
});

test('describeError: a text, or null where the service has none', async () => {
  const text = await at.bits.describeError(0x80200003, 0x0407);
  expect(text).toEqual(expectedOn({ windows: expect.stringMatching(/^\S[^\n]{10,}\S$/), wine: null }));
});
