import { answerOf, arrive, file, StandIn } from './stand_in';
import type { OpenJob } from './stand_in';

/*
 * What the methods refuse, and what they keep: the pages of the methods.
 */

type Call = (handle: unknown, ...args: readonly unknown[]) => Promise<unknown>;
type Methods = Record<string, Record<string, Call>>;

const long = (length: number) => 'x'.repeat(length);
const DOWNLOAD = 0;
const UPLOAD = 1;
const UPLOAD_REPLY = 2;

type Row = readonly [method: string, args: readonly unknown[], answer: string, type?: number];

const E_INVALIDARG = 'E_INVALIDARG';
const TOO_LONG = 'BG_E_STRING_TOO_LONG';

const ROWS: readonly Row[] = [
  ['setDisplayName', [long(256)], 'ok'],
  ['setDisplayName', [long(257)], TOO_LONG],
  ['setDescription', [long(1024)], 'ok'],
  ['setDescription', [long(1025)], TOO_LONG],
  ['setPriority', [3], 'ok'],
  ['setPriority', [4], 'E_NOTIMPL'],
  ['setNotifyFlags', [0x3f], 'ok'],
  ['setNotifyFlags', [0x40], 'E_NOTIMPL'],
  ['setProxySettings', [4, null, null], 'E_NOTIMPL'],
  ['setProxySettings', [2, null, null], E_INVALIDARG],
  ['setProxySettings', [2, 'proxy:8080', null], 'ok'],
  ['setProxySettings', [0, 'proxy:8080', null], E_INVALIDARG],
  ['setProxySettings', [3, null, 'localhost'], E_INVALIDARG],
  ['setProxySettings', [2, long(4001), null], 'BG_E_PROXY_LIST_TOO_LARGE'],
  ['setProxySettings', [2, 'p', long(4001)], 'BG_E_PROXY_BYPASS_LIST_TOO_LARGE'],
  ['setNotifyCmdLine', [null, 'a b'], E_INVALIDARG],
  ['setNotifyCmdLine', [long(259), long(3999)], 'ok'],
  ['setNotifyCmdLine', [long(260), null], TOO_LONG],
  ['setNotifyCmdLine', ['a', long(4000)], TOO_LONG],
  ['setCredentials', [0, 1, 'u', 'p'], 'BG_E_INVALID_AUTH_TARGET'],
  ['setCredentials', [3, 1, 'u', 'p'], 'BG_E_INVALID_AUTH_TARGET'],
  ['setCredentials', [1, 0, 'u', 'p'], 'BG_E_INVALID_AUTH_SCHEME'],
  ['setCredentials', [1, 6, 'u', 'p'], 'BG_E_INVALID_AUTH_SCHEME'],
  ['setCredentials', [1, 1, null, 'p'], E_INVALIDARG],
  ['setCredentials', [1, 2, 'u', null], E_INVALIDARG],
  ['setCredentials', [1, 5, null, null], E_INVALIDARG],
  ['setCredentials', [1, 3, null, null], 'ok'],
  ['setCredentials', [2, 4, null, null], 'ok'],
  ['setCredentials', [1, 1, long(300), 'p'], 'BG_E_USERNAME_TOO_LARGE'],
  ['setCredentials', [1, 1, 'u', long(65_536)], 'BG_E_PASSWORD_TOO_LARGE'],
  ['removeCredentials', [3, 1], 'BG_E_INVALID_AUTH_TARGET'],
  ['replaceRemotePrefix', ['', 'http://'], E_INVALIDARG],
  ['replaceRemotePrefix', ['https://', ''], E_INVALIDARG],
  ['replaceRemotePrefix', ['https://', `http://${long(2200)}`], E_INVALIDARG],
  ['replaceRemotePrefix', ['https://', 'gopher://'], E_INVALIDARG],
  ['setFileACLFlags', [0xf], 'ok'],
  ['setFileACLFlags', [0x10], E_INVALIDARG],
  ['setPeerCachingFlags', [8], 'E_NOTIMPL'],
  ['setClientCertificateByID', [8, 'MY', new Uint8Array(20)], 'E_NOTIMPL'],
  ['setClientCertificateByID', [0, long(257), new Uint8Array(20)], TOO_LONG],
  ['setClientCertificateByID', [0, 'MY', new Uint8Array(19)], E_INVALIDARG],
  ['setClientCertificateByName', [0, 'MY', long(257)], TOO_LONG],
  ['setClientCertificateByName', [9, 'MY', 'me'], 'E_NOTIMPL'],
  ['getClientCertificate', [], 'RPC_X_BAD_STUB_DATA'],
  ['setCustomHeaders', [long(16_383)], 'ok'],
  ['setCustomHeaders', [long(16_384)], TOO_LONG],
  ['setSecurityFlags', [0x1f | 0x200 | 0x800], 'ok'],
  ['setSecurityFlags', [0x20], 'E_NOTIMPL'],
  ['setSecurityFlags', [0x300], 'E_NOTIMPL'],
  ['setSecurityFlags', [0x400], 'E_NOTIMPL'],
  ['setHttpMethod', [''], E_INVALIDARG],
  ['setHelperTokenFlags', [4], E_INVALIDARG],
  ['addFileWithRanges', ['https://h/b', 'C:\\data\\b', []], E_INVALIDARG],
  ['addFileWithRanges', ['https://h/b', 'C:\\data\\b', [{ offset: null, length: 1 }]], 'BG_E_INVALID_RANGE'],
  ['addFileWithRanges', ['https://h/b', 'C:\\data\\b', [{ offset: 1, length: 0 }]], 'BG_E_INVALID_RANGE'],
  [
    'addFileWithRanges',
    [
      'https://h/b',
      'C:\\data\\b',
      [
        { offset: 10, length: 5 },
        { offset: 0, length: 11 },
      ],
    ],
    'BG_E_OVERLAPPING_RANGES',
  ],
  [
    'addFileWithRanges',
    [
      'https://h/b',
      'C:\\data\\b',
      [
        { offset: 10, length: null },
        { offset: 0, length: 10 },
      ],
    ],
    'ok',
  ],
  ['addFileWithRanges', ['\\\\s\\d\\b', 'C:\\data\\b', [{ offset: 0, length: 1 }]], E_INVALIDARG],
  ['setReplyFileName', ['reply'], E_INVALIDARG, UPLOAD_REPLY],
  ['setReplyFileName', ['C:\\nowhere\\reply'], 'ERROR_PATH_NOT_FOUND', UPLOAD_REPLY],
  ['setReplyFileName', ['C:\\readonly\\reply'], 'E_ACCESSDENIED', UPLOAD_REPLY],
  ['setReplyFileName', [null], 'ok', UPLOAD_REPLY],
  ['addFile', [file().remoteName, file().localName], 'BG_E_TOO_MANY_FILES', UPLOAD],
];

