// Installs the tarball in empty folders and uses it from there. Scripts of packages are allowed wherever a package
// manager asks, and node-gyp is a tripwire: whoever starts a compiler is found out.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { onWindows } from '../../testbed/wine.mjs';
import { inRoot } from '../util/files.mjs';
import { run } from '../util/process.mjs';
import { given, installedByNpm } from './given.mjs';
import { PROGRAMS, makeProject, managers } from './managers.mjs';
import { expectFields, jsonHere, jsonInWindows, plainEnv } from './programs.mjs';
import { windowsNodes } from './tools.mjs';

const OFF_WINDOWS = { supported: false, reason: 'platform', rejects: 'BITS_PLATFORM' };
const DOWNLOADED = { supported: true, state: 'transferred', result: 'complete', equal: true };

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

const { folder, tarball } = given;
const tripwire = makeTripwire(path.join(folder, 'tripwire'));
const env = plainEnv({ ...tripwire.env, CI: '1' });

/** How a program of the project is started. Under Plug'n'Play Node is told how to find packages. */
function startOf(program, project, preload) {
  if (preload === undefined) return [program];
  const loader = program.endsWith('.mjs') && fs.existsSync(path.join(project, '.pnp.loader.mjs'));
  return ['--require', `./${preload}`, ...(loader ? ['--experimental-loader', './.pnp.loader.mjs'] : []), program];
}

for (const manager of managers(tarball.file)) {
  const project = path.join(folder, `installed by ${manager.name}`);

  describe(manager.name, () => {
    test('installs, offline, and compiles nothing', async () => {
      makeProject(project, manager);
      await manager.install({ cwd: project, env });
      assert.equal(tripwire.sprung(), false, 'node-gyp was started');
      assert.equal(fs.existsSync(path.join(project, 'node_modules/windows-bits/build')), false, 'there is a build');
    });

    for (const program of Object.keys(PROGRAMS)) {
      const start = () => startOf(program, project, manager.preload);
      if (!onWindows) {
        test(`${program}, on this system`, async () => {
          expectFields(await jsonHere(start(), { cwd: project }), OFF_WINDOWS);
        });
      }
      for (const { name, exe } of windowsNodes()) {
        test(`${program}, in ${name}`, async (t) => {
          const result = await jsonInWindows(start(), { cwd: project, exe });
          expectFields(result, DOWNLOADED);
          t.diagnostic(`downloaded with Node ${result.node}`);
        });
      }
    }
  });
}

/** A package like ours with binding.gyp, and without the word that keeps npm from compiling. */
async function packWithGyp(copy) {
  fs.mkdirSync(copy);
  fs.copyFileSync(tarball.file, path.join(copy, 'control.tgz'));
  // Without folders in the names: GNU tar takes "C:" for another computer.
  await run('tar', ['-xzf', 'control.tgz'], { cwd: copy });
  const manifest = path.join(copy, 'package/package.json');
  const { gypfile: _gypfile, files: _files, ...fields } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
  fs.writeFileSync(manifest, JSON.stringify(fields));
  fs.copyFileSync(inRoot('binding.gyp'), path.join(copy, 'package/binding.gyp'));
  await run('tar', ['-czf', 'control.tgz', 'package'], { cwd: copy });
  return path.join(copy, 'control.tgz');
}

/** Whether a package manager tried to compile: npm starts the node-gyp that it brings along, which fails off Windows. */
async function compiles(manager) {
  const project = path.join(folder, `control by ${manager.name}`);
  makeProject(project, manager);
  const failure = await manager.install({ cwd: project, env }).then(
    () => '',
    (error) => error.message,
  );
  const built = fs.existsSync(path.join(project, 'node_modules/windows-bits/build'));
  return tripwire.sprung() || /node-gyp/.test(failure) || built;
}

test('the tripwire is one: with binding.gyp in the package, all of them would compile', async (t) => {
  const all = managers(await packWithGyp(path.join(folder, 'control')));
  const calm = [];
  for (const manager of all) if (!(await compiles(manager))) calm.push(manager.name);
  t.diagnostic(calm.length === 0 ? 'all did' : `not by ${calm.join()}`);
  assert.ok(!calm.includes('npm') && calm.length < all.length, `not sprung by ${calm.join()}`);
});

for (const { exe: node } of windowsNodes().slice(0, 1)) {
  test('main.cjs in a host called "My App.exe"', async () => {
    const exe = path.join(folder, 'My App.exe');
    fs.copyFileSync(node, exe);
    const result = await jsonInWindows(['main.cjs'], { cwd: installedByNpm(), exe });
    expectFields(result, { ...DOWNLOADED, host: 'My App.exe' });
  });
}
