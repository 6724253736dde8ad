'use strict';
// A process with a call that hangs for good. It ends by itself, in the way that it is told: `hang_child.js ENDING`
const { connectTo } = require('../../dist/connect');
const { loadAddon } = require('../../dist/native/load');
const double = require('../../build/test/bits_double.node');
const { until } = require('./until.js');

const ID = '{01234567-89ab-cdef-0123-456789abcdef}';

const endings = {
  close: async (bits) => {
    await bits.close();
  },
  'give up': async (_, call) => {
    await call; // nobody closes anything
  },
  exit: () => process.exit(0),
};

(async () => {
  double.start();
  double.setJobs([{ id: ID }]);
  double.script('IBackgroundCopyJob::GetState', { block: true });
  const bits = await connectTo(loadAddon(), {
    clsid: double.clsid,
    context: 1,
    limits: { serviceTimeout: 1500, closeTimeout: 500 },
  });
  const job = await bits.getJob(ID);
  job.on('transferred', () => {});
  const call = job.getState().catch(({ code }) => code);
  await until(() => double.blocked().includes('IBackgroundCopyJob::GetState'));
  await endings[process.argv[2]](bits, call);
  console.log('reached');
})();
