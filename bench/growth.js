'use strict';
// Whether the cost of one more file or job stays the same as there are more of them.
const fs = require('node:fs');
const path = require('node:path');
const { HOST } = require('../dist/host');
const { eachOf } = require('../dist/util/each_of');
const { withFolder } = require('./folder');
const { compare, timed } = require('./measure');
const { withServedFiles } = require('./served');
const { BITS, withJobs, withManager } = require('./services');

const COUNTS = [1, 10, 100, 1000];
const SIZE = 2000;

const listing = (count, measure) =>
  withManager(BITS, (bits) => withJobs(bits, count, () => measure(async () => (await bits.getSnapshots()).length)));

const downloading = (count, measure) =>
  withServedFiles(count, SIZE, (served) =>
    withFolder((folder) =>
      withManager(BITS, (bits) => {
        const files = served.map((file, i) => ({ ...file, path: path.join(folder, String(i)) }));
        return measure(async () => (await bits.download({ files })).files.length);
      }),
    ),
  );

const verifying = (count, measure) =>
  withFolder((folder) => {
    const files = Array.from({ length: count }, (_, i) => path.join(folder, String(i)));
    for (const file of files) fs.writeFileSync(file, Buffer.alloc(SIZE));
    return measure(async () => (await eachOf(files, (file) => HOST.disk.sha256(file))).length);
  });

/** Milliseconds that some work takes for each of what it has worked on, whose number it resolves with. */
async function timedEach(work) {
  let count;
  const time = await timed(async () => (count = await work()));
  return time / count;
}

/** Milliseconds for each of what there are 1, 10, 100 and 1,000 of. */
async function growth(title, withSoMany) {
  const rows = {};
  for (const count of COUNTS) {
    const name = count.toLocaleString('en-US');
    const rounds = count < 1000 ? 5 : 1; // a thousand take long
    const each = (work) => compare({ [name]: () => timedEach(work) }, { rounds });
    Object.assign(rows, await withSoMany(count, each));
  }
  return { title, unit: 'ms', rows };
}

module.exports = async () => [
  await growth('Each of so many jobs, listed by `getSnapshots()`', listing),
  await growth('Each of so many files of 2 kB, downloaded by `download()`', downloading),
  await growth('Each of so many files of 2 kB, verified', verifying),
];
