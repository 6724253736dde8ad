import { JOB_PRIORITY } from '../../../../lib/contract/enums';
import { patternContent } from '../../../../lib/testing/computer/content';
import type { FileState } from '../../../../lib/testing/computer/state';
import { SimulatedFiles } from '../../../../lib/testing/controls/files';
import { errorOf, MinimalComputer, PROPERTY } from '../../../support/minimal_computer';

const URL = 'http://example.test/file.bin';
const foreground = { priority: JOB_PRIORITY.values.foreground };
/** Bytes that the network transfers in a second. */
const SECOND = 100_000;

const pattern = (size: number, seed = 0) => Buffer.from(patternContent(size, seed).read(0, size));

test('goes through the states in virtual time', async () => {
  const computer = new MinimalComputer();
  const { counts } = computer.serve(URL, { size: 2 * SECOND });
  const job = computer.start([URL]);
  expect(computer.stateOf(job)).toBe('queued');
  await computer.until(job, 'transferred');
  expect(computer.statesOf(job)).toEqual(['0 queued', '10 connecting', '60 transferring', '2110 transferred']);
  const [file] = job.files;
  expect(file).toMatchObject({ completed: true, bytesTotal: 2 * SECOND, bytesTransferred: 2 * SECOND });
  expect(file!.temporaryName).toMatch(/^C:\\data\\BIT[0-9A-F]{4}\.tmp$/);
  expect(computer.bytesOf(file!).equals(pattern(2 * SECOND))).toBe(true);
  expect(computer.disk.modified(file!.temporaryName)).toBe(Date.UTC(2026, 0, 1));
  expect(file!.responseHeaders).toMatch(
    /^HTTP\/1\.1 206\r\n[\s\S]*Content-Range: bytes 0-199999\/200000\r\n[\s\S]*\r\n\r\n$/,
  );
  expect(counts()).toEqual({ requests: 2, bytes: 2 * SECOND, distinctBytes: 2 * SECOND });
  expect(job.transferCompletionTime).toBe(computer.clock.time() - (computer.clock.now() - 2110));
});

test('transfers files one after another, in their order', async () => {
  const computer = new MinimalComputer();
  for (const name of ['a', 'b', 'c']) computer.serve(`${URL}/${name}`, { body: name });
  const job = computer.start(['c', 'a', 'b'].map((name) => `${URL}/${name}`));
  const { events } = computer.listen(job);
  await computer.until(job, 'transferred');
  expect(job.files.map((file) => computer.bytesOf(file).toString())).toEqual(['c', 'a', 'b']);
  const told = events.filter(({ type }) => type !== 'modification');
  expect(told).toMatchObject([
    { type: 'fileTransferred', file: 0 },
    { type: 'fileTransferred', file: 1 },
    { type: 'fileTransferred', file: 2 },
    { type: 'transferred' },
  ]);
});

test('an empty file needs no GET', async () => {
  const computer = new MinimalComputer();
  const { counts } = computer.serve(URL, { body: '' });
  const job = computer.start([URL]);
  await computer.until(job, 'transferred');
  expect(counts().requests).toBe(1);
  expect(job.files[0]).toMatchObject({ completed: true, bytesTotal: 0 });
});

test('a big file costs few events, and a week of it too', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { size: 7 * 86_400 * SECOND });
  const scheduled = jest.spyOn(computer.clock, 'schedule');
  const job = computer.start([URL]);
  await computer.clock.advance(8 * 86_400_000);
  expect(computer.stateOf(job)).toBe('transferred');
  expect(scheduled.mock.calls.length).toBeLessThan(100);
  const last = 7 * 86_400 * SECOND - 100;
  const bytes = computer.disk.content(job.files[0]!.temporaryName).read(last, 100);
  expect(Buffer.from(bytes).equals(Buffer.from(patternContent(100, 0, last).read(0, 100)))).toBe(true);
});

