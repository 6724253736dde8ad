// npm run test:ia32: the ia32 binary in 32-bit Windows Node, on the BITS service of 32-bit Wine. Debian cannot install
// that beside the 64-bit one, so it gets a small Debian of its own (900 MB below .cache), which is entered with chroot:
// on x86-64 Linux, as root.
//
//   npm run test:ia32                 all test files but those of the COM double, which is built for x64 only
//   npm run test:ia32 -- PATTERN …    those whose path matches; other words go to jest too
//
// The last line is `N passed, N failed`.
import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { which } from '../../testbed/which.mjs';
import { windowsPath, wineEnv } from '../../testbed/wine.mjs';
import { ensureDependencies, ensureFolder, ensureTools, forWindows } from '../build/dependencies.mjs';
import { ensureLibrary } from '../build/library.mjs';
import { prebuildAll } from '../build/prebuilds.mjs';
import { setUp } from '../build/setup.mjs';
import { main, say } from '../util/command.mjs';
import { cache, fingerprint, inRoot, isMarked, mark, root, unmark } from '../util/files.mjs';
import { SetupError, run } from '../util/process.mjs';
import { Totals, runJest } from './jest.mjs';

// Of the same Wine as the x64 tests run on: what it answers is what they expect.
const SUITE = 'bookworm';
const CONTENTS = [
  '--variant=apt',
  '--architectures=i386',
  '--include=wine32',
  '--aptopt=APT::Install-Recommends "false"',
  SUITE,
];
const tools = [
  { package: 'mmdebstrap', found: () => which('mmdebstrap') },
  { package: 'arch-test', found: () => which('arch-test') },
  { package: 'debian-archive-keyring', found: () => fs.existsSync('/usr/share/keyrings/debian-archive-keyring.gpg') },
];
const tree = path.join(cache, 'ia32/debian');
const prefix = path.join(cache, 'ia32/wine');
const node = inRoot('testbed/windows-ia32/node_modules/node-win-x86/bin/node.exe');
const LIMIT_MS = 20 * 60_000;

async function ensureTree() {
  if (
    await run('arch-test', ['i386']).then(
      () => false,
      () => true,
    )
  ) {
    throw new SetupError('This system does not run 32-bit programs.');
  }
  const print = fingerprint([], CONTENTS);
  if (isMarked('ia32', print) && fs.existsSync(prefix)) return;
  say('making a 32-bit Debian with Wine (900 MB)');
  unmark('ia32');
  fs.rmSync(path.dirname(tree), { recursive: true, force: true });
  fs.mkdirSync(path.dirname(tree), { recursive: true });
  await run('mmdebstrap', [...CONTENTS, tree, ...(await mirror())]);
  // wineserver writes the registry when it ends, which it must do before the last process is killed.
  const steps = 'wine winecfg -v win10; wineserver -k || true; wineserver -w';
  const code = await inside(['sh', '-ec', steps], { stdio: 'ignore' });
  if (code !== 0) throw new SetupError(`32-bit Wine does not start (exit code ${code})`);
  mark('ia32', print);
}

/**
 * The Debian archive that this system uses, without the security archive, whose 32-bit packages do not always fit;
 * nothing where it uses none, which is for mmdebstrap to choose.
 */
async function mirror() {
  const format = ['--format', '$(REPO_URI)', 'Created-By: Packages', 'Label: Debian'];
  const [known] = (await run('apt-get', ['indextargets', ...format]).catch(() => '')).split('\n');
  return known ? [`deb ${known} ${SUITE} main`] : [];
}

/**
 * Runs a command in the tree, where this folder has the same name. The mounts are seen by the command only, and all
 * that it has started ends with it.
 */
async function inside(command, options) {
  const script =
    'mkdir -p "$1$2"; mount -t proc proc "$1/proc"; mount --bind "$2" "$1$2"; ' +
    'tree=$1 root=$2; shift 2; chroot "$tree" sh -ec \'cd "$0"; exec "$@"\' "$root" "$@"';
  const env = wineEnv(
    {
      PATH: '/usr/lib/wine:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      NO_COLOR: '1',
      NODE_OPTIONS: `--require=${JSON.stringify(windowsPath(inRoot('testbed/stdio.cjs')))}`,
    },
    prefix,
  );
  const child = spawn(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-ec', script, 'sh', tree, root, ...command],
    { env, ...options },
  );
  const [code] = await once(child, 'exit');
  return code;
}

/** Jest in the tree; what it prints is shown. */
const nodeInside = (args) =>
  inside(['wine', node, ...args], { stdio: ['ignore', 'ignore', 'inherit'], timeout: LIMIT_MS });

const jest = (name, folders) =>
  runJest(`ia32-${name}`, folders, nodeInside, [
    '--testPathIgnorePatterns=endurance',
    '--runInBand',
    ...process.argv.slice(2),
  ]);

process.chdir(root);
await main(async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64' || process.getuid() !== 0) {
    throw new SetupError('test:ia32 runs on x86-64 Linux as root: it enters a Debian of its own with chroot.');
  }
  await setUp([
    ensureDependencies,
    () => ensureTools(tools),
    ensureLibrary,
    () => prebuildAll({ archs: ['ia32'] }),
    () => ensureFolder('windows-ia32', node, forWindows('x86')),
    ensureTree,
  ]);
  const totals = new Totals();
  totals.add(await jest('windows', ['service', 'lifetime', 'package']));
  totals.add(await jest('exclusive', ['exclusive']));
  return totals.print();
});
