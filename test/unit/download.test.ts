import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BitsManager, DownloadOneOptions, DownloadProgress } from '../../lib';
import { connectTo } from '../../lib/connect';
import { toDescription } from '../../lib/download/job_tag';
import { FakeBits, STATE } from '../support/fake_bits';
import { fastHost } from '../support/fast_host';
import { rejection } from '../support/outcome';
import { until as waitUntil } from '../support/until';
import { useWorkplace } from '../support/workplace';

useWorkplace();

const BODY = Buffer.from('what was wanted');
const SHA = createHash('sha256').update(BODY).digest('hex');
const [ONE, TWO, THREE] = ['http://one.example/f', 'http://two.example/f', 'http://three.example/f'] as const;
const PATH = 'C:\\t\\f.bin';
const NOT_FOUND = 0x80190194;
const UNAVAILABLE = 0x801901f7;
const NO_NETWORK = 0x80200010;
const SHARING = 0x80070020;
const DENIED = 0x80070005;
const TRANSPORT = 6;

let service: FakeBits;
let bits: BitsManager;
const open = () => connectTo(service.addon);
/** For tests that wait for the library's pauses and polls. */
const speedUp = async () => {
  await bits.close();
  bits = await connectTo(service.addon, { host: fastHost() });
};
beforeEach(async () => {
  service = new FakeBits();
  service.served.set(ONE, BODY);
  bits = await open();
});
afterEach(async () => {
  await bits.close();
  expect(service.active).toEqual([]);
  const names = () => fs.readdirSync('.');
  // Where time is fast, a file may be removed in the background.
  await waitUntil(() => names().every((name) => !/^BIT|\.bits$/.test(name)), { what: () => names().join() });
});

const FILE = { url: ONE, path: PATH, sha256: SHA };
const until = (done: () => boolean) => waitUntil(done, { limit: 10_000, every: 5 });
const arrived = (path = PATH) => fs.readFileSync(path).equals(BODY);
const index = (call: string) => service.calls.indexOf(call);

describe('no probe job', () => {
  test('a download asks its own first file, once in a process', async () => {
    await bits.download({ ...FILE, size: BODY.length });
    expect(service.jobs.map(({ files }) => files.map(({ local }) => local))).toEqual([[PATH]]);
    await bits.download(FILE);
    const other = await open();
    await other.download(FILE);
    await other.close();
    expect(service.jobs).toHaveLength(3);
    expect(service.calls.filter((call) => call.endsWith('interfaces'))).toEqual(['file.interfaces']);
  });

  test('where the service has no temporary names, the job is made anew before anything is fetched', async () => {
    service.temporaryNames = false;
    fs.writeFileSync(PATH, 'old');
    service.answers.set('file.getTemporaryName', () => 0x80004002);
    await bits.download(FILE);
    expect(service.jobs.map(({ state }) => state)).toEqual([STATE.cancelled, STATE.acknowledged]);
    expect(service.calls.filter((call) => call === 'job.resume')).toHaveLength(1);
    expect(service.jobs[1]?.files[0]?.local).toMatch(/^C:\\t\\f\.bin\.[0-9a-f]{8}\.bits$/);
    expect(arrived()).toBe(true);
    await bits.download(FILE);
    expect(service.jobs).toHaveLength(3);
  });

  test("on Wine no job has a file's final name: cancelling one there deletes what has that name", async () => {
    Object.assign(service, { temporaryNames: false, wine: '8.0' });
    bits = await open();
    await bits.download(FILE);
    expect(service.jobs).toHaveLength(1);
    expect(service.jobs[0]?.files[0]?.local).toMatch(/\.bits$/);
  });

  test('a service that fails when it is asked: no job is left', async () => {
    service.answers.set('file.interfaces', () => 0x80004005);
    expect(await rejection(bits.download(FILE))).toMatchObject({ code: 'E_FAIL' });
    expect(service.active).toEqual([]);
  });
});

