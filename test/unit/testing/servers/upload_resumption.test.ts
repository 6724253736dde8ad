import * as fsPromises from 'node:fs/promises';
import { fragment, packet } from './raw_client';
import { Fixture, MALFORMED, UNKNOWN_SESSION, seen } from './upload_fixture';

// Cases 8 to 17 of the BITS upload protocol: acknowledgements that are lost, ranges, interruptions.

const DAY = 86_400_000;

test('case 8: the acknowledgement of a fragment is lost', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  fixture.server.fail({ packet: 'Fragment', loseAck: true });
  fixture.client.write(fragment(session, Buffer.from('abcd'), 0, 6));
  expect(await fixture.client.answer()).toBeUndefined();
  await fixture.reconnect();
  expect(seen(await fixture.fragment(session, 'abcd', 0, 6))).toEqual({ status: 200, next: 4 });
  expect(seen(await fixture.fragment(session, 'ef', 4, 6))).toEqual({ status: 200, next: 6 });
  expect(seen(await fixture.fragment(session, 'ef', 4, 6))).toEqual({ status: 200, next: 6 });
  await fixture.send('Close-Session', { session });
  expect(fixture.read().toString()).toBe('abcdef');
});

test('case 9: the acknowledgement of Create-Session is lost: a second session, the first one expires', async () => {
  let now = 0;
  const fixture = await Fixture.start({ now: () => now });
  fixture.server.fail({ packet: 'Create-Session', loseAck: true });
  fixture.client.write(packet('Create-Session'));
  expect(await fixture.client.answer()).toBeUndefined();
  await fixture.reconnect();
  now = 13 * DAY;
  const session = await fixture.create();
  expect(fixture.server.openSessions).toBe(2);
  now = 14 * DAY;
  expect(await fixture.server.sweep()).toBe(1);
  expect(fixture.server.openSessions).toBe(1);
  expect((await fixture.send('Ping', { session })).status).toBe(200);
});

test('case 10: the acknowledgement of Close-Session is lost: again is 200, also after a ping', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  await fixture.fragment(session, 'abc', 0, 3);
  fixture.server.fail({ packet: 'Close-Session', loseAck: true });
  fixture.client.write(packet('Close-Session', { session }));
  expect(await fixture.client.answer()).toBeUndefined();
  await fixture.reconnect();
  expect(fixture.read().toString()).toBe('abc');
  expect(seen(await fixture.send('Ping', { session }))).toEqual({ status: 200, next: 3 });
  expect((await fixture.send('Close-Session', { session })).status).toBe(200);
  expect((await fixture.send('Close-Session', { session })).status).toBe(200);
  await fixture.restart();
  expect((await fixture.send('Close-Session', { session })).status).toBe(200);
  expect(fixture.published).toEqual(['file.bin']);
});

test('case 11: the acknowledgement of Cancel-Session is lost: again is 200', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  await fixture.fragment(session, 'abc', 0, 9);
  fixture.server.fail({ packet: 'Cancel-Session', loseAck: true });
  fixture.client.write(packet('Cancel-Session', { session }));
  expect(await fixture.client.answer()).toBeUndefined();
  await fixture.reconnect();
  expect((await fixture.send('Cancel-Session', { session })).status).toBe(200);
  expect(seen(await fixture.send('Ping', { session }))).toEqual(UNKNOWN_SESSION);
  expect(seen(await fixture.send('Close-Session', { session }))).toEqual(UNKNOWN_SESSION);
});

test('case 12: overlap: only the tail is new', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  await fixture.fragment(session, 'abcd', 0, 8);
  expect(seen(await fixture.fragment(session, 'XXef', 2, 8))).toEqual({ status: 200, next: 6 });
  expect(seen(await fixture.fragment(session, 'YYYYYYgh', 0, 8))).toEqual({ status: 200, next: 8 });
  await fixture.send('Close-Session', { session });
  expect(fixture.read().toString()).toBe('abcdefgh');
});

test('case 13: a gap is answered with 416 and what is wanted, which then succeeds', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  expect(seen(await fixture.fragment(session, 'cd', 2, 4))).toEqual({ status: 416, context: '0x5', next: 0 });
  await fixture.fragment(session, 'ab', 0, 4);
  expect(seen(await fixture.fragment(session, 'd', 3, 4))).toEqual({ status: 416, context: '0x5', next: 2 });
  expect(seen(await fixture.fragment(session, 'cd', 2, 4))).toEqual({ status: 200, next: 4 });
  await fixture.send('Close-Session', { session });
  expect(fixture.read().toString()).toBe('abcd');
});

