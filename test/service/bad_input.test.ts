import fs from 'node:fs';
import path from 'node:path';
import { BitsFileError, BitsNotFoundError } from '../../lib';
import type { CreateJobOptions } from '../../lib';
import { expectedOn } from '../support/expected_on';
import { rejection } from '../support/outcome';
import { reach, useService } from '../support/service';

const at = useService();

const count = async () => (await at.bits.getJobs()).length;
// What a caller without types can pass.
const wrong = (value: unknown) => value as never;
const file = { url: 'http://127.0.0.1/x', path: 'C:\\x.bin' };

describe('bad input is refused before anything happens', () => {
  const cases: [string, CreateJobOptions, object][] = [
    ['no options', wrong(undefined), { name: 'TypeError', argument: 'options.name' }],
    ['a name of the wrong type', wrong({ name: 7 }), { name: 'TypeError', argument: 'options.name' }],
    ['a misspelt option', wrong({ name: 'x', prioritty: 'low' }), { name: 'TypeError', argument: 'options.prioritty' }],
    ['an unknown type', wrong({ name: 'x', type: 'dowload' }), { name: 'TypeError', argument: 'options.type' }],
    ['an embedded NUL', { name: 'a\0b' }, { name: 'TypeError', argument: 'options.name' }],
    ['a lone surrogate', { name: 'a\ud800b' }, { name: 'TypeError', argument: 'options.name' }],
    ['a name of 257 characters', { name: 'x'.repeat(257) }, { name: 'RangeError', argument: 'options.name' }],
    [
      'a description of 1025 characters',
      { name: 'x', description: 'x'.repeat(1025) },
      { name: 'RangeError', argument: 'options.description' },
    ],
    ['no files in the list', { name: 'x', files: [] }, { name: 'TypeError', argument: 'options.files' }],
    [
      'an empty URL',
      { name: 'x', files: [{ ...file, url: '' }] },
      { name: 'TypeError', argument: 'options.files[0].url' },
    ],
    [
      'a URL of 2201 characters',
      { name: 'x', files: [file, { ...file, url: `http://h/${'x'.repeat(2192)}` }] },
      { name: 'RangeError', argument: 'options.files[1].url' },
    ],
    [
      'a relative path',
      { name: 'x', files: [{ ...file, path: 'x.bin' }] },
      { name: 'TypeError', argument: 'options.files[0].path' },
    ],
    [
      'a path of 260 characters',
      { name: 'x', files: [{ ...file, path: `C:\\${'x'.repeat(257)}` }] },
      { name: 'RangeError', argument: 'options.files[0].path' },
    ],
  ];

  test.each(cases)('createJob: %s', async (_, options, expected) => {
    const before = await count();
    expect(await rejection(at.bits.createJob(options))).toMatchObject(expected);
    expect(await count()).toBe(before);
  });

  test('BITS accepts names of exactly the greatest length', async () => {
    const job = await at.createJob({ name: 'ü'.repeat(256), description: '漢'.repeat(1024) });
    expect(await job.getDisplayName()).toBe('ü'.repeat(256));
    expect(await job.getDescription()).toBe('漢'.repeat(1024));
    await expect(job.addFile(`http://h/${'x'.repeat(2191)}`, path.join(at.folder, 'x.bin'))).resolves.toBeUndefined();
  });

  test('text beyond the basic plane arrives as it was', async () => {
    const job = await at.createJob({ name: 'résumé 📦 完了' });
    expect(await job.getDisplayName()).toBe('résumé 📦 完了');
  });

  test('getJob: a malformed GUID is a TypeError, an unknown one BG_E_NOT_FOUND', async () => {
    expect(await rejection(at.bits.getJob('{1234}'))).toMatchObject({ name: 'TypeError', argument: 'id' });
    expect(await rejection(at.bits.getJob(wrong(42)))).toMatchObject({ name: 'TypeError', argument: 'id' });
    const id = '{01234567-89ab-cdef-0123-456789abcdef}';
    const error = await rejection(at.bits.getJob(id.toUpperCase().slice(1, -1)));
    expect(error).toBeInstanceOf(BitsNotFoundError);
    expect(error).toMatchObject({ code: 'BG_E_NOT_FOUND', hresult: 0x80200001, jobId: id });
  });

  test('the job methods name their argument', async () => {
    const job = await at.createJob();
    expect(await rejection(job.addFile('', 'C:\\x'))).toMatchObject({ name: 'TypeError', argument: 'url' });
    expect(await rejection(job.addFile('http://h/x', 'x'))).toMatchObject({ name: 'TypeError', argument: 'path' });
    expect(await rejection(job.setPriority(wrong('urgent')))).toMatchObject({
      name: 'TypeError',
      argument: 'priority',
    });
    expect(await rejection(job.setDescription(wrong(null)))).toMatchObject({
      name: 'TypeError',
      argument: 'description',
    });
    expect(await job.getFiles()).toEqual([]);
  });
});