describe('capabilities', () => {
  beforeEach(() => {
    jest.spyOn(os, 'tmpdir').mockReturnValue('C:\\Temp');
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('are asked for in the temporary folder, once in a process; the job is cancelled', async () => {
    const other = await open();
    const found = await Promise.all([bits.capabilities, other.capabilities]);
    await bits.close();
    expect(await other.capabilities).toBe(found[0]);
    expect(found[1]).toBe(found[0]);
    expect(service.jobs.map(({ state }) => state)).toEqual([STATE.cancelled]);
    expect(service.jobs[0]?.files[0]?.local).toMatch(/^C:\\Temp\\windows-bits-[0-9a-f]{12}\.tmp$/);
    await other.close();
  });

  test('a probe that failed is made again', async () => {
    service.answers.set('manager.probe', () => DENIED);
    expect(await rejection(bits.capabilities)).toMatchObject({ name: 'BitsAccessError' });
    service.answers.clear();
    expect((await bits.capabilities).interfaces).toContain('IBackgroundCopyFile3');
  });

  test('close() meanwhile keeps it from nobody else', async () => {
    let closing: Promise<void> | undefined;
    service.answers.set('manager.interfaces', () => {
      closing ??= bits.close();
      return undefined;
    });
    const other = await open();
    const [closed, found] = await Promise.all([rejection(bits.capabilities), other.capabilities]);
    expect(closed).toMatchObject({ code: 'BITS_CLOSED' });
    expect(found.version).toBeDefined();
    await Promise.all([closing, other.close()]);
  });
});

describe('mirrors', () => {
  const begin = async (hresult: number, context: number, more: Partial<DownloadOneOptions> = {}) => {
    service.served.set(ONE, { hresult, context, transient: true }).set(TWO, BODY);
    let waiting = false;
    const result = bits.download({
      ...FILE,
      mirrors: [TWO],
      onProgress: ({ state }) => {
        waiting ||= state === 'transientError';
      },
      ...more,
    });
    await until(() => waiting || service.calls.includes('job.complete'));
    return { result, job: service.jobs[0]! };
  };

  test('a lost network burns no mirror: it is waited for, as BITS does', async () => {
    const { result, job } = await begin(NO_NETWORK, TRANSPORT);
    await sleep(300); // another look
    expect(job).toMatchObject({ state: STATE.transientError, files: [{ remote: ONE }] });
    service.served.set(ONE, BODY);
    job.state = 2;
    job.run();
    expect(await result).toMatchObject({ files: [{ source: 0 }] });
    expect(service.calls).not.toContain('file.setRemoteName');
  });

  test('a server that fails is left for the next one', async () => {
    const { result } = await begin(UNAVAILABLE, 5);
    expect(await result).toMatchObject({ files: [{ source: 1 }] });
    expect(service.jobs).toHaveLength(1);
  });

  test('a limit that ends the wait gives the error, and tries no mirror', async () => {
    service.served.set(ONE, { hresult: NO_NETWORK, transient: true }).set(TWO, BODY);
    expect(
      await rejection(bits.download({ ...FILE, mirrors: [TWO], maxTransientErrors: 0, allowPartial: true })),
    ).toMatchObject({
      code: 'BG_E_NETWORK_DISCONNECTED',
    });
    expect(service.calls).not.toContain('file.setRemoteName');
  });

  test("the last mirror's error has those of all sources, and the first as its cause", async () => {
    await speedUp();
    service.served.set(ONE, { hresult: NOT_FOUND }).set(TWO, { hresult: UNAVAILABLE }).set(THREE, Buffer.from('wrong'));
    const error = (await rejection(bits.download({ ...FILE, mirrors: [THREE, `${TWO}?sig=secret`, TWO] }))) as Error;
    expect(error).toMatchObject({
      name: 'BitsTransferError',
      code: 'BG_E_HTTP_ERROR_503',
      httpStatus: 503,
      url: TWO,
      jobId: service.jobs[0]?.id,
      errors: [{ httpStatus: 404 }, { code: 'BITS_VERIFICATION' }, { httpStatus: 404 }, { httpStatus: 503 }],
    });
    expect(error.cause).toBe((error as unknown as { errors: Error[] }).errors[0]);
    expect(error.message).toMatch(/; the 3 previous sources failed too$/);
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      errors: [{ httpStatus: 404 }, {}, {}, {}],
      cause: { httpStatus: 404 },
    });
    service.served.set(THREE, { hresult: NOT_FOUND });
    expect(await rejection(bits.download({ ...FILE, mirrors: [THREE] }))).toMatchObject({ errors: { length: 2 } });
    expect(await rejection(bits.download(FILE))).not.toHaveProperty('errors');
  });
});

