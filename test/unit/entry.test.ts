import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as library from '../../lib';
import * as testing from '../../lib/testing';

const ROOT = path.resolve(__dirname, '../..');
const ENTRY = path.join(ROOT, 'entry');

const run = (script: string): unknown =>
  JSON.parse(execFileSync(process.execPath, ['-e', script], { cwd: ENTRY, encoding: 'utf8' }));

describe.each([
  ['index', library, 'dist/index.js'],
  ['testing', testing, 'dist/testing/index.js'],
])('entry/%s', (entry, exported, file) => {
  // When it fails: npm run build, and commit what changes.
  test('is what the generator writes', () => {
    const generator = pathToFileURL(path.join(ROOT, 'tools/generate/entry.mjs')).href;
    const files = run(`import(${JSON.stringify(generator)}).then(({ entryFiles }) =>
      console.log(JSON.stringify(entryFiles('${entry}', require('../${file}')))))`) as Record<string, string>;
    for (const [name, text] of Object.entries(files)) {
      expect(fs.readFileSync(path.join(ROOT, name), 'utf8').replaceAll('\r\n', '\n')).toBe(text);
      if (/[cm]js$/.test(name))
        for (const each of Object.keys(exported)) expect(text).toMatch(new RegExp(`\\b${each}\\b`));
    }
  });

  test('is the same both ways, and requiring it reads nothing but the entry', () => {
    const found = run(`
      const required = require('./${entry}.cjs');
      const read = Object.keys(require.cache).length;
      import('./${entry}.mjs').then((imported) => {
        const keys = Object.keys(required).sort();
        const { default: all, ...named } = imported;
        const same = keys.every((key) => imported[key] === required[key] || /^[a-z]/.test(key)) && all === required;
        console.log(JSON.stringify({ read, same, equal: String(keys) === String(Object.keys(named).sort()) }));
      });`);
    expect(found).toEqual({ read: 1, same: true, equal: true });
  });
});

test('the library never loads what is for tests, and both share one copy of it', () => {
  const found = run(`
    const bits = require('./index.cjs');
    bits.connect().catch(() => undefined).then(() => {
      const inTesting = () => Object.keys(require.cache).filter((name) => /[\\\\/]testing[\\\\/]/.test(name)).length;
      const before = inTesting();
      const { simulateBits } = require('./testing.cjs');
      const installed = simulateBits().install();
      const here = bits.isSupported().supported;
      installed[Symbol.dispose ?? Symbol.for('Symbol.dispose')]?.();
      console.log(JSON.stringify({ before, loaded: inTesting() > 0, here }));
    });`);
  expect(found).toEqual({ before: 0, loaded: true, here: true });
});
