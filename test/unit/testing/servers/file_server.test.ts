import fs from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {
  Tokens,
  basicAccess,
  bearerAccess,
  createFileServer,
  generatedBytes,
  headerAccess,
} from '../../../../lib/testing/servers';
import type { FileFault, FileServer, FileServerOptions } from '../../../../lib/testing/servers';
import type { Clock } from '../../../../lib/host';
import { RawClient } from './raw_client';

const DIGITS = '0123456789';

const servers: FileServer[] = [];
async function serve(options: FileServerOptions = {}): Promise<FileServer> {
  const server = await createFileServer({ files: { '/a.txt': DIGITS }, ...options });
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const get = (server: FileServer, headers: Record<string, string> = {}, method = 'GET', at = '/a.txt') =>
  fetch(server.url(at), { headers, method, redirect: 'manual' });

/** The body as far as it arrives, and whether it arrived whole. */
async function received(response: Response): Promise<{ readonly text: string; readonly whole: boolean }> {
  let text = '';
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      text += Buffer.from(chunk).toString();
    return { text, whole: true };
  } catch {
    return { text, whole: false };
  }
}

describe('answers', () => {
  test('HEAD and GET: the same head, with what BITS needs', async () => {
    const server = await serve();
    const [head, whole] = [await get(server, {}, 'HEAD'), await get(server)];
    for (const { status, headers } of [head, whole]) {
      expect(status).toBe(200);
      expect(headers.get('content-length')).toBe('10');
      expect(headers.get('accept-ranges')).toBe('bytes');
      expect(headers.get('etag')).toMatch(/^"[0-9a-f]{16}"$/);
      expect(headers.get('last-modified')).toMatch(/ GMT$/);
    }
    expect([await head.text(), await whole.text()]).toEqual(['', DIGITS]);
    expect(head.headers.get('etag')).toBe(whole.headers.get('etag'));
  });

  test.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=8-', '89', 'bytes 8-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=5-100', '56789', 'bytes 5-9/10'],
    ['bytes=-100', DIGITS, 'bytes 0-9/10'],
  ])('%s', async (range, text, told) => {
    const response = await get(await serve(), { range });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(told);
    expect(response.headers.get('content-length')).toBe(String(text.length));
    expect(await response.text()).toBe(text);
  });

  test.each(['bytes=5-4', 'bytes=a-b', 'items=0-1', 'bytes='])('%s is ignored', async (range) => {
    const response = await get(await serve(), { range });
    expect([response.status, await response.text()]).toEqual([200, DIGITS]);
  });

  test('a range that does not exist is refused with the size', async () => {
    const response = await get(await serve(), { range: 'bytes=10-' });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */10']);
  });

  test('several ranges at once, within the limits of BITS', async () => {
    const response = await get(await serve(), { range: 'bytes=0-1, 5-6,-1' });
    expect(response.status).toBe(206);
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(response.headers.get('content-type')!)![1]!;
    const body = await response.text();
    expect(response.headers.get('content-length')).toBe(String(body.length));
    expect(response.headers.has('content-range')).toBe(false);
    expect(body.startsWith(`--${boundary}\r\n`)).toBe(true); // not more than two line ends may be in front
    const parts = body.split(`--${boundary}`).slice(1, -1);
    expect(parts.map((part) => part.split('\r\n\r\n')[1]!.trim())).toEqual(['01', '56', '9']);
    const heads = parts.map((part) => part.split('\r\n\r\n')[0]!);
    expect(heads.map((head) => /Content-Range: (.*)/.exec(head)![1])).toEqual([
      'bytes 0-1/10',
      'bytes 5-6/10',
      'bytes 9-9/10',
    ]);
    for (const head of heads) expect(head.length).toBeLessThan(180);
    expect(body.endsWith(`\r\n--${boundary}--\r\n`)).toBe(true);
  });

  test('conditions', async () => {
    const server = await serve();
    const { headers } = await get(server);
    const [tag, modified] = [headers.get('etag')!, headers.get('last-modified')!];
    const earlier = new Date(Date.parse(modified) - 1000).toUTCString();
    const status = async (more: Record<string, string>) => (await get(server, { range: 'bytes=0-1', ...more })).status;
    expect(await status({ 'if-range': tag })).toBe(206);
    expect(await status({ 'if-range': modified })).toBe(206);
    expect(await status({ 'if-range': '"other"' })).toBe(200);
    expect(await status({ 'if-range': earlier })).toBe(200);
    expect(await status({ 'if-unmodified-since': modified })).toBe(206);
    expect(await status({ 'if-unmodified-since': earlier })).toBe(412);
    expect(await status({ 'if-unmodified-since': 'yesterday' })).toBe(206);
    expect(await status({ 'if-match': `"other", ${tag}` })).toBe(206);
    expect(await status({ 'if-match': '*' })).toBe(206);
    expect(await status({ 'if-match': '"other"' })).toBe(412);
    expect(await status({ 'if-none-match': `W/${tag}` })).toBe(304);
    expect(await status({ 'if-none-match': '"other"' })).toBe(206);
    expect(await status({ 'if-modified-since': modified })).toBe(304);
    expect(await status({ 'if-modified-since': earlier })).toBe(206);
  });

  test('validators: weak, own, none; the same for the same content', async () => {
    const server = await serve();
    const strong = (await get(server)).headers.get('etag')!;
    server.put('/a.txt', { content: Buffer.from(DIGITS), etag: 'weak', lastModified: new Date(0) });
    const weak = await get(server, { range: 'bytes=0-1', 'if-range': `W/${strong}` });
    expect([weak.status, weak.headers.get('etag')]).toEqual([200, `W/${strong}`]); // a weak tag is none for If-Range
    expect(weak.headers.get('last-modified')).toBe('Thu, 01 Jan 1970 00:00:00 GMT');
    server.put('/a.txt', { content: DIGITS, etag: '"mine"', lastModified: false });
    expect((await get(server, { range: 'bytes=0-1', 'if-range': '"mine"' })).status).toBe(206);
    server.put('/a.txt', { content: DIGITS, etag: false, lastModified: false });
    const { headers } = await get(server);
    expect([headers.has('etag'), headers.has('last-modified')]).toEqual([false, false]);
    server.put('/a.txt', `${DIGITS}!`);
    expect((await get(server)).headers.get('etag')).not.toBe(strong);
  });

  test('content: generated, on disk, in a folder, missing, empty', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-files-'));
    fs.writeFileSync(path.join(folder, 'b c.txt'), 'on disk');
    const size = 2 ** 40;
    const files = { '/huge': { size, seed: 7 }, '/d.txt': { file: path.join(folder, 'b c.txt') }, '/empty': '' };
    const server = await serve({ folder, files });
    const huge = await get(server, { range: `bytes=${size - 5}-` }, 'GET', '/huge');
    expect(Buffer.from(await huge.arrayBuffer()).equals(generatedBytes({ size, seed: 7 }, size - 5))).toBe(true);
    expect(huge.headers.get('content-range')).toBe(`bytes ${size - 5}-${size - 1}/${size}`);
    for (const at of ['/d.txt', '/b%20c.txt']) expect(await (await get(server, {}, 'GET', at)).text()).toBe('on disk');
    for (const at of ['/no.txt', '/%2e%2e/x', '/', '/.']) expect((await get(server, {}, 'GET', at)).status).toBe(404);
    const empty = await get(server, {}, 'GET', '/empty');
    expect([empty.status, empty.headers.get('content-length'), await empty.text()]).toEqual([200, '0', '']);
    expect((await get(server, {}, 'DELETE', '/d.txt')).status).toBe(405);
    fs.rmSync(folder, { recursive: true });
  });

  test('redirects and chains of them', async () => {
    const server = await serve();
    server.redirect('/one', ['/two', '/three', '/a.txt'], 307);
    const response = await fetch(server.url('/one'));
    expect([response.url, await response.text()]).toEqual([server.url('/a.txt'), DIGITS]);
    expect(server.requests.map(({ path: at, status }) => [at, status])).toEqual([
      ['/one', 307],
      ['/two', 307],
      ['/three', 307],
      ['/a.txt', 200],
    ]);
    server.remove('/two');
    expect((await fetch(server.url('/one'))).status).toBe(404);
    server.put('/one', 'a file again');
    expect(await (await fetch(server.url('/one'))).text()).toBe('a file again');
  });

  test('the handler can be mounted', async () => {
    const files = await createFileServer({ files: { '/a.txt': DIGITS }, listen: false });
    expect(() => files.url('/a.txt')).toThrow('listen');
    const server = http.createServer((request, response) =>
      files.handler(request, response, () => response.writeHead(418).end()),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const at = (name: string) => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${name}`);
    expect(await (await at('/a.txt')).text()).toBe(DIGITS);
    expect((await at('/b.txt')).status).toBe(418);
    expect(files.count()).toBe(1);
    await files.close();
    server.close();
    server.closeAllConnections();
  });
});

describe('access', () => {
  const status = async (server: FileServer, headers: Record<string, string>) => (await get(server, headers)).status;

  test('Basic', async () => {
    const server = await serve({ access: basicAccess('user', 'pass:word', 'files') });
    const response = await get(server);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="files"']);
    const credentials = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    expect(await status(server, credentials('user:wrong'))).toBe(401);
    expect(await status(server, credentials('user:pass:word'))).toBe(200);
  });

  test('tokens that expire and can be revoked', async () => {
    let now = 0;
    const tokens = new Tokens(() => now);
    const server = await serve({ files: { '/a.txt': { content: DIGITS, access: bearerAccess(tokens) } } });
    const [one, two] = [tokens.issue(1000), tokens.issue()];
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    expect((await get(server)).headers.get('www-authenticate')).toBe('Bearer');
    expect([await status(server, bearer(one)), await status(server, bearer(two))]).toEqual([200, 200]);
    now = 1000;
    expect((await get(server, bearer(one))).headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(await status(server, bearer(two))).toBe(200);
    tokens.revoke(two);
    expect(await status(server, bearer(two))).toBe(401);
  });

  test('headers', async () => {
    const server = await serve({ access: headerAccess({ 'X-Key': 'abc' }) });
    expect([await status(server, {}), await status(server, { 'x-key': 'abc' })]).toEqual([403, 200]);
  });
});

describe('faults', () => {
  test('cut after some bytes, once, twice, and always', async () => {
    const server = await serve();
    const once = server.fail('/a.txt', { cutAfter: 4 });
    expect(await received(await get(server))).toEqual({ text: '0123', whole: false });
    expect(await received(await get(server, { range: 'bytes=4-' }))).toEqual({ text: '456789', whole: true });
    expect([once.struck, server.unusedFaults]).toEqual([1, []]);
    server.fail('/a.txt', { cutAfter: 0 }, 2);
    for (let i = 0; i < 2; i += 1) expect(await received(await get(server))).toEqual({ text: '', whole: false });
    expect((await received(await get(server))).whole).toBe(true);
    const always = server.fail('*', { cutAfter: 1 }, Infinity);
    for (let i = 0; i < 3; i += 1) expect(await received(await get(server))).toEqual({ text: '0', whole: false });
    always.remove();
    expect((await received(await get(server))).whole).toBe(true);
    for (const times of [0, -1, 1.5, NaN]) expect(() => server.fail('*', {}, times)).toThrow(RangeError);
  });

  test('stall after some bytes, until it is hung up', async () => {
    const server = await serve();
    server.fail('/a.txt', { stallAfter: 4 });
    const reader = (await get(server)).body!.getReader();
    expect(Buffer.from((await reader.read()).value).toString()).toBe('0123');
    const next = reader.read();
    await expect(Promise.race([next, new Promise((resolve) => setImmediate(resolve, 'nothing'))])).resolves.toBe(
      'nothing',
    );
    server.hangUp('/other.txt');
    server.hangUp('/a.txt');
    await expect(next).rejects.toThrow();
    expect(server.sent('/a.txt').total).toBe(4);
  });

  test('silent: the request arrives, and no answer comes; and dropped', async () => {
    const server = await serve();
    server.fail('/a.txt', { silent: true });
    const answer = get(server);
    while (server.count() === 0) await new Promise(setImmediate);
    server.disconnect();
    await expect(answer).rejects.toThrow();
    server.fail('/a.txt', { drop: true });
    await expect(get(server)).rejects.toThrow();
    expect(server.requests.map(({ status }) => status)).toEqual([undefined, undefined]);
    expect((await get(server)).status).toBe(200);
  });

  test('any status, with Retry-After', async () => {
    const server = await serve();
    server.fail('/a.txt', { status: 503, retryAfter: 120, headers: { 'X-Why': 'tests' } });
    server.fail('/a.txt', { status: 429, retryAfter: new Date(0) });
    const first = await get(server);
    expect([first.status, first.headers.get('retry-after'), first.headers.get('x-why')]).toEqual([503, '120', 'tests']);
    const second = await get(server);
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, 'Thu, 01 Jan 1970 00:00:00 GMT']);
  });

  test.each<[string, FileFault, Record<string, string>, Record<string, string | null>]>([
    ['no Content-Length', { omitLength: true }, {}, { 'content-length': null, 'accept-ranges': null }],
    ['a wrong encoding', { contentEncoding: 'x-nonsense' }, {}, { 'content-encoding': 'x-nonsense' }],
    ['a wrong range', { wrongRange: 1 }, { range: 'bytes=0-3' }, { 'content-range': 'bytes 1-4/10' }],
    ['a wrong total', { wrongTotal: -2 }, { range: 'bytes=0-3' }, { 'content-range': 'bytes 0-3/8' }],
    [
      'ranges ignored',
      { ignoreRanges: true },
      { range: 'bytes=0-3' },
      { 'content-length': '10', 'accept-ranges': null },
    ],
  ])('lies: %s', async (_, fault, headers, told) => {
    const server = await serve();
    server.fail('/a.txt', fault);
    const response = await get(server, headers);
    const found = Object.keys(told).map((name) => [name, response.headers.get(name)]);
    expect(Object.fromEntries(found)).toEqual(told);
    expect(await response.text()).toBe('content-range' in told ? '0123' : DIGITS);
  });

  test('lies: a wrong length, in both directions', async () => {
    const server = await serve();
    const raw = async (wrongLength: number) => {
      server.fail('/a.txt', { wrongLength });
      const client = await RawClient.connect(server.url('/'));
      let text = '';
      client.socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      client.write(Buffer.from('GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n'));
      await once(client.socket, 'close');
      return [/Content-Length: (\d+)/.exec(text)![1], text.split('\r\n\r\n')[1]];
    };
    expect(await raw(5)).toEqual(['15', DIGITS]);
    expect(await raw(-5)).toEqual(['5', DIGITS]);
  });

  test('HEAD refused, GET not', async () => {
    const server = await serve();
    server.fail('/a.txt', { method: 'HEAD', status: 405 }, Infinity);
    expect([(await get(server)).status, (await get(server, {}, 'HEAD')).status]).toEqual([200, 405]);
  });

  test('the content changes in the middle of an answer', async () => {
    const server = await serve();
    const before = (await get(server)).headers.get('etag');
    server.fail('/a.txt', { change: { after: 4, content: 'abcdefghij' } });
    const response = await get(server);
    expect(response.headers.get('etag')).toBe(before);
    expect(await response.text()).toBe('0123efghij');
    const after = await get(server, { range: 'bytes=4-', 'if-range': before! });
    expect([after.status, await after.text()]).toEqual([200, 'abcdefghij']);
    server.fail('/a.txt', { change: { after: 4, content: 'short' } });
    expect(await received(await get(server))).toEqual({ text: 'abcdt', whole: false });
  });
});

test('throttled: pauses so that so many bytes a second are sent', async () => {
  let now = 0;
  const pauses: number[] = [];
  const after = (ms: number, work: () => void) => {
    pauses.push(ms);
    now += ms;
    setImmediate(work);
    return { cancel() {}, ref() {}, unref() {} };
  };
  const clock = { now: () => now, after } as unknown as Clock;
  const server = await serve({ clock, bytesPerSecond: 2000, files: { '/a.txt': { size: 1000 } } });
  const body = await (await get(server)).arrayBuffer();
  expect(body.byteLength).toBe(1000);
  expect(now).toBe(500);
  expect(pauses).toEqual(Array(10).fill(50));
});

test('counts requests and bytes, and distinct bytes', async () => {
  const server = await serve();
  for (const range of ['bytes=0-3', 'bytes=2-5', 'bytes=8-9,0-0', 'bytes=6-7']) {
    await (await get(server, { range, 'x-own': '1' })).text();
  }
  expect(server.sent('/a.txt')).toEqual({ total: 13, distinct: 10 });
  expect(server.sent('/other')).toEqual({ total: 0, distinct: 0 });
  await get(server, {}, 'HEAD', '/a.txt?query=1');
  await get(server, {}, 'GET', '/none');
  expect(server.count()).toBe(6);
  expect(server.count({ method: 'HEAD' })).toBe(1);
  expect(server.count({ path: '/a.txt' })).toBe(5);
  expect(server.count({ method: 'GET', path: '/none' })).toBe(1);
  expect(server.requests[0]).toMatchObject({
    method: 'GET',
    status: 206,
    headers: { range: 'bytes=0-3', 'x-own': '1' },
  });
  expect(server.requests[4]).toMatchObject({ path: '/a.txt', url: '/a.txt?query=1' });
  server.forget();
  expect([server.count(), server.sent('/a.txt').total]).toEqual([0, 0]);
});
