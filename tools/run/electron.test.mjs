// A real Electron for Windows, from npm, loads the addon under Wine. It is an old one (4.0.4,
// with Node 10 and Node-API 3), too old for the library. What it proves is that the binary finds Node-API in an
// executable called electron.exe, or by any other name; and that it can be loaded by Electron's main process, by
// several windows that share a renderer process, and by a window that is reloaded. Only functions that need no newer
// Node-API are called: whatever goes to BITS needs version 8 (data of the environment, tags of handles). With calls, the
// same is done in Windows Node: test/native/environments.test.ts. Today's Electron: the workflow package.yml.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { findWine, windowsPath, wineEnv } from '../../testbed/wine.mjs';
import { inRoot } from '../util/files.mjs';
import { SetupError } from '../util/process.mjs';
import { electron } from './electron.mjs';

const renamed = path.join(path.dirname(electron), 'My App.exe');
const binary = inRoot('prebuilds/win32-x64/windows_bits.node');
const LIMIT_MS = 120_000;

// For Node 10: no node: names.
const LOAD = `
  const addon = require(process.argv[2]);
  require('fs').writeFileSync(process.argv[3], JSON.stringify({
    host: require('path').basename(process.execPath), node: process.versions.node, napi: process.versions.napi,
    version: addon.version, methods: Object.keys(addon.job).length, windows: addon.systemInfo().windows,
  }));`;

/** Runs a program and returns what it wrote into the file that its last argument names: Wine and pipes do not agree. */
async function answerOf(exe, args, env = {}) {
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

let folder;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-electron-'));
  fs.copyFileSync(electron, renamed);
});
after(() => {
  fs.rmSync(renamed, { force: true });
  fs.rmSync(folder, { recursive: true, force: true });
});

for (const exe of [electron, renamed]) {
  test(path.basename(exe), async (t) => {
    const script = path.join(folder, 'load.js');
    fs.writeFileSync(script, LOAD);
    const { host, node, napi, version, methods } = await answerOf(exe, [windowsPath(script)], {
      ELECTRON_RUN_AS_NODE: '1',
    });
    assert.equal(host, path.basename(exe));
    assert.ok(methods >= 50, `${methods} methods`);
    t.diagnostic(`as Node ${node}, Node-API ${napi}, addon ${version} with ${methods} methods of jobs`);
  });
}

test('main process, windows and reloads', async (t) => {
  const display = await startDisplay();
  try {
    // A desktop of its own: that of the prefix may have been made without a display.
    const desktop = `/desktop=windows-bits-${process.pid},800x600`;
    const app = [windowsPath(electron), '--no-sandbox', windowsPath(inRoot('test/electron/windows.cjs'))];
    const found = await answerOf('explorer.exe', [desktop, ...app], { DISPLAY: display.name });
    assert.equal(found.processes, 1, JSON.stringify(found));
    assert.equal(found.answers.length, 1, JSON.stringify(found));
    t.diagnostic(
      `Electron ${found.electron}, ${found.windows} windows in one renderer process, ${found.reloads} reloads`,
    );
  } finally {
    display.stop();
  }
});
