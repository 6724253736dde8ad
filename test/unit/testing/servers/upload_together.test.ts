import fs from 'node:fs';
import path from 'node:path';
import { basicAccess } from '../../../../lib/testing/servers';
import type { UploadAccess, UploadedFile } from '../../../../lib/testing/servers';
import { RawClient, fragment, packet } from './raw_client';
import { Fixture, UNKNOWN_SESSION, seen } from './upload_fixture';

// Cases 28 to 31 of the BITS upload protocol: several uploads at once, how they end, replies, log-on.

describe('case 28: at the same time', () => {
  test('two uploads to two URLs', async () => {
    const fixture = await Fixture.start();
    const other = await RawClient.connect(fixture.server.url('/'));
    const a = await fixture.create({ path: '/a' });
    const { headers } = await other.send(packet('Create-Session', { path: '/b' }));
    const b = headers['bits-session-id']!;
    for (const at of [0, 1, 2]) {
      fixture.client.write(fragment(a, Buffer.from('a'), at, 3, { path: '/a' }));
      other.write(fragment(b, Buffer.from('b'), at, 3, { path: '/b' }));
      expect((await fixture.client.answer())?.status).toBe(200);
      expect((await other.answer())?.status).toBe(200);
    }
    await fixture.send('Close-Session', { session: a, path: '/a' });
    await other.send(packet('Close-Session', { session: b, path: '/b' }));
    await other.close();
    expect([fixture.read('a'), fixture.read('b')].map(String)).toEqual(['aaa', 'bbb']);
  });

  test('two uploads to one URL: the last one to close wins, and nothing is mixed', async () => {
    const fixture = await Fixture.start({ overwrite: true });
    const [a, b] = [await fixture.create(), await fixture.create()];
    await fixture.fragment(a, 'aa', 0, 4);
    await fixture.fragment(b, 'bb', 0, 4);
    await fixture.fragment(a, 'aa', 2, 4);
    await fixture.fragment(b, 'bb', 2, 4);
    await fixture.send('Close-Session', { session: b });
    expect(fixture.read().toString()).toBe('bbbb');
    await fixture.send('Close-Session', { session: a });
    expect(fixture.read().toString()).toBe('aaaa');
  });

  test('two connections in one session: the newer one breaks the older one off, and no byte is lost', async () => {
    const fixture = await Fixture.start();
    const session = await fixture.create();
    const whole = fragment(session, Buffer.from('abcdefgh'), 0, 8);
    const older = await RawClient.connect(fixture.server.url('/'));
    older.write(whole.subarray(0, whole.length - 4)); // and then the line is dead
    const { next } = seen(await untilReceived(fixture, session)) as { next?: number };
    expect(next).toBe(4);
    expect(await older.answer()).toBeUndefined();
    expect(seen(await fixture.fragment(session, 'abcdefgh', 0, 8))).toEqual({ status: 200, next: 8 });
    await fixture.send('Close-Session', { session });
    expect(fixture.read().toString()).toBe('abcdefgh');
  });

  test('ten connections send the same fragment', async () => {
    const fixture = await Fixture.start();
    const session = await fixture.create();
    const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.connect(fixture.server.url('/'))));
    for (const client of clients) client.write(fragment(session, Buffer.from('abcdefgh'), 0, 8));
    const answers = await Promise.all(clients.map((client) => client.answer()));
    expect(answers.some((answer) => answer !== undefined && seen(answer).status === 200)).toBe(true);
    await Promise.all(clients.map((client) => client.close()));
    await fixture.send('Close-Session', { session });
    expect(fixture.read().toString()).toBe('abcdefgh');
  });
});

