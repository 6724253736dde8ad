'use strict';
// Another process: finds a job by its GUID and cancels it.
const { connect } = require('windows-bits');

(async () => {
  const bits = await connect();
  await (await bits.getJob(process.argv[2])).cancel();
  await bits.close();
})();