describe('retry times', () => {
  test.each<[Partial<DownloadOneOptions>, number, number]>([
    [{}, 60, 1_209_600],
    [{ priority: 'normal' }, 600, 1_209_600],
    [{ minimumRetryDelay: 5000, noProgressTimeout: 3_600_000 }, 5, 3600],
    [{ minimumRetryDelay: 5001, noProgressTimeout: 0 }, 6, 0], // BITS wants whole seconds
    [{ priority: 'low', minimumRetryDelay: 30_000 }, 30, 1_209_600],
    [{ noProgressTimeout: 20_000 }, 20, 20], // a longer delay would end all trying
  ])('%j', async (options, delay, timeout) => {
    await bits.download({ ...FILE, ...options });
    expect(service.jobs[0]).toMatchObject({ minimumRetryDelay: delay, noProgressTimeout: timeout });
  });

  test('bad ones are named', async () => {
    for (const name of ['minimumRetryDelay', 'noProgressTimeout']) {
      for (const value of [-1, 2 ** 32 * 1000, 1.5, '60', null]) {
        await expect(bits.download({ ...FILE, [name]: value })).rejects.toThrow(new RegExp(`"options.${name}"`));
        await expect(bits.upload({ url: ONE, path: PATH, [name]: value })).rejects.toThrow(
          new RegExp(`"options.${name}"`),
        );
      }
    }
  });
});

describe('dynamic content', () => {
  test('the job is made with it, for the foreground', async () => {
    await bits.download({ ...FILE, dynamicContent: true });
    expect(service.jobs[0]).toMatchObject({ dynamicContent: true, priority: 0 });
    await bits.download(FILE);
    expect(service.jobs[1]?.dynamicContent).toBe(false);
  });

  test('what does not go with it is refused', async () => {
    await expect(bits.download({ ...FILE, dynamicContent: true, priority: 'normal' })).rejects.toThrow(
      /"options.priority"/,
    );
    await expect(bits.download({ ...FILE, dynamicContent: true, ranges: [{ offset: 0, length: 1 }] })).rejects.toThrow(
      /"options.ranges"/,
    );
    await expect(bits.download({ ...FILE, dynamicContent: 1 } as never)).rejects.toThrow(/"options.dynamicContent"/);
  });
});

