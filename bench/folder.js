'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** Gives some work a new folder, which is removed afterwards. */
async function withFolder(work) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-bench-'));
  try {
    return await work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

module.exports = { withFolder };
