// Bundles a program with esbuild and webpack, and runs what comes out, far from node_modules.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runNode } from '../../testbed/run.mjs';
import { SetupError } from '../../testbed/setup.mjs';
import { onWindows } from '../../testbed/wine.mjs';
import { expectFields, jsonHere, jsonInWindows } from './run.mjs';
import { tool, windowsNodes } from './tools.mjs';

const ENTRY = `import { consume } from './consumer.cjs';
import * as bits from 'windows-bits';
consume(() => bits).then((result) => console.log(JSON.stringify(result)));
`;

async function withEsbuild(installed, outdir) {
  const { build } = await import(pathToFileURL(tool('esbuild/lib/main.js')));
  const { warnings } = (
    await build({
      entryPoints: [path.join(installed, 'bundle.mjs')],
      bundle: true,
      platform: 'node',
      target: 'node20',
      outdir,
      format: 'cjs',
      loader: { '.node': 'copy' },
      assetNames: '[name]-[hash]',
      logLevel: 'silent',
    })
  ).default ?? { warnings: [] };
  return { file: path.join(outdir, 'bundle.js'), warnings: warnings ?? [] };
}

async function withWebpack(installed, outdir) {
  const script = path.join(installed, 'webpack-run.cjs');
  fs.writeFileSync(
    script,
    `
    const webpack = require(${JSON.stringify(tool('webpack'))});
    webpack({
      mode: 'production', target: 'node20', context: __dirname, entry: './bundle.mjs',
      output: { path: ${JSON.stringify(outdir)}, filename: 'bundle.js' }, node: { __dirname: false },
      module: { rules: [{ test: /\\.node$/, loader: ${JSON.stringify(tool('node-loader'))}, options: { name: '[contenthash].[ext]' } }] },
    }, (error, stats) => {
      if (error) throw error;
      const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
      console.log(JSON.stringify([...errors, ...warnings].map(({ message }) => message)));
      process.exit(errors.length === 0 ? 0 : 1);
    });`,
  );
  const output = await runNode(script, [], { cwd: installed });
  return { file: path.join(outdir, 'bundle.js'), warnings: JSON.parse(output.trim().split('\n').at(-1)) };
}

export async function bundleChecks({ installed, folder, must }) {
  fs.writeFileSync(path.join(installed, 'bundle.mjs'), ENTRY);
  for (const [name, bundle] of [
    ['esbuild', withEsbuild],
    ['webpack', withWebpack],
  ]) {
    const outdir = path.join(folder, `bundled by ${name}`);
    let file;
    await must(`${name} bundles without a warning`, async () => {
      const result = await bundle(installed, outdir);
      // A binary that this checkout has not built is no finding; the package of a release has all.
      const warnings = result.warnings.filter((text) => !/prebuilds.win32-(ia32|arm64)/.test(text));
      if (warnings.length > 0) throw new SetupError(warnings.join('\n'));
      file = path.basename(result.file);
      return fs.readdirSync(outdir).join(' ');
    });
    if (file === undefined) continue;
    if (!onWindows) {
      await must(`the bundle of ${name} on this system`, async () =>
        expectFields(await jsonHere([file], { cwd: outdir }), { supported: false, reason: 'platform' }),
      );
    }
    if (windowsNodes.length === 0) continue;
    await must(`the bundle of ${name} in Windows Node`, async () =>
      expectFields(await jsonInWindows([file], { cwd: outdir, exe: windowsNodes[0] }), {
        supported: true,
        equal: true,
      }),
    );
  }
}