const rows = ROWS.map(([method, args, answer, type = DOWNLOAD]) => [method, args, answer, type] as const);

test.each(rows)('%s(%j): %s', async (method, args, answer, type) => {
  const program = new StandIn().connect();
  const { handle } = await program.createJob({ files: [file(1)] }, type);
  expect(await answerOf((program.addon as unknown as Methods)['job']![method]!(handle, ...args))).toBe(answer);
});

/** What a setter has set, as its getter tells it; and what a new job has. */
const KEPT: readonly (readonly [name: string, set: readonly unknown[], fresh: unknown, kept: unknown])[] = [
  ['DisplayName', ['y'], 'x', 'y'],
  ['Description', ['y'], '', 'y'],
  ['Priority', [0], 2, 0],
  ['NotifyFlags', [8], 3, 8],
  ['MinimumRetryDelay', [60], 600, 60],
  ['MinimumRetryDelay', [1], 600, 5],
  ['NoProgressTimeout', [0], 1_209_600, 0],
  ['ProxySettings', [2, 'p', 'b'], [0, null, null], [2, 'p', 'b']],
  ['NotifyCmdLine', ['a.exe', 'a b'], [null, null], ['a.exe', 'a b']],
  ['FileACLFlags', [5], 0, 5],
  ['PeerCachingFlags', [4], 0, 4],
  ['MaximumDownloadTime', [60], 7_776_000, 60],
  ['CustomHeaders', ['A: b\r\n'], null, 'A: b\r\n'],
  ['SecurityFlags', [0x202], 0, 0x202],
  ['HttpMethod', ['PUT'], 'GET', 'PUT'],
  ['HelperTokenFlags', [3], 0, 3],
];

test.each(KEPT)('%s is kept: %j', async (name, set, fresh, kept) => {
  const program = new StandIn().connect();
  const { handle } = await program.createJob();
  const job = (program.addon as unknown as Methods)['job']!;
  expect(await job[`get${name}`]!(handle)).toEqual(fresh);
  expect(await job[`set${name}`]!(handle, ...set)).toBe(0);
  expect(await job[`get${name}`]!(handle)).toEqual(kept);
});

async function open(type = DOWNLOAD) {
  const computer = new StandIn();
  const program = computer.connect();
  const job: OpenJob = await program.createJob({ files: [file()] }, type);
  return { computer, program, addon: program.addon, job };
}

test('the policy gives the download time of a job that has none of its own', async () => {
  const { computer, addon, job } = await open();
  computer.state.policy.maxDownloadTime = 100;
  expect(await addon.job.getMaximumDownloadTime(job.handle)).toBe(100);
});

