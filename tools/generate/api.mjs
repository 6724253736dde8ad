// npm run api: docs/reference/api.api.md, the public API as API Extractor reads it from the declarations in dist/.
//
//   node tools/generate/api.mjs           write
//   node tools/generate/api.mjs --check   exit code 1 if it is stale (used by lint)
import { ensureDependencies } from '../build/dependencies.mjs';
import { ensureLibrary } from '../build/library.mjs';
import { setUp } from '../build/setup.mjs';
import { main } from '../util/command.mjs';
import { inRoot, root } from '../util/files.mjs';
import { SetupError, runNode } from '../util/process.mjs';

process.chdir(root);
const extractor = inRoot('node_modules/@microsoft/api-extractor/bin/api-extractor');

await main(async () => {
  await setUp([ensureDependencies, ensureLibrary]);
  // With --local it writes the report; without, it fails when the report is another one.
  if (!process.argv.includes('--check')) return void (await runNode(extractor, ['run', '--local']));
  await runNode(extractor, ['run']).catch((error) => {
    throw new SetupError(`${error.message}\nIf the API was meant to change: npm run api`);
  });
});
