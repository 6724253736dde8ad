// What users do with `windows-bits/testing`, in the installed package, without Windows and without Wine: tests of their
// own in TypeScript with node:test, those of the guide among them, and a program that is run on the simulation.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { inRoot } from '../util/files.mjs';
import { run, runNode } from '../util/process.mjs';
import { installedByNpm } from './given.mjs';
import { plainEnv } from './programs.mjs';

const folder = path.join(installedByNpm(), 'tests of a user');
const GUIDE = inRoot('docs/guides/testing.md');

/** The sources of the tests by name: ours, and the blocks of the guide that are whole files for node:test. */
function sources() {
  const text = fs.existsSync(GUIDE) ? fs.readFileSync(GUIDE, 'utf8').replaceAll('\r\n', '\n') : '';
  const blocks = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```/gm), ([, code]) => code);
  const tests = blocks.filter((code) => /from 'node:test'/.test(code));
  return {
    'sample.test.mts': fs.readFileSync(inRoot('tools/package/sample.test.mts'), 'utf8'),
    ...Object.fromEntries(tests.map((code, i) => [`guide_${i + 1}.test.mts`, code])),
  };
}

const config = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    strict: true,
    types: ['node'],
    typeRoots: [inRoot('node_modules/@types')],
  },
  include: ['*.mts'],
};

test("a user's tests are compiled, and pass", async (t) => {
  fs.mkdirSync(folder, { recursive: true });
  const files = sources();
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
  await runNode(inRoot('node_modules/typescript/bin/tsc'), ['-p', folder], { cwd: folder });
  const names = Object.keys(files).map((name) => name.replace(/mts$/, 'mjs'));
  const output = await run(process.execPath, ['--test', ...names], { cwd: folder, env: plainEnv() });
  const [, passed] = /^# pass (\d+)$/m.exec(output) ?? /pass (\d+)/.exec(output) ?? [];
  assert.ok(Number(passed) >= 3, output);
  t.diagnostic(`${passed} tests in ${names.length} files`);
});

const PROGRAM = `
const { connect } = require('windows-bits');
(async () => {
  const bits = await connect();
  const job = await bits.createJob({ name: 'a program' });
  console.log(JSON.stringify({ simulated: bits.system.simulated, state: await job.getState() }));
  await job.cancel();
  await bits.close();
})();`;

test('a whole program runs on the simulation', async () => {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'program.cjs'), PROGRAM);
  const env = plainEnv({ WINDOWS_BITS_SIMULATION: path.join(folder, 'state.json') });
  const args = ['--require', 'windows-bits/testing/register', 'program.cjs'];
  const output = await run(process.execPath, args, { cwd: folder, env });
  assert.match(output, /\{"simulated":true,"state":"suspended"\}/);
});
