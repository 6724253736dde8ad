import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import * as library from '../../lib';

const ENTRY = path.resolve(__dirname, '../../entry');
const names = Object.keys(library).sort();
const namesIn = (file: string, pattern: RegExp): string[] => {
  const list = pattern.exec(fs.readFileSync(path.join(ENTRY, file), 'utf8'))?.[1] ?? '';
  return [...list.matchAll(/\w+/g)].map(([name]) => name);
};

// When one of these fails: npm run build, and commit what changes.
test('the ES module exports what the library exports', () => {
  expect(namesIn('index.mjs', /export const \{([^}]*)\}/)).toEqual(names);
});

test('so does the CommonJS entry', () => {
  expect(namesIn('index.cjs', /const names = \[([^\]]*)\]/)).toEqual(names);
});

test('both have the same classes, and requiring reads nothing but the entry', () => {
  const script = `
    const required = require('./index.cjs');
    const read = Object.keys(require.cache).length;
    import('./index.mjs').then((imported) => {
      const keys = Object.keys(required);
      const same = keys.every((key) => imported[key] === required[key]);
      console.log(JSON.stringify({ read, same, equal: String(keys) === String(Object.keys(imported)) }));
    });`;
  const output = execFileSync(process.execPath, ['-e', script], { cwd: ENTRY, encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual({ read: 1, same: true, equal: true });
});
