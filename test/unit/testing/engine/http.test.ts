import { JOB_PRIORITY } from '../../../../lib/contract/enums';
import { setCertificateCallback } from '../../../../lib/testing/engine/certificates';
import { customHeaders } from '../../../../lib/testing/engine/http';
import type { CredentialState, JobState } from '../../../../lib/testing/computer/state';
import type { ServerSettings } from '../../../../lib/testing/transport/server_settings';
import type { TransferRequest } from '../../../../lib/testing/transport/transport';
import { errorOf, MinimalComputer, PROPERTY } from '../../../support/minimal_computer';

const URL = 'http://example.test/file.bin';
const SECURE = 'https://example.test/file.bin';

/** A computer that notes its requests. */
function spied() {
  const computer = new MinimalComputer();
  const requests: TransferRequest[] = [];
  const { request } = computer.transport;
  computer.transport.request = (sent, signal) => {
    requests.push(sent);
    return request(sent, signal);
  };
  return { computer, requests };
}

/** Runs a job on one server to its end. */
async function outcome(
  settings: ServerSettings,
  changes: Partial<JobState> = {},
  { url = URL, properties = {}, prepare = (_: MinimalComputer) => {} } = {},
): Promise<string> {
  const computer = new MinimalComputer();
  computer.serve(url, { body: 'content', ...settings });
  prepare(computer);
  const job = computer.start([url], changes, properties);
  await computer.clock.advance(5_000);
  expect(computer.problems).toEqual([]);
  return `${computer.stateOf(job)} ${errorOf(job) ?? ''}`.trim();
}

test('requests are as BITS sends them, with the headers of the job', async () => {
  const { computer, requests } = spied();
  computer.serve(URL, { body: 'content' });
  const job = computer.start([URL], { customHeaders: 'X-One: 1\r\nUser-Agent: mine\r\nX-Two: a: b\r\n' });
  await computer.until(job, 'transferred');
  expect(requests.map(({ method, url, headers }) => [method, url, headers])).toEqual([
    [
      'HEAD',
      URL,
      [
        ['Accept', '*/*'],
        ['Accept-Encoding', 'identity'],
        ['X-One', '1'],
        ['User-Agent', 'mine'],
        ['X-Two', 'a: b'],
      ],
    ],
    [
      'GET',
      URL,
      [
        ['Accept', '*/*'],
        ['Accept-Encoding', 'identity'],
        ['Range', 'bytes=0-6'],
        ['X-One', '1'],
        ['User-Agent', 'mine'],
        ['X-Two', 'a: b'],
      ],
    ],
  ]);
});

test('custom headers without a name are none', () => {
  expect(customHeaders(null)).toEqual([]);
  expect(customHeaders('a: 1\r\n\r\n: 2\r\nb:\r\n')).toEqual([
    ['a', '1'],
    ['b', ''],
  ]);
});

describe('statuses', () => {
  const fatal = [
    300, 304, 305, 400, 401, 402, 403, 404, 405, 406, 407, 410, 411, 412, 413, 414, 415, 416, 417, 449, 501, 505,
  ];
  const transient = [202, 204, 306, 408, 409, 500, 502, 503, 504, 599];
  const rows = [...fatal.map((s) => [s, 'error'] as const), ...transient.map((s) => [s, 'transientError'] as const)];
  test.each(rows)('%i: %s', async (status, state) => {
    const code = (0x80190000 + status).toString(16).toUpperCase();
    expect(await outcome({ status })).toBe(`${state} 0x${code} in 5`);
  });
});

