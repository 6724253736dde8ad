'use strict';
// 2,000 calls that are answered at once: the COM double holds them back and then lets all of them go. What the caller
// spends on making so many calls is over by then, and is not measured.
const { setTimeout: sleep } = require('node:timers/promises');
const { watchLoop } = require('./loop');
const { medians, timed } = require('./measure');
const { DOUBLE, double, withJobs, withManager } = require('./services');

const [CALLS, JOBS] = [2000, 20];
const METHOD = 'IBackgroundCopyJob::GetState';

async function burst(jobs) {
  double.script(METHOD, { block: true });
  const calls = Promise.all(Array.from({ length: CALLS }, (_, i) => jobs[i % JOBS].getState()));
  await sleep(200); // until each of them is in the addon's queues
  const loop = watchLoop();
  const total = await timed(() => {
    double.release();
    return calls;
  });
  const late = loop();
  double.calls(); // forgets them
  return { ...late, total, raw: double.rawGetState(DOUBLE.clsid, DOUBLE.context, jobs[0].id, CALLS) / 1000 };
}

module.exports = async () => {
  const found = await withManager(DOUBLE, (bits) =>
    withJobs(bits, JOBS, async (jobs) => {
      await burst(jobs); // to be warm
      return medians(() => burst(jobs), 9);
    }),
  );
  const { p50, p99, worst, total, raw } = found;
  const title = '2,000 calls answered at once by the double';
  return [
    { title: `${title}: how late the event loop is`, unit: 'ms', rows: { p50, p99, worst }, limits: { p99: 5 } },
    {
      title: `${title}: until all are settled`,
      unit: 'ms',
      rows: { 'raw C++': raw, 'windows-bits': total },
      base: 'raw C++',
    },
  ];
};
