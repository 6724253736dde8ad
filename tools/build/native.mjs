// npm run build:native: builds the addon from binding.gyp, with MSVC on Windows, with MinGW-w64 on Linux.
//
//   node tools/build/native.mjs [--arch=x64] [--debug] [--double] [--lenient]
//
// --lenient: MSVC's warnings are not errors, and all its output is printed.
// Results: prebuilds/win32-<arch>/windows_bits.node (all that the package needs) and, with --double, what the tests need
// besides: build/test/bits_double.node. tools/build/prebuilds.mjs builds for all CPUs.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { cache, fingerprint, inRoot, install, isMarked, listFiles, mark, root, unmark } from '../util/files.mjs';
import { SetupError, run, runNode } from '../util/process.mjs';
import { crossTools } from './toolchains.mjs';

const onWindows = process.platform === 'win32';

export async function buildNative({
  arch = onWindows ? process.arch : 'x64',
  debug = false,
  double = false,
  lenient = false,
  say = console.error,
} = {}) {
  const outputs = [
    ['windows_bits.node', inRoot('prebuilds', `win32-${arch}`, 'windows_bits.node')],
    ...(double ? [['bits_double.node', inRoot('build/test/bits_double.node')]] : []),
  ];

  const name = `native-${arch}${debug ? '-debug' : ''}${lenient ? '-lenient' : ''}`;
  const recipe = [
    'binding.gyp',
    'package-lock.json',
    'tools/build/native.mjs',
    'tools/build/toolchains.mjs',
    ...listFiles('testbed/cross', /gypi$|cpp$/),
  ];
  const ofAddon = listFiles('native');
  const ofDouble = double ? listFiles('test/double') : [];
  // A build for the tests is one for the package as well.
  const marks = [['native', name + fingerprint([...ofAddon, ...recipe])]];
  if (double) marks.push(['native-double', name + fingerprint([...ofAddon, ...ofDouble, ...recipe])]);
  if (marks.every((each) => isMarked(...each)) && outputs.every(([, to]) => fs.existsSync(to))) return;

  say(`building the addon (${arch}${debug ? ', debug' : ''})`);
  for (const stamp of ['native', 'native-double']) unmark(stamp);
  const nodeGyp = inRoot('node_modules/node-gyp/bin/node-gyp.js');
  const options = commonArguments({ arch, debug });
  const env = onWindows ? { ...process.env } : await crossEnvironment(arch);

  // The project files depend on the recipe and on which files there are; their contents are make's business.
  const projects = name + fingerprint(recipe, ofAddon, ofDouble);
  if (!isMarked('native-projects', projects) || !fs.existsSync(inRoot('build/config.gypi'))) {
    unmark('native-projects');
    fs.rmSync(inRoot('build'), { recursive: true, force: true });
    await runNode(nodeGyp, configureArguments({ arch, debug, double, lenient }), { env });
    mark('native-projects', projects);
  }
  const said = await runNode(nodeGyp, ['build', '--jobs=max', ...options], { env });
  if (lenient) console.log(said);

  for (const [file, to] of outputs) install(inRoot('build', debug ? 'Debug' : 'Release', file), to);
  for (const each of marks) mark(...each);
}

const commonArguments = ({ arch, debug }) => ['--loglevel=warn', `--arch=${arch}`, debug ? '--debug' : '--release'];

/** What node-gyp is told. The COM double is for the tests: no build of the package has it. */
export function configureArguments({ arch, debug = false, double = false, lenient = false }) {
  // The second generator notes the command line of each source, for tools/lint/native.mjs.
  const generators = onWindows ? [] : [...crossGenerator(arch), '-f', 'compile_commands_json-linux'];
  const variables = [...(double ? ['-Dbits_double=1'] : []), ...(lenient ? ['-Dwarnings_are_errors=false'] : [])];
  return ['configure', ...commonArguments({ arch, debug }), '--', ...variables, ...generators];
}

/** The environment in which node-gyp cross-builds, and the folder it takes for Node's headers. */
export async function crossEnvironment(arch) {
  if (/\s/.test(root))
    throw new SetupError(`The cross build needs a folder without spaces (GNU make); this is ${root}`);
  const tools = crossTools(arch);
  const env = {
    ...process.env,
    ...tools,
    // The variable: it wins over the flag, and a user's .npmrc may have set it.
    npm_config_nodedir: path.join(cache, `nodedir-${arch}`),
  };
  // Only binding.gyp decides on flags. LINK would replace the linker.
  for (const name of ['CFLAGS', 'CXXFLAGS', 'CPPFLAGS', 'LDFLAGS', 'LINK']) delete env[name];
  await makeNodeFolder(env.npm_config_nodedir, env);
  return env;
}

/** How gyp is told to write makefiles for a cross build. */
export const crossGenerator = (arch) => ['-f', 'make-linux', '-DOS=win', `-Dcross=${arch === 'arm64' ? 'zig' : 'gcc'}`];

async function makeNodeFolder(folder, env) {
  const [cxx, ...target] = env.CXX.split(' ');
  const print = fingerprint(
    ['package-lock.json', 'testbed/cross/common.gypi', 'testbed/cross/node_imports.cpp'],
    env.CXX,
  );
  const name = path.basename(folder);
  if (isMarked(name, print) && fs.existsSync(folder)) return;

  const require = createRequire(inRoot('package.json'));
  const headers = require('node-api-headers');
  const include = path.join(folder, 'include/node');
  const lib = path.join(folder, 'lib');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(include, { recursive: true });
  fs.mkdirSync(lib, { recursive: true });
  fs.cpSync(headers.include_dir, include, { recursive: true });
  fs.copyFileSync(inRoot('testbed/cross/common.gypi'), path.join(include, 'common.gypi'));
  fs.writeFileSync(path.join(include, 'config.gypi'), "{ 'variables': {}, 'target_defaults': {} }\n");

  // NAPI_VERSION in binding.gyp decides which of these our code can name; the rest cost nothing.
  const { js_native_api_symbols: js, node_api_symbols: node } = headers.symbols.v9;
  const symbols = [...js, ...node].sort();
  fs.writeFileSync(path.join(lib, 'node_api_symbols.inc'), symbols.map((symbol) => `X(${symbol})\n`).join(''));
  await run(
    cxx,
    [
      ...target,
      '-std=c++17',
      '-O2',
      '-Wall',
      '-Wextra',
      '-Werror',
      `-I${lib}`,
      '-c',
      inRoot('testbed/cross/node_imports.cpp'),
      '-o',
      path.join(lib, 'node_imports.o'),
    ],
    { env },
  );
  mark(name, print);
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1] ?? '.')).href) {
  const arch = process.argv.find((arg) => arg.startsWith('--arch='))?.slice('--arch='.length);
  try {
    await buildNative({
      ...(arch ? { arch } : {}),
      ...Object.fromEntries(['debug', 'double', 'lenient'].map((word) => [word, process.argv.includes(`--${word}`)])),
    });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