test('S_FALSE where there was nothing to remove or to replace', async () => {
  const { addon, job } = await open();
  expect(await addon.job.removeCredentials(job.handle, 1, 1)).toBe(1);
  expect(await addon.job.removeClientCertificate(job.handle)).toBe(1);
  expect(await addon.job.replaceRemotePrefix(job.handle, 'HTTPS://', 'http://')).toBe(1);
  await addon.job.setCredentials(job.handle, 1, 1, 'u', 'p');
  await addon.job.setCredentials(job.handle, 1, 1, 'u', 'q');
  expect(job.state.credentials).toEqual([{ target: 1, scheme: 1, userName: 'u', password: 'q' }]);
  expect(await addon.job.removeCredentials(job.handle, 1, 1)).toBe(0);
  await addon.job.setClientCertificateByID(job.handle, 1, 'MY', new Uint8Array(20).fill(7));
  expect(await addon.job.getClientCertificate(job.handle)).toEqual({
    storeLocation: 1,
    storeName: 'MY',
    hash: new Uint8Array(20).fill(7),
    subjectName: null,
  });
  expect(await addon.job.removeClientCertificate(job.handle)).toBe(0);
  expect(await addon.job.replaceRemotePrefix(job.handle, 'https://', 'http://')).toBe(0);
  expect(job.state.files[0]).toMatchObject({ remoteName: 'http://example.com/app.zip?0' });
});

test('headers that were made write-only can be set, and not read', async () => {
  const { addon, job } = await open();
  await addon.job.makeCustomHeadersWriteOnly(job.handle);
  await addon.job.setCustomHeaders(job.handle, 'A: b\r\n');
  expect(await answerOf(addon.job.getCustomHeaders(job.handle))).toBe('E_ACCESSDENIED');
  expect(job.state.customHeaders).toBe('A: b\r\n');
});

test('a verb of its own forces foreground priority, and locks it', async () => {
  const { addon, job } = await open();
  await addon.job.setHttpMethod(job.handle, 'POST');
  expect(await addon.job.getPriority(job.handle)).toBe(0);
  expect(await answerOf(addon.job.setPriority(job.handle, 2))).toBe('BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD');
  await addon.job.setHttpMethod(job.handle, 'GET');
  expect(await answerOf(addon.job.setPriority(job.handle, 2))).toBe('ok');
  const upload = await open(UPLOAD);
  expect(await upload.addon.job.getHttpMethod(upload.job.handle)).toBe('BITS_POST');
});

test('progress of a job: unknown as long as the size of one file is', async () => {
  const { computer, program, addon, job } = await open();
  const empty = await program.createJob();
  const none = { bytesTotal: 0, bytesTransferred: 0, filesTotal: 0, filesTransferred: 0 };
  expect(await addon.job.getProgress(empty.handle)).toEqual(none);
  expect(await addon.job.getProgress(job.handle)).toEqual({ ...none, bytesTotal: null, filesTotal: 1 });
  arrive(computer, job);
  const all = { bytesTotal: 3, bytesTransferred: 3, filesTotal: 1, filesTransferred: 1 };
  expect(await addon.job.getProgress(job.handle)).toEqual(all);
});

test('what a program changes counts as a modification', async () => {
  const { computer, addon, job } = await open();
  await computer.clock.advance(5000);
  await addon.job.getDescription(job.handle);
  expect((await addon.job.getTimes(job.handle)).modificationTime).toBe(computer.clock.time() - 5000);
  await addon.job.setDescription(job.handle, 'changed');
  expect(await addon.job.getTimes(job.handle)).toEqual({
    creationTime: computer.clock.time() - 5000,
    modificationTime: computer.clock.time(),
    transferCompletionTime: null,
  });
});

describe('a reply', () => {
  test('its name is chosen at the first Resume, in the folder of the file that is sent', async () => {
    const { addon, job } = await open(UPLOAD_REPLY);
    expect(await addon.job.getReplyFileName(job.handle)).toBeNull();
    await addon.job.resume(job.handle);
    expect(await addon.job.getReplyFileName(job.handle)).toMatch(/^C:\\data\\BIT/);
  });

  test('its name cannot be changed once it arrives', async () => {
    const { addon, job } = await open(UPLOAD_REPLY);
    expect(await answerOf(addon.job.setReplyFileName(job.handle, 'C:\\data\\reply'))).toBe('ok');
    job.state.reply = { bytesTotal: 10, bytesTransferred: 0 };
    expect(await answerOf(addon.job.setReplyFileName(job.handle, null))).toBe('BG_E_INVALID_STATE');
    expect(await addon.job.getReplyFileName(job.handle)).toBe('C:\\data\\reply');
    expect(await addon.job.getReplyProgress(job.handle)).toEqual({ bytesTotal: 10, bytesTransferred: 0 });
  });

  test('its data, up to a megabyte; none is nothing', async () => {
    const { addon, job } = await open(UPLOAD_REPLY);
    job.state.state = 6;
    expect(await addon.job.getReplyData(job.handle)).toEqual(new Uint8Array());
    job.state.replyData = Buffer.from('answer').toString('base64');
    expect(await addon.job.getReplyData(job.handle)).toEqual(new Uint8Array(Buffer.from('answer')));
    job.state.reply.bytesTransferred = 1_048_577;
    expect(await answerOf(addon.job.getReplyData(job.handle))).toBe('BG_E_TOO_LARGE');
  });
});
