import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from '../support/process';

// Applications that embed Node (Electron) are not called node.exe: the addon must not ask for that name.
describe('in a host executable with another name', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'windows-bits host '));
    await fs.copyFile(process.execPath, path.join(folder, 'My App.exe'));
  });

  afterAll(async () => {
    await fs.rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test('the addon loads', async () => {
    const addon = path.resolve(__dirname, '../../prebuilds', `win32-${process.arch}`, 'windows_bits.node');
    const script = `
      const addon = require(${JSON.stringify(addon)});
      console.log(JSON.stringify([require('node:path').basename(process.execPath), typeof addon]));`;
    const { stdout } = await run(path.join(folder, 'My App.exe'), ['-e', script]);
    expect(JSON.parse(stdout)).toEqual(['My App.exe', 'object']);
  });
});