describe('paths that come back changed', () => {
  const told = (local: string) => local.replace('C:\\t\\', 'C:\\t~1\\').toUpperCase();
  const files = [
    { url: ONE, path: 'C:\\t\\a\\x.bin', sha256: SHA },
    { url: TWO, path: 'C:\\t\\b\\x.bin', sha256: createHash('sha256').update('two').digest('hex') },
  ];
  beforeEach(() => {
    service.toldName = told;
    service.listed = (list) => [...list].reverse();
    service.served.set(TWO, Buffer.from('two'));
    if (process.platform === 'win32')
      for (const name of ['C:\\t\\a', 'C:\\t\\b', 'C:\\t~1\\a', 'C:\\t~1\\b']) fs.mkdirSync(name, { recursive: true });
    else for (const name of ['C:\\t\\a', 'C:\\t\\b']) fs.mkdirSync(name);
  });

  test('a keyed download goes on with its job', async () => {
    service.held = true;
    const abort = new AbortController();
    const first = rejection(bits.download({ files, key: 'k', signal: abort.signal }));
    await until(() => service.calls.includes('job.resume'));
    abort.abort();
    expect(await first).toMatchObject({ left: 'detached' });
    service.held = false;
    service.jobs[0]!.run();
    const result = await bits.download({ files, key: 'k' });
    expect(result).toMatchObject({
      adopted: true,
      bytes: BODY.length + 3,
      files: [{ bytes: BODY.length }, { bytes: 3 }],
    });
    expect(service.jobs).toHaveLength(1);
  });

  test('restore() completes one that is ready', async () => {
    service.held = true;
    const first = rejection(
      bits.download({
        files,
        app: 'acme',
        onProgress: () => {
          void bits.close();
        },
      }),
    );
    expect(await first).toMatchObject({ code: 'BITS_CLOSED' });
    service.jobs[0]!.run();
    bits = await open();
    expect(await bits.restore({ app: 'acme' })).toMatchObject([
      { status: 'completed', result: { bytes: BODY.length + 3 }, error: null },
    ]);
  });

  test('with other files under the same key the earlier job is cancelled, whatever its names', async () => {
    service.held = true;
    const abort = new AbortController();
    const first = rejection(bits.download({ files, key: 'k', signal: abort.signal }));
    await until(() => service.calls.includes('job.resume'));
    abort.abort();
    await first;
    service.held = false;
    await bits.download({ ...FILE, key: 'k' });
    expect(service.jobs[0]?.state).toBe(STATE.cancelled);
  });

  test('a job of version 0.1.0 is known by the names that BITS tells', async () => {
    service.toldName = (local) => local;
    const job = await bits.createJob({
      name: 'old',
      description: 'x [windows-bits/1 v=0.1.0 owner=default key=k id=0123456789ab part=0 made=2026-01-31T12:00:00Z]',
      files: files.map(({ url, path }) => ({ url, path })),
    });
    expect(await bits.download({ files, key: 'k' })).toMatchObject({ adopted: true, jobId: job.id });
  });
});

describe('complete() is denied', () => {
  test('a target that is read-only is told within a second, and named', async () => {
    fs.writeFileSync(PATH, 'old', { mode: 0o444 });
    service.answers.set('job.complete', () => DENIED);
    const started = performance.now();
    const error = await rejection(bits.download(FILE));
    expect(performance.now() - started).toBeLessThan(1500);
    expect(error).toMatchObject({
      name: 'BitsAccessError',
      code: 'E_ACCESSDENIED',
      message: expect.stringContaining(`${PATH} in place failed: the file that is there is read-only`),
    });
    fs.chmodSync(PATH, 0o666);
    service.answers.clear();
    await bits.restore(); // what had arrived was kept
    expect(arrived()).toBe(true);
  });

  test.each([
    ['denied', DENIED],
    ['a sharing violation', SHARING],
  ])('one that may be in use is waited for (%s)', async (_, hresult) => {
    await speedUp();
    fs.writeFileSync(PATH, 'old');
    let left = 6; // more than a second and a half
    service.answers.set('job.complete', () => (left-- > 0 ? hresult : undefined));
    await bits.download(FILE);
    expect(arrived()).toBe(true);
  });

  test('a target that is read-only, with staging names, too', async () => {
    await speedUp();
    service.temporaryNames = false;
    fs.writeFileSync(PATH, 'old', { mode: 0o444 });
    const rename = jest
      .spyOn(fs.promises, 'rename')
      .mockImplementation(() => Promise.reject(Object.assign(new Error('no'), { code: 'EPERM' })));
    try {
      expect(await rejection(bits.download(FILE))).toMatchObject({ name: 'BitsAccessError', code: 'E_ACCESSDENIED' });
    } finally {
      rename.mockRestore();
    }
    for (const name of fs.readdirSync('C:\\t')) if (name.endsWith('.bits')) fs.rmSync(name);
    for (const name of fs.readdirSync('.')) if (name.endsWith('.bits')) fs.rmSync(name);
    fs.chmodSync(PATH, 0o666);
  });
});

