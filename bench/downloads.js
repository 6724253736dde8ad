'use strict';
// What download() costs beside the job API alone: the same files from the same server, with size and hash checked and
// without.
const fs = require('node:fs');
const path = require('node:path');
const { withFolder } = require('./folder');
const { compare, timed } = require('./measure');
const { withServedFiles } = require('./served');
const { BITS, withManager } = require('./services');

const SETS = [
  { name: '200 files of 2 kB', count: 200, size: 2000, limit: 1.3 },
  { name: '20 files of 2 kB', count: 20, size: 2000, limit: 1.5 },
  { name: '1 file of 60 MB', count: 1, size: 60_000_000, limit: 1.1 },
];

async function byJobApi(bits, files) {
  const job = await bits.createJob({
    name: 'windows-bits bench',
    priority: 'foreground',
    files: files.map(({ url, path: target }) => ({ url, path: target })),
  });
  await job.resume();
  await job.wait();
  await job.complete();
}

/** Milliseconds that some work takes with the files, whose paths are in a folder of their own. */
async function timedIn(folder, files, work) {
  const target = fs.mkdtempSync(path.join(folder, 'to-'));
  const time = await timed(() => work(files.map((file, i) => ({ ...file, path: path.join(target, String(i)) }))));
  fs.rmSync(target, { recursive: true });
  return time;
}

const tableOf = ({ name, count, size, limit }) =>
  withServedFiles(count, size, (files) =>
    withFolder((folder) =>
      withManager(BITS, async (bits) => ({
        title: name,
        unit: 'ms',
        rows: await compare({
          'job API': () => timedIn(folder, files, (targets) => byJobApi(bits, targets)),
          'download()': () => timedIn(folder, files, (targets) => bits.download({ files: targets })),
        }),
        base: 'job API',
        limits: { 'download()': limit },
      })),
    ),
  );

module.exports = async () => {
  const tables = [];
  for (const set of SETS) tables.push(await tableOf(set));
  return tables;
};
