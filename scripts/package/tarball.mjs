// The tarball itself: which files, how large, and what publint and "are the types wrong" say.
import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../../testbed/files.mjs';
import { runNode, runNpm } from '../../testbed/run.mjs';
import { SetupError } from '../../testbed/setup.mjs';
import { report } from '../verify-binary.mjs';

// Everything that may be in the package. Not binding.gyp: pnpm and Yarn compile where they see it, whatever the manifest
// says; and not the C++ sources, which nobody can build without it (docs/decisions/0005-no-gyp-in-the-package.md).
const ALLOWED = [
  /^package\.json$/,
  /^(README|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^entry\/index\.(cjs|mjs|d\.mts)$/,
  /^dist\/[a-z_/]+\.(js|d\.ts)$/,
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
  'prebuilds/win32-x64/windows_bits.node',
];
// Three binaries, of some 220 KB each when packed, and room to grow.
const BUDGET = { packed: 1_200_000, unpacked: 3_500_000 };

export async function pack(folder) {
  const [result] = JSON.parse(
    await runNpm(['pack', '--json', '--loglevel=error', '--ignore-scripts', '--pack-destination', folder]).then(
      (output) => output.slice(output.indexOf('[')),
    ),
  );
  return { ...result, file: path.join(folder, result.filename) };
}

/** Links of packed pages to files that are not packed. Others must be absolute. */
function deadLinks(names) {
  return names
    .filter((name) => name.endsWith('.md'))
    .flatMap((page) => {
      const text = fs.readFileSync(inRoot(page), 'utf8').replace(/```[\s\S]*?```/g, '');
      return Array.from(text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g), ([, link]) => link)
        .filter((link) => !/^https?:/.test(link) && !names.includes(path.posix.join(path.posix.dirname(page), link)))
        .map((link) => `${page} links to ${link}, which is not in the package`);
    });
}

export async function checkTarball({ tarball, must, all }) {
  const names = tarball.files.map((file) => file.path);
  await must('only what belongs into the package', () => {
    const wrong = names.filter((name) => !ALLOWED.some((pattern) => pattern.test(name)));
    const absent = NEEDED.filter((name) => !names.includes(name));
    if (wrong.length + absent.length > 0)
      throw new SetupError(`too much: ${wrong.join(' ')}\nmissing: ${absent.join(' ')}`);
    return `${names.length} files`;
  });
  await must('links of the packed pages', () => {
    const dead = deadLinks(names);
    if (dead.length > 0) throw new SetupError(dead.join('\n'));
  });
  await must('size', () => {
    const text = `${tarball.size} bytes packed (budget ${BUDGET.packed}), ${tarball.unpackedSize} unpacked (${BUDGET.unpacked})`;
    if (tarball.size > BUDGET.packed || tarball.unpackedSize > BUDGET.unpacked) throw new SetupError(text);
    return text;
  });
  await must('binaries', () => {
    if (report({ all }) !== 0) throw new SetupError('see above');
  });
  await must('no install script', () => {
    const { scripts, gypfile, dependencies } = JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8'));
    const found = ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => scripts[name] !== undefined);
    if (found.length > 0 || gypfile !== false || dependencies !== undefined)
      throw new SetupError(`there is ${found.join()}`);
  });
  await must('publint', async () => {
    const { publint } = await import('publint');
    const { formatMessage } = await import('publint/utils');
    const { messages, pkg } = await publint({ pack: { tarball: arrayBuffer(tarball.file) }, strict: true });
    if (messages.length > 0) throw new SetupError(messages.map((message) => formatMessage(message, pkg)).join('\n'));
    return 'no finding';
  });
  await must('are the types wrong', async () => {
    await runNode(inRoot('node_modules/@arethetypeswrong/cli/dist/index.js'), [
      tarball.file,
      '--format',
      'table-flipped',
    ]);
    return 'no finding';
  });
}

function arrayBuffer(file) {
  const bytes = fs.readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