describe('a restored download, and a file in use', () => {
  test('a restored download keeps priority, headers and retry times where another job is needed', async () => {
    const tag = {
      app: 'default',
      key: null,
      id: '0123456789ab',
      made: new Date(0),
      staging: false,
      names: null,
      checksum: null,
    };
    const make = async (number: number, names: string[]) => {
      await bits.createJobFrom('n', 0, {
        priority: 2,
        customHeaders: 'X-Token: a\r\n',
        minimumRetryDelay: 77,
        description: toDescription({ ...tag, number }, 'x'),
        files: names.map((name) => ({ remoteName: ONE, localName: `C:\\t\\${name}` })),
      });
    };
    await make(0, ['a', 'b']);
    await make(1, ['c']); // and the process ended before it could ask for b again
    const [restored] = await bits.restore();
    await restored!.finish();
    expect(service.jobs[2]).toMatchObject({ priority: 2, headers: 'X-Token: a\r\n', minimumRetryDelay: 77 });
    expect(['a', 'b', 'c'].map((name) => arrived(`C:\\t\\${name}`))).toEqual([true, true, true]);
  });

  test('an abort is answered at once, also in the pause before a file in use is tried again', async () => {
    service.answers.set('job.complete', () => SHARING);
    const abort = new AbortController();
    const failed = rejection(bits.download({ ...FILE, signal: abort.signal }));
    await until(() => service.calls.filter((call) => call === 'job.complete').length === 5); // the next pause is 800 ms
    const started = performance.now();
    abort.abort('enough');
    expect(await failed).toMatchObject({ code: 'BITS_ABORTED', cause: 'enough', left: 'cancelled' });
    expect(performance.now() - started).toBeLessThan(300);
  });

  test('the time is over while a file in use is waited for: told at once, and nothing goes on', async () => {
    service.answers.set('job.complete', () => SHARING);
    const started = performance.now();
    expect(await rejection(bits.download({ ...FILE, timeout: 700 }))).toMatchObject({
      code: 'BITS_TIMEOUT',
      timeout: 700,
    });
    expect(performance.now() - started).toBeLessThan(1200);
    const completions = () => service.calls.filter((call) => call === 'job.complete').length;
    const before = completions();
    await sleep(1000);
    expect(completions()).toBe(before);
    expect(fs.existsSync(PATH)).toBe(false);
    expect(service.jobs).toMatchObject([{ state: 8 }]);
  });
});

test('an abort does not wait for a file of ours that somebody has open', async () => {
  service.temporaryNames = false;
  const rename = jest
    .spyOn(fs.promises, 'rename')
    .mockImplementation(() => Promise.reject(Object.assign(new Error('no'), { code: 'EBUSY' })));
  const remove = jest
    .spyOn(fs.promises, 'rm')
    .mockImplementation(() => Promise.reject(Object.assign(new Error('no'), { code: 'EBUSY' })));
  const abort = new AbortController();
  const failed = rejection(bits.download({ ...FILE, signal: abort.signal }));
  await until(() => rename.mock.calls.length > 1);
  const started = performance.now();
  abort.abort();
  expect(await failed).toMatchObject({ code: 'BITS_ABORTED' });
  expect(performance.now() - started).toBeLessThan(1500);
  rename.mockRestore();
  remove.mockRestore();
  await until(() => fs.readdirSync('.').every((name) => !name.endsWith('.bits'))); // gone a while later
});

