import type { BitsVersion } from '../../../../lib/testing/computer/state';
import { answerOf, failureOf, file, hr, StandIn } from './stand_in';

/* What versions of BITS lack, the peer cache, texts of errors, and how Wine's service differs. */

const VERSIONS: readonly BitsVersion[] = ['1.5', '2.0', '2.5', '3.0', '4.0', '5.0', '10.1', '10.2', '10.3'];

const open = async (given: ConstructorParameters<typeof StandIn>[0] = {}) => {
  const computer = new StandIn(given);
  const program = computer.connect();
  const job = await program.createJob({ files: [file()] });
  return { computer, program, addon: program.addon, manager: program.manager, job, file: await program.fileOf(job) };
};

/** The version that brought each interface, and a method of it. */
const SINCE: readonly (readonly [name: string, since: BitsVersion, group: 'job' | 'file', method: string])[] = [
  ['IBackgroundCopyJob2', '1.5', 'job', 'getNotifyCmdLine'],
  ['IBackgroundCopyJob3', '2.0', 'job', 'getFileACLFlags'],
  ['IBackgroundCopyFile2', '2.0', 'file', 'getFileRanges'],
  ['IBackgroundCopyJobHttpOptions', '2.5', 'job', 'getSecurityFlags'],
  ['IBackgroundCopyJob4', '3.0', 'job', 'getPeerCachingFlags'],
  ['IBackgroundCopyFile3', '3.0', 'file', 'getTemporaryName'],
  ['IBitsTokenOptions', '4.0', 'job', 'getHelperTokenFlags'],
  ['IBackgroundCopyFile4', '4.0', 'file', 'getPeerDownloadStats'],
  ['IBackgroundCopyJob5', '5.0', 'job', 'getProperty'],
  ['IBackgroundCopyFile5', '5.0', 'file', 'getProperty'],
  ['IBackgroundCopyFile6', '10.1', 'file', 'getFilledFileRanges'],
  ['IBackgroundCopyJobHttpOptions2', '10.2', 'job', 'getHttpMethod'],
  ['IBackgroundCopyJobHttpOptions3', '10.3', 'job', 'makeCustomHeadersWriteOnly'],
];

type Call = (handle: unknown, ...args: readonly unknown[]) => Promise<unknown>;

test.each(VERSIONS)('BITS %s has the interfaces of its time', async (version) => {
  const opened = await open({ version });
  const has = (since: BitsVersion) => VERSIONS.indexOf(since) <= VERSIONS.indexOf(version);
  const names = [
    ...(await opened.addon.job.interfaces(opened.job.handle)),
    ...(await opened.addon.file.interfaces(opened.file)),
  ];
  for (const [name, since, group, method] of SINCE) {
    const call = (opened.addon as unknown as Record<string, Record<string, Call>>)[group]![method]!;
    const answer = answerOf(call(group === 'job' ? opened.job.handle : opened.file, 1));
    expect([name, names.includes(name), await answer]).toEqual([name, has(since), has(since) ? 'ok' : 'E_NOINTERFACE']);
  }
});

test('a missing interface is told apart from a method that is not implemented', async () => {
  const { addon, job } = await open({ version: '5.0' });
  expect(await failureOf(addon.job.getHttpMethod(job.handle))).toEqual({
    hresult: hr('E_NOINTERFACE'),
    method: 'IBackgroundCopyJobHttpOptions2::GetHttpMethod',
    kind: 'interface',
  });
  expect(await failureOf(addon.job.getReplyProgress(job.handle))).toMatchObject({ kind: 'call' });
});

test('classes tell the version', async () => {
  const create = (version: BitsVersion, clsid: string) => {
    const { addon } = new StandIn({ version }).connect();
    return answerOf(addon.manager.connect(addon.openManager(clsid)));
  };
  const since5 = '{1ECCA34C-E88A-44E3-8D6A-8921BDE9E452}';
  expect(await create('5.0', since5)).toBe('ok');
  expect(await create('4.0', since5)).toBe('REGDB_E_CLASSNOTREG');
  expect(await create('10.3', '{00000000-0000-0000-0000-000000000001}')).toBe('REGDB_E_CLASSNOTREG');
});

test('flags that an older version does not know are refused', async () => {
  const set = async (version: BitsVersion, flags: number) => {
    const { addon, job } = await open({ version });
    return answerOf(addon.job.setNotifyFlags(job.handle, flags));
  };
  expect([await set('2.5', 0xf), await set('2.5', 0x10), await set('3.0', 0x10)]).toEqual(['ok', 'E_NOTIMPL', 'ok']);
  expect([await set('5.0', 0x20), await set('10.1', 0x20)]).toEqual(['E_NOTIMPL', 'ok']);
});

