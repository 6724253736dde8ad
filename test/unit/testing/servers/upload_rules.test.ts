import * as fsPromises from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import fs from 'node:fs';
import path from 'node:path';
import { packet } from './raw_client';
import { DENIED, Fixture, MALFORMED, UNKNOWN_SESSION, seen } from './upload_fixture';

// Cases 18 to 27 of the BITS upload protocol: sessions, negotiation, heads, limits and names; and case 34.

const PROTOCOL = '{7df0354d-249b-430f-820d-3d2a9bef4931}';
const GUID = '{00000000-0000-4000-8000-000000000000}';

test.each(['Ping', 'Fragment', 'Close-Session', 'Cancel-Session'])('case 18: unknown session in %s', async (type) => {
  const fixture = await Fixture.start();
  const body = type === 'Fragment' ? 'abc' : '';
  const headers = { 'Content-Range': 'bytes 0-2/3' };
  expect(seen(await fixture.send(type, { session: GUID, body, headers }))).toEqual(UNKNOWN_SESSION);
  // Nor is a session good for another place than its own.
  const session = await fixture.create();
  const elsewhere = await fixture.send(type, { session, body, headers, path: '/other.bin' });
  expect(seen(elsewhere)).toEqual(UNKNOWN_SESSION);
  expect(fixture.published).toEqual([]);
});

test('case 19: a session expires after its last good packet, and its data with it', async () => {
  let now = 0;
  const fixture = await Fixture.start({ now: () => now, sessionTimeout: 1000 });
  const session = await fixture.create();
  for (now of [900, 1800]) expect((await fixture.send('Ping', { session })).status).toBe(200);
  await fixture.fragment(session, 'abc', 0, 6);
  now = 2799;
  await fixture.restart({ now: () => now, sessionTimeout: 1000 });
  expect(seen(await fixture.send('Fragment', { session, body: 'x' }))).toEqual(MALFORMED); // does not count
  now = 2800;
  expect(seen(await fixture.fragment(session, 'def', 3, 6))).toEqual(UNKNOWN_SESSION);
  expect(await fixture.server.sweep()).toBe(1);
  expect(fs.readdirSync(path.join(fixture.folder, '.bits-uploads'))).toEqual([]);
});

test.each([
  ['with path characters', '../../etc/passwd', UNKNOWN_SESSION],
  ['with path characters in braces', '{../file}', UNKNOWN_SESSION],
  ['of 100 characters', 'a'.repeat(100), UNKNOWN_SESSION],
  ['of 101 characters', 'a'.repeat(101), MALFORMED],
  ['that is empty', '', MALFORMED],
  ['that is missing', undefined, MALFORMED],
])('case 20: an id %s', async (_, session, expected) => {
  const fixture = await Fixture.start();
  for (const type of ['Close-Session', 'Cancel-Session']) {
    expect(seen(await fixture.send(type, session === undefined ? {} : { session }))).toEqual(expected);
  }
});

describe('case 21: the protocols offered', () => {
  const guids = Array.from({ length: 99 }, (_, i) => `{7df0354d-249b-430f-820d-${String(i).padStart(12, '0')}}`);
  test.each([
    ['separated by commas', `${GUID},${PROTOCOL}`],
    ['separated by both', `${GUID}, ${PROTOCOL}`],
    ['a hundred', [...guids, PROTOCOL].join(' ')],
    ['in capitals', PROTOCOL.toUpperCase()],
  ])('%s', async (_, offered) => {
    const fixture = await Fixture.start();
    const { status, headers } = await fixture.send('Create-Session', {
      headers: { 'BITS-Supported-Protocols': offered },
    });
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'bits-protocol': PROTOCOL, 'accept-encoding': 'identity' });
    expect(headers).not.toHaveProperty('bits-host-id');
  });

  test.each([
    ['another', GUID],
    ['nothing', ''],
    ['no header', null],
  ])('%s: 400', async (_, offered) => {
    const fixture = await Fixture.start();
    const answer = await fixture.send('Create-Session', { headers: { 'BITS-Supported-Protocols': offered } });
    expect(seen(answer)).toEqual(MALFORMED);
    expect(fixture.server.openSessions).toBe(0);
  });
});

test('case 22: packet types in any letters; unknown and missing ones', async () => {
  const fixture = await Fixture.start();
  for (const type of ['PING', 'ping', 'CREATE-SESSION', 'create-session']) {
    expect((await fixture.send(type)).status).toBe(200);
  }
  for (const type of ['Ack', 'Pong', '']) expect(seen(await fixture.send(type))).toEqual(MALFORMED);
  expect(seen(await fixture.send('', { headers: { 'BITS-Packet-Type': null } }))).toEqual(MALFORMED);
});

