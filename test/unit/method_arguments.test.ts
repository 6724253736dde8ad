import fs from 'node:fs/promises';
import { BitsNotFoundError, BitsPeerCacheRecord } from '../../lib';
import type { BitsFile, BitsJob, BitsManager } from '../../lib';
import type { FakeCall } from '../support/fake_addon';
import { openFake } from '../support/open_fake';

/*
 * What every method makes of its arguments: the numbers and texts that reach the addon, and what is refused, by name,
 * before anything does.
 */

const handle = {};

let bits: BitsManager;
let job: BitsJob;
let file: BitsFile;
let calls: FakeCall[];

beforeAll(async () => {
  ({ bits, job, file, calls } = await openFake({
    job: { getProperty: (id: number) => new Uint8Array(16).fill(id) },
    peerCache: { enumRecords: () => [handle], getRecord: () => handle },
  }));
});
beforeEach(() => {
  calls.length = 0;
});

/** For a caller without types. */
const any = (value: unknown) => value as never;
const hash = Uint8Array.from({ length: 20 }, (_, i) => i);

describe('what reaches the addon', () => {
  const union = (...bytes: number[]) => Uint8Array.from({ length: 16 }, (_, i) => bytes[i] ?? 0);

  const good: readonly (readonly [string, () => Promise<unknown>, FakeCall])[] = [
    [
      'notify flags',
      () => job.setNotifyFlags(['jobTransferred', 'fileRangesTransferred']),
      ['job.setNotifyFlags', 0x21],
    ],
    ['flags that have no word', () => job.setNotifyFlags(['jobError', 'unknown:0x40']), ['job.setNotifyFlags', 0x42]],
    ['no callbacks', () => job.setNotifyInterface(null), ['job.setNotifyInterface', null]],
    ['a delay', () => job.setMinimumRetryDelay(0xffffffff), ['job.setMinimumRetryDelay', 0xffffffff]],
    [
      'a proxy',
      () => job.setProxySettings('override', 'proxy:80', '<local>'),
      ['job.setProxySettings', 2, 'proxy:80', '<local>'],
    ],
    ['no proxy', () => job.setProxySettings('noProxy'), ['job.setProxySettings', 1, null, null]],
    ['no notification program', () => job.setNotifyCmdLine(null), ['job.setNotifyCmdLine', null, null]],
    ['a reply file', () => job.setReplyFileName('C:/r.bin'), ['job.setReplyFileName', 'C:\\r.bin']],
    ['no reply file', () => job.setReplyFileName(null), ['job.setReplyFileName', null]],
    [
      'credentials',
      () => job.setCredentials({ target: 'proxy', scheme: 'digest', userName: 'u', password: '' }),
      ['job.setCredentials', 2, 2, 'u', ''],
    ],
    [
      'implicit credentials',
      () => job.setCredentials({ target: 'server', scheme: 'ntlm' }),
      ['job.setCredentials', 1, 3, null, null],
    ],
    ['no credentials', () => job.removeCredentials('server', 'passport'), ['job.removeCredentials', 1, 5]],
    [
      'a prefix',
      () => job.replaceRemotePrefix('http://a/', 'https://b/'),
      ['job.replaceRemotePrefix', 'http://a/', 'https://b/'],
    ],
    [
      'ranges',
      () =>
        job.addFileWithRanges('http://a/', 'C:\\a', [
          { offset: 5, length: 'eof' },
          { offset: 0, length: 5 },
        ]),
      [
        'job.addFileWithRanges',
        'http://a/',
        'C:\\a',
        [
          { offset: 5, length: null },
          { offset: 0, length: 5 },
        ],
      ],
    ],
    ['ACL flags', () => job.setFileACLFlags(['owner', 'group', 'dacl', 'sacl']), ['job.setFileACLFlags', 15]],
    ['peer caching', () => job.setPeerCachingFlags(['disableBranchCache']), ['job.setPeerCachingFlags', 4]],
    ['a maximum', () => job.setMaximumDownloadTime(0), ['job.setMaximumDownloadTime', 0]],
    [
      'a cost policy',
      () => job.setProperty('costFlags', 'noSurcharge'),
      ['job.setProperty', 1, union(0x6f, 0, 0, 0x80)],
    ],
    [
      'cost flags',
      () => job.setProperty('costFlags', ['unrestricted', 'roaming']),
      ['job.setProperty', 1, union(0x81)],
    ],
    [
      'a class',
      () => job.setProperty('notificationClsid', '5ce34c0d-0dc9-4c1f-897c-daa1b78cee7c'),
      [
        'job.setProperty',
        2,
        union(0x0d, 0x4c, 0xe3, 0x5c, 0xc9, 0x0d, 0x1f, 0x4c, 0x89, 0x7c, 0xda, 0xa1, 0xb7, 0x8c, 0xee, 0x7c),
      ],
    ],
    ['no class', () => job.setProperty('notificationClsid', null), ['job.setProperty', 2, union()]],
    ['a switch', () => job.setProperty('dynamicContent', true), ['job.setProperty', 3, union(1)]],
    ['a size', () => job.setProperty('maxDownloadSize', 2 ** 40), ['job.setProperty', 5, union(0, 0, 0, 0, 0, 1)]],
    ['a target', () => job.setProperty('useStoredCredentials', 'proxy'), ['job.setProperty', 7, union(2)]],
    [
      'a certificate by hash',
      () => job.setClientCertificateByID('localMachine', 'MY', hash),
      ['job.setClientCertificateByID', 1, 'MY', hash],
    ],
    [
      'a certificate by name',
      () => job.setClientCertificateByName('currentUser', 'MY', 'me'),
      ['job.setClientCertificateByName', 0, 'MY', 'me'],
    ],
    [
      'headers',
      () => job.setCustomHeaders({ Authorization: 'Bearer x', 'X-Empty': '' }),
      ['job.setCustomHeaders', 'Authorization: Bearer x\r\nX-Empty: \r\n'],
    ],
    [
      'headers in order',
      () =>
        job.setCustomHeaders([
          ['A', '1'],
          ['A', '2'],
        ]),
      ['job.setCustomHeaders', 'A: 1\r\nA: 2\r\n'],
    ],
    ['no headers', () => job.setCustomHeaders(null), ['job.setCustomHeaders', null]],
    [
      'security flags',
      () => job.setSecurityFlags(['enableCrlCheck', 'redirectDisallow', 'redirectAllowHttpsToHttp']),
      ['job.setSecurityFlags', 0xa01],
    ],
    ['an HTTP method', () => job.setHttpMethod('POST'), ['job.setHttpMethod', 'POST']],
    ['token flags', () => job.setHelperTokenFlags(['localFile', 'network']), ['job.setHelperTokenFlags', 3]],
    ['another URL', () => file.setRemoteName(new URL('http://b/x')), ['file.setRemoteName', 'http://b/x']],
    ['validity', () => file.setValidationState(false), ['file.setValidationState', false]],
    ['a position', () => file.updateDownloadPosition(2 ** 41), ['file.updateDownloadPosition', 2 ** 41]],
    [
      'ranges that overlap',
      () =>
        file.requestFileRanges([
          { offset: 0, length: 9 },
          { offset: 5, length: 9 },
        ]),
      [
        'file.requestFileRanges',
        [
          { offset: 0, length: 9 },
          { offset: 5, length: 9 },
        ],
      ],
    ],
    ['a file property', () => file.getProperty('httpResponseHeaders'), ['file.getProperty', 1]],
    ['a cache size', () => bits.peerCache.setMaximumCacheSize(80), ['peerCache.setMaximumCacheSize', 80]],
    [
      'peer-cache flags',
      () => bits.peerCache.setConfigurationFlags(['enableServer']),
      ['peerCache.setConfigurationFlags', 2],
    ],
    [
      'a record',
      () => bits.peerCache.deleteRecord('{01234567-89AB-CDEF-0123-456789ABCDEF}'),
      ['peerCache.deleteRecord', '{01234567-89ab-cdef-0123-456789abcdef}'],
    ],
    ['all users', () => bits.getJobs({ allUsers: true }).catch(() => undefined), ['manager.enumJobs', 1]],
    [
      'the snapshots of all users',
      () => bits.getSnapshots({ allUsers: true }).catch(() => undefined),
      ['manager.jobSnapshots', 1],
    ],
  ];

  test.each(good)('%s', async (_, call, expected) => {
    await call();
    expect(calls).toEqual([expected]);
  });

  test('a notification program, after all checks', async () => {
    const existing = 'C:\\Windows\\notepad.exe';
    const stat = jest.spyOn(fs, 'stat').mockResolvedValue({ isDirectory: () => false } as never);
    await job.setNotifyCmdLine(existing, `"${existing}" x`, { allowNotifyCommand: true });
    expect(calls).toEqual([['job.setNotifyCmdLine', existing, `"${existing}" x`]]);
    stat.mockRestore();
  });
});

