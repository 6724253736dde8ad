import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');
const FOLDER = path.join(ROOT, '.github/workflows');
const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
const workflows = fs
  .readdirSync(FOLDER)
  .map((name) => [name, fs.readFileSync(path.join(FOLDER, name), 'utf8')] as const);

// A tag can be moved to other code, a commit cannot.
test.each(workflows)('%s pins every action to a commit, and says which version that is', (_, text) => {
  for (const [, action] of text.matchAll(/uses: (.*)/g)) {
    expect(action).toMatch(/^(\.\/\.github\/workflows\/\w+\.yml|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
  }
});

// From Node 22 on npm's shim for PowerShell, the runners' shell on Windows, swallows what stands behind `--`.
test.each(workflows)('%s hands no arguments to npm run', (_, text) => {
  expect(text).not.toMatch(/npm (run|test)\b.* -- /);
});

test('CI compiles once without ending at a warning, and keeps the log', () => {
  const ci = workflows.find(([name]) => name === 'ci.yml')?.[1] ?? '';
  expect(ci).toMatch(/node tools\/build\/native\.mjs --double --lenient 2>&1 \| tee msvc\.log/);
  expect(ci).toMatch(/upload-artifact@[^]*path: msvc\.log/);
  expect(ci.indexOf('--lenient')).toBeLessThan(ci.indexOf('- run: npm test'));
});

test.each(['lint', 'typecheck', 'test:unit'])('CI has a job without compiler and BITS for %s', (name) => {
  const ci = workflows.find(([file]) => file === 'ci.yml')?.[1] ?? '';
  const quick = /^ {2}quick:\n[^]*?(?=^ {2}\w+:)/m.exec(ci)?.[0];
  expect(quick).toContain(`- run: npm run ${name}\n`);
  expect(quick).toMatch(/os: \[ubuntu-latest, windows-latest\]/);
});

test('CI downloads as a standard user', () => {
  const ci = workflows.find(([name]) => name === 'ci.yml')?.[1] ?? '';
  const [, runner = '', script = ''] = /(tools\/\S+\.ps1) node (\S+) '--standard'$/m.exec(ci) ?? [];
  for (const file of [runner, script]) expect(fs.statSync(path.join(ROOT, file)).isFile()).toBe(true);
});

test.each(workflows)('%s gives rights by name only, and writes nothing but the provenance', (_, text) => {
  expect(text).toMatch(/^permissions:/m);
  expect(text).not.toMatch(/-all$/m);
  for (const [, right] of text.matchAll(/^ +([\w-]+): write$/gm)) expect(right).toBe('id-token');
});

test.each(workflows)('%s calls what exists', (_, text) => {
  for (const [, name = ''] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([name]);
  for (const [, file = ''] of text.matchAll(/node ((?:tools|testbed)\/\S+)/g)) {
    expect(fs.existsSync(path.join(ROOT, file))).toBe(true);
  }
});
