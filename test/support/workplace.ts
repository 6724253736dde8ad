import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * A folder of its own for each test, and the current one, in which `C:\t` is there: on systems other than Windows a name
 * like any other.
 */
export function useWorkplace(): void {
  const home = process.cwd();
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-'));
    process.chdir(folder);
    if (process.platform !== 'win32') fs.mkdirSync('C:\\t');
    else fs.mkdirSync('C:\\t', { recursive: true });
  });
  afterEach(() => {
    process.chdir(home);
    fs.rmSync(folder, { recursive: true, force: true });
  });
}
