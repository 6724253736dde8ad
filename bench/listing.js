'use strict';
// What it costs to list the queue: snapshots of 100 jobs beside raw C++, and 300 jobs with their files.
const os = require('node:os');
const path = require('node:path');
const { compare, timed } = require('./measure');
const { BITS, DOUBLE, double, withJobs, withManager } = require('./services');

const RAW = 'raw C++, in sequence';

async function snapshots(server, limits) {
  const { name, clsid, context } = server;
  const measure = (bits) =>
    compare({
      [RAW]: async () => double.rawList(clsid, context) / 1000,
      'getSnapshots()': () => timed(() => bits.getSnapshots()),
      'getJobs(), and snapshot() of each': () =>
        timed(async () => Promise.all((await bits.getJobs()).map((job) => job.snapshot()))),
    });
  const rows = await withManager(server, (bits) => withJobs(bits, 100, () => measure(bits)));
  return { title: `100 jobs of the ${name} with snapshots`, unit: 'ms', rows, base: RAW, limits };
}

async function files() {
  const two = ['a', 'b'].map((name) => ({ url: `http://127.0.0.1/${name}`, path: path.join(os.tmpdir(), name) }));
  const measure = (bits) =>
    compare({
      'getSnapshots(), and getFileSnapshots() of each': () =>
        timed(async () => Promise.all((await bits.getSnapshots()).map(({ job }) => job.getFileSnapshots()))),
    });
  const rows = await withManager(BITS, (bits) => withJobs(bits, 300, () => measure(bits), { files: two }));
  return { title: '300 jobs of the service with two files each', unit: 'ms', rows };
}

module.exports = async () => [
  await snapshots(BITS, { 'getSnapshots()': 0.35 }),
  await snapshots(DOUBLE),
  await files(),
];
