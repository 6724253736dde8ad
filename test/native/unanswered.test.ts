import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BitsUnavailableError } from '../../lib';
import { double } from '../support/double';
import { runToEnd } from '../support/process';
import { rejection } from '../support/outcome';
import { until } from '../support/until';
import { useDouble } from '../support/use_double';

// What becomes of calls that the service does not answer, of those behind them, and of those that it answers too late.

const ID = '{01234567-89ab-cdef-0123-456789abcdef}';
const OTHER = '{01234567-89ab-cdef-0123-456789abcde0}';
const LIMIT = 1000;
const JOB = (method: string) => `IBackgroundCopyJob::${method}`;

const at = useDouble([{ id: ID }, { id: OTHER }], { serviceTimeout: LIMIT, closeTimeout: LIMIT });

beforeEach(() => {
  double.script(JOB('GetState'), { out: [2] });
  double.calls();
});

const called = (method: string) => double.calls().filter((call) => call.method === method);
const timed = async <T>(promise: Promise<T>) => {
  const began = performance.now();
  return { value: await promise, took: performance.now() - began };
};

test('a call that is not answered says which it was, and that it may still take effect', async () => {
  double.script(JOB('Resume'), { block: true });
  const { value: error, took } = await timed(rejection(at.job.resume()));
  expect(error).toBeInstanceOf(BitsUnavailableError);
  expect(error).toMatchObject({
    code: 'BITS_NO_ANSWER',
    method: JOB('Resume'),
    jobId: ID,
    reason: 'rpc',
    retryable: true,
  });
  expect((error as Error).message).toMatch(/^IBackgroundCopyJob::Resume: .* may still take effect/);
  expect(took).toBeGreaterThan(LIMIT - 50);
  expect(took).toBeLessThan(LIMIT + 2000);
});

test('calls queued behind it fail at once and are not made, other jobs go on, and later all is as before', async () => {
  const other = await at.bits.getJob(OTHER);
  double.script(JOB('Resume'), { block: true, job: ID });
  await rejection(at.job.resume());
  double.calls();
  const { value: error, took } = await timed(rejection(at.job.suspend()));
  expect(error).toMatchObject({ code: 'BITS_NO_ANSWER', method: JOB('Suspend') });
  expect((error as Error).message).toContain('was not attempted: the BITS service has not answered an earlier call');
  expect(took).toBeLessThan(LIMIT / 2);
  expect(await other.getState()).toBe('transferring');
  expect(await at.bits.getJobs()).toHaveLength(2);
  double.release();
  await until(() => !double.blocked().includes(JOB('Resume')));
  await sleep(50);
  expect(await at.job.getState()).toBe('transferring');
  expect(called(JOB('Suspend'))).toEqual([]);
});

test('time spent behind calls that are answered does not count', async () => {
  double.script(JOB('AddFile'), { delayMs: 700 });
  await Promise.all([1, 2, 3].map((i) => at.job.addFile(`http://h/${i}`, `C:\\${i}`)));
});

test('a job that is created too late is cancelled, even when the connection has been closed by then', async () => {
  for (const closed of [false, true]) {
    double.script('IBackgroundCopyManager::CreateJob', { block: true });
    const manager = await double.connect({ serviceTimeout: LIMIT, closeTimeout: 100 });
    expect(await rejection(manager.createJob({ name: 'late' }))).toMatchObject({ code: 'BITS_NO_ANSWER' });
    if (closed) await manager.close();
    double.calls();
    double.release();
    await until(() => called(JOB('Cancel')).length === 1);
    await manager.close();
  }
});

test('callbacks that are registered too late are withdrawn', async () => {
  double.script(JOB('SetNotifyInterface'), { block: true });
  await rejection(at.job.setNotifyInterface({ jobTransferred: () => undefined }));
  expect(called(JOB('SetNotifyInterface'))).toHaveLength(1);
  double.release();
  const seen: unknown[] = [];
  await until(() => seen.push(...called(JOB('SetNotifyInterface'))) > 0);
  expect(seen).toMatchObject([{ args: { Val: null } }]);
  await until(() => double.counts().clients === 0);
});

test('a watcher with a hanging call tells those who wait, and looks again once the call has come back', async () => {
  const events: unknown[] = [];
  at.job.on('error', (error) => events.push(error)).on('transferred', () => events.push('transferred'));
  await until(() => at.job.callbacks === 'own');
  double.script(JOB('GetPriority'), { block: true });
  const hanging = Promise.allSettled([at.job.getPriority()]); // an answer may still come in time
  await double.untilBlocked(JOB('GetPriority'));
  const { value: error, took } = await timed(rejection(at.job.wait({ serviceTimeout: LIMIT })));
  expect(error).toMatchObject({ code: 'BITS_NO_ANSWER' });
  expect(took).toBeLessThan(LIMIT + 2000);
  await until(() => events.length > 0);
  double.script(JOB('GetState'), { out: [6] });
  double.release();
  await until(() => events.length > 1);
  expect(events).toMatchObject([{ code: 'BITS_NO_ANSWER' }, 'transferred']);
  await hanging;
}, 60_000);

test.each([
  ['suspend', 'Suspend'],
  ['cancel', 'Cancel'],
] as const)('an abort with %s that hangs is answered, and goes on in the background', async (onAbort, method) => {
  const abort = new AbortController();
  const waiting = rejection(at.job.wait({ signal: abort.signal, onAbort }));
  await until(() => at.job.callbacks === 'own');
  double.script(JOB(method), { block: true });
  double.calls();
  abort.abort();
  const { value: error, took } = await timed(waiting);
  expect(took).toBeLessThan(2000);
  expect(error).toMatchObject({ code: 'BITS_ABORTED', left: 'detached', refused: { code: 'BITS_NO_ANSWER' } });
  await double.untilBlocked(JOB(method));
  double.release();
  await until(() => double.blocked().length === 0);
  await sleep(50);
  expect(called(JOB(method))).toMatchObject([{ hresult: 0 }]);
});

test('close() is over in time, calls that hang reject, and nothing is called any more', async () => {
  double.script(JOB('GetState'), { block: true });
  const calls = [at.job.getState(), at.job.getType()].map(rejection);
  await double.untilBlocked(JOB('GetState'));
  const { took } = await timed(at.bits.close());
  expect(took).toBeLessThan(LIMIT + 2000);
  expect(await Promise.all(calls)).toMatchObject([{ code: 'BITS_NO_ANSWER' }, { code: 'BITS_NO_ANSWER' }]);
  expect(await rejection(at.job.getState())).toMatchObject({ code: 'BITS_CLOSED' });
});

test.each([
  ['close', 'reached'],
  ['give up', 'reached'],
  ['exit', ''],
])('a process with a call that hangs ends by itself: %s', async (ending, output) => {
  const { code, stdout } = await runToEnd([path.join(__dirname, '../support/hang_child.js'), ending], 30_000);
  expect({ code, output: stdout.trim() }).toEqual({ code: 0, output });
});
