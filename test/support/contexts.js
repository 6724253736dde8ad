'use strict';
// Loads the addon once more for each of some vm contexts, as windows do that share a process or are reloaded, and calls
// through all of them at once: how many jobs does each see? As a worker, it posts the answer and stays.
const path = require('node:path');
const vm = require('node:vm');
const { isMainThread, parentPort, workerData } = require('node:worker_threads');

const BINARY = path.resolve(__dirname, `../../prebuilds/win32-${process.arch}/windows_bits.node`);

exports.countJobs = async ({ contexts, clsid }) => {
  const addons = Array.from({ length: contexts }, () => {
    const holder = vm.runInNewContext('({ exports: {} })');
    process.dlopen(holder, BINARY);
    return holder.exports;
  });
  return Promise.all(
    addons.map(async (addon) => {
      const manager = addon.openManager(clsid, 1);
      await addon.manager.connect(manager);
      return (await addon.manager.enumJobs(manager, 0)).length;
    }),
  );
};

if (!isMainThread) {
  void exports.countJobs(workerData).then((counts) => parentPort.postMessage(counts));
  setInterval(() => undefined, 1000);
}
