import { generatedBytes } from '../../../../lib/testing/servers';
import { cancelUpload, uploadFile } from '../../../../lib/testing/servers/upload_client';
import type {
  UploadFileOptions,
  UploadRequest,
  UploadResponse,
  UploadSessionState,
} from '../../../../lib/testing/servers/upload_client';
import { UploadFailure } from '../../../../lib/testing/servers/upload_failure';
import { HttpSender } from '../../../../lib/testing/servers/upload_sender';
import { CERTIFICATE, KEY } from './certificate';
import { Fixture } from './upload_fixture';

// The client's side of the BITS upload protocol: against the server, and against answers that no server of ours gives.

const PROTOCOL = '{7df0354d-249b-430f-820d-3d2a9bef4931}';
const SIZE = 50_000;
const BYTES = generatedBytes({ size: SIZE, seed: 4 });

const senders: HttpSender[] = [];
afterEach(() => senders.splice(0).forEach((sender) => sender.close()));

function sender(options?: ConstructorParameters<typeof HttpSender>[0]) {
  senders.push(new HttpSender(options));
  return senders.at(-1)!.send;
}

type Some = Partial<UploadFileOptions>;
const common = {
  size: SIZE,
  read: (offset: number, length: number) => Promise.resolve(BYTES.subarray(offset, offset + length)),
  now: () => 0,
};
const upload = (fixture: Fixture, options: Some = {}) =>
  uploadFile({ ...common, url: fixture.server.url('/file.bin'), send: sender(), ...options });
const types = (fixture: Fixture) => fixture.server.packets.map(({ packet }) => packet);

/** Answers by type of packet, in order; the last one again and again. */
function scripted(answers: Partial<Record<string, (Partial<UploadResponse> | Error)[]>>) {
  const requests: UploadRequest[] = [];
  const ack = { 'bits-packet-type': 'Ack' };
  const usual: Record<string, UploadResponse['headers']> = {
    'Create-Session': { ...ack, 'bits-protocol': PROTOCOL, 'bits-session-id': '{1}' },
  };
  const send = (request: UploadRequest): Promise<UploadResponse> => {
    requests.push(request);
    const type = request.headers['BITS-Packet-Type']!;
    const list = answers[type] ?? [];
    const next = list.length > 1 ? list.shift() : list[0];
    if (next instanceof Error) return Promise.reject(next);
    const end = /-(\d+)\//.exec(request.headers['Content-Range'] ?? '')?.[1];
    const offset = end === undefined ? {} : { 'bits-received-content-range': String(Number(end) + 1) };
    return Promise.resolve({ status: 200, headers: { ...ack, ...usual[type], ...offset }, ...next });
  };
  return { requests, send, types: () => requests.map(({ headers }) => headers['BITS-Packet-Type']) };
}

const simulated = (send: UploadFileOptions['send'], options: Some = {}) =>
  uploadFile({ ...common, url: 'http://server.example/folder/file.bin', send, ...options });
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => {
      expect(error).toBeInstanceOf(UploadFailure);
      const { hresult, context, transient } = error as UploadFailure;
      return { hresult: `0x${hresult.toString(16)}`, context, transient };
    },
  );

test('uploads a file, and says how far it is', async () => {
  const fixture = await Fixture.start();
  const progress: number[] = [];
  const states: (UploadSessionState | undefined)[] = [];
  const last = await upload(fixture, {
    fragmentSize: 20_000,
    firstFragmentSize: 10_000,
    name: 'local.bin',
    headers: { 'X-Own': 'yes' },
    onProgress: (received) => progress.push(received),
    onSession: (state) => void states.push(state),
  });
  expect(fixture.read().equals(BYTES)).toBe(true);
  expect(progress).toEqual([10_000, 30_000, 50_000]);
  expect(types(fixture)).toEqual(['Create-Session', 'Fragment', 'Fragment', 'Fragment', 'Close-Session']);
  expect(fixture.server.packets.map(({ headers }) => headers['content-name'])).toEqual(
    [undefined, 'local.bin', undefined, undefined, undefined], // the first fragment only
  );
  expect(fixture.server.packets.every(({ headers }) => headers['x-own'] === 'yes')).toBe(true);
  expect(states.map((state) => [state?.stage, state?.received])).toEqual([
    ['sending', 0],
    ['sending', 10_000],
    ['sending', 30_000],
    ['sending', 50_000],
    ['closing', 50_000],
    ['closed', 50_000],
  ]);
  expect(last).toEqual(JSON.parse(JSON.stringify(states.at(-1))));
});

