import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as bits from '../../../lib';
import * as testing from '../../../lib/testing';
import { until } from '../../support/until';

// docs/guides/testing.md: every block runs as it stands. Those of a test runner run in that runner, on the compiled
// package.

const ROOT = path.join(__dirname, '../../..');
const page = fs.readFileSync(path.join(ROOT, 'docs/guides/testing.md'), 'utf8');

interface Block {
  readonly title: string;
  readonly runner: string;
  readonly code: string;
}

/** The code blocks, each with the heading that it is under. */
function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let title = '';
  for (const [, heading, runner = '', code] of text.matchAll(/^## (.+)$|```js ?(\S*)\n([\s\S]*?)```/gm)) {
    title = heading ?? title;
    if (code !== undefined) blocks.push({ title, runner, code });
  }
  return blocks;
}
const blocks = blocksOf(page);

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-guide-'));
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(ROOT, path.join(folder, 'node_modules/windows-bits'), 'junction');
});
afterEach(async () => {
  // The service of a program that has ended may still be saving its state there.
  const isGone = () => {
    try {
      fs.rmSync(folder, { recursive: true, force: true });
      return true;
    } catch {
      return false;
    }
  };
  await until(isGone, { what: `${folder} to be removed` });
});

const plain = blocks.filter(({ runner }) => runner === '').map(({ title, code }, i) => [i + 1, title, code] as const);

test.each(plain)('block %d, %s', async (_, __, code) => {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the page is ours
  const run = new Function('require', 'folder', `return (async () => {${code}})()`) as (
    ...args: unknown[]
  ) => Promise<void>;
  const packages: Readonly<Record<string, unknown>> = { 'windows-bits': bits, 'windows-bits/testing': testing };
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- what the page asks for
  const load = (name: string): unknown => packages[name] ?? require(name);
  await run(load, folder);
});

/** How each runner is started on a file of the folder. */
const RUNNERS: Readonly<Record<string, (file: string) => readonly string[]>> = {
  jest: () => [path.join(ROOT, 'node_modules/jest/bin/jest.js'), '--rootDir=.', '--watchman=false', '--config={}'],
  // vitest is no dependency of this package: its functions are those of node:test, and jest's expect.
  vitest: (file) => ['--test', file],
  'node:test': (file) => ['--test', file],
};

test('there is a block for each runner', () => {
  expect(blocks.map(({ runner }) => runner).filter(Boolean)).toEqual(Object.keys(RUNNERS));
});

test.each(blocks.filter(({ runner }) => runner !== '').map(({ runner, code }) => [runner, code] as const))(
  'with %s',
  async (runner, code) => {
    const write = (name: string, text: string) => {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), text);
    };
    write('package.json', '{}');
    write('update.js', `exports.fetchUpdate = (url, path) => require('windows-bits').download({ url, path });`);
    write(
      'node_modules/vitest/index.js',
      `module.exports = { ...require('node:test'), expect: require(${JSON.stringify(path.join(ROOT, 'node_modules/expect'))}).expect };`,
    );
    write('update.test.js', code);
    const args = RUNNERS[runner]!('update.test.js');
    const { NODE_OPTIONS: _, ...env } = process.env;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...args], { cwd: folder, env });
    expect(stdout + stderr).toMatch(/1 passed|^# pass 1$|pass 1/m);
  },
);