test('shows progress at least every second', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { size: 10 * SECOND });
  const job = computer.start([URL]);
  await computer.clock.advance(5_500);
  expect(job.files[0]!.bytesTransferred).toBe(5 * SECOND);
});

test('all foreground jobs share the bandwidth with one background job', async () => {
  const computer = new MinimalComputer();
  for (const name of ['1', '2', '3', '4']) computer.serve(URL + name, { size: 3 * SECOND });
  const jobs = [
    computer.start([`${URL}1`], foreground),
    computer.start([`${URL}2`], foreground),
    computer.start([`${URL}3`]),
    computer.start([`${URL}4`]),
  ];
  await computer.clock.advance(2000);
  expect(jobs.map((job) => computer.stateOf(job))).toEqual(['transferring', 'transferring', 'transferring', 'queued']);
  await computer.clock.advance(7_200);
  expect(jobs.map((job) => computer.stateOf(job))).toEqual([
    'transferred',
    'transferred',
    'transferred',
    'transferring',
  ]);
});

test("the policy's bandwidth limits background jobs only", async () => {
  const computer = new MinimalComputer();
  computer.change(({ policy }) => (policy.bandwidth = 10_000));
  for (const name of ['1', '2']) computer.serve(URL + name, { size: SECOND });
  const [background, front] = [computer.start([`${URL}1`]), computer.start([`${URL}2`], foreground)];
  await computer.until(front, 'transferred');
  expect(computer.clock.now()).toBeLessThan(2500);
  await computer.until(background, 'transferred');
  expect(computer.clock.now()).toBeGreaterThan(10_000);
});

describe('what the server cannot do', () => {
  const cases = [
    ['no length, background', { length: false }, {}, {}, '0x80200011 in 5'],
    ['no length, foreground', { length: false }, foreground, {}, '0x80200011 in 5'],
    [
      'no length, dynamic in the background',
      { length: false },
      {},
      { [PROPERTY.dynamicContent]: 1 },
      '0x80200011 in 5',
    ],
    ['no length, dynamic in the foreground', { length: false }, foreground, { [PROPERTY.dynamicContent]: 1 }, null],
    ['no ranges, background', { ranges: false }, {}, {}, '0x80200013 in 5'],
    ['no ranges, foreground', { ranges: false }, foreground, {}, null],
    ['no ranges, foreground, 2 GB', { ranges: false, size: 2 ** 31 }, foreground, {}, '0x80200013 in 5'],
    ['no ranges, foreground, 2 GB less a byte', { ranges: false, size: 2 ** 31 - 1 }, foreground, {}, null],
    ['no HEAD', { head: false }, {}, {}, '0x80190195 in 5'],
    ['no HEAD, dynamic', { head: false }, foreground, { [PROPERTY.dynamicContent]: 1 }, null],
    ['more than the maximum', {}, {}, { [PROPERTY.maxDownloadSize]: SECOND - 1 }, '0x80200064 in 2'],
    ['just the maximum', {}, {}, { [PROPERTY.maxDownloadSize]: SECOND }, null],
    [
      'more than the maximum, of unknown length',
      { length: false },
      foreground,
      { [PROPERTY.dynamicContent]: 1, [PROPERTY.maxDownloadSize]: 5 },
      '0x80200064 in 2',
    ],
  ] as const;
  test.each(cases)('%s', async (_, settings, changes, properties, expected) => {
    const computer = new MinimalComputer();
    computer.change(({ network }) => (network.bandwidth = 2 ** 30));
    computer.serve(URL, { size: SECOND, ...settings });
    const job = computer.start([URL], changes, properties);
    await computer.until(job, expected === null ? 'transferred' : 'error', 10_000);
    expect(errorOf(job)).toBe(expected);
    expect(computer.problems).toEqual([]);
  });
});

