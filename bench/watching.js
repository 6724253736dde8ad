'use strict';
// What watching costs while nothing happens: calls into the addon, and CPU time.
const { setTimeout: sleep } = require('node:timers/promises');
const { loadAddon } = require('../dist/native/load');
const { BITS, withJobs, withManager } = require('./services');

/** Milliseconds: until the intervals between polls are as long as they get, and then for measuring. */
const [SETTLING, MEASURING] = [12_000, 20_000];

/** The addon, with the calls of its functions counted. */
function counting(addon) {
  const counted = { calls: 0 };
  const count = (method) => {
    const counter = (...args) => {
      counted.calls++;
      return method(...args);
    };
    return Object.defineProperty(counter, 'name', { value: method.name }); // errors tell it
  };
  const entries = Object.entries(addon).map(([name, group]) => [
    name,
    typeof group === 'object'
      ? Object.fromEntries(Object.entries(group).map(([key, method]) => [key, count(method)]))
      : group,
  ]);
  return { counted, addon: Object.fromEntries(entries) };
}

async function follow(stream) {
  for await (const _ of stream);
}

async function watching(count) {
  const { counted, addon } = counting(loadAddon());
  const measure = async (jobs) => {
    const watchers = jobs.map((job) => job.watch());
    const following = Promise.all(watchers.map(follow));
    await sleep(SETTLING);
    const before = { calls: counted.calls, cpu: process.cpuUsage(), at: performance.now() };
    await sleep(MEASURING);
    const seconds = (performance.now() - before.at) / 1000;
    const { user, system } = process.cpuUsage(before.cpu);
    const figures = { calls: (counted.calls - before.calls) / seconds, share: (user + system) / 1e6 / seconds };
    await Promise.all(watchers.map((stream) => stream.return()));
    await following;
    return figures;
  };
  return withManager(BITS, (bits) => withJobs(bits, count, measure), addon);
}

module.exports = async () => {
  const [calls, share] = [{}, {}];
  for (const count of [1, 10, 100, 300]) {
    const found = await watching(count);
    const name = count === 1 ? '1 job' : `${count} jobs`;
    calls[name] = found.calls;
    share[name] = found.share;
  }
  const title = 'Watched jobs that are idle';
  return [
    { title: `${title}: calls into the addon`, unit: 'a second', rows: calls, limits: { '100 jobs': 2 } },
    { title: `${title}: CPU time`, unit: 'of a core', rows: share, limits: { '100 jobs': 0.05 } },
  ];
};
