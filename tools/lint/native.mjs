// Checks of the C++ sources that a compiler run does not make:
//  - includes keep to the layers: native/binding -> native/bits -> native/win, and Node-API stays in binding;
//  - nothing has the name of a macro of the Windows SDK, which MinGW's headers do not have;
//  - on Linux, where GCC builds, clang in MSVC mode reads every source as well (ABI, __uuidof, _MSC_VER branches), so
//    that what only GCC accepts is found before the Windows build finds it.
//
//   node tools/lint/native.mjs        needs a finished build (tools/build/native.mjs)
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { which } from '../../testbed/which.mjs';
import { fingerprint, inRoot, isMarked, listFiles, mark } from '../util/files.mjs';
import { compilerNames } from '../build/toolchains.mjs';
import { run } from '../util/process.mjs';

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

async function clangProblems() {
  const commandsFile = inRoot('build/Release/compile_commands.json');
  const sources = [...listFiles('native', /\.cc$/), ...listFiles('test/double', /\.cc$/)];
  const read = [...listFiles('native', /\.(cc|h)$/), ...listFiles('test/double', /\.(cc|h|inc)$/)];
  const print = fingerprint([
    ...read,
    'binding.gyp',
    'package-lock.json',
    'testbed/cross/msvc_shim.h',
    'tools/lint/native.mjs',
  ]);
  if (isMarked('clang', print)) return [];

  const gcc = which(...compilerNames('x64', 'g++'));
  const include = path.join(path.dirname((await run(gcc, ['-print-libgcc-file-name'])).trim()), 'include');
  const commands = JSON.parse(fs.readFileSync(commandsFile, 'utf8'));
  const check = async (source) => {
    const entry = commands.find(({ file }) => path.resolve(inRoot('build'), file) === inRoot(source));
    if (entry === undefined) return `${source}: is not part of the build`;
    // Defines and folders as in the build; binding.gyp stays the only place that knows them.
    const words = [...entry.command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
    const flags = words.flatMap((word) => {
      if (word.startsWith('-isystem ')) return word.split(' ');
      return /^-[DI]/.test(word) ? [word] : [];
    });
    const args = [
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
      ...flags,
      ...clangWarnings,
      inRoot(source),
    ];
    return run('clang++', args).then(
      () => undefined,
      (error) => error.message,
    );
  };

  const problems = [];
  const queue = [...sources];
  const worker = async () => {
    for (let source = queue.shift(); source !== undefined; source = queue.shift()) {
      const problem = await check(source);
      if (problem !== undefined) problems.push(problem);
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, worker));
  if (problems.length === 0) mark('clang', print);
  return problems;
}

/** What is wrong, one text each; empty when all is well. */
export async function lintNative({ clang = process.platform === 'linux' } = {}) {
  const macros = cppFiles().flatMap((file) => macroProblems(file, fs.readFileSync(inRoot(file), 'utf8')));
  return [...layerProblems(), ...macros, ...(clang ? await clangProblems() : [])];
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1] ?? '.')).href) {
  const problems = await lintNative();
  if (problems.length > 0) {
    console.error(problems.join('\n'));
    process.exitCode = 1;
  }
}
