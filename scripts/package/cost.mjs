// What `require('windows-bits')` costs, beside what Node costs to start: both in one run, in turn, since machines differ.
import { spawnSync } from 'node:child_process';
import { SetupError } from '../../testbed/setup.mjs';
import { plainEnv } from './run.mjs';

const RUNS = 15;
// 10 ms where Node starts in 40; as a ratio, since machines, and what else they do, differ.
const MOST_RATIO = 1.25;

function timed(script, cwd) {
  const since = performance.now();
  const { status } = spawnSync(process.execPath, ['-e', script], { cwd, env: plainEnv(), stdio: 'ignore' });
  if (status !== 0) throw new SetupError(`exit code ${status}: ${script}`);
  return performance.now() - since;
}

export async function costChecks({ installed, must }) {
  await must("the cost of require('windows-bits')", () => {
    const scripts = ['0', "require('windows-bits')", "require('windows-bits').connect"];
    const times = scripts.map(() => []);
    for (let i = 0; i < RUNS; i++) scripts.forEach((script, at) => times[at].push(timed(script, installed)));
    // The fastest runs are those that nothing else disturbed.
    const [start, required, used] = times.map((of) => Math.min(...of));
    const text = `${(required / start).toFixed(2)} times Node's own start of ${start.toFixed(0)} ms ` +
      `(${(required - start).toFixed(1)} ms more; ${(used / start).toFixed(2)} times when a name is used)`;
    if (required / start > MOST_RATIO) throw new SetupError(`${text}; at most ${MOST_RATIO}`);
    return text;
  });
}
