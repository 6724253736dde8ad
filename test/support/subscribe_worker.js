'use strict';
// A worker that registers callbacks on a job of the double and then waits to be terminated.
const { parentPort, workerData } = require('node:worker_threads');
const { connectThrough } = require('../../dist/manager');
const { loadAddon } = require('../../dist/native/load');

(async () => {
  const bits = await connectThrough(loadAddon, workerData.clsid, 1);
  const job = await bits.getJob(workerData.id);
  await job.setNotifyInterface({ jobTransferred: () => {} });
  parentPort.postMessage('subscribed');
  setInterval(() => job, 1000);
})();
