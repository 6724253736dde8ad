import { BitsTransferError, BitsVerificationError } from '../../lib';
import { areVerified, FileState } from '../../lib/download/file_state';
import type { RequestedFile } from '../../lib/download/request';

const FILE: RequestedFile = {
  path: 'C:\\t\\f.bin',
  urls: ['http://h/one', 'http://h/two'],
  size: null,
  sha256: null,
  ranges: null,
};
const arrived = () => {
  const state = new FileState(FILE);
  state.noteProgress(true, 5, null);
  return state;
};
const verified = () => {
  const state = arrived();
  state.markVerified();
  return state;
};
const failed = () => {
  const state = new FileState(FILE);
  state.noteError(new Error('no'));
  state.markFailed();
  return state;
};

test('from waiting to published, under temporary names and under staging names', () => {
  const state = new FileState(FILE);
  expect(state).toMatchObject({ phase: 'waiting', hasArrived: false });
  state.noteProgress(false, 2, null);
  expect(state).toMatchObject({ phase: 'waiting', bytes: 2 });
  state.noteProgress(true, 5, null);
  expect(state).toMatchObject({ phase: 'arrived', hasArrived: true, isVerified: false });
  state.markVerified();
  state.markPublished();
  expect(state).toMatchObject({ phase: 'published', isVerified: true });

  const staged = arrived();
  staged.markStaged();
  staged.markVerified();
  staged.markPublished();
  expect(staged.phase).toBe('published');
});

test('what is not verified is published only by another process; what is published or failed stays so', () => {
  expect(() => {
    new FileState(FILE).markStaged();
  }).toThrow('a file that is waiting cannot become staged');
  expect(() => {
    new FileState(FILE).markVerified();
  }).toThrow('a file that is waiting cannot become verified');
  const published = verified();
  published.markPublished();
  for (const state of [published, failed()]) {
    const { phase } = state;
    state.startOver();
    state.noteProgress(false, 0, null);
    expect(state.phase).toBe(phase);
  }
});

test('starting over forgets what has arrived, and not why sources were given up', () => {
  const wrong = new BitsVerificationError({ path: FILE.path, check: 'length', expected: '5 bytes', actual: '4 bytes' });
  const state = new FileState(FILE);
  state.noteProgress(true, 4, wrong);
  expect(state.lengthError).toBe(wrong);
  state.noteError(wrong);
  state.useNextMirror();
  state.startOver();
  expect(state).toMatchObject({ phase: 'waiting', bytes: 0, lengthError: null, source: 1, url: FILE.urls[1] });
  expect(state.hasMirror).toBe(false);
  state.noteError(new BitsTransferError('no (E_FAIL)', { code: 'E_FAIL', context: 'remoteFile', transient: false }));
  expect(state.error).toMatchObject({ name: 'BitsTransferError', errors: { length: 2 }, cause: wrong });
});

test('a job that is transferred has all of its files, whatever their progress says', () => {
  const state = new FileState(FILE);
  state.markArrived();
  expect(state.phase).toBe('arrived');
  const done = verified();
  done.markArrived();
  expect(done.phase).toBe('verified');
});

test('the source that a job of an earlier process uses', () => {
  const state = new FileState(FILE);
  expect(state.useSource('http://h/two')).toBe(true);
  expect(state.source).toBe(1);
  expect(state.useSource('http://h/three')).toBe(false);
  expect(state.source).toBe(1);
});

test('a download is verified when a file is, and no other is still to come', () => {
  expect(areVerified([verified(), failed()])).toBe(true);
  expect(areVerified([verified(), arrived()])).toBe(false);
  expect(areVerified([failed()])).toBe(false);
});
