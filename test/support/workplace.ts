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
    fs.mkdirSync('C:\\t', { recursive: true });
  });
  afterEach(() => {
    // On Windows they are outside.
    for (const name of ['C:\\t', 'C:\\t~1']) fs.rmSync(name, { recursive: true, force: true });
    process.chdir(home);
    fs.rmSync(folder, { recursive: true, force: true });
  });
}
