// TypeScript reads the installed package, under each kind of module resolution.
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { inRoot } from '../util/files.mjs';
import { runNode } from '../util/process.mjs';
import { installedByNpm } from './given.mjs';

const installed = installedByNpm();
const KINDS = [
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'preserve', moduleResolution: 'bundler' },
];

/** Copies the programs to read into the installation and gives their names. */
function writePrograms() {
  const files = ['commonjs.cts', 'module.mts'];
  for (const file of files) fs.copyFileSync(inRoot('test/types/module', file), path.join(installed, file));
  // What is proved about the sources, of the declarations that are packed.
  for (const name of ['errors', 'options']) {
    const text = fs.readFileSync(inRoot(`test/types/${name}.test-d.ts`), 'utf8');
    fs.writeFileSync(path.join(installed, `${name}.mts`), text.replace(/'..\/..\/lib(\/errors)?'/g, "'windows-bits'"));
    files.push(`${name}.mts`);
  }
  return files;
}

const compilerOptions = {
  target: 'es2022',
  lib: ['es2022', 'esnext.disposable'],
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  // The declarations of the package itself are checked too; Node's are a user's own.
  skipLibCheck: false,
  types: ['node'],
  typeRoots: [inRoot('node_modules/@types')],
};

for (const kind of KINDS) {
  test(`types, moduleResolution ${kind.moduleResolution}`, async () => {
    const config = path.join(installed, `tsconfig.${kind.moduleResolution}.json`);
    const files = writePrograms();
    fs.writeFileSync(config, JSON.stringify({ compilerOptions: { ...compilerOptions, ...kind }, files }));
    await runNode(inRoot('node_modules/typescript/bin/tsc'), ['-p', config], { cwd: installed });
  });
}
