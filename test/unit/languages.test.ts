import { BitsUnavailableError, errorFromNative } from '../../lib/errors';
import { describeWith, languageChain } from '../../lib/errors/languages';

const failure = (hresult: number) => errorFromNative({ hresult, method: 'IBackgroundCopyManager::X', kind: 'call' });
const DEFAULTS = [0x0400, 0x0800, 0x0409];

describe('languageChain', () => {
  test.each<[number | number[] | undefined, number[]]>([
    [undefined, DEFAULTS],
    [[], DEFAULTS],
    [0x0807, [0x0807, 0x0007, 0x0407, ...DEFAULTS]],
    [0x0407, [0x0407, 0x0007, ...DEFAULTS]],
    [0x0007, [0x0007, 0x0407, ...DEFAULTS]],
    [0x0409, [0x0409, 0x0009, 0x0400, 0x0800]],
    [0x0400, DEFAULTS],
    [0x0800, [0x0800, 0x0400, 0x0409]],
    [
      [0x0c07, 0x0410],
      [0x0c07, 0x0007, 0x0407, 0x0410, 0x0010, ...DEFAULTS],
    ],
  ])('%p', (asked, chain) => expect(languageChain(asked)).toEqual(chain));

  test.each([0, -1, 0x10000, 1.5, NaN])('%p is a RangeError', (n) =>
    expect(() => languageChain(n)).toThrow(RangeError),
  );
  test('a text is a TypeError that names the argument', () => {
    expect(() => languageChain('de' as never, 'language')).toThrow(/The "language" argument must be a number/);
    expect(() => languageChain(['de'] as never)).toThrow(TypeError);
  });
});

describe('describeWith', () => {
  test.each([0x80070717, 0x80073afc, 0x80004001, 0x80070057, 0x8007013d, 0x80070716])(
    '%p is a missing text: the next language is asked',
    async (hresult) => {
      const ask = jest
        .fn<Promise<string | null>, [number]>()
        .mockRejectedValueOnce(failure(hresult))
        .mockResolvedValueOnce('The job has no files.\r\n');
      expect(await describeWith([7, 9, 10], ask)).toBe('The job has no files.');
      expect(ask.mock.calls).toEqual([[7], [9]]);
    },
  );

  test('no text at all is null, not an error', async () => {
    expect(await describeWith([7, 9], () => Promise.reject(failure(0x80070717)))).toBeNull();
    expect(await describeWith([7, 9], () => Promise.resolve(null))).toBeNull();
    expect(await describeWith([7, 9], () => Promise.resolve(' \r\n'))).toBeNull();
    expect(await describeWith([], () => Promise.resolve('x'))).toBeNull();
  });

  test('line breaks inside become spaces', async () => {
    expect(await describeWith([9], () => Promise.resolve('  a \r\n b\nc\r\n'))).toBe('a b c');
  });

  test('any other failure is passed on, at once', async () => {
    const ask = jest.fn(() => Promise.reject(failure(0x800706ba)));
    await expect(describeWith([7, 9], ask)).rejects.toBeInstanceOf(BitsUnavailableError);
    expect(ask).toHaveBeenCalledTimes(1);
    await expect(describeWith([7], () => Promise.reject(new TypeError('x')))).rejects.toBeInstanceOf(TypeError);
  });
});
