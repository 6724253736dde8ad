import { inspect } from 'node:util';
import { explain } from '../../lib';
import type { BitsJob, BitsManager, BitsError } from '../../lib';
import { CODES } from '../../lib/errors/codes';
import type { KnownCode } from '../../lib/errors/codes';
import { double } from '../support/double';
import { classOf } from '../support/error_classes';
import { rejection } from '../support/outcome';

const ID = '{c0de5000-5d1f-4f0e-9b1a-0123456789ab}';

let bits: BitsManager;
let job: BitsJob;

beforeAll(async () => {
  double.start();
  double.reset();
  double.setJobs([{ id: ID, files: [{}] }]);
  bits = await double.connect();
  job = await bits.getJob(ID);
});
afterEach(() => double.unscript('IBackgroundCopyJob::SetDescription'));
afterAll(async () => {
  await bits.close();
  double.setJobs([]);
});

const fails = async (hresult: number): Promise<BitsError> => {
  double.script('IBackgroundCopyJob::SetDescription', { hresult });
  return (await rejection(job.setDescription('x'))) as BitsError;
};

describe('every code of the table, answered by a COM call', () => {
  const failures = (Object.keys(CODES) as KnownCode[]).filter((code) => CODES[code].kind === 'failure');

  test(`${failures.length} failures: class, code, number, retryable, message, advice`, async () => {
    for (const code of failures) {
      const { hresult, family, retryable } = CODES[code];
      const error = await fails(hresult);
      expect(error).toBeInstanceOf(classOf(family));
      expect(error).toMatchObject({
        code,
        hresult,
        jobId: ID,
        method: 'IBackgroundCopyJob::SetDescription',
        retryable,
      });
      const hex = `0x${hresult.toString(16).toUpperCase().padStart(8, '0')}`;
      expect(error.message).toMatch(/^IBackgroundCopyJob::SetDescription failed.*: [^\n]+$/);
      expect(error.message.endsWith(`(${code}, ${hex})`)).toBe(true);
      expect(error.advice).toMatch(/\w/);
      expect(explain(error)).toMatchObject({ known: true, code, hresult });
    }
    console.log(`${failures.length} codes went through the addon`);
  });

  test.each([0x8020ffff, 0x8019029a, 0x80079999, 0xc0000005])(
    'an unknown one, 0x%s, keeps its number',
    async (hresult) => {
      const error = await fails(hresult);
      const hex = `0x${hresult.toString(16).toUpperCase()}`;
      expect(error).toMatchObject({ name: 'BitsError', code: `HRESULT_${hex}`, hresult });
      expect(explain(error)).toMatchObject({ severity: 'failure', number: hresult & 0xffff });
    },
  );

  test('a success code other than S_OK is not an error', async () => {
    double.script('IBackgroundCopyJob::SetDescription', { hresult: 0x00200055 });
    await expect(job.setDescription('x')).resolves.toBeUndefined();
  });
});

describe('secrets stay secret, whatever fails', () => {
  const CANARY = 'cAnArY7314';
  const url = `https://${CANARY}:${CANARY}@host/path?sig=${CANARY}#${CANARY}`;

  const attempts: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      'credentials',
      () => job.setCredentials({ target: 'server', scheme: 'basic', userName: CANARY, password: CANARY }),
    ],
    ['custom headers', () => job.setCustomHeaders({ Authorization: CANARY })],
    ['custom headers that HTTP forbids', () => job.setCustomHeaders({ Authorization: `${CANARY}\r\n` })],
    ['a URL', () => job.addFile(url, 'C:\\x')],
    ['a URL that is wrong', () => job.addFile(url.replace('https://', ''), 'C:\\x')],
    ['a URL that is too long', () => job.addFile(`${url}${'x'.repeat(3000)}`, 'C:\\x')],
    ['a set of files', () => job.addFileSet([{ url, path: 'C:\\x' }])],
    ['ranges', () => job.addFileWithRanges(url, 'C:\\x', [{ offset: 0, length: 1 }])],
    ['a prefix', () => job.replaceRemotePrefix(url, url)],
    ['a proxy list', () => job.setProxySettings('override', `http://${CANARY}@proxy`)],
    [
      'a password that is too long',
      () => job.setCredentials({ target: 'server', scheme: 'basic', userName: 'u', password: CANARY.repeat(10_000) }),
    ],
  ];
  const methods = [
    'IBackgroundCopyJob2::SetCredentials',
    'IBackgroundCopyJobHttpOptions::SetCustomHeaders',
    'IBackgroundCopyJob::AddFile',
    'IBackgroundCopyJob::AddFileSet',
    'IBackgroundCopyJob3::AddFileWithRanges',
    'IBackgroundCopyJob3::ReplaceRemotePrefix',
    'IBackgroundCopyJob::SetProxySettings',
  ];

  test.each(attempts)('%s', async (_, attempt) => {
    for (const method of methods) double.script(method, { hresult: 0x80070057 });
    const error = await rejection(attempt());
    for (const method of methods) double.unscript(method);
    expect(error).toBeInstanceOf(Error);
    const shown = [
      inspect(error, { depth: 9, showHidden: true }),
      (error as Error).stack,
      (error as Error).message,
      String(error),
      JSON.stringify(error),
    ];
    expect(shown.join('\n')).not.toContain(CANARY);
  });
});
