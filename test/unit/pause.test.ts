import { HOST } from '../../lib/host';
import { pause } from '../../lib/util/pause';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('a pause ends when the time is over, and lets go of the signal', async () => {
  const { signal } = new AbortController();
  const remove = jest.spyOn(signal, 'removeEventListener');
  const pausing = pause(HOST.clock, 1000, signal);
  jest.advanceTimersByTime(1000);
  expect(await pausing).toBe(true);
  expect(remove).toHaveBeenCalledTimes(1);
});

test.each(['before', 'meanwhile'])('an abort %s ends it at once, and leaves no timer', async (when) => {
  const abort = new AbortController();
  if (when === 'before') abort.abort();
  const pausing = pause(HOST.clock, 1000, abort.signal);
  if (when === 'meanwhile') abort.abort();
  expect(await pausing).toBe(false);
  expect(jest.getTimerCount()).toBe(0);
});