test('the system that goes with it', () => {
  const { addon } = new StandIn({ version: '4.0' }).connect('admin');
  expect(addon.systemInfo()).toEqual({
    windows: '6.1.7601',
    wine: null,
    elevated: true,
    restrictedToken: false,
    simulated: true,
  });
});

describe('the peer cache', () => {
  test('answers S_FALSE to everything since BITS 4.0', async () => {
    const { addon, manager } = await open();
    const cache = addon.peerCache;
    expect(await addon.manager.interfaces(manager)).toEqual(['IBackgroundCopyManager', 'IBitsPeerCacheAdministration']);
    const answers = [
      cache.getMaximumCacheSize(manager),
      cache.getMaximumContentAge(manager),
      cache.getConfigurationFlags(manager),
    ];
    expect(await Promise.all(answers)).toEqual([0, 0, 0]);
    const changes = [
      cache.setMaximumCacheSize(manager, 5),
      cache.setMaximumContentAge(manager, 86_400),
      cache.setConfigurationFlags(manager, 1),
      cache.clearRecords(manager),
      cache.deleteRecord(manager, '{00000000-0000-0000-0000-000000000001}'),
      cache.deleteUrl(manager, 'https://h/'),
      cache.clearPeers(manager),
      cache.discoverPeers(manager),
    ];
    expect(await Promise.all(changes)).toEqual(new Array(8).fill(1));
    expect([await cache.enumRecords(manager), await cache.enumPeers(manager)]).toEqual([[], []]);
    expect(await answerOf(cache.getRecord(manager, '{00000000-0000-0000-0000-000000000001}'))).toBe('BG_E_NOT_FOUND');
  });

  test('keeps its settings in BITS 3.0, for administrators', async () => {
    const computer = new StandIn({ version: '3.0' });
    const { addon, manager } = computer.connect('admin');
    const cache = addon.peerCache;
    expect(await cache.getMaximumCacheSize(manager)).toBe(1);
    expect(await answerOf(cache.setMaximumCacheSize(manager, 81))).toBe('E_INVALIDARG');
    expect(await answerOf(cache.setMaximumContentAge(manager, 86_399))).toBe('E_INVALIDARG');
    expect(await answerOf(cache.setMaximumContentAge(manager, 10_368_001))).toBe('E_INVALIDARG');
    expect(await answerOf(cache.setConfigurationFlags(manager, 8))).toBe('E_INVALIDARG');
    await cache.setMaximumCacheSize(manager, 80);
    await cache.setMaximumContentAge(manager, 86_400);
    await cache.setConfigurationFlags(manager, 3);
    expect(computer.state.peerCache).toEqual({ maximumSize: 80, maximumAge: 86_400, flags: 3 });
    const user = computer.connect('user');
    expect(await answerOf(user.addon.peerCache.setMaximumCacheSize(user.manager, 5))).toBe('E_ACCESSDENIED');
  });

  test('is not in older versions', async () => {
    const { addon, manager } = await open({ version: '2.5' });
    expect(await failureOf(addon.peerCache.clearPeers(manager))).toMatchObject({ kind: 'interface' });
  });
});

describe('errors', () => {
  test('an error object describes its moment', async () => {
    const { addon, job } = await open();
    job.state.state = 5;
    job.state.error = { context: 6, hresult: 0x80072efd, file: null, protocol: null };
    const error = await addon.job.getError(job.handle);
    job.state.error = null;
    expect(await answerOf(addon.job.getError(job.handle))).toBe('BG_E_ERROR_INFORMATION_UNAVAILABLE');
    expect(await addon.error.getError(error)).toEqual([6, 0x80072efd]);
    expect(await answerOf(addon.error.getFile(error))).toBe('BG_E_FILE_NOT_AVAILABLE');
    expect(await answerOf(addon.error.getProtocol(error))).toBe('BG_E_PROTOCOL_NOT_AVAILABLE');
    expect(await addon.error.getErrorContextDescription(error, 0x409)).toBe('The error occurred in the transport.\r\n');
    expect(await addon.error.getErrorDescription(error, 0x409)).toMatch(/^.{10,}\r\n$/);
  });

  test('and has a file and a protocol where there are any', async () => {
    const { addon, job } = await open();
    Object.assign(job.state, { state: 4, error: { context: 5, hresult: 0x80190194, file: 0, protocol: 'http' } });
    const error = await addon.job.getError(job.handle);
    expect(await addon.file.getLocalName(await addon.error.getFile(error))).toBe(file().localName);
    expect(await addon.error.getProtocol(error)).toBe('http');
  });

  test('texts are in English', async () => {
    const { addon, manager } = await open();
    const text = (language: number, hresult = 0x80200003) =>
      addon.manager.getErrorDescription(manager, hresult, language);
    expect(await text(0x409)).toMatch(/files/);
    expect(await text(0x400)).toBe(await text(0x409));
    expect(await answerOf(text(0))).toBe('E_INVALIDARG');
    expect(await answerOf(text(0x407))).toBe('ERROR_RESOURCE_LANG_NOT_FOUND');
    expect(await answerOf(text(0x409, 0x8abcdef0))).toBe('ERROR_RESOURCE_LANG_NOT_FOUND');
  });
});

