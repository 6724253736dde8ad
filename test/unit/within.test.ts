import { LAST_LIMIT } from '../../lib/limits';
import { bounded, within } from '../../lib/within';

beforeEach(() => { jest.useFakeTimers(); });
afterEach(() => { jest.useRealTimers(); });

const hanging = new Promise<never>(() => undefined);
const outcome = (promise: Promise<unknown>) => promise.then((value) => ({ value }), (error: unknown) => ({ error }));

test('within: the value, or the error when it takes longer; no timer is left', async () => {
  expect(await within(10, Promise.resolve(1))).toBe(1);
  const late = outcome(within(10, hanging, () => new Error('late')));
  jest.advanceTimersByTime(10);
  expect(await late).toEqual({ error: new Error('late') });
  expect(jest.getTimerCount()).toBe(0);
});

describe('bounded', () => {
  test.each([
    ['a value', Promise.resolve(1), { value: 1 }],
    ['an error', Promise.reject(new Error('no')), { error: new Error('no') }],
  ])('%s passes; no timer and no listener is left', async (_, promise, expected) => {
    const { signal } = new AbortController();
    const remove = jest.spyOn(signal, 'removeEventListener');
    expect(await outcome(bounded('it', { signal, timeout: 1000 }, promise))).toEqual(expected);
    expect(jest.getTimerCount()).toBe(0);
    expect(remove).toHaveBeenCalledTimes(1);
  });

  test.each(['before', 'after'])('an abort %s it begins is answered even when a call hangs', async (when) => {
    const abort = new AbortController();
    if (when === 'before') abort.abort('enough');
    const ended = outcome(bounded('it', { signal: abort.signal, timeout: 1e9 }, hanging));
    if (when === 'after') abort.abort('enough');
    jest.advanceTimersByTime(LAST_LIMIT);
    expect(await ended).toMatchObject({ error: { code: 'BITS_ABORTED', cause: 'enough', left: 'detached' } });
  });

  test('so is a limit, a while after it is over', async () => {
    const seen: unknown[] = [];
    const ended = outcome(bounded('it', { signal: undefined, timeout: 5000 }, hanging)).then((end) => seen.push(end));
    jest.advanceTimersByTime(5000 + LAST_LIMIT - 1);
    await Promise.resolve();
    expect(seen).toEqual([]);
    jest.advanceTimersByTime(1);
    await ended;
    expect(seen).toMatchObject([{ error: { code: 'BITS_TIMEOUT', timeoutMs: 5000 } }]);
  });

  test('without limits there is no timer', () => {
    void bounded('it', { signal: undefined, timeout: Infinity }, hanging);
    expect(jest.getTimerCount()).toBe(0);
  });
});
