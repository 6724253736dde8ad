// The tarball itself: which files, how large, and what publint and "are the types wrong" say.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { report } from '../build/verify-binary.mjs';
import { inRoot } from '../util/files.mjs';
import { runNode } from '../util/process.mjs';
import { given } from './given.mjs';

// Everything that may be in the package. Not binding.gyp: pnpm and Yarn compile where they see it, whatever the manifest
// says; and not the C++ sources, which nobody can build without it (docs/decisions/0005-no-gyp-in-the-package.md).
const ALLOWED = [
  /^package\.json$/,
  /^(README|CHANGELOG|UPGRADING)\.md$/,
  /^LICENSE$/,
  /^entry\/(index|testing)\.(cjs|mjs|d\.mts)$/,
  /^dist\/[a-z0-9_/]+\.(js|d\.ts)$/,
  /^prebuilds\/win32-(x64|ia32|arm64)\/windows_bits\.node$/,
  /^docs\/errors\.md$/,
  /^docs\/guides\/\w+\.(md|png)$/,
];
const NEEDED = [
  'package.json',
  'README.md',
  'LICENSE',
  'entry/index.cjs',
  'entry/index.mjs',
  'entry/index.d.mts',
  'dist/index.js',
  'docs/errors.md',
  'docs/guides/download.md',
  'dist/index.d.ts',
  'entry/testing.cjs',
  'entry/testing.mjs',
  'entry/testing.d.mts',
  'dist/testing/index.d.ts',
  'dist/testing/register.js',
  'prebuilds/win32-x64/windows_bits.node',
];
// Three binaries, of some 220 KB each when packed, and room to grow.
const BUDGET = { packed: 1_200_000, unpacked: 3_500_000 };

/** Links of packed pages to files that are not packed. Others must be absolute. */
function deadLinks() {
  return names
    .filter((name) => name.endsWith('.md'))
    .flatMap((page) => {
      const text = fs.readFileSync(inRoot(page), 'utf8').replace(/```[\s\S]*?```/g, '');
      return Array.from(text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g), ([, link]) => link)
        .filter((link) => !/^https?:/.test(link) && !names.includes(path.posix.join(path.posix.dirname(page), link)))
        .map((link) => `${page} links to ${link}, which is not in the package`);
    });
}

const { tarball, all } = given;
const names = tarball.files.map((file) => file.path);

test('only what belongs into the package', (t) => {
  const wrong = names.filter((name) => !ALLOWED.some((pattern) => pattern.test(name)));
  const absent = NEEDED.filter((name) => !names.includes(name));
  assert.deepEqual({ wrong, absent }, { wrong: [], absent: [] });
  t.diagnostic(`${names.length} files`);
});

test('links of the packed pages', () => {
  assert.deepEqual(deadLinks(), []);
});

test('size', (t) => {
  t.diagnostic(
    `${tarball.size} bytes packed (budget ${BUDGET.packed}), ${tarball.unpackedSize} unpacked (${BUDGET.unpacked})`,
  );
  assert.ok(tarball.size <= BUDGET.packed, 'too large when packed');
  assert.ok(tarball.unpackedSize <= BUDGET.unpacked, 'too large when unpacked');
});

test('binaries', () => {
  assert.equal(report({ all }), 0, 'what is wrong is printed above');
});

test('no install script', () => {
  const { scripts, gypfile, dependencies } = JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8'));
  const found = ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => scripts[name] !== undefined);
  assert.deepEqual({ found, gypfile, dependencies }, { found: [], gypfile: false, dependencies: undefined });
});

test('publint', async () => {
  const { publint } = await import('publint');
  const { formatMessage } = await import('publint/utils');
  const { messages, pkg } = await publint({ pack: { tarball: arrayBuffer(tarball.file) }, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test('are the types wrong', async () => {
  const attw = inRoot('node_modules/@arethetypeswrong/cli/dist/index.js');
  await runNode(attw, [tarball.file, '--format', 'table-flipped']);
});

function arrayBuffer(file) {
  const bytes = fs.readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
