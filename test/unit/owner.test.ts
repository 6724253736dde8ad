import { createHash } from 'node:crypto';
import { fitsSeal, fromDescription, NO_ROOM, seal, sealed, setOf, toDescription } from '../../lib/download/job_tag';
import { VERSION } from '../../lib/util/version';
import { version } from '../../package.json';

const TAG = {
  owner: 'acme [x] =y',
  key: 'release 4.2 ü 😀',
  id: '0123456789ab',
  part: 2,
  side: true,
  set: 'abc',
  check: null,
};

test("the version is the package's", () => {
  expect(VERSION).toBe(version);
});

test('what is written can be read, by people and by the library', () => {
  const text = toDescription(TAG, 'Download of 2 files');
  expect(text).toMatch(/^Download of 2 files for "acme x =y" \(release 4\.2 ü 😀\), by windows-bits \d/);
  expect(fromDescription(text)).toEqual({ ...TAG, version: VERSION, made: expect.any(Date) });
  expect(fromDescription(toDescription({ ...TAG, key: null, check: '*2:abc' }, 'x'))).toMatchObject({
    key: null,
    check: '*2:abc',
  });
});

test('it always fits, or is refused before there is a job', () => {
  const long = toDescription(
    { ...TAG, owner: 'o'.repeat(64), key: 'k'.repeat(128), check: 'x'.repeat(440) },
    'Download',
  );
  expect(long.length).toBeLessThanOrEqual(1024);
  expect(fromDescription(long)?.key).toHaveLength(128);
  expect(() => toDescription({ ...TAG, key: '語'.repeat(128) }, 'Download')).toThrow(RangeError);
});

test.each([
  null,
  '',
  'A job',
  '[windows-bits/1 ]',
  '[windows-bits/1 owner=a id=zz part=0]',
  '[windows-bits/1 owner=% id=0123456789ab part=0]',
])('other descriptions are not ours: %s', (text) => expect(fromDescription(text)).toBeNull());

test('a seal tells whether all files are as announced, in any order', () => {
  const files = [
    { path: 'C:\\b', size: 5, sha256: null },
    { path: 'C:\\A', size: null, sha256: 'ff' },
  ];
  const check = seal(files);
  expect(check).toMatch(/^n21:/);
  expect(seal([...files].reverse())).toBe(check);
  expect(seal([{ ...files[0]!, size: 6 }, files[1]!])).not.toBe(check);
  expect(sealed(check ?? '', ['C:\\A', 'C:\\b'])).toEqual(
    new Map([
      ['C:\\A', { size: false, sha256: true }],
      ['C:\\b', { size: true, sha256: false }],
    ]),
  );
  expect(seal([{ path: 'C:\\a', size: null, sha256: null }])).toBeNull();
  const many = Array.from({ length: 1000 }, (_, i) => ({ path: `C:\\${i}`, size: i, sha256: 'ab' }));
  expect(seal(many)?.length).toBeLessThan(60);
  expect(seal([...many, { path: 'C:\\x', size: null, sha256: null }])).toBe(NO_ROOM);
});

test('B10: a seal fits whatever form BITS tells the names in: the share behind a drive, a short folder', () => {
  const given = [
    { path: 'Z:\\app folder\\x64\\app.exe', size: 5, sha256: null },
    { path: 'Z:\\app folder\\arm64\\app.exe', size: 6, sha256: null },
    { path: 'Z:\\app folder\\readme.txt', size: null, sha256: 'ff' },
  ];
  const told = given.map((file) => ({
    ...file,
    path: file.path.replace('Z:\\app folder', '\\\\server\\share\\deep\\APPFOL~1').toUpperCase(),
  }));
  const check = seal(given) ?? '';
  expect(fitsSeal(check, [...told].reverse())).toBe(true);
  expect([
    ...sealed(
      check,
      told.map(({ path }) => path),
    ).values(),
  ]).toEqual(expect.arrayContaining([{ size: false, sha256: true }]));
  const [one, two, three] = told;
  expect(fitsSeal(check, [{ ...one!, size: 6 }, { ...two!, size: 5 }, three!])).toBe(false); // one in the place of the other
});

test('B10: seals of version 0.1.0, by whole paths, are understood', () => {
  const files = [{ path: 'C:\\b', size: 5, sha256: null }];
  const old = '*1:none';
  const digest = createHash('sha256').update('c:\\b\n5\n\n').digest('base64url');
  expect(fitsSeal(`*1:${digest}`, files)).toBe(true);
  expect(fitsSeal(old, files)).toBe(false);
  expect(sealed(`*1:${digest}`, ['C:\\b'])).toEqual(new Map([['C:\\b', { size: true, sha256: false }]]));
  expect(fromDescription('[windows-bits/1 owner=a id=0123456789ab part=0]')).toMatchObject({ side: null, set: null });
});

test('B10: the set of names is one short value, in any order and case', () => {
  expect(setOf(['C:\\a', 'C:\\B'])).toBe(setOf(['c:\\b', 'C:/A']));
  expect(setOf(['C:\\a', 'C:\\B'])).not.toBe(setOf(['C:\\a', 'C:\\c']));
  expect(setOf(['C:\\a'])).toMatch(/^[\w-]{16}$/);
});
