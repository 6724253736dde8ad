// npm run lint: everything that can be said about the sources without running them, side by side. It needs npm's
// packages only; after a build of the addon on Linux, clang-tidy reads the C++ sources besides.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { which } from '../../testbed/which.mjs';
import { ensureDependencies } from '../build/dependencies.mjs';
import { ensureLibrary } from '../build/library.mjs';
import { setUp } from '../build/setup.mjs';
import { isProgram, main } from '../util/command.mjs';
import { fingerprint, inRoot, isMarked, mark, root } from '../util/files.mjs';
import { SetupError, allOf, runNode } from '../util/process.mjs';
import { lintNative } from './native.mjs';

const tool = (file, ...args) => runNode(inRoot('node_modules', file), args);

const isBuilt = () => fs.existsSync(inRoot('build/Release/compile_commands.json')) && which('clang-tidy') !== undefined;

const checks = {
  // Without its cache: what a file imports, and the types of that, can change while the file does not.
  eslint: () => tool('eslint/bin/eslint.js', '--max-warnings=0', '.'),
  prettier: () =>
    tool(
      'prettier/bin/prettier.cjs',
      '--check',
      '--log-level=warn',
      '--cache',
      '--cache-location=.cache/prettier',
      '.',
    ),
  'C++ sources': async () => {
    const problems = await lintNative({ clang: process.platform === 'linux' && isBuilt() });
    if (problems.length > 0) throw new SetupError(problems.join('\n'));
  },
  'generated files': () => runNode(inRoot('tools/generate/all.mjs'), ['--check']),
};

/** Needs what lib/ is compiled to. */
export const lint = () =>
  allOf(
    Object.entries(checks).map(([name, check]) =>
      check().catch((error) => {
        throw new SetupError(`${name}:\n${error.message}`);
      }),
    ),
  );

/** npm run typecheck, by the same configuration. */
export const typecheck = () => tool('typescript/bin/tsc', '-p', 'test/tsconfig.json');

/** Lint and types, unless they have passed with exactly these files. */
export async function checkSources() {
  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  const files = tracked
    .toString()
    .split('\0')
    .filter((file) => file !== '' && fs.existsSync(inRoot(file)));
  const print = fingerprint(files, process.version, isBuilt());
  if (isMarked('sources', print)) return console.log('No file has changed since these checks passed.');
  await allOf([lint(), typecheck()]);
  mark('sources', print);
}

if (isProgram(import.meta)) {
  process.chdir(root);
  await main(async () => {
    await setUp([ensureDependencies, ensureLibrary]);
    await lint();
    console.log(`${Object.keys(checks).join(', ')}: nothing to complain about`);
  });
}
