import path from 'node:path';
import { run } from '../support/process';

const SCRIPT = path.join(__dirname, '../support/any_input.js');

/* Every public method with any input, over a stand-in for the addon. What is wrong is printed, with how to repeat it. */
test.each([
  [1, ''],
  [2, ''],
  [3, ''],
  [4, '--polluted'],
])('any input is refused by name, fails as it should, or works: seed %i %s', async (seed, more) => {
  const { stdout } = await run(process.execPath, [
    SCRIPT,
    '--seed',
    String(seed),
    '--calls',
    '10000',
    ...(more === '' ? [] : [more]),
  ]).catch((error: unknown) => error as { stdout: string });
  expect(stdout).toMatch(/^10000 calls of 1\d\d methods, seed \d, [\d.]+ s: 0 problems$/m);
  const [fine, refused, failed] = [...stdout.matchAll(/(\d+) (?:fine|refused|failed)/g)].map(([, count]) =>
    Number(count),
  );
  expect(fine).toBeGreaterThan(3000);
  expect(refused).toBeGreaterThan(2000);
  expect(failed).toBeGreaterThan(300);
});
