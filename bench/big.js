'use strict';
// How late the event loop is while a file of 1 GB is downloaded and verified. Once: it takes minutes under Wine.
const path = require('node:path');
const { withFolder } = require('./folder');
const { watchLoop } = require('./loop');
const { timed } = require('./measure');
const { withServedFiles } = require('./served');
const { BITS, withManager } = require('./services');

const SIZE = 1_000_000_000;

module.exports = () =>
  withServedFiles(1, SIZE, ([file]) =>
    withFolder((folder) =>
      withManager(BITS, async (bits) => {
        const loop = watchLoop();
        const time = await timed(() => bits.download({ ...file, path: path.join(folder, 'file') }));
        const late = loop();
        const title = '1 file of 1 GB, in one run';
        return [
          { title: `${title}: how late the event loop is`, unit: 'ms', rows: late },
          { title, unit: 's', rows: { 'download()': time / 1000 } },
        ];
      }),
    ),
  );
