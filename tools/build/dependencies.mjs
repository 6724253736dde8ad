// The packages that other steps need: npm's, each folder by its lock file, and those of the system.
import fs from 'node:fs';
import { findWine, findWineserver, onWindows } from '../../testbed/wine.mjs';
import { which } from '../../testbed/which.mjs';
import { say } from '../util/command.mjs';
import { inRoot } from '../util/files.mjs';
import { SetupError, run, runNpm } from '../util/process.mjs';
import { gccPackage } from './toolchains.mjs';

/** Whether a folder holds what its package-lock.json asks for; npm notes what it installed in node_modules. */
export function isInstalled(folder) {
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

const quiet = ['--ignore-scripts', '--no-audit', '--no-fund'];

/** The packages of the repository itself. */
export async function ensureDependencies() {
  if (isInstalled('.')) return;
  say('installing npm packages');
  await runNpm(['ci', '--include=dev', ...quiet]);
}

/** Takes packages made for another system. They are optional in their folder: npm skips them otherwise. */
export const forWindows = (cpu) => ['--os=win32', `--cpu=${cpu}`, '--include=optional'];

/** The packages of a folder of testbed/. `wanted` is the file that counts: npm is content without an optional one. */
export async function ensureFolder(folder, wanted, options = []) {
  if (isInstalled(`testbed/${folder}`) && fs.existsSync(wanted)) return;
  say(`installing testbed/${folder}`);
  await runNpm(['ci', '--prefix', inRoot('testbed', folder), ...options, ...quiet]);
  if (!fs.existsSync(wanted)) throw new SetupError(`npm did not install ${wanted}`);
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