test.each([
  ['no Content-Length', 'Ping', { headers: { 'Content-Length': null } }, { ...MALFORMED, status: 411 }],
  ['no Content-Range', 'Fragment', { session: GUID, body: 'abc' }, undefined],
  ['a body of Close-Session', 'Close-Session', { session: GUID, body: 'abc' }, MALFORMED],
  ['a body of Create-Session', 'Create-Session', { body: 'abc' }, MALFORMED],
  ['a header of 4 KB and one', 'Ping', { headers: { 'X-Long': 'x'.repeat(4097) } }, MALFORMED],
  ['HTTP/1.0', 'Ping', { version: '1.0' }, MALFORMED],
] as const)('case 23: %s', async (_, type, content, expected) => {
  const fixture = await Fixture.start();
  const own = 'session' in content ? { ...content, session: await fixture.create() } : content;
  expect(seen(await fixture.send(type, own))).toEqual(expected ?? MALFORMED);
  await fixture.reconnect(); // after HTTP/1.0 it is closed
  expect((await fixture.send('Ping')).status).toBe(200);
});

test('case 23: a header of 4 KB is fine, and so are unknown ones', async () => {
  const fixture = await Fixture.start();
  expect((await fixture.send('Ping', { headers: { 'X-Long': 'x'.repeat(4096) } })).status).toBe(200);
});

test('case 23: a body that is refused does not hide the next packet', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  const refused = packet('Fragment', { session, body: Buffer.alloc(500_000), headers: { 'Content-Range': 'x' } });
  fixture.client.write(Buffer.concat([refused, packet('Ping', { session })]));
  expect(seen((await fixture.client.answer())!)).toEqual(MALFORMED);
  expect(seen((await fixture.client.answer())!)).toEqual({ status: 200, next: 0 });
});

test('a fragment must not be encoded', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  const encoded = (coding: string) =>
    fixture.fragment(session, 'abc', 0, 3, { headers: { 'Content-Encoding': coding } });
  expect(seen(await encoded('gzip'))).toEqual(MALFORMED);
  expect(seen(await encoded('Identity'))).toEqual({ status: 200, next: 3 });
});

test('case 24: limits of the file, of a fragment, and of the number of uploads', async () => {
  const fixture = await Fixture.start({ maxSize: 20, maxFragment: 10, maxSessions: 1 });
  const session = await fixture.create();
  const tooLarge = { status: 500, code: '0x80200020', context: '0x5' };
  expect(seen(await fixture.fragment(session, 'abc', 0, 21))).toEqual(tooLarge);
  expect(seen(await fixture.fragment(session, 'x'.repeat(11), 0, 20))).toEqual({ status: 413, context: '0x5' });
  expect(seen(await fixture.send('Create-Session', { path: '/other' }))).toEqual({ status: 503, context: '0x5' });
  expect(seen(await fixture.fragment(session, 'x'.repeat(10), 0, 20))).toEqual({ status: 200, next: 10 });
});

test('case 25: an existing file is replaced only if that is allowed', async () => {
  const fixture = await Fixture.start();
  const target = path.join(fixture.folder, 'file.bin');
  const session = await fixture.create(); // there was nothing yet
  await fixture.fragment(session, 'new', 0, 3);
  fs.writeFileSync(target, 'old');
  expect(seen(await fixture.send('Create-Session'))).toEqual(DENIED);
  expect(seen(await fixture.send('Close-Session', { session }))).toEqual(DENIED);
  expect(fixture.read().toString()).toBe('old');
  await fixture.restart({ overwrite: true });
  expect((await fixture.send('Close-Session', { session })).status).toBe(200);
  expect(fixture.read().toString()).toBe('new');
  await fixture.upload('newer');
  expect(fixture.read().toString()).toBe('newer');
});