test('errors name file and protocol', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { body: 'a' });
  computer.serve(`${URL}/2`, { status: 404 });
  const job = computer.start([URL, `${URL}/2`]);
  await computer.until(job, 'error');
  expect(job.error).toEqual({ context: 5, hresult: 0x80190194, file: 1, protocol: 'http' });
  expect(job.errorCount).toBe(1);
  expect(job.files.map(({ completed }) => completed)).toEqual([true, false]);
});

describe('interruptions', () => {
  test('suspend keeps what has arrived, to the millisecond, and Resume goes on', async () => {
    const computer = new MinimalComputer();
    const { counts } = computer.serve(URL, { size: 10 * SECOND });
    const job = computer.start([URL]);
    await computer.clock.advance(3_610);
    computer.suspend(job);
    expect(job.files[0]!.bytesTransferred).toBe(350_000);
    await computer.clock.advance(60_000);
    expect(computer.stateOf(job)).toBe('suspended');
    expect(job.files[0]!.bytesTransferred).toBe(350_000);
    computer.resume(job);
    await computer.until(job, 'transferred');
    expect(computer.bytesOf(job.files[0]!).equals(pattern(10 * SECOND))).toBe(true);
    expect(counts()).toMatchObject({ bytes: 10 * SECOND, distinctBytes: 10 * SECOND });
  });

  test('a broken connection is a transient error, and goes on where it was', async () => {
    const computer = new MinimalComputer();
    const { counts } = computer.serve(URL, { size: 4 * SECOND, script: [{ after: SECOND, then: 'reset' }] });
    const job = computer.start([URL]);
    await computer.until(job, 'transientError');
    expect(errorOf(job)).toBe('0x80072EFE in 5');
    expect(job.files[0]!.bytesTransferred).toBe(SECOND);
    expect(job.nextRetry).toBe(computer.clock.time() - (computer.clock.now() - 1110) + 600_000);
    await computer.clock.advance(599_000);
    expect(computer.stateOf(job)).toBe('transientError');
    await computer.until(job, 'transferred');
    expect(counts().bytes).toBe(4 * SECOND);
    expect(job.error).toBeNull();
    expect(job.errorCount).toBe(1);
  });

  test('the server closes the connection too early', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 4 * SECOND, script: [{ after: SECOND, then: 'close' }] });
    const job = computer.start([URL]);
    await computer.until(job, 'transientError');
    expect(errorOf(job)).toBe('0x80072EFE in 5');
  });

  test('a server that stalls is given up after five minutes', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 4 * SECOND, script: [{ after: SECOND, then: 'stall' }] });
    const job = computer.start([URL]);
    await computer.clock.advance(300_000);
    expect(computer.stateOf(job)).toBe('transferring');
    await computer.clock.advance(2_000);
    expect(errorOf(job)).toBe('0x80072EE2 in 5');
    expect(computer.stateOf(job)).toBe('transientError');
  });

  test('dynamic content begins again', async () => {
    const computer = new MinimalComputer();
    const { counts } = computer.serve(URL, {
      size: 4 * SECOND,
      length: false,
      script: [{ after: SECOND, then: 'reset' }],
    });
    const job = computer.start([URL], foreground, { [PROPERTY.dynamicContent]: 1 });
    await computer.until(job, 'transientError');
    expect(job.files[0]!.bytesTotal).toBeNull();
    await computer.until(job, 'transferred', 10_000);
    expect(counts().bytes).toBe(5 * SECOND);
    expect(job.files[0]).toMatchObject({ bytesTotal: 4 * SECOND, completed: true });
    expect(computer.bytesOf(job.files[0]!).equals(pattern(4 * SECOND))).toBe(true);
  });

  test('an own HTTP method is sent as it is, and begins again', async () => {
    const computer = new MinimalComputer();
    const { counts } = computer.serve(URL, {
      size: SECOND,
      head: false,
      methods: ['POST'],
      script: [{ after: 50_000, then: 'reset' }],
    });
    const job = computer.start([URL], { ...foreground, httpMethod: 'POST' });
    await computer.until(job, 'transferred', 10_000);
    expect(counts().bytes).toBe(1.5 * SECOND);
  });

  test('a foreground job without ranges fails for good once it was interrupted', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 4 * SECOND, ranges: false });
    const job = computer.start([URL], foreground);
    await computer.clock.advance(2_000);
    computer.change(({ network }) => (network.connected = false));
    expect(errorOf(job)).toBe('0x80200010 in 2');
    computer.change(({ network }) => (network.connected = true));
    await computer.until(job, 'error');
    expect(errorOf(job)).toBe('0x80200013 in 5');
  });
});

