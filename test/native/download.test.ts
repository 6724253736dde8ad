import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BitsAbortError, BitsManager } from '../../lib';
import { double } from '../support/double';
import { rejection } from '../support/outcome';
import { until } from '../support/until';

// How a download goes on Windows: BITS tells the temporary name, and changes URLs on the job.
const ID = '{01234567-89ab-cdef-0123-456789abcdef}';
const BODY = Buffer.from('what was wanted');
const SHA = createHash('sha256').update(BODY).digest('hex');
const URLS = ['http://one.example/f', 'http://two.example/f'];
let bits: BitsManager;
let folder: string;
let temporary: string;
let target: string;

beforeAll(() => {
  double.start();
});
beforeEach(async () => {
  double.reset();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-'));
  [temporary, target] = [path.join(folder, 'BIT1.tmp'), path.join(folder, 'f.bin')];
  bits = await double.connect();
  double.script('IBackgroundCopyManager::CreateJob', { out: [ID] });
  double.script('IBackgroundCopyJob::GetState', { out: [6] });
  double.script('IBackgroundCopyFile::GetLocalName', { out: [target] });
  double.script('IBackgroundCopyFile::GetProgress', {
    out: [{ BytesTotal: BODY.length, BytesTransferred: BODY.length, Completed: 1 }],
  });
  double.script('IBackgroundCopyFile3::GetTemporaryName', { out: [temporary] });
  fs.writeFileSync(temporary, BODY);
  double.calls();
});
afterEach(async () => {
  await bits.close();
  fs.rmSync(folder, { recursive: true });
});
afterAll(() => {
  double.reset();
});

const WANTED =
  /::(CreateJob|AddFileSet|Resume|Complete|Cancel|SetRemoteName|SetValidationState|MakeCustomHeadersWriteOnly)$/;
const steps = () =>
  double
    .calls()
    .filter(({ method }) => WANTED.test(method))
    .map(({ method }) => method.split('::')[1]);

test('a file is verified under its temporary name, and then the job is completed', async () => {
  fs.writeFileSync(target, BODY); // what BITS would do in Complete
  const result = await bits.download({
    url: URLS[0]!,
    path: target,
    sha256: SHA,
    size: BODY.length,
    headers: { Cookie: 'x' },
  });
  expect(result).toMatchObject({ outcome: 'complete', bytes: BODY.length, adopted: false });
  expect(steps()).toEqual(['CreateJob', 'AddFileSet', 'MakeCustomHeadersWriteOnly', 'Resume', 'Complete']);
});

test('a wrong file: the job is cancelled, never completed', async () => {
  fs.writeFileSync(temporary, 'something else');
  const error = await rejection(bits.download({ url: URLS[0]!, path: target, sha256: SHA }));
  expect(error).toMatchObject({ code: 'BITS_VERIFICATION', check: 'sha256' });
  expect(steps()).toEqual(['CreateJob', 'AddFileSet', 'Resume', 'Cancel']);
});

test('a wrong file with a mirror: it is declared invalid, and the same job fetches it again', async () => {
  fs.writeFileSync(temporary, 'something else');
  const result = bits.download({ url: URLS[0]!, mirrors: [URLS[1]!], path: target, sha256: SHA });
  double.script('IBackgroundCopyFile3::SetValidationState', { block: true });
  await double.untilBlocked('IBackgroundCopyFile3::SetValidationState');
  fs.writeFileSync(temporary, BODY);
  fs.writeFileSync(target, BODY);
  double.release();
  expect(await result).toMatchObject({ files: [{ source: 1 }] });
  expect(steps()).toEqual([
    'CreateJob',
    'AddFileSet',
    'Resume',
    'SetRemoteName',
    'SetValidationState',
    'Resume',
    'Complete',
  ]);
});

test.each([
  ['error', 4],
  ['transientError', 5],
])('a server that fails (%s): the mirror, on the same job', async (_, state) => {
  fs.writeFileSync(target, BODY);
  double.script('IBackgroundCopyJob::GetState', { out: [state], times: 3 });
  double.script('IBackgroundCopyError::GetError', { out: [5, 0x80190194] });
  const result = await bits.download({ url: URLS[0]!, mirrors: [URLS[1]!], path: target, sha256: SHA });
  expect(result.files[0]?.source).toBe(1);
  const renamed = steps();
  expect(renamed.filter((step) => step === 'CreateJob')).toHaveLength(1);
  expect(renamed).toContain('SetRemoteName');
});

test('a sharing violation at complete() is tried again, and nothing is cancelled', async () => {
  fs.writeFileSync(target, BODY);
  double.script('IBackgroundCopyJob::Complete', { hresult: 0x80070020, times: 3 });
  await bits.download({ url: URLS[0]!, path: target, sha256: SHA });
  expect(steps()).toEqual(['CreateJob', 'AddFileSet', 'Resume', 'Complete', 'Complete', 'Complete', 'Complete']);
});

