import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type { BitsManager, DownloadOneOptions } from '../../lib';
import { connectTo } from '../../lib/connect';
import { FakeBits, STATE } from '../support/fake_bits';
import { fastHost } from '../support/fast_host';
import { rejection } from '../support/outcome';
import { until } from '../support/until';
import { useWorkplace } from '../support/workplace';

/*
 * What download() promises, with each way in which files are placed: under the temporary names of BITS, as on Windows, and
 * under staging names, where a service tells no temporary ones.
 */

useWorkplace();

const BODY = Buffer.from('what was wanted');
const OTHER = Buffer.from('another file');
const sha = (body: Buffer) => createHash('sha256').update(body).digest('hex');
const [ONE, TWO, MIRROR, GONE] = ['http://h/one', 'http://h/two', 'http://mirror/one', 'http://h/gone'] as const;
const [PATH, SECOND, THIRD] = ['C:\\t\\f.bin', 'C:\\t\\g.bin', 'C:\\t\\h.bin'] as const;
const RPC_S_CALL_FAILED = 0x800706be;
const FILE = { url: ONE, path: PATH, sha256: sha(BODY) };
const OTHER_FILE = { url: TWO, path: SECOND, sha256: sha(OTHER) };

test('allowPartial, and a job that is not needed any more cannot be cancelled: the other one is not left either', async () => {
  const service = new FakeBits();
  service.served.set(TWO, OTHER).set(MIRROR, Buffer.from('wrong'));
  let [calls, failures] = [0, 2]; // cancelling is tried twice
  service.answers.set('job.cancel', () => (calls++, failures-- > 0 ? RPC_S_CALL_FAILED : undefined));
  const bits = await connectTo(service.addon, { host: fastHost() });
  const files = [OTHER_FILE, { ...FILE, url: GONE }, { ...FILE, url: MIRROR, path: THIRD }];
  const error = await rejection(bits.download({ files, allowPartial: true }));
  expect(error).toMatchObject({ hresult: RPC_S_CALL_FAILED });
  const [first, second, ...others] = service.jobs;
  expect([first?.state, second?.state, others, calls]).toEqual([STATE.cancelled, STATE.transferred, [], 3]);
  await bits.close();
});

test('reap() tells of each job whether it is cancelled, and goes on after one that is not', async () => {
  const service = new FakeBits();
  service.held = true;
  const bits = await connectTo(service.addon, { host: fastHost() });
  for (const [i, key] of ['a', 'b', 'c'].entries()) {
    const abort = new AbortController();
    const left = rejection(bits.download({ ...FILE, key, signal: abort.signal }));
    await until(() => service.calls.filter((call) => call === 'job.resume').length > i);
    abort.abort();
    await left;
  }
  let failures = 4; // each once, and the first one when it is tried again
  service.answers.set('job.cancel', () => (failures > 0 && failures-- > 0 ? RPC_S_CALL_FAILED : undefined));
  expect(await bits.reap({ olderThan: 0 })).toMatchObject([
    { id: service.jobs[0]?.id, key: 'a', error: { hresult: RPC_S_CALL_FAILED } },
    { id: service.jobs[1]?.id, key: 'b', error: null },
    { id: service.jobs[2]?.id, key: 'c', error: null },
  ]);
  expect(service.active).toEqual([service.jobs[0]]);
  expect(await bits.reap({ olderThan: 0 })).toMatchObject([{ key: 'a', error: null }]);
  expect(service.active).toEqual([]);
  await bits.close();
});

