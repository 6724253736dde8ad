// Bundles a program with esbuild and webpack, and runs what comes out, far from node_modules.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { onWindows } from '../../testbed/wine.mjs';
import { runNode } from '../util/process.mjs';
import { given, installedByNpm } from './given.mjs';
import { expectFields, jsonHere, jsonInWindows } from './programs.mjs';
import { tool, windowsNodes } from './tools.mjs';

const installed = installedByNpm();

const ENTRY = `import { consume } from './consumer.cjs';
import * as bits from 'windows-bits';
consume(() => bits).then((result) => console.log(JSON.stringify(result)));
`;

/** Each bundles into a folder, as bundle.js, and gives the texts of its warnings. */
async function withEsbuild(outdir) {
  const { build } = await import(pathToFileURL(tool('esbuild/lib/main.js')));
  const { warnings } = await build({
    entryPoints: [path.join(installed, 'bundle.mjs')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    outdir,
    format: 'cjs',
    loader: { '.node': 'copy' },
    assetNames: '[name]-[hash]',
    logLevel: 'silent',
  });
  return warnings.map(({ text }) => text);
}

async function withWebpack(outdir) {
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
  return JSON.parse(output.trim().split('\n').at(-1));
}

const bundlers = { esbuild: withEsbuild, webpack: withWebpack };

for (const [name, bundle] of Object.entries(bundlers)) {
  const outdir = path.join(given.folder, `bundled by ${name}`);

  test(`${name} bundles without a warning`, async (t) => {
    fs.writeFileSync(path.join(installed, 'bundle.mjs'), ENTRY);
    const warnings = await bundle(outdir);
    // A binary that this checkout has not built is no finding; the package of a release has all.
    assert.deepEqual(
      warnings.filter((text) => !/prebuilds.win32-(ia32|arm64)/.test(text)),
      [],
    );
    t.diagnostic(fs.readdirSync(outdir).join(' '));
  });

  if (!onWindows) {
    test(`the bundle of ${name} on this system`, async () => {
      expectFields(await jsonHere(['bundle.js'], { cwd: outdir }), { supported: false, reason: 'platform' });
    });
  }

  for (const { exe } of windowsNodes().slice(0, 1)) {
    test(`the bundle of ${name} in Windows Node`, async () => {
      const found = await jsonInWindows(['bundle.js'], { cwd: outdir, exe });
      expectFields(found, { supported: true, equal: true });
    });
  }
}
