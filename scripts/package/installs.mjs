// Installs the tarball in empty folders and uses it from there. Scripts of packages are allowed wherever a package
// manager asks, and node-gyp is a tripwire: whoever starts a compiler is found out.
import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../../testbed/files.mjs';
import { run, runNode } from '../../testbed/run.mjs';
import { SetupError } from '../../testbed/setup.mjs';
import { onWindows } from '../../testbed/wine.mjs';
import { expectFields, jsonHere, jsonInWindows, plainEnv } from './run.mjs';
import { tool, windowsNodes } from './tools.mjs';

/** CommonJS and ES module, each a file of the user's. */
const PROGRAMS = {
  'main.cjs': "require('./consumer.cjs').consume(() => require('windows-bits'))",
  'main.mjs': "import { consume } from './consumer.cjs';\nconsume(() => import('windows-bits'))",
};
const PRINT = '.then((result) => console.log(JSON.stringify(result)));\n';
const OFF_WINDOWS = { supported: false, reason: 'platform', rejects: 'BITS_PLATFORM' };
const DOWNLOADED = { supported: true, state: 'transferred', result: 'complete', equal: true };

const fileUrl = (file) => `file:${file.replaceAll('\\', '/')}`;

const managers = (tarball) => [
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

/** A folder with a program called node-gyp that compiles nothing, but notes that it was called. */
function makeTripwire(folder) {
  fs.mkdirSync(folder, { recursive: true });
  const marker = path.join(folder, 'sprung');
  const script = path.join(folder, 'node-gyp.js');
  fs.writeFileSync(
    script,
    `#!/usr/bin/env node\nrequire('fs').appendFileSync(${JSON.stringify(marker)}, process.cwd() + '\\n');\n`,
    { mode: 0o755 },
  );
  fs.writeFileSync(path.join(folder, 'node-gyp'), `#!/bin/sh\nexec node "${script}"\n`, { mode: 0o755 });
  fs.writeFileSync(path.join(folder, 'node-gyp.cmd'), `@node "${script}"\r\n`);
  return {
    env: { npm_config_node_gyp: script, PATH: `${folder}${path.delimiter}${process.env.PATH}` },
    sprung() {
      const found = fs.existsSync(marker);
      fs.rmSync(marker, { force: true });
      return found;
    },
  };
}

function makeProject(folder, manifest = {}) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, ...manifest }));
  for (const name of ['consumer.cjs', 'server.js', 'until.js'])
    fs.copyFileSync(inRoot('test/support', name), path.join(folder, name));
  for (const [name, text] of Object.entries(PROGRAMS)) fs.writeFileSync(path.join(folder, name), text + PRINT);
}

/** Returns the folder of npm's installation, for the checks that follow. */
export async function installChecks({ tarball, folder, must }) {
  const tripwire = makeTripwire(path.join(folder, 'tripwire'));
  const env = plainEnv({ ...tripwire.env, CI: '1' });
  let first;

  for (const manager of managers(tarball.file)) {
    const { name, manifest, files = {}, preload, install } = manager;
    const project = path.join(folder, `installed by ${name}`);
    makeProject(project, manifest);
    for (const [file, text] of Object.entries(files)) fs.writeFileSync(path.join(project, file), text);
    let done = false;
    await must(`${name} installs, offline, and compiles nothing`, async () => {
      await install({ cwd: project, env });
      const compiled = tripwire.sprung();
      if (compiled) throw new SetupError('node-gyp was started');
      const built = path.join(project, 'node_modules/windows-bits/build');
      if (fs.existsSync(built)) throw new SetupError(`there is ${built}`);
      done = true;
    });
    if (!done) continue;
    first ??= project;

    for (const program of Object.keys(PROGRAMS)) {
      // Under Plug'n'Play Node is told how to find packages.
      const require = preload === undefined ? [] : ['--require', `./${preload}`];
      const loader =
        preload && program.endsWith('.mjs') && fs.existsSync(path.join(project, '.pnp.loader.mjs'))
          ? ['--experimental-loader', './.pnp.loader.mjs']
          : [];
      const args = [...require, ...loader, program];
      if (!onWindows) {
        await must(`${name}, ${program}, on this system`, async () =>
          expectFields(await jsonHere(args, { cwd: project }), OFF_WINDOWS),
        );
      }
      for (const exe of windowsNodes) {
        await must(`${name}, ${program}, in Windows Node`, async () => {
          const result = await jsonInWindows(args, { cwd: project, exe });
          expectFields(result, DOWNLOADED);
          return `downloaded with Node ${result.node}`;
        });
      }
    }
  }
  await must('the tripwire is one: with binding.gyp in the package, all of them would compile', () =>
    control({ tarball, folder, tripwire, env }),
  );
  if (windowsNodes.length > 0) await renamedHost({ first, folder, must });
  return first;
}

/** The same package with binding.gyp and without the word that keeps npm from compiling. */
async function control({ tarball, folder, tripwire, env }) {
  const copy = path.join(folder, 'control');
  const control = path.join(copy, 'control.tgz');
  fs.mkdirSync(copy);
  fs.copyFileSync(tarball.file, control);
  // Without folders in the names: GNU tar takes "C:" for another computer.
  await run('tar', ['-xzf', 'control.tgz'], { cwd: copy });
  const manifest = path.join(copy, 'package/package.json');
  const { gypfile: _gypfile, files: _files, ...fields } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
  fs.writeFileSync(manifest, JSON.stringify(fields));
  fs.copyFileSync(inRoot('binding.gyp'), path.join(copy, 'package/binding.gyp'));
  await run('tar', ['-czf', 'control.tgz', 'package'], { cwd: copy });
  const calm = [];
  for (const manager of managers(control)) {
    const project = path.join(folder, `control by ${manager.name}`);
    makeProject(project, manager.manifest);
    for (const [file, text] of Object.entries(manager.files ?? {})) fs.writeFileSync(path.join(project, file), text);
    // What counts is whether it tried: npm starts the node-gyp that it brings along, which fails off Windows.
    const failure = await manager.install({ cwd: project, env }).then(
      () => '',
      (error) => error.message,
    );
    const built = path.join(project, 'node_modules/windows-bits/build');
    if (!tripwire.sprung() && !/node-gyp/.test(failure) && !fs.existsSync(built)) calm.push(manager.name);
  }
  if (calm.includes('npm') || calm.length === managers(control).length)
    throw new SetupError(`not sprung by ${calm.join()}`);
  return calm.length === 0 ? 'all did' : `not by ${calm.join()}`;
}

async function renamedHost({ first, folder, must }) {
  const [node] = windowsNodes;
  const exe = path.join(folder, 'My App.exe');
  await must('npm, main.cjs, in a host called "My App.exe"', async () => {
    fs.copyFileSync(node, exe);
    const result = await jsonInWindows(['main.cjs'], { cwd: first, exe });
    expectFields(result, { ...DOWNLOADED, host: 'My App.exe' });
  });
}