test('a download makes one job, and asks its own first file for the interface', async () => {
  fs.writeFileSync(target, BODY);
  double.queries();
  await bits.download({ url: URLS[0]!, path: target, sha256: SHA });
  expect(steps()).toEqual(['CreateJob', 'AddFileSet', 'Resume', 'Complete']);
  expect(double.queries().some(({ kind, interface: name }) => kind === 'file' && name === 'IBackgroundCopyFile3')).toBe(
    true,
  );
});

test('retry times and dynamic content are set before the job is resumed', async () => {
  fs.writeFileSync(target, BODY);
  await bits.download({ url: URLS[0]!, path: target, dynamicContent: true, noProgressTimeout: 3_600_000 });
  const calls = double
    .calls()
    .filter(({ method }) => /::(Set\w+|Resume)$/.test(method) && !/Notify|Description/.test(method));
  expect(calls.map(({ method, args }) => [method, Object.values(args)])).toEqual([
    ['IBackgroundCopyJob::SetPriority', [0]],
    ['IBackgroundCopyJob::SetMinimumRetryDelay', [60]],
    ['IBackgroundCopyJob::SetNoProgressTimeout', [3600]],
    ['IBackgroundCopyJob5::SetProperty', [3, 1]],
    ['IBackgroundCopyJob::Resume', []],
  ]);
});

test('status and headers of the last answer, read before the job is completed', async () => {
  fs.writeFileSync(target, BODY);
  double.script('IBackgroundCopyFile5::GetProperty', { out: ['HTTP/1.1 206 Partial Content\r\nETag: "x"\r\n\r\n'] });
  const { files } = await bits.download({ url: URLS[0]!, path: target, sha256: SHA });
  expect(files[0]?.http).toEqual({ status: 206, headers: [['ETag', '"x"']] });
  const order = double.calls().map(({ method }) => method);
  expect(order.indexOf('IBackgroundCopyFile5::GetProperty')).toBeLessThan(
    order.indexOf('IBackgroundCopyJob::Complete'),
  );
  double.without('IBackgroundCopyFile5');
  expect((await bits.download({ url: URLS[0]!, path: target, sha256: SHA })).files[0]?.http).toBeNull();
});

test('a download waits for a network that is lost', async () => {
  fs.writeFileSync(target, BODY);
  double.script('IBackgroundCopyJob::GetState', { out: [5] });
  double.script('IBackgroundCopyError::GetError', { out: [6, 0x80200010] });
  const states: string[] = [];
  const result = bits.download({
    url: URLS[0]!,
    mirrors: [URLS[1]!],
    path: target,
    sha256: SHA,
    onProgress: ({ state }) => states.push(state),
  });
  await until(() => states.includes('transientError'));
  await sleep(300);
  double.script('IBackgroundCopyJob::GetState', { out: [6] });
  expect((await result).files[0]?.source).toBe(0);
  expect(steps()).not.toContain('SetRemoteName');
});

test('complete() is denied because the target is read-only: reported at once, and the job is kept', async () => {
  fs.writeFileSync(target, 'old', { mode: 0o444 });
  double.script('IBackgroundCopyJob::Complete', { hresult: 0x80070005 });
  const started = performance.now();
  const error = await rejection(bits.download({ url: URLS[0]!, path: target, sha256: SHA }));
  expect(performance.now() - started).toBeLessThan(2000);
  expect(error).toMatchObject({
    name: 'BitsAccessError',
    code: 'E_ACCESSDENIED',
    jobId: ID,
    cause: { method: 'IBackgroundCopyJob::Complete' },
  });
  expect(steps()).not.toContain('Cancel');
  fs.chmodSync(target, 0o666);
});

test('complete() is denied for no visible reason: tried again, as after a sharing violation', async () => {
  fs.writeFileSync(target, BODY);
  double.script('IBackgroundCopyJob::Complete', { hresult: 0x80070005, times: 5 });
  await bits.download({ url: URLS[0]!, path: target, sha256: SHA });
  expect(steps().filter((step) => step === 'Complete')).toHaveLength(6);
  expect(fs.readdirSync(folder).sort()).toEqual(['BIT1.tmp', 'f.bin']); // what was tried has gone
});

test('an upload with its reply', async () => {
  fs.writeFileSync(target, BODY);
  double.script('IBackgroundCopyJob2::GetReplyData', { out: [new Uint8Array([1, 2, 3])] });
  double.script('IBackgroundCopyJob2::GetReplyFileName', { out: ['C:\\reply'] });
  double.script('IBackgroundCopyJob::GetType', { out: [2] });
  const result = await bits.upload({ url: URLS[0]!, path: target, replyPath: 'C:\\reply' });
  expect(result).toMatchObject({ reply: new Uint8Array([1, 2, 3]), replyPath: 'C:\\reply', jobId: ID });
  expect(steps().filter((step) => step !== 'AddFile')).toEqual(['CreateJob', 'Resume', 'Complete']);
  const error = await rejection(bits.upload({ url: URLS[0]!, path: `${target}.not` }));
  expect(error).toMatchObject({ name: 'BitsNotFoundError', code: 'ERROR_FILE_NOT_FOUND' });
  expect(steps()).toEqual([]);
});

