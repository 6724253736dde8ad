'use strict';
// A worker that makes a job of the double and then waits to be terminated.
const path = require('node:path');
const { parentPort, workerData } = require('node:worker_threads');

const holder = { exports: {} };
process.dlopen(holder, path.resolve(__dirname, `../../prebuilds/win32-${process.arch}/windows_bits.node`));
const { manager: calls, openManager } = holder.exports;

(async () => {
  const manager = openManager(workerData.clsid, 1);
  await calls.connect(manager);
  if (workerData.first !== undefined) void calls[workerData.first](manager, 0);
  void calls.createJob(manager, 'n', 0, workerData.rest).catch(() => undefined);
  parentPort.postMessage('called');
  setInterval(() => undefined, 1000);
})();
