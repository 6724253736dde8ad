// Checks of the C++ sources that the build does not make:
//  - includes keep to the layers: native/binding -> native/bits -> native/win, and Node-API stays in binding;
//  - no name is one of the Windows SDK's macros that MinGW's headers lack;
//  - clang-format would change nothing (.clang-format);
//  - on Linux, where GCC builds, clang-tidy reads every source in MSVC mode (ABI, __uuidof, _MSC_VER branches), which
//    finds what only GCC accepts before the Windows build does.
//
//   npm run lint:native       also runs the checks in .clang-tidy, which take minutes; needs a finished build
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { which } from '../../testbed/which.mjs';
import { fingerprint, inRoot, isMarked, listFiles, mark } from '../util/files.mjs';
import { compilerNames } from '../build/toolchains.mjs';
import { run, runNode } from '../util/process.mjs';

// What a layer may include, besides itself. addon.cc is the entry point and belongs to binding.
const mayInclude = { binding: ['bits', 'win'], bits: ['win'], win: [] };
const nodeHeaders = /^(napi|node_api|js_native_api)/;

function layerProblems() {
  const problems = [];
  for (const file of listFiles('native', /\.(cc|h)$/)) {
    const layer = path.posix.dirname(file) === 'native' ? 'binding' : file.split('/')[1];
    if (mayInclude[layer] === undefined) problems.push(`${file}: native/${layer} is not one of the layers`);
    fs.readFileSync(inRoot(file), 'utf8')
      .split('\n')
      .forEach((line, index) => {
        const included = /^\s*#\s*include\s*[<"]([^>"]+)[>"]/.exec(line)?.[1];
        if (included === undefined) return;
        const at = `${file}:${index + 1}: `;
        if (nodeHeaders.test(included) && layer !== 'binding') {
          problems.push(`${at}<${included}> belongs in native/binding only`);
        }
        if (line.includes('"')) {
          // Own headers are named from native/ on, or relative to the including file.
          const own = [`native/${included}`, path.posix.join(path.posix.dirname(file), included)].find((name) =>
            fs.existsSync(inRoot(name)),
          );
          const target = own === undefined || path.posix.dirname(own) === 'native' ? undefined : own.split('/')[1];
          if (target !== undefined && target !== layer && !mayInclude[layer]?.includes(target)) {
            problems.push(`${at}native/${layer} must not include native/${target}`);
          }
        }
      });
  }
  return problems;
}

// Macros of the Windows SDK that could be taken for names of ours. (min and max are left out by NOMINMAX.)
const sdkMacros = {
  'rpcndr.h': 'small hyper',
  'minwindef.h': 'near far pascal cdecl NEAR FAR PASCAL CDECL IN OUT OPTIONAL CONST STRICT',
  'combaseapi.h': 'interface PURE THIS THIS_',
  'winnt.h': 'DELETE SYNCHRONIZE UNALIGNED TEXT VOID',
  'wingdi.h': 'ERROR ABSOLUTE RELATIVE OPAQUE TRANSPARENT ALTERNATE WINDING PLANES TECHNOLOGY HALFTONE RGB GetObject',
  'winbase.h': 'IGNORE Yield GetCurrentTime GetUserName CopyFile MoveFile',
  'winuser.h': 'DIFFERENCE GetMessage SendMessage PostMessage GetClassName LoadString',
  'fileapi.h': 'CreateFile DeleteFile',
};
const macroHeaders = new Map(
  Object.entries(sdkMacros).flatMap(([header, names]) => names.split(' ').map((name) => [name, header])),
);