describe('case 29: the end', () => {
  test('Cancel-Session in the middle leaves nothing', async () => {
    const fixture = await Fixture.start();
    const session = await fixture.create();
    await fixture.fragment(session, 'abc', 0, 6);
    expect((await fixture.send('Cancel-Session', { session })).status).toBe(200);
    expect([...fixture.temporary, ...fixture.published]).toEqual([]);
    expect(seen(await fixture.fragment(session, 'def', 3, 6))).toEqual(UNKNOWN_SESSION);
  });

  test('Close-Session before the end publishes nothing', async () => {
    const fixture = await Fixture.start();
    const session = await fixture.create();
    await fixture.fragment(session, 'abc', 0, 6);
    for (let i = 0; i < 2; i += 1) expect((await fixture.send('Close-Session', { session })).status).toBe(200);
    expect([...fixture.temporary, ...fixture.published]).toEqual([]);
  });

  test('Cancel-Session after the last fragment gives up the reply only', async () => {
    const fixture = await Fixture.start({ reply: () => 'thanks' });
    const session = await fixture.create();
    await fixture.fragment(session, 'abc', 0, 3);
    expect((await fixture.send('Cancel-Session', { session })).status).toBe(200);
    expect(fixture.read().toString()).toBe('abc');
    expect(fixture.temporary).toEqual([]);
  });

  test('the owner of the server is told what has been published', async () => {
    const uploads: UploadedFile[] = [];
    const fixture = await Fixture.start({ onUpload: (upload) => void uploads.push(upload) });
    await fixture.upload('abc', { path: '/a%20b.txt?x=1' });
    const file = path.join(fs.realpathSync(fixture.folder), 'a b.txt');
    expect(uploads).toMatchObject([{ path: '/a b.txt', url: '/a%20b.txt?x=1', file, size: 3 }]);
  });
});

describe('case 30: replies', () => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    packet('', { verb: 'GET', path, headers: { 'BITS-Packet-Type': null, ...headers } });

  test.each([
    ['absolute', /^http:\/\/localhost\/BITS-Sessions\/Replies\/[0-9a-f-]{36}\/reply$/],
    ['relative', /^BITS-Sessions\/Replies\/[0-9a-f-]{36}\/reply$/],
    ['backslashes', /^BITS-Sessions\\Replies\\\{[0-9a-f-]{36}\}\\reply$/],
  ] as const)('with a URL in the form %s', async (replyUrl, pattern) => {
    const reply = ({ file, size }: UploadedFile) => `${size} bytes: ${fs.readFileSync(file, 'utf8')}`;
    const fixture = await Fixture.start({ reply, replyUrl });
    const session = await fixture.create();
    const { headers } = await fixture.fragment(session, 'abcd', 0, 6);
    expect(headers).not.toHaveProperty('bits-reply-url');
    const url = (await fixture.fragment(session, 'ef', 4, 6)).headers['bits-reply-url']!;
    expect(url).toMatch(pattern);
    // The acknowledgement was lost: the same again.
    expect((await fixture.fragment(session, 'ef', 4, 6)).headers['bits-reply-url']).toBe(url);

    const { pathname } = new URL(url.replaceAll('\\', '/'), 'http://localhost/file.bin');
    const head = await fixture.client.send(get(pathname));
    expect(head).toMatchObject({ status: 200, headers: { 'accept-ranges': 'bytes', 'content-length': '15' } });
    expect(head.headers).toHaveProperty('last-modified');
    const part = await fixture.client.send(get(pathname, { Range: 'bytes=9-', 'Accept-Encoding': 'identity' }));
    expect(part).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 9-14/15' } });
    expect(part.body.toString()).toBe('abcdef');

    await fixture.restart({ reply, replyUrl });
    expect((await fixture.client.send(get(pathname))).body.toString()).toBe('6 bytes: abcdef');
    await fixture.send('Close-Session', { session });
    expect((await fixture.client.send(get(pathname))).status).toBe(404);
    expect(fixture.temporary).toEqual([]);
    expect(fixture.read().toString()).toBe('abcdef');
  });

  test('none', async () => {
    const fixture = await Fixture.start({ reply: () => undefined });
    const session = await fixture.create();
    const answer = await fixture.fragment(session, 'abc', 0, 3);
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('bits-reply-url');
  });

  test('elsewhere, or too far away', async () => {
    let url = 'https://other.example/reply.txt';
    const fixture = await Fixture.start({ reply: () => ({ url }) });
    const session = await fixture.create();
    expect((await fixture.fragment(session, 'abc', 0, 3)).headers['bits-reply-url']).toBe(url);
    url += 'x'.repeat(2200);
    const other = await fixture.create({ path: '/other' });
    const answer = await fixture.fragment(other, 'abc', 0, 3, { path: '/other' });
    expect(seen(answer)).toEqual({ status: 400, code: '0x80070057', context: '0x7' });
  });

  test('later than the client waits: 408, and the repeated fragment gets it', async () => {
    let answer = (_: string) => {};
    let asked = 0;
    const reply = () => {
      asked += 1;
      return new Promise<string>((resolve) => (answer = resolve));
    };
    const fixture = await Fixture.start({ reply, replyTimeout: 20 });
    const session = await fixture.create();
    const late = { status: 408, code: '0x80070112', context: '0x7' };
    expect(seen(await fixture.fragment(session, 'abc', 0, 3))).toEqual(late);
    expect(seen(await fixture.fragment(session, 'abc', 0, 3))).toEqual(late);
    answer('at last');
    const last = await fixture.fragment(session, 'abc', 0, 3);
    expect(last.headers).toHaveProperty('bits-reply-url');
    expect(asked).toBe(1);
  });

  test('refused by the application, which is asked again', async () => {
    const answers = [{ status: 403, hresult: 0x80070005 }, new Error('broken'), 'yes'];
    const reply = () => {
      const next = answers.shift()!;
      if (next instanceof Error) throw next;
      return next;
    };
    const fixture = await Fixture.start({ reply });
    const session = await fixture.create();
    const send = () => fixture.fragment(session, 'abc', 0, 3);
    expect(seen(await send())).toEqual({ status: 403, code: '0x80070005', context: '0x7' });
    expect(seen(await send())).toEqual({ status: 500, context: '0x7' });
    expect((await send()).headers).toHaveProperty('bits-reply-url');
  });
});

