import { createHash } from 'node:crypto';
import { checksumOf, checksumOfNames, coveredBy, fitsChecksum, TOO_LONG } from '../../lib/download/checksum';
import { fromDescription, toDescription } from '../../lib/download/job_tag';
import { VERSION } from '../../lib/util/version';
import { version } from '../../package.json';

const TAG = {
  app: 'acme [x] =y',
  key: 'release 4.2 ü 😀',
  id: '0123456789ab',
  number: 2,
  made: new Date('2026-01-31T12:00:00.789Z'),
  staging: true,
  names: 'abc',
  checksum: null,
};

test("the version is the package's", () => {
  expect(VERSION).toBe(version);
});

test('what is written can be read, by people and by the library', () => {
  const text = toDescription(TAG, 'Download of 2 files');
  expect(text).toMatch(/^Download of 2 files for "acme x =y" \(release 4\.2 ü 😀\), by windows-bits \d/);
  expect(text).toContain(`[windows-bits/1 v=${VERSION} `);
  expect(fromDescription(text)).toEqual({ ...TAG, made: new Date('2026-01-31T12:00:00Z') });
  expect(fromDescription(toDescription({ ...TAG, key: null, checksum: '*2:abc' }, 'x'))).toMatchObject({
    key: null,
    checksum: '*2:abc',
  });
});

test('it always fits, or is refused before there is a job', () => {
  const long = toDescription(
    { ...TAG, app: 'o'.repeat(64), key: 'k'.repeat(128), checksum: 'x'.repeat(440) },
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

test('a checksum tells whether all files are as announced, in any order', () => {
  const files = [
    { path: 'C:\\b', size: 5, sha256: null },
    { path: 'C:\\A', size: null, sha256: 'ff' },
  ];
  const check = checksumOf(files);
  expect(check).toMatch(/^n21:/);
  expect(checksumOf([...files].reverse())).toBe(check);
  expect(checksumOf([{ ...files[0]!, size: 6 }, files[1]!])).not.toBe(check);
  expect(coveredBy(check ?? '', ['C:\\A', 'C:\\b'])).toEqual(
    new Map([
      ['C:\\A', { size: false, sha256: true }],
      ['C:\\b', { size: true, sha256: false }],
    ]),
  );
  expect(checksumOf([{ path: 'C:\\a', size: null, sha256: null }])).toBeNull();
  const many = Array.from({ length: 1000 }, (_, i) => ({ path: `C:\\${i}`, size: i, sha256: 'ab' }));
  expect(checksumOf(many)?.length).toBeLessThan(60);
  expect(checksumOf([...many, { path: 'C:\\x', size: null, sha256: null }])).toBe(TOO_LONG);
});

test('a checksum fits whatever form BITS tells the names in: the share behind a drive, a short folder', () => {
  const given = [
    { path: 'Z:\\app folder\\x64\\app.exe', size: 5, sha256: null },
    { path: 'Z:\\app folder\\arm64\\app.exe', size: 6, sha256: null },
    { path: 'Z:\\app folder\\readme.txt', size: null, sha256: 'ff' },
  ];
  const told = given.map((file) => ({
    ...file,
    path: file.path.replace('Z:\\app folder', '\\\\server\\share\\deep\\APPFOL~1').toUpperCase(),
  }));
  const check = checksumOf(given) ?? '';
  expect(fitsChecksum(check, [...told].reverse())).toBe(true);
  expect([
    ...coveredBy(
      check,
      told.map(({ path }) => path),
    ).values(),
  ]).toEqual(expect.arrayContaining([{ size: false, sha256: true }]));
  const [one, two, three] = told;
  expect(fitsChecksum(check, [{ ...one!, size: 6 }, { ...two!, size: 5 }, three!])).toBe(false); // one in the place of the other
});

test('checksums of version 0.1.0, by whole paths, are understood', () => {
  const files = [{ path: 'C:\\b', size: 5, sha256: null }];
  const old = '*1:none';
  const digest = createHash('sha256').update('c:\\b\n5\n\n').digest('base64url');
  expect(fitsChecksum(`*1:${digest}`, files)).toBe(true);
  expect(fitsChecksum(old, files)).toBe(false);
  expect(coveredBy(`*1:${digest}`, ['C:\\b'])).toEqual(new Map([['C:\\b', { size: true, sha256: false }]]));
  expect(fromDescription('[windows-bits/1 owner=a id=0123456789ab part=0]')).toMatchObject({
    staging: null,
    names: null,
  });
});

test('the set of names is one short value, in any order and case', () => {
  expect(checksumOfNames(['C:\\a', 'C:\\B'])).toBe(checksumOfNames(['c:\\b', 'C:/A']));
  expect(checksumOfNames(['C:\\a', 'C:\\B'])).not.toBe(checksumOfNames(['C:\\a', 'C:\\c']));
  expect(checksumOfNames(['C:\\a'])).toMatch(/^[\w-]{16}$/);
});
