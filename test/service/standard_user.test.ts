import path from 'node:path';
import { run } from '../support/process';

// On Wine every user may do everything; CI runs the same program as a standard user of Windows.
test('what a standard user must be able to do', async () => {
  const { stdout, stderr } = await run(process.execPath, [path.join(__dirname, '../support/standard_user.cjs')]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^plain: 300000 bytes\r?\nkeyed: 300000 bytes\r?\nverified: 300000 bytes\r?\nBITS /);
});
