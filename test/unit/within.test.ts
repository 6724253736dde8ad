import { within } from '../../lib/util/deadline';

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

test('within: the value, or the error when it takes longer; no timer is left', async () => {
  expect(await within(10, Promise.resolve(1))).toBe(1);
  const late = outcome(within(10, hanging, () => new Error('late')));
  jest.advanceTimersByTime(10);
  expect(await late).toEqual({ error: new Error('late') });
  expect(jest.getTimerCount()).toBe(0);
});
