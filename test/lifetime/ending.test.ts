import path from 'node:path';
import { connect } from '../../lib';
import { runToEnd } from '../support/process';
import type { Ended } from '../support/process';

const child = path.join(__dirname, '../support/lifetime_child.js');

/** Milliseconds; the long run needs half a minute for a child, and more on a busy machine. */
const HANG = 55_000;
const run = (...args: string[]) => runToEnd([child, ...args], HANG);

/** Fifty take minutes: `WINDOWS_BITS_LOADS=50 npm test -- lifetime`. */
const LOADS = process.env['WINDOWS_BITS_LOADS'] ?? '3';
const CODES: Readonly<Record<string, number>> = {
  return: 0,
  exit: 7,
  throw: 1,
  terminate: 0,
  'two workers': 0,
  [`load and unload ${LOADS} times`]: 0,
};

// The children leave their jobs behind on purpose.
async function reapJobs(): Promise<void> {
  const bits = await connect();
  await bits.reap({ app: 'lifetime', olderThan: 0 });
  await bits.close();
}
beforeAll(reapJobs);
afterAll(reapJobs);

/** A crash shows in the exit code only: 0xC0000005, 0xC0000409 … */
function endsAsTold(situations: readonly string[], atOnce: number): void {
  const cases = situations.flatMap((situation) =>
    Object.entries(CODES).map(([end, code]) => [situation, end, code] as const),
  );
  const runs: Promise<Ended>[] = [];

  test.each(cases.map((each, i) => [...each, i] as const))('%s, then %s: exit code %d', async (_, end, code, i) => {
    for (const [situation, ending] of cases.slice(runs.length, i + atOnce)) runs.push(run(situation, ending));
    const ended = (await runs[i]) as Ended;
    const stderr = end === 'throw' ? expect.stringContaining('thrown on purpose') : '';
    // In one comparison: what the process said on stderr explains a wrong exit code.
    expect({ code: ended.code, stdout: ended.stdout.trim(), stderr: ended.stderr }).toEqual({
      code,
      stdout: 'reached',
      stderr,
    });
  });
}

describe('a process ends as it was told to, whatever is going on', () => {
  // Jobs that others leave behind would be proxies that two workers have at once: see `settle` in the child.
  endsAsTold(['loaded', 'connected', 'pending', 'hashing', 'closing', 'closed', 'subscribed'], 3);
  // Wine's service makes one transfer at a time.
  endsAsTold(['inside a callback'], 1);
});
