import { matchFiles, mayBeSameFile } from '../../lib/download/local_paths';

const wanted = (...locals: string[]) =>
  locals.map((local, i) => ({ local, remotes: [`http://h/${i}`, `http://mirror/${i}`] }));
const found = (...files: [local: string, remote: string][]) => files.map(([local, remote]) => ({ local, remote }));

describe('which file of ours a file of BITS is', () => {
  test('the same names, in another order, case and with other separators', () => {
    expect(matchFiles(wanted('C:\\a\\1', 'C:\\a\\2'), found(['c:/A/2', ''], ['C:\\A\\1', '']))).toEqual([1, 0]);
  });

  test('a mapped drive as the share behind it, with two files of one base name', () => {
    const ours = wanted('Z:\\x64\\app.exe', 'Z:\\arm64\\app.exe', 'Z:\\app.exe');
    const theirs = found(
      ['\\\\s\\share\\deep\\app.exe', 'http://h/2'],
      ['\\\\s\\share\\deep\\arm64\\app.exe', 'http://h/1'],
      ['\\\\s\\share\\deep\\x64\\app.exe', 'http://h/0'],
    );
    expect(matchFiles(ours, theirs)).toEqual([2, 1, 0]);
  });

  test('short names of folders: by base name, then by where the files come from', () => {
    const ours = wanted('C:\\long folder 1\\app.exe', 'C:\\long folder 2\\app.exe', 'C:\\long folder 2\\b.exe');
    const theirs = found(
      ['C:\\LONGFO~2\\app.exe', 'http://mirror/1'],
      ['C:\\LONGFO~2\\b.exe', 'http://h/2'],
      ['C:\\LONGFO~1\\app.exe', 'http://h/0'],
    );
    expect(matchFiles(ours, theirs)).toEqual([1, 2, 0]);
  });

  test('nothing is as it was: by place in the list, when none is missing', () => {
    const ours = wanted('C:\\one long name.bin', 'C:\\two long name.bin');
    expect(matchFiles(ours, found(['C:\\ONELON~1.BIN', 'http://x/0'], ['C:\\TWOLON~1.BIN', 'http://x/1']))).toEqual([
      0, 1,
    ]);
    expect(matchFiles(ours, found(['C:\\ONELON~1.BIN', 'http://x/0']))).toEqual([undefined]);
  });

  test('what is known exactly is never given to another', () => {
    const ours = wanted('C:\\a\\x', 'D:\\a\\x');
    expect(matchFiles(ours, found(['\\\\s\\d\\a\\x', 'http://h/0'], ['C:\\a\\x', 'http://h/1']))).toEqual([1, 0]);
    expect(matchFiles([], found(['C:\\a', 'http://h/0']))).toEqual([undefined]);
  });

  test.each([
    ['C:\\a\\x', 'c:/A/X', true],
    ['Z:\\a\\x', '\\\\s\\share\\deep\\a\\x', true],
    ['\\\\s\\share\\a\\x', 'Z:\\a\\x', true],
    ['C:\\a\\x', 'C:\\b\\x', false],
    ['Z:\\a\\x', '\\\\s\\share\\b\\x', false],
    ['\\\\s\\a\\x', '\\\\t\\a\\x', false],
  ])('%s and %s: %s', (a, b, same) => expect(mayBeSameFile(a, b)).toBe(same));
});
