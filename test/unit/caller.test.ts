import { HOST } from '../../lib/host';
import { FINAL_LIMIT } from '../../lib/util/limits';
import { Caller } from '../../lib/download/caller';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const hanging = new Promise<never>(() => undefined);
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
const call = (signal: AbortSignal | undefined, timeout: number, onProgress?: (progress: number) => void) =>
  new Caller<number>(HOST.clock, 'the download', { signal, timeout }, onProgress);

test.each([
  ['a value', Promise.resolve(1), { value: 1 }],
  ['an error', Promise.reject(new Error('no')), { error: new Error('no') }],
])('%s passes; no timer and no listener is left', async (_, promise, expected) => {
  const { signal } = new AbortController();
  const remove = jest.spyOn(signal, 'removeEventListener');
  const caller = call(signal, 1000);
  expect(await outcome(caller.resultOf(promise))).toEqual(expected);
  caller.end();
  expect(jest.getTimerCount()).toBe(0);
  expect(remove).toHaveBeenCalledTimes(1);
});

test.each(['before', 'after'])('an abort %s it begins is answered even when the work hangs', async (when) => {
  const abort = new AbortController();
  if (when === 'before') abort.abort('enough');
  const caller = call(abort.signal, 1e9);
  const ended = outcome(caller.resultOf(hanging));
  if (when === 'after') abort.abort('enough');
  expect(caller.signal.aborted).toBe(true);
  jest.advanceTimersByTime(FINAL_LIMIT);
  expect(await ended).toMatchObject({ error: { code: 'BITS_ABORTED', cause: 'enough', left: 'detached' } });
});

test('when the time is over the work is told, and the caller a moment later where it hangs', async () => {
  const caller = call(undefined, 5000);
  const seen: unknown[] = [];
  const ended = outcome(caller.resultOf(hanging)).then((end) => seen.push(end));
  jest.advanceTimersByTime(5000);
  expect(caller).toMatchObject({ timedOut: true, signal: { aborted: true } });
  jest.advanceTimersByTime(FINAL_LIMIT - 1);
  await Promise.resolve();
  expect(seen).toEqual([]);
  jest.advanceTimersByTime(1);
  await ended;
  expect(seen).toMatchObject([{ error: { code: 'BITS_TIMEOUT', timeout: 5000 } }]);
});

test('who has joined the work of another is told at once', async () => {
  const ended = outcome(call(undefined, 5000).resultOfShared(hanging));
  jest.advanceTimersByTime(5000);
  expect(await ended).toMatchObject({ error: { code: 'BITS_TIMEOUT' } });
});

test('the first reason counts', () => {
  const abort = new AbortController();
  const caller = call(abort.signal, 5000, () => {
    throw new Error('boom');
  });
  caller.report(1);
  abort.abort('later');
  jest.advanceTimersByTime(5000);
  expect(caller.timedOut).toBe(false);
  expect(caller.error()).toMatchObject({ code: 'BITS_ABORTED', cause: { message: 'boom' } });
});

test('without limits there is no timer', () => {
  void call(undefined, Infinity).resultOf(hanging);
  expect(jest.getTimerCount()).toBe(0);
});
