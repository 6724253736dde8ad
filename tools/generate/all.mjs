// npm run generate: everything that is made from something else and kept in the repository.
//
//   node tools/generate/all.mjs           write
//   node tools/generate/all.mjs --check   exit code 1 if a file is stale (used by lint)
import { ensureDependencies } from '../build/dependencies.mjs';
import { ensureLibrary } from '../build/library.mjs';
import { setUp } from '../build/setup.mjs';
import { main } from '../util/command.mjs';
import { inRoot, root } from '../util/files.mjs';
import { allOf, runNode } from '../util/process.mjs';

const run = (name) => runNode(inRoot(`tools/generate/${name}.mjs`), process.argv.slice(2));

process.chdir(root);
await main(async () => {
  await allOf(['codes', 'contract', 'double', 'interfaces', 'performance', 'rooms'].map(run));
  // These two are made from what lib/ is compiled to.
  await setUp([ensureDependencies, ensureLibrary]);
  await allOf(['entry', 'api'].map(run));
});
