import { Faults } from '../../../../lib/testing/addon/faults';

const GET = 'IBackgroundCopyJob::GetState';

test.each<[method: keyof Faults, args: unknown[], message: string]>([
  ['next', [], '"method" argument'],
  ['next', [5, 'E_FAIL'], '"method" argument'],
  ['next', ['resume'], '"hresult" argument'],
  ['next', ['resume', 'BG_E_NOPE'], '"hresult" argument must be the name of a known code'],
  ['next', ['resume', 'S_OK'], '"hresult" argument must be a failure'],
  ['next', ['resume', 'BG_S_PARTIAL_COMPLETE'], '"hresult" argument must be a failure'],
  ['next', ['resume', 0], '"hresult" argument must be a failure'],
  ['next', ['resume', 0x1_8000_0000], '"hresult" argument'],
  ['next', ['resume', 'E_FAIL', { exectued: true }], "did you mean 'executed'?"],
  ['next', ['resume', 'E_FAIL', { executed: 1 }], '"options.executed" argument'],
  ['next', ['resume', 'E_FAIL', null], '"options" argument'],
  ['next', ['resumeJob', 'E_FAIL'], "no method 'resumeJob'"],
  ['nth', [0, 'resume', 'E_FAIL'], '"n" argument'],
  ['nth', [1.5, 'resume', 'E_FAIL'], '"n" argument'],
  ['nth', ['resume', 2, 'E_FAIL'], '"n" argument must be a number, as in nth(2,'],
  ['delay', ['resume', '10 minutes'], '"time" argument must be milliseconds'],
  ['delay', ['resume', -1], '"time" argument must be milliseconds'],
  ['delay', ['resume'], '"time" argument must be milliseconds'],
  ['delay', ['resumeJob', 5], "no method 'resumeJob'"],
  ['hang', [], '"method" argument'],
  ['release', ['resumeJob'], "no method 'resumeJob'"],
])('%s(%j) is refused', (method, args, message) => {
  const faults = new Faults();
  const call = faults[method] as (...args: unknown[]) => unknown;
  expect(() => call.apply(faults, args)).toThrow(message);
  expect([faults.unused, faults.delayOf('IBackgroundCopyJob::Resume')]).toEqual([[], 0]);
});

test.each<[code: number | 'E_FAIL', hresult: number]>([
  ['E_FAIL', 0x80004005],
  [0x80004005, 0x80004005],
  [0x80004005 | 0, 0x80004005],
])('%s is a failure', (code, hresult) => {
  const faults = new Faults();
  faults.nth(2, 'getState', code, { executed: true });
  expect(faults.take(GET)).toBeUndefined();
  expect(faults.take(GET)).toMatchObject({ hresult, executed: true });
});

test('a delay is a duration', () => {
  const faults = new Faults();
  faults.delay('getState', '10m');
  expect(faults.delayOf(GET)).toBe(600_000);
  faults.delay('getState', 0);
  expect(faults.delayOf(GET)).toBe(0);
});
