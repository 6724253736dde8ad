import http from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import { acceptBitsPost, createUploadServer, generatedBytes } from '../../../../lib/testing/servers';
import { RawClient, fragment, packet } from './raw_client';
import { Fixture, MALFORMED, seen } from './upload_fixture';

// Cases 1 to 7 and 33 of the BITS upload protocol: whole uploads, and how their bytes are cut up on the way.

const BYTES = generatedBytes({ size: 100_000, seed: 1 });

async function uploadInPieces(fixture: Fixture, bytes: Buffer, size: number): Promise<void> {
  const session = await fixture.create();
  for (let start = 0; start < bytes.length; start += size) {
    const piece = bytes.subarray(start, start + size);
    const answer = await fixture.fragment(session, piece, start, bytes.length);
    expect(seen(answer)).toEqual({ status: 200, next: start + piece.length });
  }
  expect((await fixture.send('Close-Session', { session })).status).toBe(200);
  expect(fixture.read().equals(bytes)).toBe(true);
}

test.each([
  ['no options', undefined, 'options'],
  ['no folder', {}, 'options.folder'],
  ['a folder that is no text', { folder: 5 }, 'options.folder'],
  ['an empty folder', { folder: '' }, 'options.folder'],
])('%s: the error names what is wrong', async (_, options, argument) => {
  const creating = createUploadServer(options as unknown as Parameters<typeof createUploadServer>[0]);
  await expect(creating).rejects.toMatchObject({ name: 'TypeError', argument });
});

test('case 1: one fragment, bytes and name as sent', async () => {
  const fixture = await Fixture.start();
  await fixture.upload(BYTES, { path: '/Bericht%20%C3%BC%2Bx.pdf' });
  expect(fixture.published).toEqual(['Bericht ü+x.pdf']);
  expect(fixture.read('Bericht ü+x.pdf').equals(BYTES)).toBe(true);
  expect(fixture.temporary).toEqual([]);
});

test.each([
  ['with a rest', 30_000],
  ['an exact multiple', 25_000],
  ['single bytes', 1],
])('case 2: many fragments, %s', async (_, size) => {
  const fixture = await Fixture.start();
  await uploadInPieces(fixture, size === 1 ? BYTES.subarray(0, 50) : BYTES, size);
});

test('case 3: a slow fragment of 13 MB outlasts a limit on requests, or goes on after it', async () => {
  const bytes = generatedBytes({ size: 13 << 20, seed: 3 });
  const fixture = await Fixture.start({ listen: true });
  const session = await fixture.create();
  const whole = fragment(session, bytes, 0, bytes.length);

  const limited = acceptBitsPost(
    http.createServer(
      { requestTimeout: 400, headersTimeout: 400, connectionsCheckingInterval: 20 },
      (request, response) => fixture.server.handler(request, response),
    ),
  ).listen(0, '127.0.0.1');
  await once(limited, 'listening');
  const client = await RawClient.connect(`http://127.0.0.1:${(limited.address() as AddressInfo).port}/`);
  client.write(whole.subarray(0, 1 << 20));
  expect((await client.answer())?.status).toBe(408); // by Node.js
  await client.close();
  limited.close();

  const { next = 0 } = seen(await fixture.send('Ping', { session })) as { next?: number };
  expect(next).toBeGreaterThan(0);
  const rest = fragment(session, bytes.subarray(next), next, bytes.length);
  for (let at = 0; at < rest.length; at += 1 << 20) {
    fixture.client.write(rest.subarray(at, at + (1 << 20)));
    await sleep(40); // altogether longer than the limit of the other server
  }
  expect(seen((await fixture.client.answer())!)).toEqual({ status: 200, next: bytes.length });
  await fixture.send('Close-Session', { session });
  expect(fixture.read().equals(bytes)).toBe(true);
});

test('case 4: a head that is split at any byte', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  const ping = packet('Ping', { session });
  for (let at = 1; at < ping.length; at += 1) {
    fixture.client.write(ping.subarray(0, at));
    await new Promise(setImmediate);
    expect(seen(await fixture.client.send(ping.subarray(at)))).toEqual({ status: 200, next: 0 });
  }
  for (const byte of ping) fixture.client.write(Buffer.from([byte]));
  expect(seen((await fixture.client.answer())!)).toEqual({ status: 200, next: 0 });
});

test('case 5: two packets in one piece', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  const two = [fragment(session, Buffer.from('abc'), 0, 5), fragment(session, Buffer.from('de'), 3, 5)];
  fixture.client.write(Buffer.concat(two));
  expect(seen((await fixture.client.answer())!)).toEqual({ status: 200, next: 3 });
  expect(seen((await fixture.client.answer())!)).toEqual({ status: 200, next: 5 });
  fixture.client.write(Buffer.concat([packet('Ping', { session }), packet('Close-Session', { session })]));
  expect((await fixture.client.answer())?.status).toBe(200);
  expect((await fixture.client.answer())?.status).toBe(200);
  expect(fixture.read().toString()).toBe('abcde');
});

