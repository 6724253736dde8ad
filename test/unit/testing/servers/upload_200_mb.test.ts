import { createHash } from 'node:crypto';
import fs, { createReadStream } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { simulateBits } from '../../../../lib/testing';
import { generatedBytes } from '../../../../lib/testing/servers';
import { uploadFile } from '../../../../lib/testing/servers/upload_client';
import type { UploadSessionState } from '../../../../lib/testing/servers/upload_client';
import { UploadFailure } from '../../../../lib/testing/servers/upload_failure';
import { HttpSender } from '../../../../lib/testing/servers/upload_sender';
import { RawClient, fragment, packet } from './raw_client';
import { Fixture } from './upload_fixture';

// 200 MB over a line that breaks twenty times, at places drawn from a seed: in the middle of fragments, and before
// acknowledgements. By the client of this package, by the simulated BITS that uses it, and by one that shares nothing
// with it.

const SIZE = 200_000_000;
const FRAGMENT = 4 << 20;
const LOSSES = 20;
const CONTENT = { size: SIZE, seed: 2026 };
const wanted = createHash('sha256');
for (let at = 0; at < SIZE; at += FRAGMENT) wanted.update(generatedBytes(CONTENT, at, FRAGMENT));
const DIGEST = wanted.digest('hex');

/** Numbers from 0 up to 1 (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Orders the next loss, after some fragments that arrive. */
function losing(fixture: Fixture, seed: number) {
  const next = random(seed);
  const losses: { readonly struck: number }[] = [];
  const order = () => {
    if (losses.length === LOSSES || (losses.at(-1)?.struck ?? 1) === 0) return;
    const fault = next() < 0.5 ? { loseAck: true } : { cutAfter: Math.floor(next() * FRAGMENT) };
    losses.push(fixture.server.fail({ packet: 'Fragment', ...fault }));
  };
  return {
    order,
    next,
    get count() {
      return losses.filter(({ struck }) => struck > 0).length;
    },
  };
}

async function expectArrived(fixture: Fixture): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path.join(fixture.folder, 'file.bin'), { highWaterMark: 1 << 20 }), hash);
  expect(hash.digest('hex')).toBe(DIGEST);
  expect(fixture.temporary).toEqual([]);
}

test('200 MB by the client of this package, with 20 losses', async () => {
  const fixture = await Fixture.start();
  const losses = losing(fixture, 1);
  const sender = new HttpSender();
  let session: UploadSessionState | undefined;
  const attempt = () =>
    uploadFile({
      url: fixture.server.url('/file.bin'),
      size: SIZE,
      read: (offset, length) => Promise.resolve(generatedBytes(CONTENT, offset, length)),
      send: sender.send,
      now: () => 0,
      fragmentSize: FRAGMENT,
      session,
      onSession: (state) => void (session = state),
      onProgress: () => losses.next() < 0.6 && losses.order(),
    });
  let failures = 0;
  while (session?.stage !== 'closed') {
    losses.order();
    await attempt().catch((error: unknown) => {
      if (!(error instanceof UploadFailure && error.transient)) throw error;
      failures += 1;
    });
  }
  sender.close();
  expect([losses.count, failures]).toEqual([LOSSES, LOSSES]);
  await expectArrived(fixture);
});

test('200 MB by the simulated BITS, with 20 losses', async () => {
  let next = (): void => undefined;
  const fixture = await Fixture.start({
    access: () => {
      next();
      return true;
    },
  });
  const losses = losing(fixture, 3);
  next = () => {
    if (losses.next() < 0.6) losses.order();
  };
  const disk = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-disk-'));
  const sim = simulateBits({ disk });
  try {
    const file = fs.openSync(path.join(disk, 'data', 'file.bin'), 'w');
    for (let at = 0; at < SIZE; at += FRAGMENT) fs.writeSync(file, generatedBytes(CONTENT, at, FRAGMENT));
    fs.closeSync(file);
    const bits = await sim.connect();
    const states = new Set<string>();
    await bits.upload({
      url: fixture.server.url('/file.bin'),
      path: 'C:\\data\\file.bin',
      onProgress: ({ state }) => states.add(state),
    });
    expect([losses.count, [...states]]).toEqual([LOSSES, expect.arrayContaining(['transientError', 'transferred'])]);
    await expectArrived(fixture);
    await sim.end();
  } finally {
    sim.dispose();
    fs.rmSync(disk, { recursive: true });
  }
});

test('200 MB by hand, with 20 losses', async () => {
  const fixture = await Fixture.start();
  const losses = losing(fixture, 2);
  const session = await fixture.create();
  let failures = 0;
  let at = 0;
  while (at < SIZE) {
    if (losses.next() < 0.6) losses.order();
    fixture.client.write(fragment(session, generatedBytes(CONTENT, at, FRAGMENT), at, SIZE));
    let answer = await fixture.client.answer();
    if (answer === undefined) {
      failures += 1;
      await fixture.client.close();
      fixture.client = await RawClient.connect(fixture.server.url('/'));
      answer = await fixture.client.send(packet('Ping', { session }));
    }
    at = Number(answer.headers['bits-received-content-range']);
  }
  await fixture.send('Close-Session', { session });
  expect([losses.count, failures]).toEqual([LOSSES, LOSSES]);
  await expectArrived(fixture);
});