describe('failures of connections', () => {
  const rows = [
    [0x80072ee2, 'transientError'],
    [0x80072ee7, 'transientError'],
    [0x80072efd, 'transientError'],
    [0x80072efe, 'transientError'],
    [0x80072eff, 'transientError'],
    [0x80072f78, 'transientError'],
    [0x80072ee5, 'error'],
    [0x80072ee6, 'error'],
    [0x80072f05, 'error'],
    [0x80072f06, 'error'],
    [0x80072f0c, 'error'],
    [0x80072f0d, 'error'],
    [0x80072f19, 'error'],
    [0x80072f7d, 'error'],
    [0x80072f8a, 'error'],
    [0x80072f8f, 'error'],
  ] as const;
  test.each(rows)('%p: %s', async (hresult, state) => {
    const expected = `${state} 0x${hresult.toString(16).toUpperCase()} in 5`;
    expect(await outcome({ script: [{ then: { hresult } }] })).toBe(expected);
  });

  test('a name that is not resolved', async () => {
    const prepare = (computer: MinimalComputer) => computer.change(({ network }) => (network.dns = false));
    expect(await outcome({}, {}, { prepare })).toBe('transientError 0x80072EE7 in 5');
    expect(await outcome({}, {}, { prepare, url: 'http://10.0.0.1/a' })).toBe('transferred');
  });

  test('a body with the wrong range', async () => {
    const script = [{ then: { change: { status: 206 } } }];
    const computer = new MinimalComputer();
    computer.serve(URL, { body: 'content', latency: 100 });
    const job = computer.start([URL]);
    await computer.clock.advance(170);
    Object.assign(computer.state.servers[0]!, { script });
    await computer.until(job, 'error');
    expect(errorOf(job)).toBe('0x8020001B in 5');
  });
});

describe('redirects', () => {
  const TARGET = 'http://mirror.test/file.bin';
  async function redirect(securityFlags: number, from = URL, to = TARGET, status?: number) {
    const computer = new MinimalComputer();
    computer.serve(from, { redirect: to, ...(status === undefined ? {} : { status }) });
    computer.serve(to.startsWith('http') ? to : TARGET, { body: 'content' });
    const job = computer.start([from], { securityFlags });
    await computer.clock.advance(5_000);
    expect(computer.problems).toEqual([]);
    return { result: `${computer.stateOf(job)} ${errorOf(job) ?? ''}`.trim(), remoteName: job.files[0]!.remoteName };
  }

  test.each([301, 302, 303, 307, 308])('%i is followed silently', async (status) => {
    expect(await redirect(0, URL, TARGET, status)).toEqual({ result: 'transferred', remoteName: URL });
  });

  test('and reported', async () => {
    expect(await redirect(0x100)).toEqual({ result: 'transferred', remoteName: TARGET });
  });

  test.each([301, 302, 303, 307])('and refused: %i', async (status) => {
    const code = (0x80190000 + status).toString(16).toUpperCase();
    expect(await redirect(0x200, URL, TARGET, status)).toEqual({ result: `error 0x${code} in 5`, remoteName: TARGET });
  });

  test('from https to http only with the flag', async () => {
    expect((await redirect(0, SECURE)).result).toBe('error 0x80072F7C in 5');
    expect((await redirect(0x100, SECURE)).result).toBe('error 0x80072F7C in 5');
    expect((await redirect(0x800, SECURE)).result).toBe('transferred');
    expect(await redirect(0x900, SECURE)).toEqual({ result: 'transferred', remoteName: TARGET });
    expect((await redirect(0, URL, 'https://mirror.test/a')).result).toBe('transferred');
  });

  test('never to SMB', async () => {
    expect((await redirect(0, URL, 'file://server/share/a')).result).toBe('error 0x80072F7C in 5');
  });

  test('not for ever', async () => {
    expect(await outcome({ redirect: URL })).toBe('error 0x80072F7C in 5');
  });

  test('relative ones', async () => {
    const computer = new MinimalComputer();
    computer.serve('http://example.test/a/b', { redirect: '../c?d' });
    computer.serve('http://example.test/c?d', { body: 'x' });
    const job = computer.start(['http://example.test/a/b']);
    await computer.until(job, 'transferred');
  });
});