test('its first fragment has 168,000 bytes, as with Windows', async () => {
  const { send, requests } = scripted({});
  await simulated(send, { size: 30_000_000 });
  const ranges = requests.map(({ headers }) => headers['Content-Range']).filter(Boolean);
  expect(ranges).toEqual([
    'bytes 0-167999/30000000',
    'bytes 168000-13799487/30000000',
    'bytes 13799488-27430975/30000000',
    'bytes 27430976-29999999/30000000',
  ]);
});

test.each(['Create-Session', 'Fragment', 'Close-Session'] as const)(
  'cases 8 to 10: the acknowledgement of %s is lost, and the upload goes on later',
  async (packet) => {
    const fixture = await Fixture.start();
    let session: UploadSessionState | undefined;
    const options = { fragmentSize: 20_000, onSession: (state?: UploadSessionState) => void (session = state) };
    fixture.server.fail({ packet, loseAck: true });
    expect(await failure(upload(fixture, options))).toEqual({ hresult: '0x80072efe', context: 5, transient: true });
    const before = fixture.server.packets.length;
    // The computer has been restarted: only plain data is left.
    session = session === undefined ? undefined : (JSON.parse(JSON.stringify(session)) as UploadSessionState);
    const first = session === undefined ? 'Create-Session' : 'Ping';
    expect((await upload(fixture, { ...options, session })).stage).toBe('closed');
    expect(types(fixture)[before]).toBe(first);
    expect(fixture.read().equals(BYTES)).toBe(true);
  },
);

test('case 11: cancels, also what the server does not know any more', async () => {
  const fixture = await Fixture.start();
  let session: UploadSessionState | undefined;
  fixture.server.fail({ packet: 'Fragment', drop: true });
  await failure(upload(fixture, { onSession: (state) => void (session = state) }));
  const connection = { url: fixture.server.url('/file.bin'), send: sender(), now: () => 0 };
  await cancelUpload(connection, session!);
  await cancelUpload(connection, session!);
  await cancelUpload(connection, { ...session!, id: '{unknown}' });
  expect(fixture.server.openSessions).toBe(0);
});

test('case 13: goes on where the server says, in both directions', async () => {
  const at = (offset: number, status = 416) => ({
    status,
    headers: { 'bits-packet-type': 'Ack', 'bits-received-content-range': String(offset) },
  });
  const { send, requests } = scripted({ Fragment: [at(40_000), at(10_000), at(20_000, 200), {}] });
  await simulated(send, { fragmentSize: 30_000 });
  expect(requests.map(({ headers }) => headers['Content-Range']).filter(Boolean)).toEqual([
    'bytes 0-29999/50000',
    'bytes 40000-49999/50000',
    'bytes 10000-39999/50000',
    'bytes 20000-49999/50000',
  ]);
});

test.each(['Ping', 'Fragment', 'Close-Session'])('case 18: starts again when %s finds no session', async (type) => {
  const unknown = { status: 500, headers: { 'bits-packet-type': 'Ack', 'bits-error-code': '0x8020001F' } };
  const client = scripted({ [type]: [unknown, {}] });
  const states: (UploadSessionState | undefined)[] = [];
  const session = { id: '{0}', received: 10, stage: 'sending' } as const;
  await simulated(client.send, { session, onSession: (state) => void states.push(state) });
  expect(client.types().filter((name) => name === 'Create-Session')).toHaveLength(1);
  expect(states).toContain(undefined);
  expect(client.requests.at(-1)!.headers['BITS-Session-Id']).toBe('{1}');
});

test('case 18: gives up, for now, when every session is lost', async () => {
  const unknown = { status: 500, headers: { 'bits-error-code': '0x8020001F' } };
  const client = scripted({ Fragment: [unknown] });
  expect(await failure(simulated(client.send))).toEqual({ hresult: '0x8020001f', context: 5, transient: true });
});

test('case 19: a session that has expired on the server', async () => {
  let now = 0;
  const fixture = await Fixture.start({ now: () => now });
  let session: UploadSessionState | undefined;
  const onSession = (state?: UploadSessionState) => void (session = state);
  fixture.server.fail({ packet: 'Fragment', cutAfter: 9 });
  await failure(upload(fixture, { onSession }));
  now = 15 * 86_400_000;
  await upload(fixture, { session, onSession });
  expect(fixture.read().equals(BYTES)).toBe(true);
});