describe.each([
  { placement: 'temporary names', temporaryNames: true, wine: null },
  { placement: 'staging names, expected', temporaryNames: false, wine: '8.0' },
  { placement: 'staging names, found out', temporaryNames: false, wine: null },
])('$placement', ({ temporaryNames, wine }) => {
  let service: FakeBits;
  let bits: BitsManager;
  beforeEach(async () => {
    service = Object.assign(new FakeBits(), { temporaryNames, wine });
    service.served.set(ONE, BODY).set(TWO, OTHER);
    bits = await connectTo(service.addon, { host: fastHost() });
  });
  afterEach(async () => {
    await bits.close();
    expect(service.active).toEqual([]);
    const names = () => [...fs.readdirSync('.'), ...(process.platform === 'win32' ? fs.readdirSync('C:\\t') : [])];
    // In the fast time of these tests a file may be removed in the background.
    await until(() => names().every((name) => !/^BIT|\.bits$/.test(name)), { what: () => names().join() });
  });

  const isThere = (path: string, body: Buffer) => fs.existsSync(path) && fs.readFileSync(path).equals(body);
  const resumed = () => service.calls.filter((call) => call === 'job.resume').length;
  /** A download that is left to a later call. Its job goes on only when it is told to. */
  const leave = async (options: Partial<DownloadOneOptions> = {}) => {
    service.held = true;
    const abort = new AbortController();
    const failed = rejection(bits.download({ ...FILE, signal: abort.signal, onAbort: 'detach', ...options }));
    await until(() => resumed() > 0);
    abort.abort();
    expect(await failed).toMatchObject({ code: 'BITS_ABORTED', left: 'detached' });
    service.held = false;
  };

  test('several files', async () => {
    fs.writeFileSync(PATH, 'old');
    expect(await bits.download({ files: [FILE, OTHER_FILE] })).toMatchObject({
      outcome: 'complete',
      adopted: false,
      bytes: BODY.length + OTHER.length,
    });
    expect([isThere(PATH, BODY), isThere(SECOND, OTHER)]).toEqual([true, true]);
  });

  test('a mirror, when the server fails', async () => {
    service.served.set(MIRROR, BODY);
    const { files } = await bits.download({ files: [OTHER_FILE, { ...FILE, url: GONE, mirrors: [MIRROR] }] });
    expect(files).toMatchObject([{ source: 0 }, { source: 1 }]);
    expect([isThere(PATH, BODY), isThere(SECOND, OTHER)]).toEqual([true, true]);
  });

  test('a mirror, when what arrived is wrong: the wrong file never has the final name', async () => {
    fs.writeFileSync(PATH, 'old');
    service.served.set(ONE, Buffer.from('wrong')).set(MIRROR, BODY);
    service.answers.set('file.setRemoteName', () => {
      expect(fs.readFileSync(PATH, 'utf8')).toBe('old');
      return undefined;
    });
    const { files } = await bits.download({ files: [OTHER_FILE, { ...FILE, mirrors: [MIRROR] }] });
    expect(files).toMatchObject([{ source: 0 }, { source: 1 }]);
    expect([isThere(PATH, BODY), isThere(SECOND, OTHER)]).toEqual([true, true]);
  });

  test('a mirror, by another job, where BITS cannot change URLs', async () => {
    service.answers.set('file.setRemoteName', () => 0x80004002);
    service.served.set(ONE, Buffer.from('wrong')).set(MIRROR, BODY);
    const { files } = await bits.download({ files: [OTHER_FILE, { ...FILE, mirrors: [GONE, MIRROR] }] });
    expect(files).toMatchObject([{ source: 0 }, { source: 2 }]);
    expect([isThere(PATH, BODY), isThere(SECOND, OTHER)]).toEqual([true, true]);
  });

  test('wrong content without a mirror: nothing is left', async () => {
    fs.writeFileSync(PATH, 'old');
    service.served.set(ONE, Buffer.from('wrong'));
    const error = await rejection(bits.download({ files: [OTHER_FILE, FILE] }));
    expect(error).toMatchObject({
      code: 'BITS_VERIFICATION',
      check: 'sha256',
      path: PATH,
      actual: sha(Buffer.from('wrong')),
    });
    expect([fs.readFileSync(PATH, 'utf8'), fs.existsSync(SECOND)]).toEqual(['old', false]);
  });

  test.each([
    ['first', [PATH, SECOND]],
    ['last', [SECOND, PATH]],
  ])('allowPartial, the %s file cannot be had', async (_, order) => {
    const files = order.map((path) => (path === PATH ? { ...FILE, url: GONE } : OTHER_FILE));
    const result = await bits.download({ files, allowPartial: true });
    expect(result).toMatchObject({ outcome: 'partial', bytes: OTHER.length });
    expect(result.files.find(({ path }) => path === PATH)).toMatchObject({
      status: 'failed',
      error: { httpStatus: 404 },
    });
    expect([fs.existsSync(PATH), isThere(SECOND, OTHER)]).toEqual([false, true]);
  });

  test.each([
    ['first', [PATH, SECOND]],
    ['last', [SECOND, PATH]],
  ])('allowPartial, the %s file is wrong', async (_, order) => {
    service.served.set(ONE, Buffer.from('wrong'));
    const files = order.map((path) => (path === PATH ? FILE : OTHER_FILE));
    expect(await bits.download({ files, allowPartial: true })).toMatchObject({
      outcome: 'partial',
      bytes: OTHER.length,
    });
    expect([fs.existsSync(PATH), isThere(SECOND, OTHER)]).toEqual([false, true]);
  });

  test('allowPartial, a file cannot be had and another is wrong', async () => {
    service.served.set(MIRROR, Buffer.from('wrong'));
    const files = [OTHER_FILE, { ...FILE, url: GONE }, { ...FILE, url: MIRROR, path: THIRD }];
    const result = await bits.download({ files, allowPartial: true });
    expect(result).toMatchObject({ outcome: 'partial', bytes: OTHER.length });
    expect(result.files.map(({ status }) => status)).toEqual(['complete', 'failed', 'failed']);
    expect([isThere(SECOND, OTHER), fs.existsSync(PATH), fs.existsSync(THIRD)]).toEqual([true, false, false]);
  });

  test('allowPartial, a file cannot be had and another is right on its mirror only', async () => {
    service.served.set(ONE, Buffer.from('wrong')).set(MIRROR, BODY);
    const files = [
      { ...FILE, mirrors: [MIRROR] },
      { ...OTHER_FILE, url: GONE },
    ];
    const result = await bits.download({ files, allowPartial: true });
    expect(result).toMatchObject({ outcome: 'partial', bytes: BODY.length });
    expect(result.files).toMatchObject([{ source: 1 }, { status: 'failed', error: { httpStatus: 404 } }]);
    expect([isThere(PATH, BODY), fs.existsSync(SECOND)]).toEqual([true, false]);
  });

  test('allowPartial, and every file is wrong: an error, and nothing is left', async () => {
    service.served.set(ONE, Buffer.from('wrong'));
    expect(await rejection(bits.download({ files: [FILE], allowPartial: true }))).toMatchObject({
      code: 'BITS_VERIFICATION',
    });
    expect(fs.existsSync(PATH)).toBe(false);
  });

  test('allowPartial, and no file can be had: an error', async () => {
    const error = await rejection(bits.download({ files: [{ ...FILE, url: GONE }], allowPartial: true }));
    expect(error).toMatchObject({ httpStatus: 404 });
  });

  test('a later call with the same key goes on with the job', async () => {
    await leave({ key: 'k' });
    const result = bits.download({ ...FILE, key: 'k' });
    await until(() => resumed() > 1);
    expect(await result).toMatchObject({ adopted: true, bytes: BODY.length, jobId: service.jobs.at(-1)?.id });
    expect(service.jobs.filter(({ state }) => state === STATE.acknowledged)).toHaveLength(1);
    expect(isThere(PATH, BODY)).toBe(true);
  });

  test('a later call with the same key and other files begins anew', async () => {
    await leave({ key: 'k' });
    expect(await bits.download({ ...OTHER_FILE, key: 'k' })).toMatchObject({ adopted: false });
    expect([fs.existsSync(PATH), isThere(SECOND, OTHER)]).toEqual([false, true]);
  });

  test('restore() verifies and publishes what is ready', async () => {
    await leave({ app: 'acme' });
    service.active[0]!.run();
    const [restored, ...others] = await bits.restore({ app: 'acme' });
    expect(others).toEqual([]);
    expect(restored).toMatchObject({
      status: 'completed',
      paths: [PATH],
      result: { bytes: BODY.length, adopted: true },
    });
    expect(isThere(PATH, BODY)).toBe(true);
  });

  test('restore() does not publish what is wrong', async () => {
    service.served.set(ONE, Buffer.from('wrong'));
    await leave({ app: 'acme' });
    service.active[0]!.run();
    expect(await bits.restore({ app: 'acme' })).toMatchObject([
      { status: 'failed', error: { code: 'BITS_VERIFICATION', check: 'files' } },
    ]);
    expect(fs.existsSync(PATH)).toBe(false);
  });

  test.each([
    ['cancel', 'cancelled'],
    ['suspend', 'suspended'],
    ['detach', 'detached'],
  ] as const)('an abort with onAbort: %s', async (onAbort, left) => {
    service.held = true;
    const abort = new AbortController();
    const failed = rejection(bits.download({ ...FILE, signal: abort.signal, onAbort, app: 'acme' }));
    await until(() => resumed() > 0);
    abort.abort('enough');
    expect(await failed).toMatchObject({ code: 'BITS_ABORTED', cause: 'enough', left });
    const reaped = await bits.reap({ app: 'acme', olderThan: 0 });
    expect(reaped.map(({ state }) => state)).toEqual(
      { cancel: [], suspend: ['suspended'], detach: ['transferring'] }[onAbort],
    );
    expect(fs.existsSync(PATH)).toBe(false);
  });

  test.each(['cancel', 'detach'] as const)('an abort while a file is verified, with onAbort: %s', async (onAbort) => {
    // A staged file is in no job any more.
    const isLeft = onAbort === 'detach' && temporaryNames;
    const abort = new AbortController();
    const { disk, ...rest } = fastHost();
    const sha256 = (file: string, signal?: AbortSignal) => {
      abort.abort('enough');
      return disk.sha256(file, signal);
    };
    const hasty = await connectTo(service.addon, { host: { ...rest, disk: { ...disk, sha256 } } });
    const error = await rejection(hasty.download({ ...FILE, signal: abort.signal, onAbort, key: 'k' }));
    const left = isLeft ? 'detached' : 'cancelled';
    expect(error).toMatchObject({ code: 'BITS_ABORTED', cause: 'enough', left });
    expect(fs.existsSync(PATH)).toBe(false);
    await hasty.close();
    const restored = await bits.restore({});
    expect(restored.map(({ result }) => result?.bytes)).toEqual(isLeft ? [BODY.length] : []);
  });
});
