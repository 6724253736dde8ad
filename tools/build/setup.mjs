// Everything that Windows Node, the library and the tests need, made when it is missing or out of date.
// Each step is a few milliseconds when there is nothing to do. Works on Windows and on x86-64 Linux.
//
//   node tools/build/setup.mjs            everything
//   node tools/build/setup.mjs build      only what the package is made of: dist/ and prebuilds/
//
// Nothing that is imported here may import a package: node_modules may not exist yet.
import { isProgram, main, say } from '../util/command.mjs';
import { root } from '../util/files.mjs';
import { withLock } from '../util/lock.mjs';
import { ensureDependencies, ensureTools } from './dependencies.mjs';
import { ensureLibrary } from './library.mjs';
import { buildNative } from './native.mjs';
import { ensurePrefix, ensureWindowsNode } from './windows.mjs';

export const ensureNative = () => buildNative({ say });
/** With the COM double of the tests. */
export const ensureTestNative = () => buildNative({ double: true, say });

const toBuild = [ensureDependencies, ensureTools, ensureLibrary, ensureNative];
export const everything = [
  ensureDependencies,
  ensureTools,
  ensureLibrary,
  ensureTestNative,
  ensureWindowsNode,
  ensurePrefix,
];

/** The given steps, in order; nobody else sets up this folder meanwhile. */
export const setUp = (steps = everything) =>
  withLock(async () => {
    for (const step of steps) await step();
  }, say);

if (isProgram(import.meta)) {
  process.chdir(root);
  await main(() => setUp(process.argv[2] === 'build' ? toBuild : everything));
}