describe('what is refused before any call is made', () => {
  const range = { offset: 0, length: 10 };
  const notepad = 'C:\\no\\such\\notepad.exe';
  const allow = { allowNotifyCommand: true };

  const bad: readonly (readonly [string, () => Promise<unknown>, 'TypeError' | 'RangeError', argument: string])[] = [
    ['flags that are no list', () => job.setNotifyFlags(any('jobError')), 'TypeError', 'flags'],
    ['an unknown flag', () => job.setNotifyFlags(any(['jobErrors'])), 'TypeError', 'flags[0]'],
    [
      'two redirect policies',
      () => job.setSecurityFlags(['redirectDisallow', 'redirectAllowReport']),
      'TypeError',
      'flags',
    ],
    ['a negative delay', () => job.setMinimumRetryDelay(-1), 'RangeError', 'seconds'],
    ['a broken delay', () => job.setNoProgressTimeout(1.5), 'RangeError', 'seconds'],
    ['a delay in text', () => job.setMaximumDownloadTime(any('60')), 'TypeError', 'seconds'],
    ['a proxy list without override', () => job.setProxySettings('preconfig', 'proxy'), 'TypeError', 'proxyList'],
    ['override without a list', () => job.setProxySettings('override'), 'TypeError', 'proxyList'],
    [
      'a proxy list that is too long',
      () => job.setProxySettings('override', 'x'.repeat(4001)),
      'RangeError',
      'proxyList',
    ],
    ['parameters without a program', () => job.setNotifyCmdLine(null, 'x'), 'TypeError', 'parameters'],
    ['a program without consent', () => job.setNotifyCmdLine(notepad), 'TypeError', 'options.allowNotifyCommand'],
    ['a program by its name only', () => job.setNotifyCmdLine('notepad.exe', null, allow), 'TypeError', 'program'],
    [
      'a shell',
      () => job.setNotifyCmdLine('C:\\Windows\\System32\\CMD.EXE', '/c x', allow),
      'TypeError',
      'options.allowScriptHost',
    ],
    [
      'a script host of other capitals',
      () => job.setNotifyCmdLine('C:\\x\\PowerShell.exe', null, allow),
      'TypeError',
      'options.allowScriptHost',
    ],
    [
      'a script host in disguise',
      () => job.setNotifyCmdLine('C:\\x\\PowerShell.exe.', null, allow),
      'TypeError',
      'program',
    ],
    [
      'parameters that are too long',
      () => job.setNotifyCmdLine(notepad, 'x'.repeat(4000), allow),
      'RangeError',
      'parameters',
    ],
    [
      'basic without a password',
      () => job.setCredentials({ target: 'server', scheme: 'basic', userName: 'u' }),
      'TypeError',
      'credentials.password',
    ],
    [
      'a password without a name',
      () => job.setCredentials({ target: 'server', scheme: 'ntlm', password: 'p' }),
      'TypeError',
      'credentials.userName',
    ],
    [
      'digest without both',
      () => job.setCredentials({ target: 'server', scheme: 'digest' }),
      'TypeError',
      'credentials.userName',
    ],
    [
      'passport without both',
      () => job.setCredentials({ target: 'server', scheme: 'passport' }),
      'TypeError',
      'credentials.userName',
    ],
    [
      'a user name that is too long',
      () => job.setCredentials({ target: 'server', scheme: 'basic', userName: 'u'.repeat(300), password: '' }),
      'RangeError',
      'credentials.userName',
    ],
    ['an unknown scheme', () => job.removeCredentials('server', any('kerberos')), 'TypeError', 'scheme'],
    [
      'ranges that overlap',
      () => job.addFileWithRanges('http://a/', 'C:\\a', [range, { offset: 9, length: 1 }]),
      'TypeError',
      'ranges',
    ],
    [
      'a range behind the end',
      () =>
        job.addFileWithRanges('http://a/', 'C:\\a', [
          { offset: 0, length: 'eof' },
          { offset: 5, length: 1 },
        ]),
      'TypeError',
      'ranges',
    ],
    ['no ranges', () => job.addFileWithRanges('http://a/', 'C:\\a', []), 'TypeError', 'ranges'],
    ['an empty range', () => file.requestFileRanges([{ offset: 0, length: 0 }]), 'RangeError', 'ranges[0].length'],
    ['a size of nothing', () => job.setProperty('maxDownloadSize', 0), 'RangeError', 'value'],
    ['a size that no number holds', () => job.setProperty('maxDownloadSize', 2 ** 60), 'RangeError', 'value'],
    [
      'stored credentials for a server',
      () => job.setProperty('useStoredCredentials', any('server')),
      'TypeError',
      'value',
    ],
    ['a switch that is a number', () => job.setProperty('onDemandMode', any(1)), 'TypeError', 'value'],
    ['a class that is missing', () => job.setProperty('notificationClsid', any(undefined)), 'TypeError', 'value'],
    ['an unknown property', () => job.getProperty(any('speed')), 'TypeError', 'property'],
    [
      'a hash of another length',
      () => job.setClientCertificateByID('currentUser', 'MY', new Uint8Array(32)),
      'TypeError',
      'hash',
    ],
    [
      'a hash in text',
      () => job.setClientCertificateByID('currentUser', 'MY', any('00'.repeat(20))),
      'TypeError',
      'hash',
    ],
    ['no store', () => job.setClientCertificateByName('currentUser', '', 'me'), 'TypeError', 'storeName'],
    ['a header that brings another', () => job.setCustomHeaders({ A: '1\r\nB: 2' }), 'TypeError', 'headers.A'],
    ['a header with a line end', () => job.setCustomHeaders({ A: '1\n' }), 'TypeError', 'headers.A'],
    ['a header name with a space', () => job.setCustomHeaders({ 'A B': '1' }), 'TypeError', 'headers[0]'],
    ['a header value that is a number', () => job.setCustomHeaders(any({ A: 1 })), 'TypeError', 'headers.A'],
    ['headers in one text', () => job.setCustomHeaders(any('A: 1')), 'TypeError', 'headers'],
    ['headers that are too long', () => job.setCustomHeaders({ A: 'x'.repeat(16_384) }), 'RangeError', 'headers'],
    ['a method with a space', () => job.setHttpMethod('GET /'), 'TypeError', 'method'],
    [
      'a validator that is none',
      () => job.setServerCertificateValidationInterface(any('yes')),
      'TypeError',
      'validate',
    ],
    [
      'a validator with too much time',
      () => job.setServerCertificateValidationInterface(() => true, { timeout: 25_001 }),
      'RangeError',
      'options.timeout',
    ],
    ['a negative position', () => file.updateDownloadPosition(-1), 'RangeError', 'offset'],
    ['a validity in text', () => file.setValidationState(any('true')), 'TypeError', 'valid'],
    [
      'a property of 300 million characters',
      () => file.setProperty('httpResponseHeaders', 'x'.repeat(300_000_000)),
      'RangeError',
      'value',
    ],
    ['a method of 300 million characters', () => job.setHttpMethod('X'.repeat(300_000_000)), 'RangeError', 'method'],
    ['81 percent', () => bits.peerCache.setMaximumCacheSize(81), 'RangeError', 'percent'],
    ['half a day', () => bits.peerCache.setMaximumContentAge(43_200), 'RangeError', 'seconds'],
    ['language 0', () => bits.getErrorDescription(1, 0), 'RangeError', 'languageId'],
    ['an HRESULT of 33 bits', () => bits.describeError(2 ** 32), 'RangeError', 'hresult'],
    ['a misspelt option', () => job.failure(any({ revealURLs: true })), 'TypeError', 'options.revealURLs'],
  ];

  test.each(bad)('%s', async (_, call, name, argument) => {
    const error = await call().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name, argument });
    expect((error as Error).message).toContain(argument.split(/[.[]/)[0]);
    expect(calls).toEqual([]);
  });
});