test('somebody else completes the job, and puts the file in place a moment later: that is a success', async () => {
  double.without('IBackgroundCopyFile3'); // so that it arrives under a name beside the final one
  const other = await double.connect();
  double.script('IBackgroundCopyJob::Resume', { block: true });
  const result = other.download({ url: URLS[0]!, path: target, sha256: SHA });

  await double.untilBlocked('IBackgroundCopyJob::Resume');
  const [{ LocalName: beside }] = double
    .calls()
    .filter(({ method }) => method.endsWith('::AddFileSet'))
    .at(-1)!.args['pFileSet'] as [{ LocalName: string }];
  double.script('IBackgroundCopyFile::GetLocalName', { out: [beside] });
  double.script('IBackgroundCopyJob::Complete', { block: true, hresult: 0x80200002 });
  double.release('IBackgroundCopyJob::Resume');

  await double.untilBlocked('IBackgroundCopyJob::Complete');
  fs.writeFileSync(beside, BODY);
  double.script('IBackgroundCopyJob::GetState', { out: [7] });
  double.release();
  await sleep(200); // the other verifies it first
  fs.renameSync(beside, target);
  expect(await result).toMatchObject({ outcome: 'complete', adopted: true });
  await other.close();
});

test('headers and ranges reach BITS as they were given, before the job is resumed', async () => {
  fs.writeFileSync(target, BODY);
  double.script('IBackgroundCopyJob::GetProgress', {
    out: [{ BytesTotal: BODY.length, BytesTransferred: BODY.length, FilesTotal: 1, FilesTransferred: 1 }],
  });
  await bits.download({
    url: URLS[0]!,
    path: target,
    sha256: SHA,
    headers: { Cookie: 'x', 'X-Other': 'y' },
    ranges: [
      { offset: 5, length: 10 },
      { offset: 0, length: 2 },
      { offset: 2 ** 33, length: 'eof' },
    ],
  });
  const calls = double.calls().filter(({ method }) => /::(AddFile\w*|SetCustomHeaders|Resume)$/.test(method));
  expect(calls.map(({ method, args }) => [method, args])).toEqual([
    [
      'IBackgroundCopyJob3::AddFileWithRanges',
      {
        RemoteUrl: URLS[0],
        LocalName: target,
        Ranges: [
          { InitialOffset: 5n, Length: 10n },
          { InitialOffset: 0n, Length: 2n },
          { InitialOffset: 2n ** 33n, Length: 2n ** 64n - 1n },
        ],
      },
    ],
    ['IBackgroundCopyJobHttpOptions::SetCustomHeaders', { RequestHeaders: 'Cookie: x\r\nX-Other: y\r\n' }],
    ['IBackgroundCopyJob::Resume', {}],
  ]);
});

test('the headers of an upload, before the job is resumed', async () => {
  fs.writeFileSync(target, BODY);
  double.script('IBackgroundCopyJob::GetType', { out: [1] });
  await bits.upload({
    url: URLS[0]!,
    path: target,
    headers: [
      ['X-One', '1'],
      ['X-Two', '2'],
    ],
  });
  const calls = double.calls().filter(({ method }) => /::(SetCustomHeaders|Resume)$/.test(method));
  expect(calls.map(({ method, args }) => [method.split('::')[1], args['RequestHeaders']])).toEqual([
    ['SetCustomHeaders', 'X-One: 1\r\nX-Two: 2\r\n'],
    ['Resume', undefined],
  ]);
});

// As test/service/abort.test.ts, with the state and the Suspend that Wine's service does not have.
describe.each([
  ['queued', 0],
  ['connecting', 1],
  ['transferring', 2],
  ['suspended', 3],
  ['error', 4],
  ['transientError', 5],
  ['transferred', 6],
] as const)('aborted when %s', (state, number) => {
  test.each([
    ['detach', 'detached'],
    ['suspend', 'suspended'],
    ['cancel', 'cancelled'],
  ] as const)('%s', async (onAbort, left) => {
    double.script('IBackgroundCopyJob::GetState', { out: [number] });
    double.script('IBackgroundCopyError::GetError', { out: [5, 0x801901f4] });
    const controller = new AbortController();
    const error = await rejection(
      bits.download({
        url: URLS[0]!,
        path: target,
        sha256: SHA,
        onAbort,
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.state === state) controller.abort('enough');
        },
      }),
    );
    expect(error).toMatchObject({ code: 'BITS_ABORTED', cause: 'enough', jobId: ID, left });
    expect((error as BitsAbortError).refused).toBeUndefined();
    const touched = double
      .calls()
      .map(({ method }) => method)
      .filter((method) => /::(Suspend|Cancel|Complete)$/.test(method));
    expect(touched).toEqual(
      {
        detach: [],
        suspend: ['IBackgroundCopyJob::Suspend'],
        cancel: ['IBackgroundCopyJob::Cancel'],
      }[onAbort],
    );
    expect(fs.readdirSync(folder)).toEqual(['BIT1.tmp']); // which belongs to BITS
  });
});
