// npm run prebuilds: the binaries of the package for x64, ia32 and arm64, cross-built on Linux and verified.
//
//   npm run prebuilds                       all of them
//   npm run prebuilds -- x64 ia32           some of them
//   npm run prebuilds -- --twice            and once more from other folders: the bytes must be the same
//
// Each is built from a copy of the sources, so that the build of the tests (build/) stays as it is.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { which } from '../../testbed/which.mjs';
import { cache, fingerprint, inRoot, install, isMarked, listFiles, mark, unmark } from '../util/files.mjs';
import { main, say } from '../util/command.mjs';
import { SetupError, runNode, runNpm } from '../util/process.mjs';
import { ensureDependencies, ensureTools } from './dependencies.mjs';
import { crossEnvironment, crossGenerator } from './native.mjs';
import { gccPackage, zig } from './toolchains.mjs';
import { report } from './verify-binary.mjs';

const ARCHS = ['x64', 'ia32', 'arm64'];
const BINARY = 'windows_bits.node';

async function ensureCompiler(arch) {
  if (arch !== 'arm64') return ensureTools([gccPackage(arch)]);
  if (which(zig)) return undefined;
  say('installing zig (400 MB)');
  return runNpm(['ci', '--prefix', inRoot('testbed/zig'), '--ignore-scripts', '--no-audit', '--no-fund']);
}

const sources = () => ['binding.gyp', 'package.json', ...listFiles('native')];

/** Builds in a folder below .cache and returns the binary's name. */
async function build(arch, folder) {
  fs.rmSync(folder, { recursive: true, force: true });
  for (const file of sources()) fs.cpSync(inRoot(file), path.join(folder, file));
  const nodeGyp = inRoot('node_modules/node-gyp/bin/node-gyp.js');
  const options = { env: await crossEnvironment(arch), cwd: folder };
  const flags = ['--loglevel=warn', `--arch=${arch}`, '--release'];
  await runNode(nodeGyp, ['configure', ...flags, '--', ...crossGenerator(arch)], options);
  await runNode(nodeGyp, ['build', '--jobs=max', ...flags], options);
  const file = path.join(folder, 'build/Release', BINARY);
  if (arch === 'arm64') clearTimestamp(file);
  return file;
}

/** zig takes no option that leaves the time of the build out of the COFF header. */
function clearTimestamp(file) {
  const bytes = fs.readFileSync(file);
  bytes.writeUInt32LE(0, bytes.readUInt32LE(0x3c) + 8);
  fs.writeFileSync(file, bytes);
}

async function prebuild(arch, twice) {
  await ensureCompiler(arch);
  const target = inRoot('prebuilds', `win32-${arch}`, BINARY);
  const print = fingerprint([
    ...sources(),
    'package-lock.json',
    'tools/build/prebuilds.mjs',
    'tools/build/native.mjs',
    'tools/build/toolchains.mjs',
    ...listFiles('testbed/cross'),
  ]);
  const name = `prebuild-${arch}`;
  if (!twice && isMarked(name, print + fileHash(target))) return;

  say(`building for ${arch}`);
  unmark(name);
  const first = await build(arch, path.join(cache, 'prebuild', arch));
  if (twice) {
    const second = await build(arch, path.join(cache, 'prebuild-again', 'in-another-folder', arch));
    if (!fs.readFileSync(first).equals(fs.readFileSync(second))) {
      throw new SetupError(`Two builds for ${arch} differ: ${first} and ${second}`);
    }
    say(`two builds for ${arch} are the same`);
  }
  install(first, target);
  mark(name, print + fileHash(target));
}

const fileHash = (file) => (fs.existsSync(file) ? fingerprint([path.relative(inRoot(), file)]) : '');

/** Builds what is out of date. */
export async function prebuildAll({ archs = ARCHS, twice = false } = {}) {
  await ensureDependencies();
  for (const arch of archs) await prebuild(arch, twice);
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1] ?? '.')).href) {
  const words = process.argv.slice(2);
  const archs = words.filter((word) => ARCHS.includes(word));
  await main(async () => {
    await prebuildAll({ ...(archs.length > 0 ? { archs } : {}), twice: words.includes('--twice') });
    return report({ archs: archs.length > 0 ? archs : ARCHS });
  });
}
