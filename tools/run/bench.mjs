// npm run bench [-- NAME …]: what the package costs, as ratios within one run. See bench/bench.js and docs/performance.md.
import { windowsPath } from '../../testbed/wine.mjs';
import { isInstalled } from '../build/dependencies.mjs';
import { setUp } from '../build/setup.mjs';
import { main } from '../util/command.mjs';
import { inRoot } from '../util/files.mjs';
import { runNpm } from '../util/process.mjs';
import { runWindowsNode } from './windows-node.mjs';

await main(async () => {
  await setUp();
  // The peers are not the package's business; they have a folder and a lock file of their own.
  if (!isInstalled('bench'))
    await runNpm(['ci', '--prefix', inRoot('bench'), '--os=win32', `--cpu=${process.arch}`, '--no-audit', '--no-fund']);
  return runWindowsNode([windowsPath(inRoot('bench/bench.js')), ...process.argv.slice(2)], {});
});