describe('authentication', () => {
  const schemes = { basic: 1, digest: 2, ntlm: 3, negotiate: 4, passport: 5 } as const;
  type Scheme = keyof typeof schemes;
  const credential = (
    scheme: Scheme,
    userName: string | null,
    password: string | null,
    target = 1,
  ): CredentialState => ({
    target,
    scheme: schemes[scheme],
    userName,
    password,
  });
  const auth = (scheme: Scheme, rest = {}) => ({ auth: { scheme, userName: 'ann', password: 'secret', ...rest } });

  test.each(Object.keys(schemes) as Scheme[])('%s', async (scheme) => {
    expect(await outcome(auth(scheme))).toBe('error 0x80190191 in 5');
    const right = { credentials: [credential(scheme, 'ann', 'secret')] };
    expect(await outcome(auth(scheme), right)).toBe('transferred');
    const wrong = { credentials: [credential(scheme, 'ann', 'guess')] };
    expect(await outcome(auth(scheme), wrong)).toBe('error 0x80190191 in 5');
  });

  test('the scheme has to be one that the server offers', async () => {
    const credentials = [credential('ntlm', 'ann', 'secret')];
    expect(await outcome(auth('basic'), { credentials })).toBe('error 0x80190191 in 5');
    const both = [...credentials, credential('basic', 'ann', 'secret')];
    expect(await outcome(auth('basic'), { credentials: both })).toBe('transferred');
  });

  test.each(['ntlm', 'negotiate'] as const)("%s: the user's log-on", async (scheme) => {
    const implicit = { auth: { scheme, userName: 'ann' } };
    expect(await outcome(implicit)).toBe('error 0x80190191 in 5');
    const credentials = [credential(scheme, null, null)];
    expect(await outcome(implicit, { credentials })).toBe('transferred');
    // Those for a proxy are used for the server as well, unless it has its own.
    expect(await outcome(implicit, { credentials: [credential(scheme, null, null, 2)] })).toBe('transferred');
    const own = [credential(scheme, 'ann', 'x'), credential(scheme, null, null, 2)];
    expect(await outcome(implicit, { credentials: own })).toBe('error 0x80190191 in 5');
  });

  test('credentials of the server are not for a proxy', async () => {
    const proxy = auth('basic', { proxy: true });
    expect(await outcome(proxy)).toBe('error 0x80190197 in 5');
    expect(await outcome(proxy, { credentials: [credential('basic', 'ann', 'secret')] })).toBe('error 0x80190197 in 5');
    expect(await outcome(proxy, { credentials: [credential('basic', 'ann', 'secret', 2)] })).toBe('transferred');
  });

  test('stored credentials answer a proxy', async () => {
    const proxy = { auth: { scheme: 'ntlm', userName: 'ann', proxy: true } } as const;
    expect(await outcome(proxy)).toBe('error 0x80190197 in 5');
    expect(await outcome(proxy, {}, { properties: { [PROPERTY.useStoredCredentials]: 2 } })).toBe('transferred');
  });

  test('a name and a password in the URL', async () => {
    const { computer, requests } = spied();
    computer.serve(URL, { body: 'content', ...auth('basic') });
    const job = computer.start(['http://ann:secret@example.test/file.bin']);
    await computer.until(job, 'transferred');
    expect(requests.map(({ url }) => url)).toEqual([URL, URL, URL]);
  });

  test('accepted credentials are sent at once from then on', async () => {
    const { computer, requests } = spied();
    computer.serve(URL, { body: 'content', ...auth('basic') });
    const job = computer.start([URL], { credentials: [credential('basic', 'ann', 'secret')] });
    await computer.until(job, 'transferred');
    const sent = requests.map(({ method, headers }) => [method, headers.some(([name]) => name === 'Authorization')]);
    expect(sent).toEqual([
      ['HEAD', false],
      ['HEAD', true],
      ['GET', true],
    ]);
  });
});

describe('proxies', () => {
  const behind = (status: number) => ({
    prepare: (computer: MinimalComputer) => computer.change(({ network }) => (network.proxyStatus = status)),
  });
  const override = (list: string | null) => ({ proxy: { usage: 2, list, bypass: null } });

  test('one that answers by itself', async () => {
    expect(await outcome({}, {}, behind(407))).toBe('error 0x80190197 in 5');
    expect(await outcome({}, {}, behind(403))).toBe('error 0x80190193 in 5');
    expect(await outcome({}, {}, behind(502))).toBe('transientError 0x801901F6 in 5');
    expect(await outcome({}, { proxy: { usage: 1, list: null, bypass: null } }, behind(403))).toBe('transferred');
    const credentials = [{ target: 2, scheme: 1, userName: 'a', password: 'b' }];
    expect(await outcome({}, { credentials }, behind(407))).toBe('transferred');
  });

  test.each(['proxy', 'proxy:8080', 'http=proxy:80;https=secure:443', 'http://proxy a.b.c:1'])('%s', async (list) => {
    expect(await outcome({}, override(list))).toBe('transferred');
  });

  test.each([null, '', 'pro xy?', 'proxy:port'])('%p is no list', async (list) => {
    expect(await outcome({}, override(list))).toBe('error 0x8020003F in 2');
  });
});