describe('a notification program', () => {
  const allow = { allowNotifyCommand: true };

  test('that does not exist is a BitsNotFoundError, and no call is made', async () => {
    const error = await job.setNotifyCmdLine('C:\\no\\such\\a.exe', null, allow).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BitsNotFoundError);
    expect(error).toMatchObject({ code: 'ERROR_FILE_NOT_FOUND', hresult: 0x80070002 });
    expect(calls).toEqual([]);
  });

  test('that this process cannot see is left to BITS; a folder is refused', async () => {
    const stat = jest.spyOn(fs, 'stat').mockRejectedValueOnce(Object.assign(new Error('no'), { code: 'EACCES' }));
    await job.setNotifyCmdLine('C:\\secret\\a.exe', null, allow);
    expect(calls).toEqual([['job.setNotifyCmdLine', 'C:\\secret\\a.exe', null]]);
    stat.mockResolvedValueOnce({ isDirectory: () => true } as never);
    await expect(job.setNotifyCmdLine('C:\\folder', null, allow)).rejects.toMatchObject({
      name: 'TypeError',
      argument: 'program',
    });
    stat.mockRestore();
  });
});

describe('what comes back', () => {
  test('properties by their type', async () => {
    expect(await job.getProperty('costFlags')).toEqual(['unrestricted', 'unknown:0x1010100']); // 0x01010101
    expect(await job.getProperty('dynamicContent')).toBe(true);
    expect(await job.getProperty('notificationClsid')).toBe('{02020202-0202-0202-0202-020202020202}');
    expect(await job.getProperty('minimumNotificationIntervalMs')).toBe(0x09090909);
    expect(await job.getProperty('useStoredCredentials')).toBe('unknown:117901063');
  });

  test('records of the peer cache', async () => {
    expect((await bits.peerCache.getRecords())[0]).toBeInstanceOf(BitsPeerCacheRecord);
    const record = await bits.peerCache.getRecord('01234567-89ab-cdef-0123-456789abcdef');
    expect(await record.isFileValidated()).toBe(true); // S_OK
  });
});
