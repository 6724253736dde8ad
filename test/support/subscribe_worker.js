'use strict';
// A worker that registers callbacks on a job of the double and then waits to be terminated.
const { parentPort, workerData } = require('node:worker_threads');
const { connectTo } = require('../../dist/connect');
const { loadAddon } = require('../../dist/native/load');

(async () => {
  const bits = await connectTo(loadAddon(), { clsid: workerData.clsid, context: 1 });
  const job = await bits.getJob(workerData.id);
  await job.setNotifyInterface({ jobTransferred: () => {} });
  parentPort.postMessage('subscribed');
  setInterval(() => job, 1000);
})();