describe('a changed file starts over', () => {
  const changes = [
    ['size', { size: 5 * SECOND }],
    ['time', { modified: 'Fri, 02 Jan 2026 00:00:00 GMT', seed: 1, etag: '"4-0"' }],
    ['etag', { etag: '"other"', seed: 1 }],
  ] as const;
  test.each(changes)('%s', async (_, change) => {
    const computer = new MinimalComputer();
    const { server } = computer.serve(URL, { size: 4 * SECOND, etag: '"4-0"' });
    const job = computer.start([URL]);
    await computer.clock.advance(2_000);
    computer.suspend(job);
    Object.assign(server, change);
    computer.resume(job);
    await computer.clock.advance(200);
    expect(job.files[0]!.bytesTransferred).toBeLessThan(SECOND);
    await computer.until(job, 'transferred');
    const { size = 4 * SECOND, seed = 0 } = server as { size?: number; seed?: number };
    expect(computer.bytesOf(job.files[0]!).equals(pattern(size, seed))).toBe(true);
  });

  test('between HEAD and GET', async () => {
    const computer = new MinimalComputer();
    const { server } = computer.serve(URL, { size: 2 * SECOND, latency: 100 });
    const job = computer.start([URL]);
    await computer.clock.advance(700);
    expect(job.files[0]!.bytesTransferred).toBe(0);
    await computer.clock.advance(1000);
    computer.suspend(job);
    computer.resume(job);
    await computer.clock.advance(200); // after HEAD
    Object.assign(server, { etag: '"new"', seed: 9 });
    await computer.until(job, 'transferred');
    expect(computer.bytesOf(job.files[0]!).equals(pattern(2 * SECOND, 9))).toBe(true);
  });

  test('one that changes all the time fails', async () => {
    const computer = new MinimalComputer();
    const script = Array.from({ length: 60 }, (_, i) => [
      { after: 1000, then: { change: { etag: `"${i}"` } } },
      { then: 'reset' as const },
    ]).flat();
    computer.serve(URL, { size: SECOND, script });
    const job = computer.start([URL], { minimumRetryDelay: 5 });
    await computer.until(job, 'transferred', 10_000, 200);
    expect(job.errorCount).toBe(60);
  });

  test('another server of the same file goes on, one without ranges begins again', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 4 * SECOND });
    const mirror = computer.serve('http://mirror.test/a', { size: 4 * SECOND, etag: '"another server"' });
    const plain = computer.serve('http://plain.test/a', { size: 4 * SECOND, ranges: false });
    const job = computer.start([URL], foreground);
    await computer.clock.advance(1_110);
    computer.suspend(job);
    job.files[0]!.remoteName = 'http://mirror.test/a';
    computer.resume(job);
    await computer.clock.advance(1_110);
    computer.suspend(job);
    expect(mirror.counts()).toMatchObject({ bytes: SECOND, distinctBytes: SECOND });
    job.files[0]!.remoteName = 'http://plain.test/a';
    computer.resume(job);
    await computer.until(job, 'transferred');
    expect(plain.counts().bytes).toBe(4 * SECOND);
  });
});