describe('finish()', () => {
  const leave = async (options: Partial<DownloadOneOptions> = {}) => {
    service.held = true;
    expect(
      await rejection(
        bits.download({
          ...FILE,
          ...options,
          onProgress: () => {
            void bits.close();
          },
        }),
      ),
    ).toMatchObject({ code: 'BITS_CLOSED' });
    bits = await open();
  };

  test('after a rejection the next finish() tries again: the job was transferred meanwhile', async () => {
    await leave();
    const [restored] = await bits.restore();
    expect(await rejection(restored!.finish({ timeout: 50 }))).toMatchObject({ code: 'BITS_TIMEOUT' });
    service.jobs[0]!.run();
    expect(await restored!.finish()).toMatchObject({ outcome: 'complete', adopted: true });
    expect(restored).toMatchObject({ status: 'completed', error: null, result: { bytes: BODY.length } });
    expect(await restored!.finish()).toBe(restored!.result);
  });

  test('each finish() has limits of its own: one that gives up leaves the others their attempt', async () => {
    await leave();
    const [restored] = await bits.restore();
    const [first, joined, patient] = [
      restored!.finish({ timeout: 50 }),
      restored!.finish({ timeout: 150 }),
      restored!.finish(),
    ];
    expect(await rejection(first)).toMatchObject({ code: 'BITS_TIMEOUT', timeout: 50 });
    expect(await rejection(joined)).toMatchObject({ code: 'BITS_TIMEOUT', timeout: 150 });
    await expect(restored!.finish({ timeout: -1 })).rejects.toThrow('options.timeout');
    service.jobs[0]!.run();
    expect(await patient).toMatchObject({ outcome: 'complete', adopted: true });
  });

  test.each([[true], [false]])(
    'after a rejection the next finish() tries again: the obstacle is gone (temporary names: %s)',
    async (temporaryNames) => {
      service.temporaryNames = temporaryNames;
      await leave();
      await speedUp();
      service.jobs.at(-1)!.run();
      fs.writeFileSync(PATH, 'old', { mode: 0o444 });
      const rename = jest
        .spyOn(fs.promises, 'rename')
        .mockImplementation(() => Promise.reject(Object.assign(new Error('no'), { code: 'EPERM' })));
      service.answers.set('job.complete', () => (temporaryNames ? DENIED : undefined));
      const [restored] = await bits.restore();
      expect(restored).toMatchObject({ status: 'failed', error: { code: 'E_ACCESSDENIED' } });
      expect(await rejection(restored!.finish())).toMatchObject({ code: 'E_ACCESSDENIED' });
      rename.mockRestore();
      service.answers.clear();
      fs.chmodSync(PATH, 0o666);
      expect(await restored!.finish()).toMatchObject({ outcome: 'complete' });
      expect(arrived()).toBe(true);
      expect(restored!.status).toBe('completed');
    },
  );

  test('bad options are refused, and forgotten', async () => {
    await leave();
    const [restored] = await bits.restore();
    expect(await rejection(restored!.finish({ timeout: -1 }))).toBeInstanceOf(RangeError);
    await restored!.cancel();
  });
});

describe('what the server answered', () => {
  const answer = (text: string) => {
    for (const { files } of service.jobs) for (const file of files) file.answer = text;
  };

  test('status and headers, read before the job is completed', async () => {
    service.answers.set('file.getTemporaryName', () => {
      answer('HTTP/1.1 200 OK\r\nETag: "x"\r\n\r\n');
      return undefined;
    });
    service.held = true;
    const result = bits.download(FILE);
    await until(() => service.calls.includes('job.resume'));
    answer('HTTP/1.1 206 Partial Content\r\nETag: "x"\r\n\r\n');
    service.jobs[0]!.run();
    expect((await result).files).toEqual([
      {
        path: PATH,
        source: 0,
        status: 'complete',
        bytes: BODY.length,
        http: { status: 206, headers: [['ETag', '"x"']] },
      },
    ]);
    expect(index('file.getProperty')).toBeLessThan(index('job.complete'));
  });

  test.each([
    ['not there', 0x80004002],
    ['an error', 0x80004005],
  ])('null where BITS does not tell (%s)', async (_, hresult) => {
    service.answers.set('file.getProperty', () => hresult);
    expect((await bits.download(FILE)).files[0]?.http).toBeNull();
  });

  test('bytes are the size of the file, whatever the service counted', async () => {
    expect((await bits.download(FILE)).bytes).toBe(BODY.length); // it tells 4
  });
});