/** Names in a C++ text that are macros of the SDK. Comments, texts and directives do not count. */
export function macroProblems(file, text) {
  const blank = (part) => part.replace(/[^\n]/g, ' ');
  const code = text.replace(/\/\/.*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|^[ \t]*#.*/gm, blank);
  return code
    .split('\n')
    .flatMap((line, index) =>
      (line.match(/\b[A-Za-z]\w*\b/g) ?? [])
        .filter((name) => macroHeaders.has(name))
        .map(
          (name) =>
            `${file}:${index + 1}: '${name}' is a macro of the Windows SDK (${macroHeaders.get(name)}): take another name`,
        ),
    );
}

const cppFiles = () => [
  ...listFiles('native', /\.(cc|h)$/),
  ...listFiles('test/double', /\.(cc|h|inc)$/),
  ...listFiles('testbed/cross', /\.(cpp|h)$/),
];

const clangWarnings = [
  '-Wall',
  '-Wextra',
  '-Wpedantic',
  '-Werror',
  '-Wgnu',
  '-Wmicrosoft',
  '-Wvla',
  '-Wc++20-extensions',
  '-Wshorten-64-to-32',
  '-Wsign-conversion',
  '-Wimplicit-int-conversion',
  // Caused by standing between two worlds, not by our sources.
  '-Wno-language-extension-token',
  '-Wno-unknown-pragmas',
  '-Wno-#warnings',
];

/** The version of clang-format is the one in package-lock.json, because its releases differ in what they write. */
const formatProblems = () =>
  runNode(inRoot('node_modules/@wasm-fmt/clang-format/clang-format-cli.cjs'), [
    '--dry-run',
    '-Werror',
    ...cppFiles().filter((file) => !file.endsWith('.inc')), // generated
  ]).then(
    () => [],
    (error) => [`${error.message}\nnpx clang-format -i FILE formats it.`],
  );

/** The options of clang in MSVC mode, over the headers of MinGW-w64. */
async function msvcMode() {
  const gcc = which(...compilerNames('x64', 'g++'));
  const include = path.join(path.dirname((await run(gcc, ['-print-libgcc-file-name'])).trim()), 'include');
  return [
    '--target=x86_64-pc-windows-msvc',
    '-fms-extensions',
    '-fms-compatibility',
    '-fms-compatibility-version=19.40',
    '-fgnuc-version=12.2.0',
    '-D__MINGW32__=1',
    '-D__MINGW64__=1',
    '-include',
    inRoot('testbed/cross/msvc_shim.h'),
    '-std=c++17',
    '-fsyntax-only',
    '-fexceptions',
    '-fcxx-exceptions',
    '-fno-delayed-template-parsing',
    '-isystem',
    `${include}/c++`,
    '-isystem',
    `${include}/c++/x86_64-w64-mingw32`,
    '-isystem',
    '/usr/x86_64-w64-mingw32/include',
  ];
}

/** The definitions and folders of each source in the build: binding.gyp stays the only place that knows them. */
function buildOptions() {
  const commands = JSON.parse(fs.readFileSync(inRoot('build/Release/compile_commands.json'), 'utf8'));
  return (source) => {
    const entry = commands.find(({ file }) => path.resolve(inRoot('build'), file) === inRoot(source));
    if (entry === undefined) throw new Error(`${source}: is not part of the build`);
    const words = [...entry.command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
    return words.flatMap((word) => {
      if (word.startsWith('-isystem ')) return word.split(' ');
      return /^-[DI]/.test(word) ? [word] : [];
    });
  };
}

/** What clang-tidy has to read: sources that have not been found clean as they are now. `all`: with all of its checks. */
async function tidyTasks(all) {
  const headers = [...listFiles('native', /\.h$/), ...listFiles('test/double', /\.(h|inc)$/)];
  const others = ['.clang-tidy', 'testbed/cross/msvc_shim.h'];
  const packages = ['node-addon-api', 'node-api-headers'].map((name) => `node_modules/${name}/package.json`);
  const mode = await msvcMode();
  const optionsOf = buildOptions();
  return [...listFiles('native', /\.cc$/), ...listFiles('test/double', /\.cc$/)]
    .map((source) => {
      const options = [...mode, ...optionsOf(source), ...clangWarnings];
      const print = fingerprint([source, ...headers, ...others, ...packages], options);
      const stamps = all ? [`tidy/${source}`] : [`msvc-mode/${source}`, `tidy/${source}`]; // all checks are more than enough
      return { source, options, stamps, print };
    })
    .filter(({ stamps, print }) => !stamps.some((stamp) => isMarked(stamp, print)));
}

async function tidyProblems(all) {
  const checks = all ? [] : ['--checks=-*,clang-diagnostic-*,portability-*'];
  const queue = await tidyTasks(all);
  const problems = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { source, options, stamps, print } = next;
      try {
        await run('clang-tidy', ['--quiet', ...checks, inRoot(source), '--', ...options]);
        mark(stamps[0], print);
      } catch (error) {
        problems.push(error.message);
      }
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, worker));
  return problems;
}

/** What is wrong, one text each; empty when all is well. `clang`: has clang read the sources; `tidy`: with all its checks. */
export async function lintNative({ clang, tidy = false }) {
  const macros = cppFiles().flatMap((file) => macroProblems(file, fs.readFileSync(inRoot(file), 'utf8')));
  const read = clang ? await tidyProblems(tidy) : [];
  return [...layerProblems(), ...macros, ...(await formatProblems()), ...read];
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1] ?? '.')).href) {
  const problems = await lintNative({ clang: process.platform === 'linux', tidy: true });
  if (problems.length > 0) {
    console.error(problems.join('\n'));
    process.exitCode = 1;
  }
}