test('case 24: makes its fragments smaller, down to 5 KB', async () => {
  const fixture = await Fixture.start({ maxFragment: 7_000 });
  await upload(fixture);
  expect(fixture.read().equals(BYTES)).toBe(true);
  expect(types(fixture).filter((type) => type === 'Fragment')).toHaveLength(3 + 8); // 50,000, 25,000, 12,500; 6,250
  await fixture.restart({ maxFragment: 5_000, overwrite: true });
  expect(await failure(upload(fixture))).toEqual({ hresult: '0x8019019d', context: 5, transient: false });
});

test('case 24: a file that is too large', async () => {
  const fixture = await Fixture.start({ maxSize: SIZE - 1 });
  expect(await failure(upload(fixture))).toEqual({ hresult: '0x80200020', context: 5, transient: false });
});

test.each([
  [400, '0x80070057', '0x5', { hresult: '0x80070057', context: 5, transient: false }],
  [403, '0x80070005', '0x5', { hresult: '0x80070005', context: 5, transient: false }],
  [404, undefined, undefined, { hresult: '0x80190194', context: 5, transient: false }],
  [409, undefined, undefined, { hresult: '0x80190199', context: 5, transient: false }],
  [501, '0x80070005', '0x5', { hresult: '0x80070005', context: 5, transient: false }],
  [500, '0x80200020', '0x5', { hresult: '0x80200020', context: 5, transient: false }],
  [500, '0x80070070', '0x5', { hresult: '0x80070070', context: 5, transient: true }],
  [503, undefined, undefined, { hresult: '0x801901f7', context: 5, transient: true }],
  [302, undefined, undefined, { hresult: '0x8019012e', context: 5, transient: false }],
  [408, '0x80070112', '0x7', { hresult: '0x80070112', context: 7, transient: true }],
  [403, '0x80070005', '0x7', { hresult: '0x80070005', context: 7, transient: false }],
  [409, undefined, '0x7', { hresult: '0x80190199', context: 7, transient: true }],
  [306, undefined, '0x7', { hresult: '0x80190132', context: 7, transient: true }],
  [307, undefined, '0x7', { hresult: '0x80190133', context: 7, transient: false }],
  [501, undefined, '0x7', { hresult: '0x801901f5', context: 7, transient: false }],
  [500, undefined, '0x7', { hresult: '0x801901f4', context: 7, transient: true }],
] as const)('HTTP %s with %s in context %s', async (status, code, context, expected) => {
  const headers = { 'bits-packet-type': 'Ack', 'bits-error-code': code, 'bits-error-context': context };
  expect(await failure(simulated(scripted({ Fragment: [{ status, headers }] }).send))).toEqual(expected);
});

test.each([
  ['no Ack', { Fragment: [{ headers: { 'bits-received-content-range': '5' } }] }, '0x8020001b'],
  ['no offset', { Fragment: [{ headers: { 'bits-packet-type': 'Ack' } }] }, '0x8020001b'],
  [
    'an offset behind the end',
    { Ping: [], Fragment: [{ headers: { 'bits-packet-type': 'Ack', 'bits-received-content-range': '50001' } }] },
    '0x8020001b',
  ],
  [
    'no step forward, for ever',
    { Fragment: [{ status: 416, headers: { 'bits-received-content-range': '0' } }] },
    '0x8020001b',
  ],
  [
    'another protocol',
    { 'Create-Session': [{ headers: { 'bits-packet-type': 'Ack', 'bits-session-id': '1' } }] },
    '0x80200022',
  ],
  [
    'no session',
    { 'Create-Session': [{ headers: { 'bits-packet-type': 'Ack', 'bits-protocol': PROTOCOL } }] },
    '0x8020001b',
  ],
  ['HTTP/1.0', { 'Create-Session': [{ httpVersion: '1.0' }] }, '0x80200012'],
])('a server that answers with %s', async (_, answers, hresult) => {
  expect(await failure(simulated(scripted(answers).send))).toEqual({ hresult, context: 5, transient: false });
});

