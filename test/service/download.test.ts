import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BitsAbortError, BitsTransferError, BitsVerificationError, connect, download } from '../../lib';
import type { DownloadProgress } from '../../lib';
import { expectedOn, milliseconds } from '../support/expected_on';
import type { Served } from '../support/server';
import { outcomeOf, rejection } from '../support/outcome';
import { holdFile, useService } from '../support/service';
import { until } from '../support/until';

const at = useService();
const sha = (body: Buffer) => createHash('sha256').update(body).digest('hex');
const APP = `download test ${process.pid}`;

interface Source {
  url: string;
  path: string;
  sha256: string;
  size: number;
}

function serve(name: string, size = 10_000, how: Partial<Served> = {}): Source {
  const body = randomBytes(size);
  at.server.files.set(`/${name}`, { body, ...how });
  return { url: at.server.url(`/${name}`), path: path.join(at.folder, name), sha256: sha(body), size };
}
/** Long enough to be seen on the way. Wine's service does not let go of a job before all of it has been sent. */
const slow = () => ({ chunk: 2500, delay: milliseconds({ windows: 200, others: 30 }) });
const arrived = ({ path: file, sha256 }: Source) => sha(fs.readFileSync(file)) === sha256;
/** Jobs in the queue that these tests made. */
const jobs = async () => {
  const all = await Promise.all((await at.bits.getJobs()).map((job) => job.snapshot()));
  return all.filter(
    ({ description, state }) =>
      description?.includes(`for "${APP}"`) && state !== 'cancelled' && state !== 'acknowledged',
  );
};
const leftovers = () => fs.readdirSync(at.folder).filter((name) => name.includes('.bits') || /^BIT.*tmp$/i.test(name));

afterEach(async () => {
  expect(await jobs()).toEqual([]);
  expect(leftovers()).toEqual([]);
});

