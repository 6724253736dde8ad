// npm run demo: examples/demo.js in Windows Node, with the BITS that is there.
//
//   npm run demo -- --simulated    on this system, with a simulated BITS: needs neither Windows nor Wine
import { spawnSync } from 'node:child_process';
import { windowsPath } from '../../testbed/wine.mjs';
import { ensureDependencies } from '../build/dependencies.mjs';
import { ensureLibrary } from '../build/library.mjs';
import { setUp } from '../build/setup.mjs';
import { main } from '../util/command.mjs';
import { inRoot } from '../util/files.mjs';
import { runWindowsNode } from './windows-node.mjs';

const script = inRoot('examples/demo.js');

await main(async () => {
  const args = process.argv.slice(2);
  if (args.includes('--simulated')) {
    await setUp([ensureDependencies, ensureLibrary]);
    return spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' }).status ?? 1;
  }
  await setUp();
  return runWindowsNode([windowsPath(script), ...args]);
});
