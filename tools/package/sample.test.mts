// A user's test of their own program, as they would write it: TypeScript, node:test, any system.
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect, download, isBitsError } from 'windows-bits';
import { simulateBits } from 'windows-bits/testing';

const url = 'https://example.com/app.zip';

/** The program: it resolves with what to tell the user. */
async function update(path: string): Promise<string> {
  try {
    const { bytes } = await download({ url, path, key: 'update' });
    return `${bytes} bytes`;
  } catch (error) {
    if (isBitsError(error, 'ERROR_SERVICE_DISABLED')) return 'BITS is disabled';
    throw error;
  }
}

test('the update arrives although the connection breaks', async () => {
  await using sim = simulateBits();
  using _ = sim.install();
  const server = sim.serve(url, { size: 20_000_000, script: [{ after: 5_000_000, then: 'reset' }] });
  assert.equal(await update('C:\\data\\app.zip'), '20000000 bytes');
  assert.equal(server.counts.distinctBytes, 20_000_000);
  assert.equal(sim.files.size('C:\\data\\app.zip'), 20_000_000);
});

test('a computer whose BITS is disabled', async () => {
  await using sim = simulateBits();
  using _ = sim.install();
  sim.service.disable();
  assert.equal(await update('C:\\data\\app.zip'), 'BITS is disabled');
});

test('a restart in the middle', async () => {
  await using sim = simulateBits({ clock: 'manual' });
  sim.serve(url, { size: 20_000_000 });
  sim.network.bandwidth('1 MB/s');
  {
    using _ = sim.install();
    void update('C:\\data\\app.zip');
    await sim.clock.advance('10s');
    await sim.machine.reboot();
  }
  await sim.clock.run();
  using _ = sim.install();
  const bits = await connect();
  const [restored] = await bits.restore();
  assert.equal(restored?.status, 'completed');
  await bits.close();
});
