'use strict';
// The example app in a real Electron (tools/run/electron-smoke.mjs): `start URL` begins a download and quits in the middle
// of it; `finish` is the next start, which must find the download and end with exit code 0 when it is done.
const electron = require('electron');
const bits = require('windows-bits');
const { runApp } = require('../../examples/electron/app.js');
const { openEngine } = require('../../examples/electron/engine.js');
const { until } = require('../support/until.js');

const [what, folder, url] = process.argv.slice(-3);
const LIMIT_MS = 60_000;

electron.app.getPath = () => folder;
runApp(electron, () => openEngine(bits, 'windows-bits electron smoke'))
  .then(async (transfers) => {
    if (what === 'start') {
      await transfers.start(url, folder);
      return electron.app.quit();
    }
    if (transfers.rows.length !== 1) throw new Error(`found ${transfers.rows.length} downloads`);
    await until(() => transfers.progress === null, { limit: LIMIT_MS, every: 100 });
    const [row] = transfers.rows;
    if (row.state !== 'done') throw new Error(JSON.stringify(row));
    return electron.app.quit();
  })
  .catch((error) => {
    console.error(error);
    electron.app.exit(1);
  });