describe('case 31: log-on', () => {
  const authorization = (password: string) => ({
    Authorization: `Basic ${Buffer.from(`user:${password}`).toString('base64')}`,
  });

  test('401 on the first packets, then packets of a known session unchallenged', async () => {
    const basic = basicAccess('user', 'secret');
    const access: UploadAccess = (request, { knownSession }) => knownSession || basic(request);
    const fixture = await Fixture.start({ access });
    const challenged = await fixture.send('Ping');
    expect(challenged).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm="test"' } });
    expect((await fixture.send('Ping', { headers: authorization('wrong') })).status).toBe(401);
    expect((await fixture.send('Create-Session', { headers: authorization('wrong') })).status).toBe(401);
    expect((await fixture.send('Ping', { headers: authorization('secret') })).status).toBe(200);
    const session = await fixture.create({ headers: authorization('secret') });
    expect((await fixture.fragment(session, 'abc', 0, 3)).status).toBe(200);
    expect((await fixture.send('Close-Session', { session })).status).toBe(200);
    expect((await fixture.send('Ping', { session: '{nobody}' })).status).toBe(401);
  });

  test('a challenge on a fragment costs its body, but not its connection', async () => {
    const fixture = await Fixture.start({
      access: (request, { packet: type }) => type !== 'Fragment' || basicAccess('user', 'secret')(request),
    });
    const session = await fixture.create();
    const bytes = Buffer.alloc(300_000, 'x');
    const { socket } = fixture.client;
    expect((await fixture.fragment(session, bytes, 0, bytes.length)).status).toBe(401);
    const answer = await fixture.fragment(session, bytes, 0, bytes.length, { headers: authorization('secret') });
    expect(seen(answer)).toEqual({ status: 200, next: bytes.length });
    expect(socket.destroyed).toBe(false);
  });
});

/** Pings until the server has read what the other connection has sent: each ping breaks that one off. */
async function untilReceived(fixture: Fixture, session: string) {
  const part = path.join(fixture.folder, '.bits-uploads', `${session.slice(1, -1)}.part`);
  while (!fs.existsSync(part) || fs.statSync(part).size === 0) await new Promise(setImmediate);
  return fixture.send('Ping', { session });
}