test('case 6: all packets over one connection, and each over its own', async () => {
  const fixture = await Fixture.start({ overwrite: true });
  const { socket } = fixture.client;
  await uploadInPieces(fixture, BYTES, 40_000);
  expect(fixture.client.socket).toBe(socket);
  expect(socket.destroyed).toBe(false);

  const session = await fixture.create();
  for (const [start, piece] of [[0, 'one '] as const, [4, 'each'] as const]) {
    await fixture.reconnect();
    await fixture.fragment(session, piece, start, 8);
  }
  await fixture.reconnect();
  await fixture.send('Close-Session', { session });
  expect(fixture.read().toString()).toBe('one each');
});

test('case 7: a body that contains the verb and empty lines', async () => {
  const fixture = await Fixture.start();
  const body = `BITS_POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\r\n\r\nBITS_POST \n\nBITS_POS`;
  await fixture.upload(body);
  expect(fixture.read().toString()).toBe(body);
});

test('requests of other programs reach the handler as they are, on the same connection', async () => {
  const seenRequests: string[] = [];
  const answer: http.RequestListener = (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seenRequests.push(`${request.method} ${body}`);
      response.end('ok');
    });
  };
  const server = acceptBitsPost(http.createServer(answer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = await RawClient.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  client.write(packet('Ping', { verb: 'GET' }));
  client.write(packet('Ping', { body: 'BITS_POST 1' }));
  client.write(packet('Ping', { verb: 'BITS_POSTS' }).subarray(0, 0));
  client.write(packet('Ping', { verb: 'PUT', body: 'BITS_POST 2' }));
  const chunked = 'B\r\nBITS_POST 3\r\n0\r\n\r\n';
  client.write(Buffer.from(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`));
  for (let i = 0; i < 4; i += 1) expect((await client.answer())?.status).toBe(200);
  client.write(packet('Ping')); // after a chunked body nothing is looked at any more
  expect((await client.answer())?.status).toBe(400);
  expect(seenRequests).toEqual(['GET ', 'POST BITS_POST 1', 'PUT BITS_POST 2', 'POST BITS_POST 3']);
  await client.close();
  server.close();
});

test('the handler can be mounted: what is not of the protocol goes on to the next', async () => {
  const fixture = await Fixture.start();
  const uploads = await createUploadServer({
    folder: fixture.folder,
    stateFolder: `${fixture.folder}/.two`,
    listen: false,
  });
  expect(() => uploads.url('/')).toThrow('listen');
  const server = http.createServer((request, response) => {
    // What Express does with app.use('/incoming', …).
    request.url = request.url!.replace(/^\/incoming/, '');
    uploads.handler(request, response, () => response.writeHead(418, { 'Content-Length': 0 }).end());
  });
  acceptBitsPost(server).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = await RawClient.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect((await client.send(packet('', { verb: 'GET', headers: { 'BITS-Packet-Type': null } }))).status).toBe(418);
  const created = await client.send(packet('Create-Session', { path: '/incoming/a.txt' }));
  const session = created.headers['bits-session-id']!;
  await client.send(fragment(session, Buffer.from('hello'), 0, 5, { path: '/incoming/a.txt' }));
  await client.send(packet('Close-Session', { session, path: '/incoming/a.txt' }));
  expect(fixture.read('a.txt').toString()).toBe('hello');
  await client.close();
  server.close();
  await uploads.close();
});

test('case 33: every answer is an Ack without a body, in HTTP/1.1, and never chunked', async () => {
  const fixture = await Fixture.start({ maxSize: 10 });
  const session = await fixture.create();
  const answers = [
    await fixture.send('Ping'),
    await fixture.send('Ping', { session }),
    await fixture.fragment(session, 'ab', 0, 4),
    await fixture.fragment(session, 'x', 3, 4), // gap
    await fixture.fragment(session, 'x', 0, 11), // total changed
    await fixture.send('nonsense'),
    await fixture.send('Fragment', { session, body: 'abc' }),
    await fixture.fragment(session, 'cd', 2, 4),
    await fixture.send('Close-Session', { session }),
    await fixture.send('Close-Session', { session: 'nobody' }),
    await fixture.send('Cancel-Session', { session: 'nobody' }),
    await fixture.send('', { headers: { 'BITS-Packet-Type': null } }),
  ];
  for (const { version, headers, body } of answers) {
    expect(version).toBe('1.1');
    expect(headers).toMatchObject({ 'bits-packet-type': 'Ack', 'content-length': '0' });
    expect(headers).not.toHaveProperty('transfer-encoding');
    expect(headers).not.toHaveProperty('bits-reply-url');
    expect(body).toHaveLength(0);
  }
  expect(seen(answers.at(-1)!)).toEqual(MALFORMED);
});