test('createFolders through a file is a BitsFileError with advice, and leaves no job', async () => {
  // Wine lists a cancelled job until the last reference to it is let go.
  const living = async () =>
    (await Promise.all((await at.bits.getJobs()).map((job) => job.getState()))).filter((s) => s !== 'cancelled').length;
  const before = await living();
  fs.writeFileSync(`${at.folder}\\in-the-way`, '');
  const error = await rejection(
    at.bits.download({ ...file, path: `${at.folder}\\in-the-way\\below\\x.bin`, createFolders: true }),
  );
  expect(error).toBeInstanceOf(BitsFileError);
  expect(error).toMatchObject({
    code: 'BITS_FILE',
    advice: expect.any(String),
    cause: expect.objectContaining({ syscall: 'mkdir' }),
  });
  expect(await living()).toBe(before);
});

describe('createJob is atomic', () => {
  test('a job whose set-up fails is cancelled again', async () => {
    // A download has no reply: the service takes the files, and refuses that.
    const files = [{ remoteName: file.url, localName: file.path }];
    const error = await rejection(at.bits.createJobFrom('atomic', 0, { files, replyFileName: `${file.path}.reply` }));
    expect(error).toMatchObject({ method: 'IBackgroundCopyJob2::SetReplyFileName' });

    const names = await Promise.all(
      (await at.bits.getJobs()).map(async (job) => [await job.getDisplayName(), await job.getState()]),
    );
    // Wine lists a cancelled job until the last reference to it is let go.
    expect(names.filter(([name, state]) => name === 'atomic' && state !== 'cancelled')).toEqual([]);
  });
});

describe('files and progress', () => {
  test('files of a job, and their progress', async () => {
    const files = [at.serve('a.bin', Buffer.alloc(1000, 1)), at.serve('b.bin', Buffer.alloc(2000, 2))];
    const job = await at.createJob({ files });
    const listed = await job.getFiles();
    const names = await Promise.all(
      listed.map(async (each) => [await each.getRemoteName(), await each.getLocalName()]),
    );
    expect(names.sort()).toEqual(files.map(({ url, path: local }) => [url, local]));
    expect(await listed[0]?.getProgress()).toEqual({ bytesTotal: null, bytesTransferred: 0, completed: false });
    await job.resume();
    await reach(job, 'transferred');
    const progress = await Promise.all(listed.map((each) => each.getProgress()));
    expect(progress.every(({ completed }) => completed)).toBe(true);
    expect(progress.map(({ bytesTotal }) => bytesTotal).sort()).toEqual([1000, 2000]);
    expect(await job.getProgress()).toEqual({
      bytesTotal: expectedOn({ windows: 3000, wine: null }), // Wine never adds the sizes of several files up
      bytesTransferred: 3000,
      filesTotal: 2,
      filesTransferred: 2,
    });
  });
});