describe('download', () => {
  test('one file, over a connection of its own', async () => {
    const file = serve('one.bin');
    const seen: DownloadProgress[] = [];
    const result = await download({ ...file, app: APP, onProgress: (progress) => seen.push(progress) });
    expect(result).toMatchObject({
      outcome: 'complete',
      bytes: 10_000,
      adopted: false,
      files: [{ path: file.path, status: 'complete', bytes: 10_000, source: 0 }],
    });
    expect(result.elapsed).toBeGreaterThan(0);
    expect(arrived(file)).toBe(true);
    expect(seen.at(-1)).toMatchObject({ state: 'transferred', bytes: 10_000, total: 10_000, percent: 100 });
  });

  test.each([20, 200])('%d files, with hashes', async (count) => {
    const files = Array.from({ length: count }, (_, i) => serve(`many-${count}-${i}.bin`, 1000 + i));
    const result = await at.bits.download({ files, app: APP });
    expect(result.outcome).toBe('complete');
    expect(result.files.map((file) => file.path)).toEqual(files.map((file) => file.path));
    expect(files.every(arrived)).toBe(true);
  });

  test('a large file', async () => {
    const file = serve('large.bin', 64 << 20);
    expect(await at.bits.download({ ...file, app: APP })).toMatchObject({ bytes: 64 << 20 });
    expect(arrived(file)).toBe(true);
  });

  test('a file of unknown size: refused by Windows; elsewhere without total and percent', async () => {
    const { url, path: local, sha256 } = serve('unsized.bin', 20_000, { ...slow(), unsized: true });
    const seen: DownloadProgress[] = [];
    const result = at.bits.download({
      url,
      path: local,
      sha256,
      app: APP,
      onProgress: (progress) => seen.push(progress),
    });
    expect(await outcomeOf(result)).toMatchObject(
      expectedOn<object>({
        windows: { name: 'BitsTransferError', code: 'BG_E_MISSING_FILE_SIZE' },
        wine: { outcome: 'complete' },
      }),
    );
    expect(fs.existsSync(local)).toBe(expectedOn({ windows: false, wine: true }));
    expect(seen.some(({ bytes }) => bytes > 0)).toEqual(
      expectedOn<unknown>({ windows: expect.any(Boolean), wine: true }),
    );
    const before = seen.filter(({ state }) => state !== 'transferred');
    expect(before.every(({ total, percent }) => total === null && percent === null)).toBe(true);
    expect(seen.at(-1)).toEqual(
      expectedOn<unknown>({
        windows: expect.not.objectContaining({ state: 'transferred' }),
        wine: expect.objectContaining({ state: 'transferred', total: 20_000, percent: 100 }),
      }),
    );
  });

  test('into a folder that does not exist yet', async () => {
    const file = serve('deep.bin');
    const target = path.join(at.folder, 'a', 'b', 'deep.bin');
    const error = await rejection(at.bits.download({ ...file, path: target, app: APP }));
    expect(error).toMatchObject({
      name: 'BitsNotFoundError',
      code: 'ERROR_PATH_NOT_FOUND',
      advice: expect.stringContaining('createFolders: true'),
    });
    await at.bits.download({ ...file, path: target, app: APP, createFolders: true });
    expect(arrived({ ...file, path: target })).toBe(true);
  });

  test('under the name of a folder: refused before anything is made', async () => {
    const error = await rejection(at.bits.download({ ...serve('folder.bin'), path: at.folder, app: APP }));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', argument: 'path' });
    expect(at.server.requests.some(({ url }) => url === '/folder.bin')).toBe(false);
  });

  test('replaces a file that is there, and not before the new one is verified', async () => {
    const file = serve('old.bin');
    fs.writeFileSync(file.path, 'old');
    const error = await rejection(at.bits.download({ ...file, sha256: '0'.repeat(64), app: APP }));
    expect(error).toMatchObject({ code: 'BITS_VERIFICATION', check: 'sha256', path: file.path, actual: file.sha256 });
    expect(fs.readFileSync(file.path, 'utf8')).toBe('old');
    await at.bits.download({ ...file, app: APP });
    expect(arrived(file)).toBe(true);
  });

  test('headers are sent', async () => {
    const file = serve('headers.bin');
    await at.bits.download({ ...file, app: APP, headers: { Authorization: 'Bearer x', 'X-Other': 'y' } });
    expect(arrived(file)).toBe(true);
    const asked = at.server.requests.filter(({ url }) => url === '/headers.bin');
    expect(asked.length).toBeGreaterThan(0);
    for (const { headers } of asked) expect(headers).toMatchObject({ authorization: 'Bearer x', 'x-other': 'y' });
  });

  test('ranges: only these bytes, one range after the other', async () => {
    const { url, path: local } = serve('ranges.bin');
    const body = at.server.files.get('/ranges.bin')?.body ?? Buffer.alloc(0);
    const parts = Buffer.concat([body.subarray(5000, 5100), body.subarray(0, 10), body.subarray(9990)]);
    const result = at.bits.download({
      url,
      path: local,
      app: APP,
      size: parts.length,
      sha256: sha(parts),
      ranges: [
        { offset: 5000, length: 100 },
        { offset: 0, length: 10 },
        { offset: 9990, length: 'eof' },
      ],
    });
    // Wine's service accepts ranges with S_OK, and ignores them.
    const method = 'IBackgroundCopyJob3::AddFileWithRanges';
    expect(await outcomeOf(result)).toMatchObject(
      expectedOn<object>({
        windows: { outcome: 'complete' },
        wine: { name: 'BitsNotSupportedError', code: 'E_NOTIMPL', method },
      }),
    );
    const isSupported = expectedOn({ windows: true, wine: false });
    expect(at.server.requests.some((asked) => asked.url === '/ranges.bin')).toBe(isSupported);
    expect(fs.existsSync(local) && fs.readFileSync(local).equals(parts)).toBe(isSupported);
  });
});

