// Runs jest over folders of test/, and counts.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { inRoot, root } from '../util/files.mjs';
import { SetupError } from '../util/process.mjs';

/** What passed and failed in a command; its last line is always `N passed, N failed`. */
export class Totals {
  passed = 0;
  failed = 0;

  add({ passed, failed }) {
    this.passed += passed;
    this.failed += failed;
  }

  /** Prints the last line and gives the exit code. */
  print() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 ? 0 : 1;
  }
}

/** The command line of jest for folders of test/. */
export const jestCommand = (folders, ...more) => [
  'node_modules/jest/bin/jest.js',
  ...folders.map((folder) => `--roots=<rootDir>/test/${folder}`),
  '--watchman=false',
  ...more,
];

/**
 * Runs jest and gives its counts. `start` runs Node with arguments, in the root, and gives the exit code; `name` tells
 * the reports of runs apart that happen side by side.
 */
export async function runJest(name, folders, start, more = []) {
  // Relative, because Windows Node has other names for these folders than we have.
  const report = `.cache/jest-${name}.json`;
  fs.mkdirSync(inRoot('.cache'), { recursive: true });
  fs.rmSync(inRoot(report), { force: true });
  const code = await start(jestCommand(folders, '--json', `--outputFile=${report}`, '--passWithNoTests', ...more));
  if (!fs.existsSync(inRoot(report))) throw new SetupError(`jest ended without a report (exit code ${code})`);

  const result = JSON.parse(fs.readFileSync(inRoot(report), 'utf8'));
  const unrun = result.numPendingTests + result.numTodoTests;
  if (unrun > 0) console.log(`${unrun} tests were skipped`);
  // A suite that could not be loaded, or a jest that failed for another reason, has no failed test to show for it.
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  if (code !== 0 && failed === 0) throw new SetupError(`jest failed (exit code ${code})`);
  return { passed: result.numPassedTests, failed };
}

/** Node on this system. Standard output is not shown by default: jest prints its report there, and all else elsewhere. */
export const nodeHere = (args, stdout = 'ignore') =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', stdout, 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
