'use strict';
// The one way in which tests wait for something that comes by itself. Plain JavaScript, so that child processes and
// other packages can use it.
const { setTimeout: sleep } = require('node:timers/promises');

// Taken here, before a test can fake it.
const now = performance.now.bind(performance);

async function until(condition, { what = () => String(condition), limit = 30_000, every = 10, pause = sleep } = {}) {
  const end = now() + limit;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (now() > end) throw new Error(`waited ${limit} ms for ${typeof what === 'string' ? what : what()}`);
    await pause(every);
  }
}

module.exports = { until };
