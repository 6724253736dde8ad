// Users test programs with the functions of the package replaced: vitest does it from outside. What jest and node:test do
// is in test/unit/spying.test.ts.
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { runNode } from '../util/process.mjs';
import { installedByNpm } from './given.mjs';
import { tool } from './tools.mjs';

const TESTS = {
  'spy.test.mjs': `
    import bits, { hresultHex } from 'windows-bits';
    import * as everything from 'windows-bits';
    test('vi.spyOn, for those who import a name as well', () => {
      const spy = vi.spyOn(bits, 'hresultHex').mockReturnValue('mocked');
      expect([bits.hresultHex(1), hresultHex(1), everything.hresultHex(1)]).toEqual(['mocked', 'mocked', 'mocked']);
      spy.mockRestore();
      expect(hresultHex(1)).toBe('0x00000001');
    });`,
  'mock.test.mjs': `
    import { BitsManager, connect } from 'windows-bits';
    vi.mock('windows-bits');
    test('vi.mock without a factory', () => {
      expect(vi.isMockFunction(connect)).toBe(true);
      expect(connect()).toBeUndefined();
      expect(vi.isMockFunction(BitsManager.prototype.getJobs)).toBe(true);
    });`,
};

test('vitest spies and mocks', async () => {
  const cwd = installedByNpm();
  for (const [name, text] of Object.entries(TESTS)) fs.writeFileSync(path.join(cwd, name), text);
  await runNode(
    tool('vitest/vitest.mjs'),
    ['run', ...Object.keys(TESTS), '--globals', '--root', cwd, '--reporter=verbose'],
    { cwd },
  );
});
