import { simulateBits } from '../../../../lib/testing';
import type { ScriptStep } from '../../../../lib/testing';

const url = 'http://example.test/a';

/** What assertClean() says after a download of 1000 bytes from a server with a script. */
async function leftAfter(script: readonly ScriptStep[]): Promise<string> {
  const sim = simulateBits();
  sim.serve(url, { size: 1000, script });
  const bits = await sim.connect();
  await bits.download({ url, path: 'C:\\data\\a' });
  await bits.close();
  return sim.end().then(
    () => 'clean',
    (error: unknown) => String(error),
  );
}

test.each<[what: string, script: readonly ScriptStep[], left: readonly string[]]>([
  [
    'beyond the end',
    [{ after: 10_000_000, then: 'reset' }],
    [`1 of the script of ${url}: reset, after 10000000 bytes`],
  ],
  [
    'behind one that happens',
    [{ after: 500, then: 'reset' }, { after: 600, then: { status: 401 } }, { then: { change: { body: 'a' } } }],
    [`2 of the script of ${url}: status 401, after 600 bytes`, `3 of the script of ${url}: change, after 0 bytes`],
  ],
])('a step that never happens is reported: %s', async (_, script, left) => {
  const steps = left.map((step) => `\n  step ${step} did not happen`);
  expect(await leftAfter(script)).toBe(`BitsSimulationError: the simulation is not clean:${steps.join('')}`);
});

test.each<[what: string, script: readonly ScriptStep[]]>([
  ['all', [{ after: 500, then: 'reset' }, { then: { status: 503 } }]],
  [
    'one of many times',
    [
      { then: 'reset', times: 1 },
      { after: 500, then: 'reset' },
    ],
  ],
])('steps that happened are not: %s', async (_, script) => {
  expect(await leftAfter(script)).toBe('clean');
});

test('a step that happened fewer times than it could is not reported', async () => {
  const sim = simulateBits();
  sim.serve(url, { size: 1000, script: [{ then: { status: 503 }, times: 1000 }] });
  const bits = await sim.connect();
  const job = await bits.createJob({ name: 'a', files: [{ url, path: 'C:\\data\\a' }] });
  await job.resume();
  await sim.clock.until(job, 'transientError');
  await job.cancel();
  await bits.close();
  await sim.end();
});
