'use strict';
// What one call costs: the addon beside raw C++, and beside the same vtable calls through koffi.
const { openKoffi } = require('./koffi_client');
const { compare, timed } = require('./measure');
const { BITS, DOUBLE, double, withJobs, withManager } = require('./services');

async function calls(server, count, limits) {
  const { name, clsid, context } = server;
  const each = async (work) => ((await timed(work)) * 1000) / count;
  const oneAfterAnother = (call) => () =>
    each(async () => {
      for (let i = 0; i < count; i++) await call();
    });
  const measure = ([job]) => {
    const koffi = openKoffi(server, job.id);
    return compare(
      {
        'raw C++': async () => double.rawGetState(clsid, context, job.id, count) / count,
        'windows-bits, awaited': oneAfterAnother(() => job.getState()),
        'windows-bits, all at once': () => each(() => Promise.all(Array.from({ length: count }, () => job.getState()))),
        'koffi, synchronous': oneAfterAnother(() => koffi.getState()),
        'koffi, asynchronous': oneAfterAnother(() => koffi.getStateAsync()),
      },
      { rounds: 9 },
    ).finally(() => koffi.close());
  };
  const rows = await withManager(server, (bits) => withJobs(bits, 1, measure));
  return { title: `\`getState()\` of the ${name}, each call`, unit: 'µs', rows, base: 'raw C++', limits };
}

module.exports = async () => [await calls(BITS, 200, { 'windows-bits, awaited': 1.05 }), await calls(DOUBLE, 2000)];
