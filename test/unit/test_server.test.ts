import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { FileServer } from '../support/server';

const ROOT = path.resolve(__dirname, '../..');
const FOLDERS = ['test', 'examples', 'tools', 'bench', 'testbed', 'docs'];

test('every program of tests, examples and tools uses the one server', () => {
  const programs = FOLDERS.flatMap(
    (folder) =>
      fs
        .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.([cm]?[jt]s|html|md)$/.test(name) && !/node_modules|\.cache/.test(name))
        .map((name) => path.join(folder, name).replaceAll('\\', '/'))
        .filter((name) => !/^test\/unit\/testing\/(?:servers\/|transport\/|end_to_end)/.test(name)), // servers are what these are about
  );
  const own = programs.filter((file) =>
    /\bcreateServer\b|\bnew (http\.)?Server\b/.test(fs.readFileSync(path.join(ROOT, file), 'utf8')),
  );
  expect(own.sort()).toEqual(['test/support/server.js']);
});

describe('the server of the tests answers as BITS wants', () => {
  const body = randomBytes(5000);
  let server: FileServer;
  beforeAll(async () => {
    server = await FileServer.start();
    server.files.set('/file', { body });
    server.files.set('/same', { body: Buffer.from(body) });
    server.files.set('/other', { body: randomBytes(5000) });
    server.files.set('/unsized', { body, unsized: true });
    server.files.set('/whole', { body, ranges: false });
    server.files.set('/503', { status: 503 });
    server.files.set('/moved', { redirect: server.url('/file') });
  });
  afterAll(() => server.stop());

  interface Answer {
    status: number | undefined;
    headers: http.IncomingHttpHeaders;
    body: Buffer;
  }
  /** Not fetch(), which hides the Content-Length of some answers and keeps connections open. */
  const ask = (method: string, name: string, headers: http.OutgoingHttpHeaders = {}) =>
    new Promise<Answer>((resolve, reject) => {
      http
        .request(server.url(name), { method, headers, agent: false }, (response) => {
          const pieces: Buffer[] = [];
          response
            .on('data', (piece: Buffer) => pieces.push(piece))
            .on('error', reject)
            .on('end', () => {
              resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) });
            });
        })
        .on('error', reject)
        .end();
    });

  test('HEAD: the size, and that there are ranges', async () => {
    const answer = await ask('HEAD', '/file', { Range: 'bytes=0-9' });
    expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '5000', 'accept-ranges': 'bytes' } });
    expect(answer.headers['content-range']).toBeUndefined();
    expect(answer.body).toHaveLength(0);
  });

  test('GET: all of it, with its length', async () => {
    const answer = await ask('GET', '/file');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '5000' } });
    expect(answer.body.equals(body)).toBe(true);
  });

  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=100-199', 100, 200],
    ['bytes=4000-', 4000, 5000],
    ['bytes=4990-9999', 4990, 5000],
    ['bytes=-10', 4990, 5000],
    ['bytes=-9999', 0, 5000],
  ])('GET %s: that part, with its place', async (range, start, end) => {
    const answer = await ask('GET', '/file', { Range: range });
    expect(answer).toMatchObject({
      status: 206,
      headers: { 'content-length': String(end - start), 'content-range': `bytes ${start}-${end - 1}/5000` },
    });
    expect(answer.body.equals(body.subarray(start, end))).toBe(true);
  });

  test('several ranges: in parts, whose headers are short', async () => {
    const { status, headers, body: got } = await ask('GET', '/file', { Range: 'bytes=10-19, 4000-4004' });
    expect(status).toBe(206);
    expect(headers['content-length']).toBe(String(got.length));
    const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(headers['content-type'] ?? '')?.[1];
    const [before, ...parts] = got.toString('latin1').split(`--${String(boundary)}`);
    expect(before).toBe('');
    expect(parts.pop()).toBe('--\r\n');
    const found = parts.map((part) => part.split('\r\n\r\n'));
    expect(found.map(([head]) => /Content-Range: (.*)/.exec(head ?? '')?.[1])).toEqual([
      'bytes 10-19/5000',
      'bytes 4000-4004/5000',
    ]);
    expect(parts.map((part) => part.slice(part.indexOf('\r\n\r\n') + 4, -2))).toEqual(
      [body.subarray(10, 20), body.subarray(4000, 4005)].map((bytes) => bytes.toString('latin1')),
    );
    for (const [head = ''] of found) expect(head.length).toBeLessThan(180);
  });

  test('a range that does not exist is refused with the size', async () => {
    expect(await ask('GET', '/file', { Range: 'bytes=5000-' })).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */5000', 'content-length': '0' },
    });
  });

  test('a malformed range is ignored', async () => {
    for (const range of ['lines=1-2', 'bytes=', 'bytes=a-b'])
      expect((await ask('GET', '/file', { Range: range })).status).toBe(200);
  });

  test('the validators are those of the content', async () => {
    const validators = async (name: string) => {
      const { headers } = await ask('HEAD', name);
      expect(headers['etag']).toMatch(/^"\w+"$/);
      expect(new Date(headers['last-modified'] ?? '').toUTCString()).toBe(headers['last-modified']);
      return [headers['etag'], headers['last-modified']];
    };
    const [one, again, same, other] = [
      await validators('/file'),
      await validators('/file'),
      await validators('/same'),
      await validators('/other'),
    ];
    expect([again, same]).toEqual([one, one]);
    expect(other[0]).not.toBe(one[0]);
    expect(other[1]).not.toBe(one[1]);
  });

  test('a range of another version is not given', async () => {
    const { headers } = await ask('HEAD', '/file');
    const part = { Range: 'bytes=1-2' };
    for (const current of [headers['etag'], headers['last-modified']]) {
      expect(await ask('GET', '/file', { ...part, 'If-Range': current })).toMatchObject({ status: 206 });
      expect(await ask('GET', '/other', { ...part, 'If-Range': current })).toMatchObject({ status: 200 });
    }
    expect(await ask('GET', '/file', { ...part, 'If-Match': headers['etag'] })).toMatchObject({ status: 206 });
    expect(await ask('GET', '/other', { ...part, 'If-Match': headers['etag'] })).toMatchObject({ status: 412 });
    expect(await ask('GET', '/file', { ...part, 'If-Unmodified-Since': headers['last-modified'] })).toMatchObject({
      status: 206,
    });
    const before = new Date(Date.parse(headers['last-modified'] ?? '') - 1000).toUTCString();
    expect(await ask('GET', '/file', { ...part, 'If-Unmodified-Since': before })).toMatchObject({ status: 412 });
  });

  test('as a test configures it: no length, no ranges, an error', async () => {
    const unsized = await ask('HEAD', '/unsized');
    expect(unsized.status).toBe(200);
    expect(unsized.headers['content-length']).toBeUndefined();
    expect(unsized.headers['accept-ranges']).toBeUndefined();
    expect(await ask('GET', '/whole', { Range: 'bytes=0-9' })).toMatchObject({
      status: 200,
      headers: { 'content-length': '5000' },
    });
    expect(await ask('GET', '/503')).toMatchObject({ status: 503, headers: { 'content-length': '0' } });
    expect(await ask('GET', '/moved')).toMatchObject({ status: 302, headers: { location: server.url('/file') } });
    expect(await ask('GET', '/none')).toMatchObject({ status: 404 });
    expect(await ask('BITS_POST', '/file').catch(() => ({ status: 400 }))).not.toMatchObject({ status: 200 });
  });

  test('counts the bytes that it sent, and those that it sent twice', async () => {
    server.files.set('/counted', { body });
    for (const range of ['bytes=0-99', 'bytes=50-149', 'bytes=1000-1009'])
      await ask('GET', '/counted', { Range: range });
    await ask('HEAD', '/counted');
    expect(server.fetched('/counted')).toEqual({ total: 210, distinct: 160 });
  });
});