describe('uploads', () => {
  beforeEach(() => {
    fs.writeFileSync(PATH, 'mine');
  });
  afterEach(() => {
    expect(fs.readFileSync(PATH, 'utf8')).toBe('mine');
  });

  test('a service that ignores the type of a job never gets the file', async () => {
    service.ignoresType = true;
    expect(await rejection(bits.upload({ url: ONE, path: PATH }))).toMatchObject({
      name: 'BitsNotSupportedError',
      code: 'E_NOTIMPL',
    });
    expect(service.jobs).toMatchObject([{ state: STATE.cancelled, files: [] }]);
  });

  test('on Wine nothing is made', async () => {
    service.wine = '8.0';
    bits = await open();
    expect(await rejection(bits.upload({ url: ONE, path: PATH }))).toMatchObject({ name: 'BitsNotSupportedError' });
    expect(service.jobs).toEqual([]);
  });

  test('an onProgress that throws gives the upload up', async () => {
    service.held = true;
    const thrown = new Error('mine');
    const error = await rejection(
      bits.upload({
        url: ONE,
        path: PATH,
        onProgress: () => {
          throw thrown;
        },
      }),
    );
    expect(error).toMatchObject({
      code: 'BITS_ABORTED',
      cause: thrown,
      left: 'cancelled',
      message: expect.stringMatching(/^the upload, whose onProgress threw/),
    });
  });
});

describe('one key is one download in a process', () => {
  const OPTIONS = { ...FILE, key: 'k' };
  let other: BitsManager;
  beforeEach(async () => {
    other = await open();
    service.held = true;
  });
  afterEach(() => other.close());
  const both = async (first: Partial<DownloadOneOptions> = {}, second: Partial<DownloadOneOptions> = {}) => {
    const one = bits.download({ ...OPTIONS, ...first });
    one.catch(() => undefined);
    const two = other.download({ ...OPTIONS, ...second });
    two.catch(() => undefined);
    await until(() => service.calls.includes('job.resume'));
    return { one, two };
  };
  const finish = () => {
    service.held = false;
    service.active[0]!.run();
  };

  test('over two connections: one job, both have the right bytes and the progress', async () => {
    const seen: DownloadProgress[][] = [[], []];
    const { one, two } = await both(
      { onProgress: (progress) => seen[0]!.push(progress) },
      { onProgress: (progress) => seen[1]!.push(progress) },
    );
    finish();
    const results = await Promise.all([one, two]);
    expect(results).toMatchObject([
      { bytes: BODY.length, adopted: false },
      { bytes: BODY.length, adopted: true, jobId: service.jobs[0]?.id },
    ]);
    expect(results[1].elapsed).not.toBe(results[0].elapsed);
    expect(seen[1]!.at(-1)).toMatchObject({ state: 'transferred' });
    expect(service.jobs).toHaveLength(1);
  });

  test.each<[string, (of: { abort: AbortController }) => unknown]>([
    ['closes its connection', () => bits.close()],
    [
      'aborts',
      ({ abort }) => {
        abort.abort();
      },
    ],
  ])('the first one %s: the others go on with the job', async (_, leave) => {
    const abort = new AbortController();
    const { one, two } = await both({ signal: abort.signal, onAbort: 'cancel' });
    const three = other.download(OPTIONS);
    await leave({ abort });
    expect(await rejection(one)).toMatchObject({ code: expect.stringMatching(/^BITS_(CLOSED|ABORTED)$/) });
    await sleep(20);
    finish();
    for (const result of await Promise.all([two, three]))
      expect(result).toMatchObject({ bytes: BODY.length, adopted: true });
    expect(service.jobs).toHaveLength(1);
  });

  test('the limit of the first one ends its wait only', async () => {
    const { one, two } = await both({ timeout: 50 });
    expect(await rejection(one)).toMatchObject({ code: 'BITS_TIMEOUT' });
    await sleep(20);
    finish();
    expect(await two).toMatchObject({ adopted: true });
  });

  test('who joined leaves by its own signal, limit, onProgress or close(), and the first goes on', async () => {
    const abort = new AbortController();
    const thrown = new Error('mine');
    const { one, two } = await both({}, { signal: abort.signal, onAbort: 'cancel' });
    const three = rejection(other.download({ ...OPTIONS, timeout: 30 }));
    const four = rejection(
      other.download({
        ...OPTIONS,
        onProgress: () => {
          throw thrown;
        },
      }),
    );
    abort.abort('enough');
    expect(await rejection(two)).toMatchObject({ code: 'BITS_ABORTED', cause: 'enough', left: 'detached' });
    expect(await three).toMatchObject({ code: 'BITS_TIMEOUT', timeout: 30 });
    service.active[0]!.errorCount++; // something to report
    expect(await four).toMatchObject({ code: 'BITS_ABORTED', cause: thrown });
    const five = rejection(other.download(OPTIONS));
    await other.close();
    expect(await five).toMatchObject({ code: 'BITS_CLOSED' });
    finish();
    expect(await one).toMatchObject({ bytes: BODY.length });
  });

  test('what has failed for one has failed for all', async () => {
    service.served.set(ONE, { hresult: NOT_FOUND });
    const { one, two } = await both();
    finish();
    expect([await rejection(one), await rejection(two)]).toMatchObject([{ httpStatus: 404 }, { httpStatus: 404 }]);
    expect(service.jobs).toHaveLength(1);
  });

  test('who expects another content gets another download', async () => {
    const { one, two } = await both({}, { sha256: createHash('sha256').update('new').digest('hex') });
    finish();
    await one;
    service.served.set(ONE, Buffer.from('new'));
    expect(await two).toMatchObject({ bytes: 3 });
    expect(fs.readFileSync(PATH, 'utf8')).toBe('new');
  });
});

