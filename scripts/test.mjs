// npm test: lint, types, unit tests on this system, then the addon's tests in Windows Node.
//
//   npm test                 everything
//   npm test -- PATTERN …    only the test files whose path matches, without the checks; other words go to jest too
//
// The last line is always `N passed, N failed`: tests of both jest runs, plus one for each other step that failed.
import fs from 'node:fs';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { cache, inRoot, root } from '../testbed/files.mjs';
import { SetupError, runNode } from '../testbed/run.mjs';
import * as setup from '../testbed/setup.mjs';
import { onWindows, prefix, runWindowsNode } from '../testbed/wine.mjs';
import { lintNative } from './lint-native.mjs';

process.chdir(root);
const jestArgs = process.argv.slice(2);
/**
 * The folders of test/ that run in Windows Node. Within a lane one file runs after the other, because all use the one
 * queue of the service, and some stop it. Lanes run side by side under Wine, each with a Windows, and so a service, of
 * its own; on Windows, which has one, they take turns.
 */
const lanes = [
  { folders: ['service'], winePrefix: prefix },
  { folders: ['native', 'package', 'exclusive'], winePrefix: path.join(cache, 'wine-2') },
  { folders: ['lifetime', 'hang'], winePrefix: path.join(cache, 'wine-3') },
];
const windowsTimeout = 20 * 60_000;

const started = performance.now();
const total = { passed: 0, failed: 0 };
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Runs one step under a header. An error is counted as one failure and shown; a step that counted failures itself
 * returns false. The next step runs all the same.
 */
async function step(title, work) {
  console.log(`\n== ${title}`);
  const since = performance.now();
  let ok;
  try {
    ok = (await work()) !== false;
  } catch (error) {
    ok = false;
    total.failed++;
    console.log(error instanceof SetupError ? error.message : (error.stack ?? String(error)));
  }
  console.log(`-- ${ok ? 'ok' : 'FAILED'}: ${title}, ${seconds(since)}`);
  return ok;
}

const tool = (file, ...args) => runNode(inRoot('node_modules', file), args);

async function checkSources() {
  const checks = [
    tool('eslint/bin/eslint.js', '--max-warnings=0', '--cache', '--cache-location=.cache/eslint', '.'),
    tool(
      'prettier/bin/prettier.cjs',
      '--check',
      '--log-level=warn',
      '--cache',
      '--cache-location=.cache/prettier',
      '.',
    ),
    tool('typescript/bin/tsc', '-p', 'test/tsconfig.json', '--incremental', '--tsBuildInfoFile', '.cache/types'),
    lintNative().then((problems) => {
      if (problems.length > 0) throw new SetupError(problems.join('\n'));
    }),
  ];
  const failures = (await Promise.allSettled(checks)).filter((result) => result.status === 'rejected');
  if (failures.length > 0) throw new SetupError(failures.map(({ reason }) => reason.message).join('\n\n'));
}

/** Runs jest over folders of test/ and adds its counts. `start` runs Node with arguments and gives the exit code. */
async function jest(folders, start, more = []) {
  // Relative, because Windows Node has other names for these folders than we have.
  const report = `.cache/jest-${folders[0]}.json`;
  fs.mkdirSync(cache, { recursive: true });
  fs.rmSync(inRoot(report), { force: true });
  const code = await start([
    'node_modules/jest/bin/jest.js',
    ...folders.map((folder) => `--roots=<rootDir>/test/${folder}`),
    '--watchman=false',
    '--json',
    `--outputFile=${report}`,
    '--passWithNoTests',
    ...more,
    ...jestArgs,
  ]);
  if (!fs.existsSync(inRoot(report))) throw new SetupError(`jest ended without a report (exit code ${code})`);

  const result = JSON.parse(fs.readFileSync(inRoot(report), 'utf8'));
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests;
  const unrun = result.numPendingTests + result.numTodoTests;
  if (unrun > 0) console.log(`${unrun} tests were skipped`);
  // A suite that could not be loaded, or a jest that failed for another reason, has no failed test to show for it.
  const broken = result.numRuntimeErrorTestSuites;
  total.failed += broken;
  const failed = result.numFailedTests + broken;
  if (code !== 0 && failed === 0) throw new SetupError(`jest failed (exit code ${code})`);
  return failed === 0;
}

const here = (args) =>
  new Promise((resolve, reject) => {
    // --json prints the report to standard output as well; jest's own words go to standard error.
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });

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
    jest(folders, inWindows(folders[0], winePrefix), ['--runInBand']),
  );

const ready = await step('Set-up', () =>
  setup.setUp([
    ...setup.everything,
    ...lanes.map(
      ({ winePrefix }) =>
        () =>
          setup.ensureCopyOfPrefix(winePrefix),
    ),
  ]),
);
if (ready) {
  if (jestArgs.length === 0) await step('Lint and types', checkSources);
  await step('Unit tests on this system', () => jest(['unit'], here));
  if (onWindows) for (const lane of lanes) await testInWindows(lane);
  else await Promise.all(lanes.map(testInWindows));
}

console.log(`\n${seconds(started)} in all`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