describe('what is wrong', () => {
  test('the hash: no final file, no job', async () => {
    const file = serve('wrong.bin');
    const error = await rejection(at.bits.download({ ...file, sha256: 'F'.repeat(64), app: APP }));
    expect(error).toBeInstanceOf(BitsVerificationError);
    expect(fs.existsSync(file.path)).toBe(false);
  });

  test('the size, and the hash of one of many', async () => {
    const file = serve('size.bin');
    expect(await rejection(at.bits.download({ ...file, size: 9999, app: APP }))).toMatchObject({ check: 'size' });
    const files = [serve('m1.bin'), { ...serve('m2.bin'), sha256: '0'.repeat(64) }, serve('m3.bin')];
    expect(await rejection(at.bits.download({ files, app: APP }))).toMatchObject({
      check: 'sha256',
      path: files[1]?.path,
    });
    expect(files.some((each) => fs.existsSync(each.path))).toBe(false);
  });

  test('a connection that breaks: never a short file', async () => {
    const { url, path: local } = serve('cut.bin', 50_000, { ...slow(), cut: 20_000 });
    const failed = rejection(at.bits.download({ url, path: local, app: APP, maxTransientErrors: 0 }));
    expect(await failed).toMatchObject(
      expectedOn<object>({
        windows: { name: 'BitsTransferError' },
        wine: { code: 'BITS_VERIFICATION', check: 'length' },
      }),
    );
    expect(fs.existsSync(local)).toBe(false);
  });

  test('404: the error of BITS, with the query masked', async () => {
    const url = at.server.url('/missing.bin?sig=secret');
    const error = await rejection(at.bits.download({ url, path: path.join(at.folder, 'missing.bin'), app: APP }));
    expect(error).toBeInstanceOf(BitsTransferError);
    expect(error).toMatchObject({ httpStatus: 404 });
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  test('options: named before anything is made', async () => {
    const file = serve('never.bin');
    const bad: [object, RegExp][] = [
      [{ ...file, path: 'never.bin' }, /"options.path"/],
      [{ ...file, url: 'x' }, /"options.url"/],
      [{ ...file, sha256: 'abc' }, /"options.sha256"/],
      [{ ...file, size: -1 }, /"options.size"/],
      [{ ...file, mirrors: ['x'] }, /"options.mirrors\[0\]"/],
      [{ files: [] }, /"options.files"/],
      [{ files: [file, file] }, /"options.files\[1\].path"/],
      [{ files: [file], url: file.url }, /"options.url"/],
      [{ ...file, headers: { 'a b': 'c' } }, /"options.headers/],
      [{ ...file, onAbort: 'stop' }, /"options.onAbort"/],
      [{ ...file, key: '' }, /"options.key"/],
      [{ ...file, app: 'x'.repeat(65) }, /"options.app"/],
      [{ ...file, sha: 'x' }, /did you mean 'path'|did you mean/],
      [{ ...file, signal: 1 }, /"options.signal"/],
    ];
    for (const [options, message] of bad) {
      await expect(at.bits.download(options as never)).rejects.toThrow(message);
      await expect(download(options as never)).rejects.toThrow(message);
    }
    expect(at.server.requests.some(({ url }) => url.includes('never'))).toBe(false);
  });
});

describe('mirrors', () => {
  test('404, then the mirror', async () => {
    const file = serve('mirrored.bin');
    const result = await at.bits.download({
      ...file,
      url: at.server.url('/gone.bin'),
      mirrors: [at.server.url('/gone2.bin'), file.url],
      app: APP,
    });
    expect(result).toMatchObject({ outcome: 'complete', files: [{ source: 2 }] });
    expect(arrived(file)).toBe(true);
  });

  test('a file among others; what has arrived is not fetched again', async () => {
    const files = [serve('x1.bin'), serve('x2.bin'), serve('x3.bin')];
    at.server.files.set('/x2-mirror.bin', at.server.files.get('/x2.bin')!);
    at.server.files.delete('/x2.bin');
    const wanted = files.map((file, i) => (i === 1 ? { ...file, mirrors: [at.server.url('/x2-mirror.bin')] } : file));
    const result = await at.bits.download({ files: wanted, app: APP });
    expect(result.files.map(({ source }) => source)).toEqual([0, 1, 0]);
    expect(files.every(arrived)).toBe(true);
    expect(at.server.fetched('/x1.bin')).toEqual({ distinct: 10_000, total: 10_000 });
  });

  test('a mirror that has something else is passed over', async () => {
    const [good, bad] = [serve('good.bin'), serve('bad.bin')];
    const result = await at.bits.download({ ...good, url: bad.url, mirrors: [good.url], app: APP });
    expect(result.files[0]?.source).toBe(1);
    expect(arrived(good)).toBe(true);
  });

  test('one that does not answer, with a key: nothing is left beside the files, and a later call has all of them', async () => {
    const files = [serve('s1.bin'), { ...serve('s2.bin'), sha256: '0'.repeat(64) }];
    at.server.files.set('/s2-mirror.bin', { silent: true });
    const mirrors = [at.server.url('/s2-mirror.bin')];
    const [one, two] = files;
    const options = { files: [one!, { ...two!, mirrors }], key: 'silent mirror', app: APP };
    expect(await rejection(at.bits.download({ ...options, stallTimeout: 500 }))).toMatchObject({
      code: 'BITS_STALLED',
    });
    // Under Wine the good file had left its job, so that no later call could go on.
    expect(await jobs()).toHaveLength(expectedOn({ windows: 1, wine: 0 }));
    const unwanted = expectedOn({ windows: /\.bits/, wine: /./ }); // the job that Windows has left keeps its own files
    expect(leftovers().filter((name) => unwanted.test(name))).toEqual([]);
    at.server.hangUp('/s2-mirror.bin');
    // The job has to have noticed when it is told to go on, or it sleeps until its retry delay is over.
    await until(async () => (await jobs())[0]?.state !== 'connecting');
    const again = serve('s2-mirror.bin');
    await at.bits.download({ ...options, files: [one!, { ...two!, mirrors, sha256: again.sha256 }] });
    expect(arrived(one!)).toBe(true);
  });

  test('allowPartial keeps the files that arrived', async () => {
    const files = [
      serve('p1.bin'),
      { ...serve('p2.bin'), url: at.server.url('/none.bin') },
      { ...serve('p3.bin'), sha256: '0'.repeat(64) },
      serve('p4.bin'),
    ];
    const result = await at.bits.download({ files, app: APP, allowPartial: true });
    expect(result).toMatchObject({
      outcome: 'partial',
      bytes: 20_000,
      files: [
        { status: 'complete' },
        { status: 'failed', error: { httpStatus: 404 } },
        { status: 'failed', error: { check: 'sha256' } },
        { status: 'complete' },
      ],
    });
    expect(files.map((file) => fs.existsSync(file.path))).toEqual([true, false, false, true]);
    const none = at.bits.download({ ...files[1]!, app: APP, allowPartial: true });
    expect(await rejection(none)).toMatchObject({ httpStatus: 404 });
  });
});

describe('a file that is in use', () => {
  test('is waited for', async () => {
    const file = serve('busy.bin');
    fs.writeFileSync(file.path, 'old');
    const held = holdFile(file.path);
    const states: string[] = [];
    const result = at.bits.download({ ...file, app: APP, onProgress: ({ state }) => states.push(state) });
    await until(() => states.includes('transferred'));
    await sleep(500);
    held.release();
    await result;
    expect(arrived(file)).toBe(true);
  });
});

describe('abort', () => {
  const begin = async (options: object, name: string) => {
    const file = serve(name, 50_000, slow());
    const abort = new AbortController();
    let started: (() => void) | undefined;
    const moving = new Promise<void>((resolve) => {
      started = resolve;
    });
    const result = rejection(
      at.bits.download({
        ...file,
        app: APP,
        signal: abort.signal,
        onProgress: ({ bytes }) => {
          if (bytes > 0) started?.();
        },
        ...options,
      }),
    );
    await moving;
    abort.abort(new Error('enough'));
    return { file, error: (await result) as BitsAbortError };
  };

  test('without a key cancels', async () => {
    const { file, error } = await begin({}, 'abort1.bin');
    expect(error).toBeInstanceOf(BitsAbortError);
    expect(error).toMatchObject({ left: 'cancelled', cause: { message: 'enough' } });
    expect(fs.existsSync(file.path)).toBe(false);
  });

  test('with a key leaves the job to the next call, which goes on with it', async () => {
    const { file, error } = await begin({ key: 'k1' }, 'abort2.bin');
    expect(error.left).toBe('detached');
    expect(await jobs()).toMatchObject([{ id: error.jobId }]);
    expect((await jobs())[0]?.description).toMatch(
      /^Download of 1 file for "download test \d+" \(k1\), by windows-bits 0/,
    );
    const result = await at.bits.download({ ...file, key: 'k1', app: APP });
    expect(result).toMatchObject({ adopted: true, jobId: error.jobId });
    expect(arrived(file)).toBe(true);
    expect(at.server.fetched('/abort2.bin')).toEqual({ distinct: 50_000, total: 50_000 });
  });

  test('before it begins', async () => {
    const file = serve('early.bin');
    const error = await rejection(at.bits.download({ ...file, app: APP, signal: AbortSignal.abort() }));
    expect(error).toBeInstanceOf(BitsAbortError);
  });
});

describe('the same key', () => {
  test('twice in one process is one download', async () => {
    const file = serve('twice.bin', 30_000, slow());
    const options = { ...file, key: 'twice', app: APP };
    const [one, two, three] = await Promise.all([
      at.bits.download(options),
      at.bits.download(options),
      download(options),
    ]);
    for (const joined of [two, three]) expect(joined).toEqual({ ...one, adopted: true, elapsed: expect.any(Number) });
    expect(at.server.fetched('/twice.bin')).toEqual({ distinct: 30_000, total: 30_000 });
  });

  test('from two connections at once: both get the result with its size', async () => {
    const file = serve('race.bin', 30_000, slow());
    const options = { ...file, key: 'race', app: APP };
    const first = at.bits.download(options);
    await until(async () => (await jobs()).length > 0);
    const other = await connect();
    const results = await Promise.all([first, other.download(options)]);
    expect(results).toMatchObject([
      { outcome: 'complete', bytes: 30_000 },
      { outcome: 'complete', bytes: 30_000 },
    ]);
    expect(arrived(file)).toBe(true);
    await other.close();
  });

  test('a failed job of an earlier process is repaired', async () => {
    const file = serve('later.bin');
    at.server.files.delete('/later.bin');
    const first = await connect();
    const waiting = rejection(
      first.download({ ...file, key: 'failed', app: APP, onProgress: () => void first.close() }),
    );
    expect(await waiting).toMatchObject({ code: 'BITS_CLOSED' });
    await until(async () => (await jobs())[0]?.state === 'error');
    const again = serve('later.bin');
    expect(await at.bits.download({ ...again, key: 'failed', app: APP })).toMatchObject({ adopted: true });
    expect(arrived(again)).toBe(true);
  });

  test('with other files: the earlier job is cancelled', async () => {
    const [one, two] = [serve('v1.bin', 50_000, slow()), serve('v2.bin')];
    const abort = AbortSignal.timeout(milliseconds({ windows: 1500, others: 300 }));
    await rejection(at.bits.download({ ...one, key: 'v', app: APP, signal: abort }));
    expect(await at.bits.download({ ...two, key: 'v', app: APP })).toMatchObject({ adopted: false });
    expect(fs.existsSync(one.path)).toBe(false);
  });
});

test('somebody cancels the job', async () => {
  const file = serve('cancelled.bin', 200_000, slow());
  const result = rejection(at.bits.download({ ...file, app: APP }));
  await until(async () => (await jobs())[0]?.state === 'transferring');
  await (await at.bits.getJob((await jobs())[0]!.id)).cancel();
  expect(await result).toMatchObject({ code: 'BITS_ENDED', state: 'cancelled' });
});