describe('certificates', () => {
  const url = { url: SECURE };
  const problems = [
    ['name', 0x2, '0x80072F06'],
    ['date', 0x4, '0x80072F05'],
    ['authority', 0x8, '0x80072F0D'],
    ['usage', 0x10, '0x80072F93'],
  ] as const;
  test.each(problems)('%s', async (certificateProblem, flag, code) => {
    expect(await outcome({ certificateProblem }, {}, url)).toBe(`error ${code} in 5`);
    expect(await outcome({ certificateProblem }, { securityFlags: 0x1f & ~flag }, url)).toBe(`error ${code} in 5`);
    expect(await outcome({ certificateProblem }, { securityFlags: flag }, url)).toBe('transferred');
  });

  test.each([
    ['revoked', '0x80072F8A'],
    ['revocationUnknown', '0x80072F19'],
  ] as const)('%s shows only when the list is checked', async (certificateProblem, code) => {
    expect(await outcome({ certificateProblem }, {}, url)).toBe('transferred');
    expect(await outcome({ certificateProblem }, { securityFlags: 1 }, url)).toBe(`error ${code} in 5`);
  });

  test('a server that asks for a client certificate', async () => {
    expect(await outcome({ clientCertificate: true }, {}, url)).toBe('error 0x80072F0C in 5');
    const clientCertificate = { storeLocation: 0, storeName: 'MY', hash: '00', subjectName: null };
    expect(await outcome({ clientCertificate: true }, { clientCertificate }, url)).toBe('transferred');
  });

  describe('the callback', () => {
    const certificate = Buffer.from('certificate').toString('base64');
    function withCallback(accept: boolean) {
      const computer = new MinimalComputer();
      computer.serve(SECURE, { body: 'content', certificate });
      const job = computer.job([SECURE]);
      const asked: string[] = [];
      setCertificateCallback(computer, job.id, (question) => {
        asked.push(Buffer.from(question.certificate).toString());
        return Promise.resolve(accept);
      });
      computer.resume(job);
      return { computer, job, asked };
    }

    test('is asked once for a certificate', async () => {
      const { computer, job, asked } = withCallback(true);
      await computer.until(job, 'transferred');
      expect(asked).toEqual(['certificate']);
    });

    test('refuses: a transient error in its own context', async () => {
      const { computer, job } = withCallback(false);
      await computer.until(job, 'transientError');
      expect(errorOf(job)).toBe('0x800B0004 in 8');
    });

    test('is required again after a restart of the service', async () => {
      const { computer, job } = withCallback(false);
      await computer.until(job, 'transientError');
      computer.engine.stop();
      computer.engine.start();
      await computer.until(job, 'error', 60_000);
      expect(errorOf(job)).toBe('0x80200074 in 2');
      setCertificateCallback(computer, job.id, () => Promise.resolve(true));
      computer.resume(job);
      await computer.until(job, 'transferred');
    });

    test('a certificate that nobody scripted is no guess', async () => {
      const { computer } = withCallback(true);
      delete (computer.state.servers[0] as { certificate?: string }).certificate;
      await computer.clock.advance(1_000);
      expect(computer.problems.map(String)).toEqual([expect.stringContaining('no certificate is scripted')]);
    });
  });
});

test('Retry-After does not matter, the retry delay does', async () => {
  const computer = new MinimalComputer();
  computer.serve(URL, { body: 'a', script: [{ then: { status: 503, retryAfter: 5 } }] });
  const job = computer.start([URL], { priority: JOB_PRIORITY.values.foreground });
  await computer.clock.advance(599_000);
  expect(computer.stateOf(job)).toBe('transientError');
  await computer.until(job, 'transferred');
});