test('case 26: the disk is full: the code says so, and the upload goes on when there is room', async () => {
  let room = 4;
  const open = async (...args: Parameters<typeof fsPromises.open>) => {
    const handle = await fsPromises.open(...args);
    const writeFile = async (bytes: Uint8Array) => {
      await handle.write(bytes.subarray(0, room));
      if (bytes.length > room) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    return Object.assign(Object.create(handle) as FileHandle, { writeFile, close: () => handle.close() });
  };
  const errors: unknown[] = [];
  const fixture = await Fixture.start({ disk: { ...fsPromises, open }, onError: (error) => errors.push(error) });
  const session = await fixture.create();
  const full = { status: 500, code: '0x80070070', context: '0x5' };
  expect(seen(await fixture.fragment(session, 'abcdefgh', 0, 8))).toEqual(full);
  expect(errors).toHaveLength(1);
  expect(seen(await fixture.send('Ping', { session }))).toEqual({ status: 200, next: 4 });
  room = Infinity;
  expect(seen(await fixture.fragment(session, 'abcdefgh', 0, 8))).toEqual({ status: 200, next: 8 });
  await fixture.restart();
  await fixture.send('Close-Session', { session });
  expect(fixture.read().toString()).toBe('abcdefgh');
});

describe('case 27: names', () => {
  test.each([
    '/../evil.txt',
    '/a/../../evil.txt',
    '/%2e%2e/evil.txt',
    '/%2e%2e%2fevil.txt',
    '/..%5cevil.txt',
    '/..\\evil.txt',
    '/%252e%252e/evil.txt',
    '/a%00.txt',
    '/a%0a.txt',
    '/%ff.txt',
    '/%zz.txt',
    '/C:/evil.txt',
    '/C:evil.txt',
    '/file.txt:stream',
    '/file.txt::$DATA',
    '/nul',
    '/COM1.txt',
    '/aux.tar.gz',
    '/file.txt.',
    '/file.txt%20',
    '/folder./file.txt',
    '/',
    '/folder/',
    '/folder',
    '//file.txt',
    '/a*b.txt',
    '/%3Ca%3E.txt',
    '/.bits-uploads/evil.txt',
    '/.BITS-Uploads/evil.txt',
    '/.bits-uploads',
    `/${'x'.repeat(256)}`,
    'evil.txt',
    '*',
  ])('%s is refused', async (name) => {
    const fixture = await Fixture.start({ createFolders: true, overwrite: true });
    fs.mkdirSync(path.join(fixture.folder, 'folder'));
    fixture.client.write(packet('Create-Session', { path: name }));
    const answer = await fixture.client.answer();
    expect(answer?.status).toBe(400); // for the last two by Node.js
    expect(fixture.server.openSessions).toBe(0);
    expect(fixture.published).toEqual(['folder']);
    expect(fs.existsSync(path.join(fixture.folder, '../evil.txt'))).toBe(false);
  });

  test('a link that leads out of the folder is not followed', async () => {
    const fixture = await Fixture.start({ createFolders: true });
    const outside = fs.mkdtempSync(`${fixture.folder}-outside-`);
    fs.symlinkSync(outside, path.join(fixture.folder, 'link'), 'junction');
    expect(seen(await fixture.send('Create-Session', { path: '/link/evil.txt' }))).toEqual(MALFORMED);
    expect(seen(await fixture.send('Create-Session', { path: '/link/new/evil.txt' }))).toEqual(MALFORMED);
    expect(fs.readdirSync(outside)).toEqual([]);
    fs.rmdirSync(outside);
  });

  test.each([
    ['of a target in absolute form', 'http://somewhere.example/a.txt', 'a.txt'],
    ['with a query', '/a.txt?user=../b', 'a.txt'],
    ['with an encoded slash', '/sub%2Fa.txt', 'sub/a.txt'],
    ['that only looks dangerous', '/..a..b', '..a..b'],
    ['like that of a device', '/console.txt', 'console.txt'],
  ])('the path %s is used', async (_, given, name) => {
    const fixture = await Fixture.start({ createFolders: true });
    await fixture.upload('abc', { path: given });
    expect(fixture.read(name).toString()).toBe('abc');
  });

  test('a folder that does not exist is created only if that is allowed', async () => {
    const fixture = await Fixture.start();
    const answer = await fixture.send('Create-Session', { path: '/a/b/c.txt' });
    expect(seen(answer)).toEqual({ status: 404, code: '0x80070003', context: '0x5' });
    await fixture.restart({ createFolders: true });
    await fixture.upload('abc', { path: '/a/b/c.txt' });
    expect(fixture.read('a/b/c.txt').toString()).toBe('abc');
  });

  test('a hostile Content-Name is ignored', async () => {
    const fixture = await Fixture.start();
    await fixture.upload('abc', { headers: { 'Content-Name': '..\\..\\evil.txt' } });
    expect(fixture.published).toEqual(['file.bin']);
  });
});

test('case 34: there is no fragment for a file without bytes, and nothing to close', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  for (const range of ['bytes 0-0/0', 'bytes 0--1/0', 'bytes */0', 'bytes 10-9/10']) {
    const answer = await fixture.send('Fragment', { session, headers: { 'Content-Range': range } });
    expect(seen(answer)).toEqual(MALFORMED);
  }
  expect((await fixture.send('Close-Session', { session })).status).toBe(200);
  expect(fixture.published).toEqual([]);
});
