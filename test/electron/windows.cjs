'use strict';
// The main process of an old Electron (tools/run/electron.test.mjs): windows with nodeIntegration that load the addon,
// all in one renderer process (`affinity`), and are reloaded. `windows.cjs BINARY OUTPUT`; for Node 10.
const fs = require('fs');
const path = require('path');
const { app, BrowserWindow, ipcMain } = require('electron');

const WINDOWS = 3;
const RELOADS = 10;
const [binary, output] = process.argv.slice(-2);
const addon = require(binary);
const loads = [];

function end(answer) {
  fs.writeFileSync(output, JSON.stringify(answer));
  app.exit(0);
}

function open() {
  const window = new BrowserWindow({ show: false, webPreferences: { nodeIntegration: true, affinity: 'one' } });
  window.webContents.on('crashed', () => end({ problem: `a renderer crashed after ${loads.length} loads` }));
  window.loadFile(path.join(__dirname, 'windows.html'), { query: { binary } });
}

ipcMain.on('loaded', ({ sender }, load) => {
  if (load.problem !== undefined) return end(load);
  loads.push(load);
  if (loads.length < WINDOWS) return open();
  if (loads.length < WINDOWS + RELOADS) return sender.reload();
  return end({
    electron: process.versions.electron,
    processes: new Set(loads.map(({ pid }) => pid)).size,
    windows: WINDOWS,
    reloads: RELOADS,
    answers: [...new Set([addon, ...loads].map(({ version }) => version))],
    system: addon.systemInfo().windows,
  });
});
process.on('uncaughtException', (error) => end({ problem: error.stack }));
app.disableHardwareAcceleration();
app.on('ready', open);
