// The package managers, each with its way to install the tarball in an empty folder, offline.
import fs from 'node:fs';
import path from 'node:path';
import { onWindows } from '../../testbed/wine.mjs';
import { inRoot } from '../util/files.mjs';
import { run, runNode } from '../util/process.mjs';
import { tool } from './tools.mjs';

/** CommonJS and ES module, each a file of the user's. */
export const PROGRAMS = {
  'main.cjs': "require('./consumer.cjs').consume(() => require('windows-bits'))",
  'main.mjs': "import { consume } from './consumer.cjs';\nconsume(() => import('windows-bits'))",
};
const PRINT = '.then((result) => console.log(JSON.stringify(result)));\n';

const fileUrl = (file) => `file:${file.replaceAll('\\', '/')}`;

export const managers = (tarball) => [
  {
    name: 'npm',
    install: (options) => npm(['install', tarball, '--offline', '--no-audit', '--no-fund', ...ALLOW_SCRIPTS], options),
  },
  {
    name: 'pnpm',
    manifest: { dependencies: { 'windows-bits': fileUrl(tarball) } },
    install: (options) =>
      runNode(
        tool('pnpm/bin/pnpm.cjs'),
        [
          'install',
          '--offline',
          '--config.dangerously-allow-all-builds=true',
          '--store-dir',
          path.join(options.cwd, '.store'),
        ],
        options,
      ),
  },
  {
    name: 'Yarn 1',
    install: (options) =>
      runNode(tool('yarn/bin/yarn.js'), ['add', fileUrl(tarball), '--offline', '--cache-folder', '.cache'], options),
  },
  {
    name: 'Yarn PnP',
    manifest: { dependencies: { 'windows-bits': fileUrl(tarball) } },
    files: { 'yarn.lock': '' },
    preload: '.pnp.cjs',
    install: (options) =>
      runNode(tool('@yarnpkg/cli-dist/bin/yarn.js'), ['install', '--no-immutable'], {
        ...options,
        env: {
          ...options.env,
          YARN_ENABLE_TELEMETRY: '0',
          YARN_ENABLE_SCRIPTS: 'true',
          YARN_NODE_LINKER: 'pnp',
          YARN_ENABLE_NETWORK: 'false',
          YARN_PNP_ENABLE_ESM_LOADER: 'true',
          YARN_ENABLE_GLOBAL_CACHE: 'false',
        },
      }),
  },
];

// npm runs no script of a dependency unless it is told to. Older versions do not know the option, and do not need it.
const ALLOW_SCRIPTS = ['--dangerously-allow-all-scripts'];

function npm(args, options) {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') ? runNode(script, args, options) : run('npm', args, { ...options, shell: onWindows });
}

/** Makes a user's project in a folder, ready for a package manager. */
export function makeProject(folder, { manifest = {}, files = {} }) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, ...manifest }));
  for (const name of ['consumer.cjs', 'server.js', 'until.js'])
    fs.copyFileSync(inRoot('test/support', name), path.join(folder, name));
  for (const [name, text] of Object.entries(PROGRAMS)) fs.writeFileSync(path.join(folder, name), text + PRINT);
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
}
