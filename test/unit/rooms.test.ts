import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// The rules of tools/lint/imports.mjs, on small trees of files that keep or break them. They are ES modules, which jest
// does not load: so in a process of its own, one for all, since eslint takes a while to start.

const ROOT = path.resolve(__dirname, '../..');
const FOLDER = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-rooms-'));

const PROGRAM = `
  import path from 'node:path';
  import { ESLint } from 'eslint';
  import tseslint from 'typescript-eslint';
  import imports from './tools/lint/imports.mjs';
  import * as rooms from './tools/lint/rooms.mjs';

  async function lint({ cwd, list }) {
    const rules = { 'imports/downwards': ['error', rooms[list]], 'imports/no-circle': 'error' };
    const languageOptions = { parser: tseslint.parser };
    const overrideConfig = { files: ['**/*.{ts,mjs}'], languageOptions, plugins: { imports }, rules };
    const results = await new ESLint({ cwd, overrideConfigFile: true, overrideConfig }).lintFiles(['.']);
    return results.flatMap(({ filePath, messages }) => {
      const name = path.relative(cwd, filePath).replaceAll('\\\\', '/');
      return messages.map(({ message, line }) => name + ':' + line + ': ' + message);
    });
  }
  const messages = [];
  for (const tree of JSON.parse(process.argv[1])) messages.push(await lint(tree));
  const severities = {};
  for (const file of ['lib/job.ts', 'lib/bits/job/copy_job.ts', 'tools/build/setup.mjs', 'testbed/wine.mjs']) {
    const { rules } = await new ESLint().calculateConfigForFile(file);
    severities[file] = [rules['imports/downwards'][0], rules['imports/no-circle'][0]];
  }
  console.log(JSON.stringify({ messages, severities }));`;

interface Tree {
  readonly title: string;
  readonly list: 'lib' | 'tools';
  readonly files: Record<string, string>;
  readonly expected: readonly string[];
}

const upwards = (kind: string, statement: string): Tree => ({
  title: `an upward ${kind} is reported`,
  list: 'lib',
  files: { 'lib/errors/a.ts': `\n${statement}\n`, 'lib/job.ts': 'export interface Job {}\n' },
  expected: ['lib/errors/a.ts:2: lib/errors must not import from lib/job, which is above it'],
});

const circle = (...files: string[]) => `${files[0]}:1: imports go round in a circle: ${files.join(' → ')}`;
const round = (word: string): Tree => ({
  title: `a circle of "${word}" inside a room is reported in each of its files`,
  list: 'lib',
  files: {
    'lib/watch/a.ts': `${word} * as b from './b';\n`,
    'lib/watch/b.ts': `${word} * as c from './c';\n`,
    'lib/watch/c.ts': `${word} * as a from './a';\n`,
    'lib/watch/d.ts': `${word} * as a from './a';\n`,
  },
  expected: [
    circle('lib/watch/a.ts', 'lib/watch/b.ts', 'lib/watch/c.ts', 'lib/watch/a.ts'),
    circle('lib/watch/b.ts', 'lib/watch/c.ts', 'lib/watch/a.ts', 'lib/watch/b.ts'),
    circle('lib/watch/c.ts', 'lib/watch/a.ts', 'lib/watch/b.ts', 'lib/watch/c.ts'),
  ],
});

const down = "import { which } from '../../testbed/which.mjs';\n";
const up = "import { run } from '../tools/util/process.mjs';\n";

const trees: readonly Tree[] = [
  {
    title: 'imports from below, from the same room and of packages are fine',
    list: 'lib',
    files: {
      'lib/errors/a.ts':
        "import fs from 'node:fs';\nimport ts from 'typescript';\nimport type { Code } from './b';\nimport '../util/a';\n",
      'lib/errors/b.ts': '',
      'lib/util/a.ts': '',
    },
    expected: [],
  },
  upwards('import', "import { Job } from '../job';"),
  upwards('import of a type', "import type { Job } from '../job';"),
  upwards('inline type', "import { type Job } from '../job.js';"),
  upwards('type expression', "export type J = import('../job').Job;"),
  upwards('export', "export { Job } from '../job';"),
  upwards('export of a type', "export type * from '../job';"),
  upwards('import call', "export const load = () => import('../job');"),
  round('import'),
  round('import type'),
  {
    title: 'a file in no room is reported',
    list: 'lib',
    files: { 'lib/attic/a.ts': '' },
    expected: ['lib/attic/a.ts:1: lib/attic/a.ts is in none of the rooms that tools/lint/rooms.mjs lists'],
  },
  {
    title: 'tools use the testbed',
    list: 'tools',
    files: { 'testbed/which.mjs': '', 'tools/util/process.mjs': down },
    expected: [],
  },
  {
    title: 'the testbed does not use tools',
    list: 'tools',
    files: { 'testbed/which.mjs': up, 'tools/util/process.mjs': '' },
    expected: ['testbed/which.mjs:1: testbed must not import from tools/util, which is above it'],
  },
];

let found: { messages: string[][]; severities: Record<string, number[]> };

beforeAll(() => {
  const given = trees.map(({ list, files }, index) => {
    const cwd = path.join(FOLDER, String(index));
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true });
      fs.writeFileSync(path.join(cwd, name), text);
    }
    return { cwd, list };
  });
  const args = ['--input-type=module', '-e', PROGRAM, JSON.stringify(given)];
  found = JSON.parse(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })) as typeof found;
});
afterAll(() => fs.rmSync(FOLDER, { recursive: true }));

test.each(trees.map((tree, index) => [tree.title, index] as const))('%s', (_, index) => {
  expect(found.messages[index]).toEqual(trees[index]!.expected);
});

test('both rules are on for the library, the tools and the testbed', () => {
  for (const severity of Object.values(found.severities)) expect(severity).toEqual([2, 2]);
  expect(Object.keys(found.severities)).toHaveLength(4);
});
