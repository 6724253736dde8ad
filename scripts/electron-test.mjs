// npm run test:electron: a real Electron for Windows, from npm, loads the addon under Wine. It is an old one (4.0.4, with
// Node 10 and Node-API 3), too old for the library: what it proves is that the binary finds Node-API in an executable
// called electron.exe, or by any other name. Today's Electron runs in the workflow (.github/workflows/package.yml).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { inRoot, root } from '../testbed/files.mjs';
import { SetupError } from '../testbed/run.mjs';
import * as setup from '../testbed/setup.mjs';
import { findWine, onWindows, windowsPath, wineEnv } from '../testbed/wine.mjs';
import { ensureFolder } from './package/tools.mjs';

const electronFolder = inRoot('testbed/electron/node_modules/electron-prebuilt-win');
const binary = inRoot('prebuilds/win32-x64/windows_bits.node');

// For Node 10: no node: names. The result goes to a file, since Wine and pipes do not agree.
const SCRIPT = `
  const fs = require('fs');
  const addon = require(${JSON.stringify(windowsPath(binary))});
  fs.writeFileSync(process.argv[2], JSON.stringify({
    host: require('path').basename(process.execPath), electron: process.versions.electron || 'as Node ' + process.versions.node, napi: process.versions.napi,
    version: addon.version, methods: Object.keys(addon.job).length, windows: addon.systemInfo().windows,
  }));`;

function findExe(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      const found = findExe(full);
      if (found !== undefined) return found;
    } else if (entry.name === 'electron.exe') {
      return full;
    }
  }
  return undefined;
}

function load(exe, folder) {
  const script = path.join(folder, 'load.js');
  const output = path.join(folder, 'output.json');
  fs.rmSync(output, { force: true });
  fs.writeFileSync(script, SCRIPT);
  const { NODE_OPTIONS: _options, ...env } = wineEnv();
  const { status } = spawnSync(findWine(), [exe, windowsPath(script), windowsPath(output)], {
    cwd: path.dirname(exe), env: { ...env, ELECTRON_RUN_AS_NODE: '1' }, stdio: 'ignore', timeout: 120_000,
  });
  if (status !== 0 || !fs.existsSync(output)) throw new SetupError(`exit code ${status}, and ${fs.existsSync(output) ? 'an' : 'no'} answer`);
  return JSON.parse(fs.readFileSync(output, 'utf8'));
}

process.chdir(root);
await setup.main(async () => {
  if (onWindows) throw new SetupError('On Windows use a real Electron: see examples/electron.');
  await setup.setUp();
  await ensureFolder('electron', electronFolder, '--os=win32', '--cpu=x64', '--include=optional');
  const exe = findExe(electronFolder);
  if (exe === undefined) throw new SetupError('there is no electron.exe in the package');
  const renamed = path.join(path.dirname(exe), 'My App.exe');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-electron-'));
  let [passed, failed] = [0, 0];
  try {
    fs.copyFileSync(exe, renamed);
    for (const host of [exe, renamed]) {
      try {
        const found = load(host, folder);
        if (found.host !== path.basename(host) || found.methods < 50) throw new SetupError(JSON.stringify(found));
        passed++;
        console.log(`${found.host}: Electron ${found.electron}, Node-API ${found.napi}, addon ${found.version} with ${found.methods} methods of jobs`);
      } catch (error) {
        failed++;
        console.log(`${path.basename(host)}: FAILED, ${error.message}`);
      }
    }
  } finally {
    fs.rmSync(renamed, { force: true });
    fs.rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});
