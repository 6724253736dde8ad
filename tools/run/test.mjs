// npm test: lint, types, tests on this system, then the addon's tests in Windows Node.
//
//   npm test                 everything
//   npm test -- PATTERN …    only the test files whose path matches, without the checks; other words go to jest too
//
// The last line is always `N passed, N failed`: tests of all jest runs, plus one for each other step that failed.
import fs from 'node:fs';
import path from 'node:path';
import { onWindows, prefix } from '../../testbed/wine.mjs';
import { everything, setUp } from '../build/setup.mjs';
import { ensureCopyOfPrefix } from '../build/windows.mjs';
import { checkSources } from '../lint/lint.mjs';
import { cache, root } from '../util/files.mjs';
import { SetupError } from '../util/process.mjs';
import { Totals, nodeHere, runJest } from './jest.mjs';
import { runWindowsNode } from './windows-node.mjs';

process.chdir(root);
const jestArgs = process.argv.slice(2);
/**
 * The folders of test/ that run in Windows Node. Within a lane one file runs after the other, because all use the one
 * queue of the service, and some stop it. Lanes run side by side under Wine, each with a Windows, and so a service, of
 * its own; on Windows, which has one, they take turns.
 */
const lanes = [
  { folders: ['service'], winePrefix: prefix },
  { folders: ['native', 'exclusive', 'contract/service'], winePrefix: path.join(cache, 'wine-2') },
  { folders: ['lifetime', 'hang'], winePrefix: path.join(cache, 'wine-3') },
];
const windowsTimeout = 20 * 60_000;

const started = performance.now();
const totals = new Totals();
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Runs one step under a header. An error is counted as one failure and shown; `work` may return counts of its own. The
 * next step runs all the same.
 */
async function step(title, work) {
  console.log(`\n== ${title}`);
  const since = performance.now();
  let counts;
  try {
    counts = (await work()) ?? { passed: 0, failed: 0 };
  } catch (error) {
    counts = { passed: 0, failed: 1 };
    console.log(error instanceof SetupError ? error.message : (error.stack ?? String(error)));
  }
  totals.add(counts);
  const ok = counts.failed === 0;
  console.log(`-- ${ok ? 'ok' : 'FAILED'}: ${title}, ${seconds(since)}`);
  return ok;
}

/** In Windows Node; what it prints is shown when it has ended, so that lanes do not mix. */
const inWindows = (lane, winePrefix) => async (args) => {
  const log = path.join(cache, `jest-${lane}.log`);
  const file = fs.openSync(log, 'w');
  try {
    return await runWindowsNode(args, {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'ignore', file],
      timeout: windowsTimeout,
      winePrefix,
    });
  } finally {
    fs.closeSync(file);
    process.stderr.write(fs.readFileSync(log));
  }
};

const testInWindows = ({ folders, winePrefix }) =>
  step(`${folders.join(', ')}, in ${onWindows ? 'Windows' : 'Windows Node (Wine)'}`, () =>
    runJest(folders[0], folders, inWindows(folders[0], winePrefix), ['--runInBand', ...jestArgs]),
  );

const ready = await step('Set-up', () =>
  setUp([...everything, ...lanes.map((lane) => () => ensureCopyOfPrefix(lane.winePrefix))]),
);
if (ready) {
  // Beside each other, because neither keeps two cores busy to its end. The lanes come after: their tests measure time.
  await Promise.all([
    jestArgs.length === 0 && step('Lint and types', checkSources),
    step('Unit tests and what was built, on this system', () =>
      runJest('unit', ['unit', 'build', 'contract/simulation', 'service'], nodeHere, ['--maxWorkers=2', ...jestArgs]),
    ),
  ]);
  if (onWindows) for (const lane of lanes) await testInWindows(lane);
  else await Promise.all(lanes.map(testInWindows));
}

console.log(`\n${seconds(started)} in all`);
process.exitCode = totals.print();
