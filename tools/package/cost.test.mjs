// What `require('windows-bits')` costs, beside what Node costs to start: both in the same processes, as a ratio, since
// machines differ, and what else they do.
import assert from 'node:assert/strict';
import test from 'node:test';
import { installedByNpm } from './given.mjs';
import { jsonHere } from './programs.mjs';

const RUNS = 15;
// 10 ms where Node takes 40 to start.
const MOST = 0.25;

const SCRIPT = `
  const started = performance.now(); // since the process began
  const bits = require('windows-bits');
  const required = performance.now();
  bits.BitsManager;
  const used = performance.now();
  console.log(JSON.stringify({ start: started, require: required - started, use: used - required }));`;

test("the cost of require('windows-bits')", async (t) => {
  const runs = [];
  for (let i = 0; i < RUNS; i++) runs.push(await jsonHere(['-e', SCRIPT], { cwd: installedByNpm() }));
  // The fastest are those that nothing else disturbed.
  const least = (name) => Math.min(...runs.map((run) => run[name]));
  const [start, require, use] = [least('start'), least('require'), least('use')];
  t.diagnostic(
    `${(require / start).toFixed(3)} of Node's own start (${require.toFixed(1)} ms beside ${start.toFixed(0)} ms); ` +
      `the first use of a name ${(use / start).toFixed(2)} (${use.toFixed(0)} ms)`,
  );
  assert.ok(require / start <= MOST, `at most ${MOST}`);
});
