import { HOST } from '../../lib/host';
import { afterTime, valueWithin, withLimits, onceAborted, afterAbort } from '../../lib/util/deadline';

const { clock } = HOST;
const hanging = new Promise<never>(() => undefined);
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
const late = () => new Error('late');

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

test('settles as the work does, and no timer is left', async () => {
  expect(await withLimits(Promise.resolve(1), afterTime(clock, 10, late))).toBe(1);
  expect(await outcome(withLimits(Promise.reject(new Error('failed')), afterTime(clock, 10, late)))).toEqual({
    error: new Error('failed'),
  });
});

test('rejects when the time is over; Infinity is never', async () => {
  const ended = outcome(
    withLimits(
      hanging,
      afterTime(clock, Infinity, () => new Error('never')),
      afterTime(clock, 10, late),
    ),
  );
  jest.advanceTimersByTime(9);
  await Promise.resolve();
  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(1);
  expect(await ended).toEqual({ error: new Error('late') });
});

test('rejects when a signal aborts, at once if it has', async () => {
  const controller = new AbortController();
  const ended = outcome(withLimits(hanging, onceAborted(controller.signal, late)));
  controller.abort();
  expect(await ended).toEqual({ error: new Error('late') });
  expect(await outcome(withLimits(hanging, onceAborted(controller.signal, late)))).toEqual({
    error: new Error('late'),
  });
});

test('what a signal stops is given time to stop by itself', async () => {
  const controller = new AbortController();
  const stopped = withLimits(
    new Promise((resolve) => setTimeout(resolve, 15, 'stopped')),
    afterAbort(clock, controller.signal, 10, late),
  );
  controller.abort();
  const ended = outcome(withLimits(hanging, afterAbort(clock, controller.signal, 20, late)));
  const first = outcome(stopped);
  jest.advanceTimersByTime(10);
  expect(await first).toEqual({ error: new Error('late') });
  jest.advanceTimersByTime(10);
  expect(await ended).toEqual({ error: new Error('late') });
});

test('what is only attempted has no error', async () => {
  expect(await valueWithin(clock, 10, Promise.resolve(1))).toBe(1);
  expect(await outcome(valueWithin(clock, 10, Promise.reject(new Error('failed'))))).toEqual({ value: undefined });
  const ended = outcome(valueWithin(clock, 10, hanging));
  jest.advanceTimersByTime(10);
  expect(await ended).toEqual({ value: undefined });
});
