'use strict';
// Another process: finds a job by its GUID and resumes it.
const { connect } = require('windows-bits');

(async () => {
  const bits = await connect();
  const job = await bits.getJob(process.argv[2]);
  await job.resume();
  console.log(`resumed ${job.id}`);
  await bits.close();
})();
