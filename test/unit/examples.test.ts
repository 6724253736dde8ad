import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

// Whoever copies an example must not be met with a type error: those of README, guides and docstrings, and examples/, are
// checked against the package's declarations.

const ROOT = path.resolve(__dirname, '../..');
const inRoot = (...parts: string[]) => path.join(ROOT, ...parts).replaceAll('\\', '/');
const read = (file: string) => fs.readFileSync(file, 'utf8');

function filesIn(folder: string, extension: string): string[] {
  return fs
    .readdirSync(inRoot(folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension) && !name.includes('node_modules'))
    .map((name) => inRoot(folder, name))
    .sort();
}

/** What examples take as given. */
const GIVEN = `
declare module 'electron';
declare const url: string, path: string, folder: string, sha256: string;
declare const bits: import('windows-bits').BitsManager;
declare const job: import('windows-bits').BitsJob;
declare const sim: import('windows-bits/testing').Simulation;
declare const error: unknown;
declare const isBitsError: typeof import('windows-bits').isBitsError;
declare function later(): Promise<void>;
declare function tryLater(job: unknown): Promise<void>;
declare function addFiles(job: unknown): Promise<void>;
declare function downloadAnotherWay(url: string): Promise<void>;
`;

const inFunction = (code: string) => `async function example() {\n${code}\n}\nexports.example = example;\n`;
const virtual = new Map([[inRoot('given.d.ts'), GIVEN]]);

const report = inRoot('docs/reference/api.api.md'); // declarations, not examples
const pages = [inRoot('README.md'), ...filesIn('docs', '.md')].filter((page) => page !== report);
for (const page of pages) {
  Array.from(read(page).matchAll(/```(?:js|ts)\n([\s\S]*?)```/g), ([, code = ''], i) =>
    virtual.set(`${page}.${i + 1}.js`, inFunction(code)),
  );
}
for (const file of filesIn('lib', '.ts')) {
  const text = read(file);
  const exported = new Set(Array.from(text.matchAll(/^export (?:async )?function (\w+)/gm), ([, name = '']) => name));
  const module = JSON.stringify(inRoot('dist', path.relative(inRoot('lib'), file)).replace(/\.ts$/, ''));
  Array.from(text.matchAll(/^ *\* @example ([\s\S]*?)(?=^ *\* @|\*\/)/gm), ([, code = ''], i) => {
    const names = [...exported].filter((name) => code.includes(name));
    const known = `const { ${names.join(', ')} } = require(${module});`;
    virtual.set(`${file}.${i + 1}.js`, inFunction(`${known}\n${code.replace(/^ *\* ?/gm, '')}`));
  });
}
const programs = filesIn('examples', '.js').filter((file) => path.basename(file) !== 'window.js'); // for a browser

const options: ts.CompilerOptions = {
  allowJs: true,
  checkJs: true,
  noEmit: true,
  strict: true,
  noImplicitAny: false,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.Node20,
  types: ['node'],
  typeRoots: [inRoot('node_modules/@types')],
  paths: { 'windows-bits': [inRoot('dist/index.d.ts')] },
};
const host = ts.createCompilerHost(options);
const { readFile, fileExists } = host;
host.readFile = (file) => virtual.get(file) ?? readFile(file);
host.fileExists = (file) => virtual.has(file) || fileExists(file);

test('examples have the right types', () => {
  expect(virtual.size).toBeGreaterThan(10);
  const program = ts.createProgram([...virtual.keys(), ...programs], options, host);
  expect(
    ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), {
      getCanonicalFileName: (file) => file,
      getCurrentDirectory: () => ROOT,
      getNewLine: () => '\n',
    }),
  ).toBe('');
});
