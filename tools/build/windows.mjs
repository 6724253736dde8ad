// A Windows to run in, on Linux: Node for Windows, and the prefix that Wine takes for a Windows installation.
import fs from 'node:fs';
import path from 'node:path';
import { mendCombase } from '../../testbed/combase.mjs';
import { findWine, findWineserver, nodeExe, onWindows, prefix, wineEnv } from '../../testbed/wine.mjs';
import { say } from '../util/command.mjs';
import { SetupError, run } from '../util/process.mjs';
import { ensureFolder, forWindows } from './dependencies.mjs';

export async function ensureWindowsNode() {
  if (!onWindows) await ensureFolder('windows', nodeExe, forWindows('x64'));
}

export async function ensurePrefix() {
  if (onWindows) return;
  if (fs.existsSync(prefix)) {
    if (fs.statSync(prefix).uid === process.getuid()) return mendCombase(prefix);
    throw new SetupError(
      'The folder .wine belongs to another user, which Wine refuses; remove it or run as that user.',
    );
  }
  say('making the Wine prefix');
  // Under another name until it is complete. Without a display: nothing pops up on a desktop.
  const half = `${prefix}.new`;
  const { DISPLAY: _x, WAYLAND_DISPLAY: _wayland, ...env } = process.env;
  const wine = wineEnv(env, half);
  fs.rmSync(half, { recursive: true, force: true });
  await run(findWine(), ['winecfg', '-v', 'win10'], { env: wine });
  // End its processes, so that the registry is on the disk before the folder is moved.
  await run(findWineserver(), ['-k'], { env: wine }).catch(() => undefined);
  await run(findWineserver(), ['-w'], { env: wine }).catch(() => undefined);
  mendCombase(half);
  fs.renameSync(half, prefix);
}

/**
 * Another Windows, with a registry and services of its own. The files are the same ones (hard links: Wine replaces a
 * file that it changes), so it takes no time and no room. Where the file system has no links, they are copied.
 */
export async function ensureCopyOfPrefix(copy) {
  if (onWindows) return;
  if (fs.existsSync(copy)) return mendCombase(copy);
  const half = `${copy}.new`;
  fs.rmSync(half, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(copy), { recursive: true });
  await run('cp', ['-al', prefix, half]).catch(() => run('cp', ['-a', prefix, half]));
  fs.renameSync(half, copy);
}
