// npm run bench: what a call costs, as ratios within one run. See docs/performance.md.
import { inRoot } from '../testbed/files.mjs';
import { runNpm } from '../testbed/run.mjs';
import { main, setUp } from '../testbed/setup.mjs';
import { runWindowsNode, windowsPath } from '../testbed/wine.mjs';

await main(async () => {
  await setUp();
  // The peers are not the package's business; they have a folder and a lock file of their own.
  await runNpm(['ci', '--prefix', inRoot('bench'), '--os=win32', `--cpu=${process.arch}`, '--no-audit', '--no-fund']);
  return runWindowsNode([windowsPath(inRoot('bench/bench.js'))], {});
});
