import { fromDescription, NO_ROOM, seal, sealed, toDescription } from '../../lib/transfer/owner';
import { VERSION } from '../../lib/version';
import { version } from '../../package.json';

const TAG = { owner: 'acme [x] =y', key: 'release 4.2 ü 😀', id: '0123456789ab', part: 2, check: null };

test('the version is the package\'s', () => {
  expect(VERSION).toBe(version);
});

test('what is written can be read, by people and by the library', () => {
  const text = toDescription(TAG, 'Download of 2 files');
  expect(text).toMatch(/^Download of 2 files for "acme x =y" \(release 4\.2 ü 😀\), by windows-bits \d/);
  expect(fromDescription(text)).toEqual({ ...TAG, version: VERSION, made: expect.any(Date) });
  expect(fromDescription(toDescription({ ...TAG, key: null, check: '*2:abc' }, 'x'))).toMatchObject({ key: null, check: '*2:abc' });
});

test('it always fits, or is refused before there is a job', () => {
  const long = toDescription({ ...TAG, owner: 'o'.repeat(64), key: 'k'.repeat(128), check: 'x'.repeat(440) }, 'Download');
  expect(long.length).toBeLessThanOrEqual(1024);
  expect(fromDescription(long)?.key).toHaveLength(128);
  expect(() => toDescription({ ...TAG, key: '語'.repeat(128) }, 'Download')).toThrow(RangeError);
});

test.each([null, '', 'A job', '[windows-bits/1 ]', '[windows-bits/1 owner=a id=zz part=0]', '[windows-bits/1 owner=% id=0123456789ab part=0]'])(
  'other descriptions are not ours: %s', (text) => expect(fromDescription(text)).toBeNull());

test('a seal tells whether all files are as announced, in any order', () => {
  const files = [{ path: 'C:\\b', size: 5, sha256: null }, { path: 'C:\\A', size: null, sha256: 'ff' }];
  const check = seal(files);
  expect(check).toMatch(/^21:/);
  expect(seal([...files].reverse())).toBe(check);
  expect(seal([{ ...files[0]!, size: 6 }, files[1]!])).not.toBe(check);
  expect(sealed(check ?? '', ['C:\\A', 'C:\\b'])).toEqual(new Map([
    ['C:\\A', { size: false, sha256: true }], ['C:\\b', { size: true, sha256: false }],
  ]));
  expect(seal([{ path: 'C:\\a', size: null, sha256: null }])).toBeNull();
  const many = Array.from({ length: 1000 }, (_, i) => ({ path: `C:\\${i}`, size: i, sha256: 'ab' }));
  expect(seal(many)?.length).toBeLessThan(60);
  expect(seal([...many, { path: 'C:\\x', size: null, sha256: null }])).toBe(NO_ROOM);
});
