import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

test('the demo runs on a simulation, and says so', async () => {
  const demo = path.resolve(__dirname, '../../../examples/demo.js');
  const { stdout } = await promisify(execFile)(process.execPath, [demo, '--simulated'], { timeout: 60_000 });
  expect(stdout).toMatch(/^A simulation answered, .*no BITS takes part/);
  expect(stdout).toMatch(/SUSPENDED -> QUEUED -> (?:CONNECTING -> )?TRANSFERRING -> TRANSFERRED/);
  expect(stdout).toMatch(/All as it should be\.\n$/);
});
