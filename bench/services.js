'use strict';
// The services that are measured, and jobs of them for the time of a measurement.
const os = require('node:os');
const path = require('node:path');
const { connectTo } = require('../dist/connect');
const { loadAddon } = require('../dist/native/load');
const double = require('../build/test/bits_double.node');

const BITS = { name: 'service', clsid: '{4991d34b-80a1-4291-83b6-3328366b9097}', context: 4 };
const DOUBLE = { name: 'double', clsid: double.clsid, context: 1 };

/** Gives some work a connection to one of the services. */
async function withManager({ clsid, context }, work, addon = loadAddon()) {
  double.start();
  double.reset();
  const bits = await connectTo(addon, { clsid, context });
  try {
    return await work(bits);
  } finally {
    await bits.close();
  }
}

/** Gives some work so many new jobs, which are cancelled afterwards. */
async function withJobs(bits, count, work, options = {}) {
  const jobs = [];
  try {
    while (jobs.length < count) jobs.push(await bits.createJob({ name: 'windows-bits bench', ...options }));
    return await work(jobs);
  } finally {
    await Promise.all(jobs.map((job) => job.cancel()));
    await wake(bits);
  }
}

/** Wine's service lists jobs that have been cancelled until it looks for work, which it does when one is resumed. */
async function wake(bits) {
  const files = [{ url: 'http://127.0.0.1:9/', path: path.join(os.tmpdir(), 'windows-bits-bench') }];
  const job = await bits.createJob({ name: 'windows-bits bench', files });
  await job.resume();
  await job.cancel();
}

/** 'Wine 8.0', 'Windows 10.0.19045' */
function serviceName() {
  const { wine, windows } = loadAddon().systemInfo();
  return wine === null ? `Windows ${windows}` : `Wine ${wine}`;
}

module.exports = { BITS, DOUBLE, double, serviceName, withJobs, withManager };
