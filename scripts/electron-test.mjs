// npm run test:electron: a real Electron for Windows, from npm, loads the addon under Wine. It is an old one (4.0.4,
// with Node 10 and Node-API 3), too old for the library. What it proves is that the binary finds Node-API in an
// executable called electron.exe, or by any other name; and that it can be loaded by Electron's main process, by
// several windows that share a renderer process, and by a window that is reloaded. Only functions that need no newer
// Node-API are called: whatever goes to BITS needs version 8 (data of the environment, tags of handles). With calls, the
// same is done in Windows Node: test/native/environments.test.ts. Today's Electron: the workflow package.yml.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { inRoot, root } from '../testbed/files.mjs';
import { SetupError, which } from '../testbed/run.mjs';
import * as setup from '../testbed/setup.mjs';
import { findWine, onWindows, windowsPath, wineEnv } from '../testbed/wine.mjs';
import { ensureFolder } from './package/tools.mjs';

const electronFolder = inRoot('testbed/electron/node_modules/electron-prebuilt-win');
const electron = path.join(electronFolder, 'dist/electron.exe');
const renamed = path.join(electronFolder, 'dist/My App.exe');
const binary = inRoot('prebuilds/win32-x64/windows_bits.node');
const LIMIT_MS = 120_000;

const tools = [{ package: 'xvfb', found: () => which('Xvfb') }];

// For Node 10: no node: names.
const LOAD = `
  const addon = require(process.argv[2]);
  require('fs').writeFileSync(process.argv[3], JSON.stringify({
    host: require('path').basename(process.execPath), node: process.versions.node, napi: process.versions.napi,
    version: addon.version, methods: Object.keys(addon.job).length, windows: addon.systemInfo().windows,
  }));`;

/** Runs a program and returns what it wrote into the file that its last argument names: Wine and pipes do not agree. */
async function answerOf(exe, args, folder, env = {}) {
  const output = path.join(folder, 'output.json');
  fs.rmSync(output, { force: true });
  const said = path.join(folder, 'said.txt');
  const out = fs.openSync(said, 'w');
  const { NODE_OPTIONS: _options, ...rest } = wineEnv();
  const child = spawn(findWine(), [exe, ...args, windowsPath(binary), windowsPath(output)], {
    cwd: path.dirname(electron),
    env: { ...rest, ...env },
    stdio: ['ignore', out, out],
    timeout: LIMIT_MS,
  });
  const [status] = await once(child, 'exit');
  fs.closeSync(out);
  if (!fs.existsSync(output))
    throw new SetupError(`exit code ${status}, and no answer\n${fs.readFileSync(said, 'utf8')}`);
  const answer = JSON.parse(fs.readFileSync(output, 'utf8'));
  if (status !== 0 || answer.problem !== undefined) throw new SetupError(answer.problem ?? `exit code ${status}`);
  return answer;
}

/** A display that nobody sees, since even windows that are not shown need one. */
async function startDisplay() {
  const args = ['-displayfd', '3', '-screen', '0', '800x600x24'];
  const display = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const [number] = await once(display.stdio[3], 'data');
  return { name: `:${String(number).trim()}`, stop: () => display.kill() };
}

/** What must hold, by title: each throws, or returns what to show. */
const checks = (folder) => ({
  ...Object.fromEntries(
    [electron, renamed].map((exe) => [
      path.basename(exe),
      async () => {
        const script = path.join(folder, 'load.js');
        fs.writeFileSync(script, LOAD);
        const found = await answerOf(exe, [windowsPath(script)], folder, { ELECTRON_RUN_AS_NODE: '1' });
        if (found.host !== path.basename(exe) || found.methods < 50) throw new SetupError(JSON.stringify(found));
        const { node, napi, version, methods } = found;
        return `as Node ${node}, Node-API ${napi}, addon ${version} with ${methods} methods of jobs`;
      },
    ]),
  ),

  'main process, windows and reloads': async () => {
    const display = await startDisplay();
    try {
      // A desktop of its own: that of the prefix may have been made without a display.
      const desktop = `/desktop=windows-bits-${process.pid},800x600`;
      const app = [windowsPath(electron), '--no-sandbox', windowsPath(inRoot('test/electron/windows.cjs'))];
      const found = await answerOf('explorer.exe', [desktop, ...app], folder, { DISPLAY: display.name });
      if (found.processes !== 1 || found.answers.length !== 1) throw new SetupError(JSON.stringify(found));
      return `Electron ${found.electron}, ${found.windows} windows in one renderer process, ${found.reloads} reloads`;
    } finally {
      display.stop();
    }
  },
});

process.chdir(root);
await setup.main(async () => {
  if (onWindows) throw new SetupError('On Windows use a real Electron: see examples/electron.');
  await setup.setUp();
  await setup.ensureTools(tools);
  await ensureFolder('electron', electronFolder, '--os=win32', '--cpu=x64', '--include=optional');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-electron-'));
  const total = { passed: 0, failed: 0 };
  try {
    fs.copyFileSync(electron, renamed);
    for (const [title, check] of Object.entries(checks(folder))) {
      try {
        console.log(`${title}: ${await check()}`);
        total.passed++;
      } catch (error) {
        total.failed++;
        console.log(`${title}: FAILED, ${error.message}`);
      }
    }
  } finally {
    fs.rmSync(renamed, { force: true });
    fs.rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
});
