// What `require('windows-bits')` costs, beside what Node costs to start: both in the same processes, as a ratio, since
// machines differ, and what else they do.
import { SetupError } from '../../testbed/setup.mjs';
import { jsonHere } from './run.mjs';

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

export async function costChecks({ installed, must }) {
  await must("the cost of require('windows-bits')", async () => {
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push(await jsonHere(['-e', SCRIPT], { cwd: installed }));
    // The fastest are those that nothing else disturbed.
    const least = (name) => Math.min(...runs.map((run) => run[name]));
    const [start, require, use] = [least('start'), least('require'), least('use')];
    const text =
      `${(require / start).toFixed(3)} of Node's own start (${require.toFixed(1)} ms beside ${start.toFixed(0)} ms); ` +
      `the first use of a name ${(use / start).toFixed(2)} (${use.toFixed(0)} ms)`;
    if (require / start > MOST) throw new SetupError(`${text}; at most ${MOST}`);
    return text;
  });
}