describe('case 14: the range', () => {
  test.each([
    ['is longer than the body', 'bytes 0-3/9'],
    ['is shorter than the body', 'bytes 0-1/9'],
    ['runs backwards', 'bytes 5-4/9'],
    ['ends behind the end', 'bytes 0-2/2'],
    ['is not known', 'bytes */9'],
    ['has no total', 'bytes 0-2/*'],
    ['is beyond 2^53', 'bytes 9007199254740993-9007199254740995/9007199254740999'],
    ['is beyond 2^64', 'bytes 0-2/18446744073709551617'],
    ['is negative', 'bytes -3-2/9'],
    ['is hexadecimal', 'bytes 0x0-2/9'],
    ['is of another unit', 'items 0-2/9'],
    ['is a list', 'bytes 0-2,3-5/9'],
    ['is empty', ''],
  ])('%s: 400', async (_, range) => {
    const fixture = await Fixture.start();
    const session = await fixture.create();
    const answer = await fixture.fragment(session, 'abc', 0, 9, { headers: { 'Content-Range': range } });
    expect(seen(answer)).toEqual(MALFORMED);
    expect(seen(await fixture.send('Ping', { session }))).toEqual({ status: 200, next: 0 });
  });

  test('may write its unit in any letters', async () => {
    const fixture = await Fixture.start();
    const session = await fixture.create();
    const answer = await fixture.fragment(session, 'abc', 0, 9, { headers: { 'Content-Range': 'BYTES 0-2/9' } });
    expect(seen(answer)).toEqual({ status: 200, next: 3 });
  });

  test('must not change its total, also after a restart', async () => {
    const fixture = await Fixture.start();
    const session = await fixture.create();
    await fixture.fragment(session, 'abc', 0, 9);
    expect(seen(await fixture.fragment(session, 'def', 3, 10))).toEqual({ ...MALFORMED, next: 3 });
    await fixture.restart();
    expect(seen(await fixture.fragment(session, 'def', 3, 6))).toEqual({ ...MALFORMED, next: 3 });
    expect(seen(await fixture.fragment(session, 'def', 3, 9))).toEqual({ status: 200, next: 6 });
  });
});

test('case 15: a body is cut: a ping reports what is on disk, and the upload goes on', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  const whole = fragment(session, Buffer.from('abcdefgh'), 0, 8);
  fixture.client.write(whole.subarray(0, whole.length - 3));
  await fixture.client.close();
  await fixture.reconnect();
  const { next } = seen(await fixture.send('Ping', { session })) as { next?: number };
  expect([0, 5]).toContain(next); // whether the bytes had been read when the connection ended
  await fixture.fragment(session, 'abcdefgh'.slice(next), next!, 8);
  await fixture.send('Close-Session', { session });
  expect(fixture.read().toString()).toBe('abcdefgh');
});

test('case 15: the same, cut by the server after a known number of bytes', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  fixture.server.fail({ packet: 'Fragment', cutAfter: 5 });
  fixture.client.write(fragment(session, Buffer.from('abcdefgh'), 0, 8));
  expect(await fixture.client.answer()).toBeUndefined();
  await fixture.reconnect();
  expect(seen(await fixture.send('Ping', { session }))).toEqual({ status: 200, next: 5 });
  await fixture.fragment(session, 'fgh', 5, 8);
  await fixture.send('Close-Session', { session });
  expect(fixture.read().toString()).toBe('abcdefgh');
});

test('case 16: the server is restarted between two fragments', async () => {
  const fixture = await Fixture.start();
  const session = await fixture.create();
  await fixture.fragment(session, 'abc', 0, 6);
  await fixture.restart();
  expect(seen(await fixture.send('Ping', { session }))).toEqual({ status: 200, next: 3 });
  expect(seen(await fixture.fragment(session, 'def', 3, 6))).toEqual({ status: 200, next: 6 });
  await fixture.restart();
  expect((await fixture.send('Close-Session', { session })).status).toBe(200);
  expect(fixture.read().toString()).toBe('abcdef');
  expect(fixture.temporary).toEqual([]);
});

describe('case 17: the server stops while it publishes, before the acknowledgement of Close-Session', () => {
  /** A disk on which a step of publishing, and all later steps, fail, as they do for a process that is killed. */
  function stoppingAt(step: 'link' | 'rename' | 'unlink', when: 'before' | 'after'): typeof fsPromises {
    let stopped = false;
    const stop = () => {
      stopped = true;
      throw new Error('the process ends here');
    };
    const act = async (name: keyof typeof fsPromises, args: unknown[]) => {
      const isStep = name === step && !(step === 'rename' && String(args[0]).endsWith('.new'));
      if (stopped || (isStep && when === 'before')) stop();
      const result: unknown = await (fsPromises[name] as (...all: unknown[]) => Promise<unknown>)(...args);
      return isStep ? stop() : result;
    };
    const handler = {
      get:
        (_: object, name: string) =>
        (...args: unknown[]) =>
          act(name as never, args),
    };
    return new Proxy({}, handler) as typeof fsPromises;
  }

  test.each([
    [false, 'link', 'before'],
    [false, 'link', 'after'],
    [false, 'unlink', 'before'],
    [false, 'unlink', 'after'],
    [true, 'rename', 'before'],
    [true, 'rename', 'after'],
  ] as const)('overwrite %s, %s: %s', async (overwrite, step, when) => {
    const fixture = await Fixture.start();
    const session = await fixture.create();
    await fixture.fragment(session, 'abc', 0, 3);
    await fixture.restart({ overwrite, disk: stoppingAt(step, when) });
    expect((await fixture.send('Close-Session', { session })).status).toBe(500);
    await fixture.restart({ overwrite });
    expect(seen(await fixture.send('Ping', { session }))).toEqual({ status: 200, next: 3 });
    expect((await fixture.send('Close-Session', { session })).status).toBe(200);
    expect(fixture.read().toString()).toBe('abc');
    expect(fixture.temporary).toEqual([]);
  });
});
