// TypeScript reads the installed package, under each kind of module resolution.
import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../../testbed/files.mjs';
import { runNode } from '../../testbed/run.mjs';

const KINDS = [
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'preserve', moduleResolution: 'bundler' },
];

export async function typeChecks({ installed, must }) {
  const files = ['commonjs.cts', 'module.mts'];
  for (const file of files) fs.copyFileSync(inRoot('test/types/module', file), path.join(installed, file));
  // What is proved about the sources, of the declarations that are packed.
  for (const name of ['errors', 'options']) {
    const text = fs.readFileSync(inRoot(`test/types/${name}.test-d.ts`), 'utf8');
    fs.writeFileSync(path.join(installed, `${name}.mts`), text.replace(/'..\/..\/lib(\/errors)?'/g, "'windows-bits'"));
    files.push(`${name}.mts`);
  }
  for (const kind of KINDS) {
    await must(`types, moduleResolution ${kind.moduleResolution}`, async () => {
      const config = path.join(installed, `tsconfig.${kind.moduleResolution}.json`);
      fs.writeFileSync(
        config,
        JSON.stringify({
          compilerOptions: {
            ...kind,
            target: 'es2022',
            lib: ['es2022', 'esnext.disposable'],
            strict: true,
            noEmit: true,
            exactOptionalPropertyTypes: true,
            // The declarations of the package itself are checked too; Node's are a user's own.
            skipLibCheck: false,
            types: ['node'],
            typeRoots: [inRoot('node_modules/@types')],
          },
          files,
        }),
      );
      await runNode(inRoot('node_modules/typescript/bin/tsc'), ['-p', config], { cwd: installed });
    });
  }
}
