import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from './process';

const ROOT = path.resolve(__dirname, '../..');
export const BINARY = path.join('prebuilds', `win32-${process.arch}`, 'windows_bits.node');

/** A copy of what users install, in a folder of its own, for a test to damage. */
export function installIn(parent: string): string {
  const folder = path.join(parent, 'node_modules', 'windows-bits');
  // What `require('windows-bits')` needs. Without a filter, Node 22 copies folders in C++, which spoils names that are not
  // ASCII.
  const filter = (name: string) => !/\.(d\.ts|map)$|[\\/]testing(\.\w+)?$/.test(path.relative(ROOT, name));
  const options = { recursive: true, filter };
  for (const name of ['package.json', 'dist', 'entry', BINARY]) {
    if (fs.existsSync(path.join(ROOT, name))) fs.cpSync(path.join(ROOT, name), path.join(folder, name), options);
  }
  return folder;
}

export function temporaryFolder(name: string): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), name));
}

/** What `script` prints as JSON, in a process of its own: a binary that is loaded cannot be replaced or deleted. */
export async function inChild(
  script: string,
  { exe = process.execPath, cwd, env = {} }: { exe?: string; cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Record<string, unknown>> {
  const { stdout } = await run(exe, ['-e', script], { cwd, env: { ...process.env, ...env } });
  return JSON.parse(stdout) as Record<string, unknown>;
}
