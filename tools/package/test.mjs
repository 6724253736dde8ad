// npm run test:package: packs the package, looks at the tarball, installs it in empty folders with several package
// managers, and uses it from there: on this system, in Windows Node, bundled, and by TypeScript. Then what goes wrong with
// installations (test/package).
//
//   npm run test:package                   with the binaries that are there
//   npm run test:package -- --all          all three binaries must be there
//   node tools/package/test.mjs --tarball=FILE    a tarball that was made elsewhere
//   node tools/package/test.mjs --tarball=FILE --here    the same, without Windows Node
//
// The last line is `N passed, N failed`.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureDependencies } from '../build/dependencies.mjs';
import { setUp } from '../build/setup.mjs';
import { Totals, runJest } from '../run/jest.mjs';
import { runNodeTests } from '../run/node-test.mjs';
import { runWindowsNode } from '../run/windows-node.mjs';
import { main } from '../util/command.mjs';
import { inRoot, root } from '../util/files.mjs';
import { runNpm } from '../util/process.mjs';
import { give } from './given.mjs';
import { ensurePackagingTools } from './tools.mjs';

const { values: options } = parseArgs({
  options: {
    tarball: { type: 'string' },
    all: { type: 'boolean', default: false },
    here: { type: 'boolean', default: false },
  },
});
const packed = options.tarball === undefined;

async function pack(folder) {
  const output = await runNpm(['pack', '--json', '--loglevel=error', '--ignore-scripts', '--pack-destination', folder]);
  const [result] = JSON.parse(output.slice(output.indexOf('[')));
  return { ...result, file: path.join(folder, result.filename) };
}

const inWindows = (args) =>
  runWindowsNode(args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });

async function testIn(folder) {
  const tarball = packed ? await pack(folder) : { file: path.resolve(options.tarball) };
  give({ folder, tarball, all: options.all, here: options.here });
  // In this order: those after the second use what it has installed.
  const names = [...(packed ? ['tarball'] : []), 'installs', 'types', 'simulated', 'spies', 'bundles', 'cost'];
  const totals = new Totals();
  totals.add(await runNodeTests(names.map((name) => inRoot(`tools/package/${name}.test.mjs`))));
  if (packed) totals.add(await runJest('package', ['package'], inWindows, ['--runInBand']));
  return totals.print();
}

process.chdir(root);
await main(async () => {
  await (packed ? setUp() : setUp([ensureDependencies]));
  await ensurePackagingTools({ here: options.here });
  // Far from our own node_modules, whose programs and packages would be found from any folder below it.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-package-'));
  try {
    return await testIn(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