describe('case 30: replies', () => {
  test.each(['absolute', 'relative', 'backslashes'] as const)('with a URL in the form %s', async (replyUrl) => {
    const fixture = await Fixture.start({ reply: () => 'thanks', replyUrl });
    const texts: string[] = [];
    const reply = async (url: string) => void texts.push(await (await fetch(url)).text());
    const { replyUrl: url } = await upload(fixture, { reply });
    expect(texts).toEqual(['thanks']);
    expect((await fetch(url!)).status).toBe(404);
  });

  test('none although one is wanted', async () => {
    const fixture = await Fixture.start();
    const failed = await failure(upload(fixture, { reply: () => Promise.resolve() }));
    expect(failed).toEqual({ hresult: '0x8020001b', context: 5, transient: false });
  });

  test('none is wanted', async () => {
    const fixture = await Fixture.start({ reply: () => 'thanks' });
    expect((await upload(fixture)).stage).toBe('closed');
  });

  test.each(['the acknowledgement of the last fragment is lost', 'fetching it fails'])('%s', async (what) => {
    const fixture = await Fixture.start({ reply: () => 'thanks' });
    let session: UploadSessionState | undefined;
    const urls: string[] = [];
    const reply = (url: string) => {
      urls.push(url);
      return urls.length === 1 && what.startsWith('fetching')
        ? Promise.reject(new Error('no network'))
        : Promise.resolve();
    };
    const options = { reply, onSession: (state?: UploadSessionState) => void (session = state) };
    if (what.startsWith('the')) fixture.server.fail({ packet: 'Fragment', loseAck: true });
    await expect(upload(fixture, options)).rejects.toThrow();
    await upload(fixture, { ...options, session });
    expect(urls.at(-1)).toContain('/BITS-Sessions/Replies/');
    expect(fixture.read().equals(BYTES)).toBe(true);
  });
});

describe('case 31: log-on', () => {
  const challenge = { status: 401, headers: { 'www-authenticate': 'Basic' } };

  test('answers a challenge once, and sends the same with all that follows', async () => {
    const client = scripted({ Fragment: [challenge, {}] });
    await simulated(client.send, { authorize: () => ({ Authorization: 'Basic x' }) });
    expect(client.requests.map(({ headers }) => headers['Authorization'])).toEqual(
      [undefined, undefined, 'Basic x', 'Basic x'], // Create-Session, Fragment twice, Close-Session
    );
  });

  test.each([undefined, () => ({ Authorization: 'Basic wrong' }), () => undefined])(
    'fails without the right answer',
    async (authorize) => {
      const client = scripted({ 'Create-Session': [challenge] });
      const failed = await failure(simulated(client.send, authorize === undefined ? {} : { authorize }));
      expect(failed).toEqual({ hresult: '0x80190191', context: 5, transient: false });
      expect(client.requests.length).toBeLessThanOrEqual(2);
    },
  );
});