describe("Wine 8's service", () => {
  const wine = () => open({ profile: 'wine-8' });

  test('tells itself apart', async () => {
    const { addon, manager, job, file: one } = await wine();
    expect(addon.systemInfo()).toMatchObject({ wine: '8.0' });
    expect(await addon.manager.interfaces(manager)).toEqual(['IBackgroundCopyManager']);
    expect(await addon.job.interfaces(job.handle)).toEqual([
      'IBackgroundCopyJob',
      'IBackgroundCopyJob2',
      'IBackgroundCopyJob3',
      'IBackgroundCopyJob4',
      'IBackgroundCopyJobHttpOptions',
    ]);
    expect(await addon.file.interfaces(one)).toEqual(['IBackgroundCopyFile', 'IBackgroundCopyFile2']);
  });

  /** As test/service/methods.test.ts has seen it. */
  const ROWS: readonly (readonly [method: string, args: readonly unknown[], answer: unknown])[] = [
    ['getTimes', [], 'E_NOTIMPL'],
    ['getOwner', [], 'E_NOTIMPL'],
    ['setPriority', [99], 0],
    ['getPriority', [], 'E_NOTIMPL'],
    ['setMinimumRetryDelay', [60], 0],
    ['getMinimumRetryDelay', [], 30],
    ['getNoProgressTimeout', [], 900],
    ['getNotifyCmdLine', [], 'E_NOTIMPL'],
    ['addFileWithRanges', ['https://h/y', 'C:\\data\\y', [{ offset: 0, length: 5 }]], 0],
    ['getFileACLFlags', [], 0],
    ['getClientCertificate', [], 'RPC_X_NULL_REF_POINTER'],
    ['setCustomHeaders', ['A: b\r\n'], 0],
    ['getCustomHeaders', [], null],
    ['getProperty', [1], 'E_NOINTERFACE'],
    ['suspend', [], 'E_NOTIMPL'],
    ['addFile', ['https://h/y', 'C:\\nowhere\\y'], 0],
  ];

  test.each(ROWS)('%s(%j): %j', async (method, args, answer) => {
    const { addon, job } = await wine();
    const call = (addon.job as unknown as Record<string, Call>)[method]!(job.handle, ...args);
    expect(await (typeof answer === 'string' ? answerOf(call) : call)).toEqual(answer);
  });

  test('accepts ranges without adding a file, which the addon notices', async () => {
    const { addon, manager } = await wine();
    const ranges = [{ ...file(1), ranges: [{ offset: 0, length: 1 }] }];
    expect(await failureOf(addon.manager.createJob(manager, 'x', 0, { ranges }))).toEqual({
      hresult: hr('E_NOTIMPL'),
      method: 'IBackgroundCopyJob3::AddFileWithRanges',
      kind: 'call',
    });
  });

  test('checks no rights, and ends an upload like a download', async () => {
    const { computer, addon, job } = await wine();
    const { manager, addon: theirs } = computer.connect('other');
    const { handle } = await theirs.manager.getJob(manager, job.id).catch(() => ({ handle: job.handle }));
    expect(await answerOf(theirs.job.setDescription(handle, 'y'))).toBe('ok');
    expect(await addon.job.cancel(job.handle)).toBe(hr('BG_S_UNABLE_TO_DELETE_FILES'));
    expect(await answerOf(addon.job.complete(job.handle))).toBe('BG_E_INVALID_STATE');
  });
});
