'use strict';
// How late the event loop is while files are hashed as download() does it.
const fs = require('node:fs');
const path = require('node:path');
const { HOST } = require('../dist/host');
const { eachOf } = require('../dist/util/each_of');
const { setTimeout: sleep } = require('node:timers/promises');
const { watchLoop } = require('./loop');
const { medians } = require('./measure');
const { withFolder } = require('./folder');

const [FILES, SIZE] = [4, 1_000_000_000];

const lateWhile = (work) => async () => {
  const loop = watchLoop();
  await work();
  return loop();
};

module.exports = () =>
  withFolder(async (folder) => {
    const files = Array.from({ length: FILES }, (_, i) => path.join(folder, String(i)));
    for (const file of files) {
      fs.writeFileSync(file, '');
      fs.truncateSync(file, SIZE); // sparse: read, but not from a disk
    }
    const rows = await medians(lateWhile(() => eachOf(files, (file) => HOST.disk.sha256(file))));
    const idle = await medians(lateWhile(() => sleep(2000)));
    return [
      {
        title: 'How late the event loop is while 4 files of 1 GB are verified',
        unit: 'ms',
        rows,
        limits: { p99: 5, worst: 25 },
      },
      { title: 'The same with nothing to do, which is what other load of the computer does', unit: 'ms', rows: idle },
    ];
  });
