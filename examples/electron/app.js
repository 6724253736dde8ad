'use strict';
// The main process: one window, the downloads, and the messages between them. Electron and the engine are parameters, so
// that tests can replace them.
const path = require('node:path');
const channels = require('./channels');
const { Transfers } = require('./transfers');

const QUIT_LIMIT_MS = 2000;

/** Accepts only http and https URLs, never one that could refer to a file on this computer. */
function checkUrl(text) {
  const url = new URL(String(text));
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error('Only http and https addresses');
  return url.href;
}

async function runApp(electron, openEngine, options = {}) {
  const { app, BrowserWindow, ipcMain } = electron;
  // Only one instance runs, because two would complete each other's jobs. Starting a second one shows the first window.
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return undefined;
  }
  await app.whenReady();
  const transfers = new Transfers(await openEngine(), options);

  const window = new BrowserWindow({
    width: 640,
    height: 420,
    webPreferences: { preload: path.join(__dirname, 'preload.js'), contextIsolation: true, sandbox: true },
  });
  app.on('second-instance', () => window.show());

  transfers.on('changed', (rows) => {
    if (window.isDestroyed()) return;
    window.setProgressBar(transfers.progress ?? -1); // in the taskbar; -1 removes it
    window.webContents.send(channels.CHANGED, rows);
  });

  /** Handles requests from the window's own page only. */
  const handle = (channel, work) =>
    ipcMain.handle(channel, (event, ...args) => {
      if (event.sender !== window.webContents) throw new Error('Not for this page');
      return work(...args);
    });
  handle(channels.LIST, () => transfers.rows);
  handle(channels.START, (url) => transfers.start(checkUrl(url), app.getPath('downloads')));
  handle(channels.CANCEL, (id) => transfers.cancel(String(id)));

  // Electron does not wait for asynchronous listeners, so the first quit is postponed, but not for long. If the app exits
  // without this, nothing is lost, because the jobs belong to Windows.
  let closed = false;
  app.on('before-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    const limit = new Promise((done) => setTimeout(done, options.quitLimit ?? QUIT_LIMIT_MS));
    void Promise.race([transfers.close(), limit])
      .catch(() => undefined)
      .then(() => {
        closed = true;
        app.quit();
      });
  });
  app.on('window-all-closed', () => app.quit());

  await window.loadFile(path.join(__dirname, 'window.html'));
  await transfers.restore();
  return transfers;
}

module.exports = { checkUrl, runApp };
