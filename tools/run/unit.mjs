// npm run test:unit: the tests that need nothing but npm's packages, on any system; seconds.
//
//   npm run test:unit                 all of them
//   npm run test:unit -- PATTERN …    those whose path matches; other words go to jest too
import { ensureDependencies } from '../build/dependencies.mjs';
import { ensureLibrary } from '../build/library.mjs';
import { setUp } from '../build/setup.mjs';
import { main } from '../util/command.mjs';
import { root } from '../util/files.mjs';
import { jestCommand, nodeHere } from './jest.mjs';

process.chdir(root);
await main(async () => {
  await setUp([ensureDependencies, ensureLibrary]);
  return nodeHere(jestCommand(['unit', 'contract/simulation'], ...process.argv.slice(2)), 'inherit');
});