describe('ranges', () => {
  test('only they are transferred, one behind the other', async () => {
    const computer = new MinimalComputer();
    const { counts } = computer.serve(URL, { body: '0123456789' });
    const job = computer.job([URL]);
    job.files[0]!.ranges = [
      { offset: 7, length: null },
      { offset: 0, length: 2 },
    ];
    computer.resume(job);
    await computer.until(job, 'transferred');
    expect(computer.bytesOf(job.files[0]!).toString()).toBe('78901');
    expect(job.files[0]).toMatchObject({ bytesTotal: 5, bytesTransferred: 5 });
    expect(counts().bytes).toBe(5);
  });

  test.each([[{ offset: 8, length: 3 }], [{ offset: 11, length: null }]])('outside of the file: %j', async (range) => {
    const computer = new MinimalComputer();
    computer.serve(URL, { body: '0123456789' });
    const job = computer.job([URL]);
    job.files[0]!.ranges = [range];
    computer.resume(job);
    await computer.until(job, 'error');
    expect(errorOf(job)).toBe('0x8020002B in 5');
  });

  test('the download position comes first', async () => {
    const computer = new MinimalComputer();
    const { counts } = computer.serve(URL, { size: 4 * SECOND });
    const job = computer.start([URL]);
    await computer.clock.advance(1_110);
    job.files[0]!.position = 3 * SECOND;
    computer.engine.jobChanged(job);
    expect(job.files[0]!.filled).toEqual([{ offset: 0, length: SECOND }]);
    await computer.clock.advance(600);
    expect(job.files[0]!.filled).toEqual([{ offset: 0, length: SECOND }]);
    await computer.clock.advance(700);
    expect(job.files[0]!.filled).toEqual([
      { offset: 0, length: SECOND },
      { offset: 3 * SECOND, length: SECOND },
    ]);
    await computer.until(job, 'transferred');
    expect(counts()).toEqual({ requests: 4, bytes: 4 * SECOND, distinctBytes: 4 * SECOND });
    expect(computer.bytesOf(job.files[0]!).equals(pattern(4 * SECOND))).toBe(true);
  });

  test('an on-demand job sleeps between requests', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 4 * SECOND });
    const job = computer.job([URL], {}, { [PROPERTY.onDemandMode]: 1 });
    const file = job.files[0]!;
    const { events } = computer.listen(job);
    file.ranges = [{ offset: SECOND, length: 1000 }];
    computer.resume(job);
    await computer.clock.advance(1000);
    expect(computer.pathOf(job)).toEqual(['queued', 'connecting', 'transferring', 'suspended']);
    expect(file.filled).toEqual([{ offset: SECOND, length: 1000 }]);
    file.ranges = [...file.ranges, { offset: SECOND + 500, length: 1000 }];
    computer.resume(job);
    await computer.clock.advance(1000);
    expect(computer.stateOf(job)).toBe('suspended');
    const ranges = events.filter(({ type }) => type === 'rangesTransferred');
    expect(ranges).toMatchObject([
      { file: 0, ranges: [{ offset: SECOND, length: 1000 }] },
      { file: 0, ranges: [{ offset: SECOND + 1000, length: 500 }] },
    ]);
    file.ranges = [...file.ranges, { offset: 0, length: null }];
    computer.resume(job);
    await computer.until(job, 'transferred');
    expect(computer.bytesOf(file).equals(pattern(4 * SECOND))).toBe(true);
  });
});

