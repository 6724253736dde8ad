'use strict';
// Another process: `download_child.js OPTIONS` begins a download and says so when bytes move; it ends only when it is
// killed, or with the download.
const { download } = require('windows-bits');

const options = JSON.parse(process.argv[2]);
let said = false;
download({
  ...options,
  onProgress: ({ bytes, jobId }) => {
    if (said || bytes === 0) return;
    said = true;
    console.log(jobId);
  },
}).then(
  (result) => console.log(JSON.stringify(result)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
