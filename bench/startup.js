'use strict';
// What a program waits for at its start: Node.js, loading the package, and the first call.
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { compare, timed } = require('./measure');

const REQUIRE = `require(${JSON.stringify(path.join(__dirname, '../entry/index.cjs'))})`;

const started = (script) => () =>
  timed(() => {
    const { status, error } = spawnSync(process.execPath, ['-e', script], { stdio: 'inherit' });
    if (status !== 0) throw error ?? new Error(`exit code ${status}`);
  });

module.exports = async () => [
  {
    title: 'A program from its start to its end',
    unit: 'ms',
    rows: await compare({
      'Node.js alone': started('0'),
      'with the package loaded': started(REQUIRE),
      'with connect(), getJobs() and close()': started(
        `${REQUIRE}.connect().then(async (bits) => { await bits.getJobs(); await bits.close(); })`,
      ),
    }),
    base: 'Node.js alone',
  },
];
