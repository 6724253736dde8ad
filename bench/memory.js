'use strict';
// What a program's memory grows by for each job that it holds, with its snapshot.
const { setTimeout: sleep } = require('node:timers/promises');
const v8 = require('node:v8');
const vm = require('node:vm');
const { medians } = require('./measure');
const { BITS, double, withJobs, withManager } = require('./services');

const JOBS = 300;

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc');

/** Bytes, once what is not held any more has gone, which takes a few turns. */
async function memory() {
  for (let i = 0; i < 4; i++) {
    collectGarbage();
    await sleep(100);
  }
  return { heap: process.memoryUsage().heapUsed, process: double.process().privateBytes };
}

const list = async (bits) =>
  Promise.all((await bits.getJobs()).map(async (job) => ({ job, at: await job.snapshot() })));

/** Kilobytes for each job of a list that is held in addition to those before. */
async function growth(bits, held) {
  const before = await memory();
  const jobs = await list(bits);
  held.push(jobs);
  const after = await memory();
  const each = (what) => (after[what] - before[what]) / jobs.length / 1000;
  return { 'of the JavaScript heap': each('heap'), 'of the whole process': each('process') };
}

module.exports = () =>
  withManager(BITS, (creator) =>
    withJobs(creator, JOBS, () =>
      withManager(BITS, async (bits) => {
        await growth(bits, []); // what is made once: code, threads and their stacks
        const held = [];
        const rows = await medians(() => growth(bits, held));
        return [{ title: `Each job object that is held with a snapshot, of ${JOBS}`, unit: 'kB', rows }];
      }),
    ),
  );
