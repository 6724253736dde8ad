'use strict';
// What a call costs, as ratios within one run: the addon against raw C++ and against the same vtable calls through
// koffi, on the real BITS service and on the COM double; and download() against the job API alone. `npm run bench` prints
// a table and writes bench/result.json; `npm run bench -- calls` and `npm run bench -- downloads` measure only these.
const fs = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const path = require('node:path');
const { connectTo } = require('../dist/connect');
const { loadAddon } = require('../dist/native/load');
const double = require('../build/test/bits_double.node');
const { downloads } = require('./downloads');
const { openKoffi } = require('./koffi_client');

const BITS = { name: 'real service', clsid: '{4991d34b-80a1-4291-83b6-3328366b9097}', context: 4 };
const DOUBLE = { name: 'double', clsid: double.clsid, context: 1 };
const ROUNDS = 9;

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function timed(count, call) {
  const started = process.hrtime.bigint();
  await call(count);
  return Number(process.hrtime.bigint() - started) / 1000 / count; // microseconds a call
}

const repeat = (call) => async (count) => {
  for (let i = 0; i < count; i++) await call();
};

/** Measures several ways of doing the same, in turns, so that a busy moment hits all of them. */
async function compare(count, ways, rounds = ROUNDS) {
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const time = await way(count);
      if (round >= 0) times[name].push(time); // the first round is to be warm
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
}

async function calls(server, count) {
  const bits = await connectTo(loadAddon(), { clsid: server.clsid, context: server.context });
  const job = await bits.createJob({ name: 'windows-bits bench' });
  const koffi = openKoffi(server, job.id);
  const result = await compare(count, {
    'raw C++': async (n) => double.rawGetState(server.clsid, server.context, job.id, n) / n,
    'windows-bits, awaited': (n) =>
      timed(
        n,
        repeat(() => job.getState()),
      ),
    'windows-bits, all at once': (n) => timed(n, (m) => Promise.all(Array.from({ length: m }, () => job.getState()))),
    'koffi, synchronous': (n) =>
      timed(
        n,
        repeat(() => koffi.getState()),
      ),
    'koffi, asynchronous': (n) =>
      timed(
        n,
        repeat(() => koffi.getStateAsync()),
      ),
  });
  koffi.close();
  await job.cancel();
  await bits.close();
  return result;
}

/** A listing of 100 jobs with full snapshots. Milliseconds. */
async function listing(server) {
  const bits = await connectTo(loadAddon(), { clsid: server.clsid, context: server.context });
  const jobs = [];
  for (let i = 0; i < 100; i++) jobs.push(await bits.createJob({ name: `windows-bits bench ${i}` }));
  const result = await compare(1, {
    'raw C++, in sequence': async () => double.rawList(server.clsid, server.context) / 1000,
    'windows-bits': async () =>
      (await timed(1, async () => {
        await Promise.all((await bits.getJobs()).map((job) => job.snapshot()));
      })) / 1000,
  });
  for (const job of jobs) await job.cancel();
  await bits.close();
  return result;
}

/** How late the event loop is while 2,000 calls are under way. Milliseconds. */
async function eventLoop(server) {
  const bits = await connectTo(loadAddon(), { clsid: server.clsid, context: server.context });
  const jobs = [];
  for (let i = 0; i < 20; i++) jobs.push(await bits.createJob({ name: `windows-bits bench ${i}` }));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const burst = () => Promise.all(Array.from({ length: 2000 }, (_, i) => jobs[i % 20].getState()));
  await burst();
  delay.enable();
  for (let i = 0; i < 5; i++) await burst();
  delay.disable();
  // The histogram counts from the timer's period on; what is above it is lateness.
  const result = { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
  for (const job of jobs) await job.cancel();
  await bits.close();
  return result;
}

function print(title, unit, rows, base) {
  console.log(`\n${title} (${unit})`);
  for (const [name, value] of Object.entries(rows)) {
    const ratio = base === undefined ? '' : `${(value / rows[base]).toFixed(2)} x`;
    console.log(`  ${name.padEnd(28)}${value.toFixed(2).padStart(10)}${ratio.padStart(12)}`);
  }
}

async function measureCalls(result) {
  double.start();
  double.reset();
  for (const [server, count] of [
    [BITS, 1000],
    [DOUBLE, 5000],
  ]) {
    const states = await calls(server, count);
    const list = await listing(server);
    const loop = await eventLoop(server);
    print(`getState() on the ${server.name}`, 'microseconds a call, median', states, 'raw C++');
    print(`100 jobs with snapshots on the ${server.name}`, 'milliseconds, median', list, 'raw C++, in sequence');
    print(`Event loop with 2,000 calls under way on the ${server.name}`, 'milliseconds late', loop);
    result[server.name] = { getState: states, listing: list, eventLoop: loop };
    double.reset();
  }
}

async function measureDownloads(result) {
  const found = await downloads(compare);
  for (const [name, times] of Object.entries(found)) print(name, 'milliseconds, median', times, 'job API');
  result.downloads = found;
}

const PARTS = { calls: measureCalls, downloads: measureDownloads };

async function main([...names]) {
  const result = { system: loadAddon().systemInfo(), node: process.version };
  for (const name of names.length === 0 ? Object.keys(PARTS) : names) {
    if (PARTS[name] === undefined) throw new Error(`there is no benchmark ${name}: ${Object.keys(PARTS).join(', ')}`);
    await PARTS[name](result);
  }
  fs.writeFileSync(path.join(__dirname, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