describe('case 32: BITS-Host-Id', () => {
  const farm = (timeout?: number) => ({
    headers: {
      'bits-packet-type': 'Ack',
      'bits-protocol': PROTOCOL,
      'bits-session-id': '{1}',
      'bits-host-id': 'node7.example',
      ...(timeout === undefined ? {} : { 'bits-host-id-fallback-timeout': String(timeout) }),
    },
  });

  test('is pinged first and gets all that follows', async () => {
    const fixture = await Fixture.start();
    const { host } = new URL(fixture.server.url('/'));
    const port = host.split(':')[1]!;
    await fixture.restart({ hostId: 'localhost', hostIdFallbackTimeout: 110, host: '127.0.0.1', port: Number(port) });
    const hosts: (string | undefined)[] = [];
    await upload(fixture, { name: 'x' });
    for (const { headers } of fixture.server.packets) hosts.push(headers.host);
    expect(types(fixture)).toEqual(['Create-Session', 'Ping', 'Fragment', 'Close-Session']);
    expect(hosts).toEqual([host, ...Array<string>(3).fill(`localhost:${port}`)]);
  });

  test('out of reach: transient until the time is over, then back to the host in the URL', async () => {
    let now = 1000;
    let reachable = false;
    let session: UploadSessionState | undefined;
    const client = scripted({ 'Create-Session': [farm(60), {}] });
    const send = (request: UploadRequest) => {
      const isNode = new URL(request.url).host === 'node7.example';
      return isNode && !reachable ? Promise.reject(new Error('ECONNREFUSED')) : client.send(request);
    };
    const again = () =>
      simulated(send, { now: () => now, session, onSession: (state) => void (session = state), fragmentSize: 30_000 });
    const lost = { hresult: '0x80072efe', context: 5, transient: true };
    expect(await failure(again())).toEqual(lost);
    now = 60_999;
    expect(await failure(again())).toEqual(lost);
    expect(session).toMatchObject({ host: 'node7.example', hostLostAt: 1000 });
    now = 61_000;
    reachable = false;
    expect((await again()).stage).toBe('closed');
    expect(session).not.toHaveProperty('host');
    expect(client.requests.every(({ url }) => url === 'http://server.example/folder/file.bin')).toBe(true);
  });

  test('a success starts the time anew, and without a limit it never ends', async () => {
    let now = 0;
    let fails = 1;
    let session: UploadSessionState | undefined;
    const client = scripted({ 'Create-Session': [farm()] });
    const send = (request: UploadRequest) =>
      fails > 0 ? ((fails -= 1), Promise.reject(new Error('lost'))) : client.send(request);
    const options = { now: () => now, onSession: (state?: UploadSessionState) => void (session = state) };
    await failure(simulated(send, options)); // Create-Session: no host yet
    expect(session).toBeUndefined();
    fails = 0;
    const once = (request: UploadRequest) =>
      request.headers['BITS-Packet-Type'] === 'Ping' ? Promise.reject(new Error('lost')) : send(request);
    expect(await failure(simulated(once, options))).toMatchObject({ transient: true });
    expect(session).toMatchObject({ hostLostAt: 0 });
    now = 1e12;
    expect(await failure(simulated(once, { ...options, session }))).toMatchObject({ transient: true });
    await simulated(send, { ...options, session });
    expect(session).not.toHaveProperty('hostLostAt');
  });

  test('HTTPS with a certificate for another name', async () => {
    const fixture = await Fixture.start({ tls: { key: KEY, cert: CERTIFICATE } }).catch((error: unknown) => error);
    expect(fixture).toBeInstanceOf(Fixture);
    const { server } = fixture as Fixture;
    const url = server.url('/file.bin').replace('127.0.0.1', 'localhost');
    const trusting = { ...common, send: sender({ ca: CERTIFICATE }) };
    expect((await uploadFile({ ...trusting, url })).stage).toBe('closed');
    const wrongName = { hresult: '0x80072f06', context: 5, transient: false };
    expect(await failure(uploadFile({ ...trusting, url: server.url('/other.bin') }))).toEqual(wrongName);
    const untrusted = await failure(uploadFile({ ...common, send: sender(), url }));
    expect(untrusted).toEqual({ hresult: '0x80072f0d', context: 5, transient: false });
  });
});

test('case 34: a file without bytes is refused before anything is sent', async () => {
  const client = scripted({});
  expect(await failure(simulated(client.send, { size: 0 }))).toEqual({
    hresult: '0x80070057',
    context: 4,
    transient: false,
  });
  expect(client.requests).toEqual([]);
});

test('the local file has become shorter', async () => {
  const fixture = await Fixture.start();
  const read = () => Promise.resolve(BYTES.subarray(0, 10));
  expect(await failure(upload(fixture, { read }))).toEqual({ hresult: '0x8020001d', context: 4, transient: false });
});

test('nobody listens', async () => {
  const url = 'http://127.0.0.1:1/file.bin';
  const failed = await failure(uploadFile({ ...common, url, send: sender() }));
  expect(failed).toEqual({ hresult: '0x80072efd', context: 5, transient: true });
});

test('a server that does not answer in time', async () => {
  const fixture = await Fixture.start({ reply: () => new Promise(() => undefined) });
  const failed = await failure(upload(fixture, { send: sender({ timeout: 50 }) }));
  expect(failed).toEqual({ hresult: '0x80072ee2', context: 5, transient: true });
});

test('aborting rejects with the reason of the signal, before a packet and during one', async () => {
  const reason = new Error('enough');
  const client = scripted({});
  await expect(simulated(client.send, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(client.requests).toEqual([]);
  const fixture = await Fixture.start({ reply: () => new Promise(() => undefined) });
  const controller = new AbortController();
  const onSession = (state?: UploadSessionState) => {
    if (state !== undefined) setImmediate(() => controller.abort(reason));
  };
  await expect(upload(fixture, { onSession, signal: controller.signal })).rejects.toBe(reason);
});