describe('the local file', () => {
  test('a high-performance job writes to the target', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { body: 'abc' });
    const job = computer.start([URL], {}, { [PROPERTY.highPerformance]: 1 });
    await computer.until(job, 'transferred');
    expect(computer.disk.files()).toEqual([job.files[0]!.localName]);
    expect(computer.text(job.files[0]!.localName)).toBe('abc');
  });

  const problems: [string, (computer: MinimalComputer, file: FileState) => void, string][] = [
    ['full', (computer) => (computer.room = 1000), '0x80070070 in 4'],
    ['no rights', (computer) => new SimulatedFiles(computer).protect('C:\\data', 'administrators'), '0x80070005 in 4'],
    ['no folder', (_, file) => Object.assign(file, { localName: 'C:\\data\\gone\\x.bin' }), '0x80070003 in 4'],
  ];
  test.each(problems)('%s', async (_, spoil, expected) => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: SECOND });
    const job = computer.job([URL]);
    spoil(computer, job.files[0]!);
    computer.resume(job);
    await computer.until(job, 'error');
    expect(errorOf(job)).toBe(expected);
    expect(job.error).toMatchObject({ file: 0, protocol: null });
  });

  test('locked', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 4 * SECOND });
    const job = computer.start([URL]);
    await computer.clock.advance(2000);
    computer.suspend(job);
    computer.disk.lock(job.files[0]!.temporaryName);
    computer.resume(job);
    await computer.until(job, 'error');
    expect(errorOf(job)).toBe('0x80070020 in 4');
    expect(job.error).toMatchObject({ file: 0, protocol: null });
  });

  test('goes on after a full disk has room again', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 4 * SECOND });
    computer.room = 2 * SECOND;
    const job = computer.start([URL]);
    await computer.until(job, 'error');
    computer.room = Infinity;
    computer.resume(job);
    await computer.until(job, 'transferred');
    expect(computer.bytesOf(job.files[0]!).equals(pattern(4 * SECOND))).toBe(true);
  });

  test('a temporary file that was deleted starts over', async () => {
    const computer = new MinimalComputer();
    computer.serve(URL, { size: 4 * SECOND });
    const job = computer.start([URL]);
    await computer.clock.advance(2000);
    computer.suspend(job);
    computer.disk.remove(job.files[0]!.temporaryName);
    computer.resume(job);
    await computer.until(job, 'transferred');
    expect(computer.bytesOf(job.files[0]!).equals(pattern(4 * SECOND))).toBe(true);
  });
});

describe('SMB and local files', () => {
  test.each(['\\\\server\\share\\a.bin', 'file://server/share/a.bin'])('%s', async (name) => {
    const computer = new MinimalComputer();
    computer.put('\\\\server\\share\\a.bin', 'shared');
    const job = computer.start([name]);
    await computer.until(job, 'transferred');
    expect(computer.bytesOf(job.files[0]!).toString()).toBe('shared');
    expect(computer.disk.modified(job.files[0]!.temporaryName)).toBe(1_700_000_000_000);
  });

  const missing = [
    ['\\\\server\\share\\none.bin', '0x80070002'],
    ['C:\\data\\none.bin', '0x80070002'],
    ['file:///C:/none/none.bin', '0x80070003'],
  ];
  test.each(missing)('%s does not exist', async (name, code) => {
    const computer = new MinimalComputer();
    computer.disk.makeFolder('\\\\server\\share');
    const job = computer.start([name]);
    await computer.until(job, 'error');
    expect(errorOf(job)).toBe(`${code} in 5`);
    expect(job.error).toMatchObject({ file: 0, protocol: 'file' });
  });

  test('a share that nobody made is no guess', async () => {
    const computer = new MinimalComputer();
    computer.start(['\\\\elsewhere\\share\\a.bin']);
    await computer.clock.advance(1000);
    expect(computer.problems.map(String)).toEqual([expect.stringContaining('\\\\elsewhere\\share\\a.bin')]);
  });
});

test('a URL that nobody serves is reported, and the job stays as it is', async () => {
  const computer = new MinimalComputer();
  const job = computer.start([URL]);
  await computer.clock.advance(86_400_000);
  expect(computer.problems).toHaveLength(1);
  expect(String(computer.problems[0])).toContain(`nobody serves HEAD ${URL}`);
  expect(computer.pathOf(job)).toEqual(['queued', 'connecting']);
});