describe('the caller', () => {
  test('one signal on twenty downloads has one listener', async () => {
    service.held = true;
    const abort = new AbortController();
    const failed = Array.from({ length: 20 }, (_, i) =>
      rejection(bits.download({ ...FILE, path: `C:\\t\\${i}`, signal: abort.signal })),
    );
    await until(() => service.calls.filter((call) => call === 'job.resume').length === 20);
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
    abort.abort('enough');
    for (const error of await Promise.all(failed))
      expect(error).toMatchObject({ code: 'BITS_ABORTED', cause: 'enough', left: 'cancelled' });
    const done = new AbortController();
    service.held = false;
    await bits.download({ ...FILE, signal: done.signal });
    expect(getEventListeners(done.signal, 'abort')).toHaveLength(0);
  });

  test('an onProgress that throws gives the download up, and is the cause', async () => {
    service.held = true;
    const thrown = new Error('mine');
    const error = await rejection(
      bits.download({
        ...FILE,
        onProgress: () => {
          throw thrown;
        },
      }),
    );
    expect(error).toMatchObject({
      code: 'BITS_ABORTED',
      cause: thrown,
      left: 'cancelled',
      jobId: service.jobs[0]?.id,
      message: expect.stringMatching(/^the download, whose onProgress threw/),
    });
    expect(fs.existsSync(PATH)).toBe(false);
  });

  test('an onProgress of finish() that throws gives it up, and leaves the job', async () => {
    service.held = true;
    expect(
      await rejection(
        bits.download({
          ...FILE,
          onProgress: () => {
            void bits.close();
          },
        }),
      ),
    ).toMatchObject({ code: 'BITS_CLOSED' });
    bits = await open();
    const [restored] = await bits.restore();
    const thrown = new Error('mine');
    expect(
      await rejection(
        restored!.finish({
          onProgress: () => {
            throw thrown;
          },
        }),
      ),
    ).toMatchObject({ cause: thrown, left: 'detached' });
    await restored!.cancel();
  });
});
