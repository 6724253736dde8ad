// npm run test:package: packs the package, looks at the tarball, installs it in empty folders with several package
// managers, and uses it from there: on this system, in Windows Node, bundled, and by TypeScript.
//
//   npm run test:package                   with the binaries that are there
//   npm run test:package -- --all          all three binaries must be there
//   node scripts/package-test.mjs --tarball=FILE    a tarball that was made elsewhere
//   node scripts/package-test.mjs --tarball=FILE --here    the same, without Windows Node
//
// The last line is `N passed, N failed`.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../testbed/files.mjs';
import { SetupError } from '../testbed/run.mjs';
import * as setup from '../testbed/setup.mjs';
import { ensurePackagingTools } from './package/tools.mjs';
import { checkTarball, pack } from './package/tarball.mjs';
import { bundleChecks } from './package/bundles.mjs';
import { costChecks } from './package/cost.mjs';
import { installChecks } from './package/installs.mjs';
import { spyChecks } from './package/spies.mjs';
import { typeChecks } from './package/types.mjs';

process.chdir(root);
// Far from our own node_modules, whose programs and packages would be found from any folder below it.
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-package-'));
const total = { passed: 0, failed: 0 };

/** One thing that must hold: `check` throws when it does not; what it returns is shown. */
async function must(title, check) {
  const since = performance.now();
  let text;
  try {
    text = (await check()) ?? '';
    total.passed++;
  } catch (error) {
    total.failed++;
    text = `FAILED\n${error instanceof SetupError ? error.message : (error.stack ?? error)}`;
  }
  console.log(`${title}${text === '' ? '' : `: ${text}`} (${((performance.now() - since) / 1000).toFixed(1)} s)`);
}

await setup.main(async () => {
  try {
    return await checkAll();
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

async function checkAll() {
  const given = process.argv.find((word) => word.startsWith('--tarball='))?.slice('--tarball='.length);
  await (given === undefined ? setup.setUp() : setup.setUp([setup.ensureDependencies]));
  await ensurePackagingTools();

  const tarball = given === undefined ? await pack(folder) : { file: path.resolve(given) };
  if (given === undefined) await checkTarball({ tarball, must, all: process.argv.includes('--all') });
  const installed = await installChecks({ tarball, folder, must });
  await typeChecks({ installed, must });
  await spyChecks({ installed, must });
  await bundleChecks({ installed, folder, must });
  await costChecks({ installed, must });

  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}
