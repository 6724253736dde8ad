'use strict';
const electron = require('electron');
const bits = require('windows-bits');
const { runApp } = require('./app');
const { openEngine } = require('./engine');

runApp(electron, () => openEngine(bits, 'example.windows-bits.downloads')).catch((error) => {
  // The message says why BITS cannot be used: not Windows, a missing binary, a policy …
  electron.dialog.showErrorBox('Downloads', error.advice ? `${error.message}\n\n${error.advice}` : String(error));
  electron.app.exit(1);
});
