import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as library from '../../lib';

const ENTRY = path.resolve(__dirname, '../../entry');
const names = Object.keys(library).sort();

// When one of these fails: npm run build, and commit what changes.
test('both entries are what the generator writes', () => {
  const file = path.resolve(__dirname, '../../tools/generate/entry.mjs');
  const script = `import(${JSON.stringify(pathToFileURL(file).href)}).then(({ entries }) =>
    console.log(JSON.stringify(entries(require(${JSON.stringify(path.join(ENTRY, '../dist'))})))))`;
  const files = JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })) as Record<
    string,
    string
  >;
  for (const [name, text] of Object.entries(files)) {
    expect(fs.readFileSync(path.join(ENTRY, '..', name), 'utf8').replaceAll('\r\n', '\n')).toBe(text);
    if (/[cm]js$/.test(name)) for (const exported of names) expect(text).toMatch(new RegExp(`\\b${exported}\\b`));
  }
});

test('both have the same classes, and requiring reads nothing but the entry', () => {
  const script = `
    const required = require('./index.cjs');
    const read = Object.keys(require.cache).length;
    import('./index.mjs').then((imported) => {
      const keys = Object.keys(required).sort();
      const { default: all, ...named } = imported;
      const same = keys.every((key) => imported[key] === required[key] || /^[a-z]/.test(key)) && all === required;
      console.log(JSON.stringify({ read, same, equal: String(keys) === String(Object.keys(named).sort()) }));
    });`;
  const output = execFileSync(process.execPath, ['-e', script], { cwd: ENTRY, encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual({ read: 1, same: true, equal: true });
});
