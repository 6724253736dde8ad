import { BitsTransferError } from '../../lib';
import { double } from '../support/double';
import { useDouble } from '../support/use_double';

const ID = '{fa11ed00-5d1f-4f0e-9b1a-0123456789ab}';
const URL = 'https://me:secret@host/app.zip?sig=secret';

const at = useDouble([{ id: ID, files: [{}] }]);

/** A job that waits to try again: everything that Windows tells about it. */
function waiting(): void {
  double.script('IBackgroundCopyJob::GetState', { out: [5] });
  double.script('IBackgroundCopyJob::GetErrorCount', { out: [3] });
  double.script('IBackgroundCopyJob::GetMinimumRetryDelay', { out: [600] });
  double.script('IBackgroundCopyJob::GetNoProgressTimeout', { out: [1209600] });
  double.script('IBackgroundCopyJob::GetTimes', {
    out: [{ ModificationTime: 116444736000000000n + 1767225600000n * 10000n }], // 2026-01-01
  });
  double.script('IBackgroundCopyError::GetError', { out: [5, 0x80190194] });
  double.script('IBackgroundCopyError::GetProtocol', { out: ['http'] });
  double.script('IBackgroundCopyError::GetErrorDescription', { out: ['Nicht gefunden.\r\n'] });
  double.script('IBackgroundCopyFile::GetRemoteName', { out: [URL] });
  double.script('IBackgroundCopyFile::GetLocalName', { out: ['C:\\app.zip'] });
}

test("failure(): context, file, protocol, status, count, next retry, BITS' own words; URLs masked", async () => {
  waiting();
  const failure = await at.job.failure();
  expect(failure).toBeInstanceOf(BitsTransferError);
  expect(failure).toMatchObject({
    code: 'BG_E_HTTP_ERROR_404',
    hresult: 0x80190194,
    httpStatus: 404,
    context: 'remoteFile',
    protocol: 'http',
    jobId: ID,
    transient: true,
    errorCount: 3,
    nextRetry: new Date('2026-01-01T00:10:00Z'),
    description: 'Nicht gefunden.',
    url: 'https://***@host/app.zip?***',
    file: { remoteName: 'https://***@host/app.zip?***', localName: 'C:\\app.zip' },
  });
  expect((await at.job.failure({ revealUrls: true }))?.url).toBe(URL);
});

test('an error without file and protocol', async () => {
  waiting();
  double.script('IBackgroundCopyError::GetFile', { hresult: 0x80200004 });
  double.script('IBackgroundCopyError::GetProtocol', { hresult: 0x80200005 });
  const failure = await at.job.failure();
  expect(failure).toMatchObject({ code: 'BG_E_HTTP_ERROR_404' });
  expect(failure).not.toHaveProperty('file');
  expect(failure).not.toHaveProperty('protocol');
});

test('null where nothing is wrong', async () => {
  double.script('IBackgroundCopyJob::GetState', { out: [2] });
  expect(await at.job.failure()).toBeNull();
});

test('explain(): every fact that BITS tells', async () => {
  waiting();
  double.script('IBackgroundCopyJob::GetOwner', { out: ['S-1-5-21-1'] });
  double.script('IBackgroundCopyJob::GetPriority', { out: [3] });
  double.script('IBackgroundCopyJob2::GetNotifyCmdLine', { out: ['C:\\secret.exe', 'secret'] });
  const explanation = await at.job.explain();
  expect(explanation).toMatchObject({
    verdict: 'waiting',
    state: 'transientError',
    context: 'remoteFile',
    retry: { next: new Date('2026-01-01T00:10:00Z') },
    missing: [],
  });
  expect(explanation.text).toContain('BG_E_HTTP_ERROR_404');
  expect(JSON.stringify(explanation)).not.toContain('secret');
});

test('describeError(): asks in one language after another, on one line', async () => {
  double.script('IBackgroundCopyManager::GetErrorDescription', { hresult: 0x80070717, times: 2 });
  double.script('IBackgroundCopyManager::GetErrorDescription', { out: ['The job\r\nis empty.\r\n'] });
  double.calls();
  expect(await at.bits.describeError(0x80200003, 0x0807)).toBe('The job is empty.');
  expect(double.calls().map(({ args }) => args.LanguageId)).toEqual([0x0807, 0x0007, 0x0407]);
});
