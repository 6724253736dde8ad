import path from 'node:path';
import { runToEnd } from '../support/process';

/* The same as test/unit/any_input.test.ts over the service: what the stand-in for the addon lets pass, the addon must too. */
test('any input is refused by name, fails as it should, or works, over the service', async () => {
  const script = path.join(__dirname, '../support/any_input.js');
  const { stdout } = await runToEnd([script, '--service', '--seed', '1', '--calls', '1000'], 55_000);
  expect(stdout).toMatch(/^1000 calls of \d+ methods, seed 1, [\d.]+ s: 0 problems$/m);
});
