'use strict';
// Another process: registers callbacks on a job, says so, and stays until it is killed.
const { connect } = require('windows-bits');

(async () => {
  const bits = await connect();
  const job = await bits.getJob(process.argv[2]);
  await job.setNotifyInterface({ jobTransferred: () => {} });
  console.log('registered');
  setInterval(() => job, 1000);
})();
