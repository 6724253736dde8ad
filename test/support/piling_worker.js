'use strict';
// A worker that makes many calls on a job of the double, with callbacks, and looks at no result until it is told to. Then
// it ends itself at the first one.
const { parentPort, workerData } = require('node:worker_threads');
const { connectTo } = require('../../dist/connect');
const { loadAddon } = require('../../dist/native/load');

(async () => {
  const { clsid, id, count, gate } = workerData;
  const bits = await connectTo(loadAddon(), { clsid, context: 1 });
  const job = await bits.getJob(id);
  await job.setNotifyInterface({ jobModification: () => {} });
  await job.setServerCertificateValidationInterface(() => true);
  const exit = () => process.exit();
  for (let i = 0; i < count; i++) void job.getFiles().then(exit);
  void job.getOwner();
  parentPort.postMessage('called');
  Atomics.wait(gate, 0, 0);
})();
