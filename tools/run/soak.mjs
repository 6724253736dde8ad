// npm run soak [-- --seconds=600 --seed=N]: downloads without a pause from a faulty server by a faulty client, while
// the service is restarted. The same seed has the same faults in the same order. What it does: test/soak.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { setUp } from '../build/setup.mjs';
import { main } from '../util/command.mjs';
import { root } from '../util/files.mjs';
import { runWindowsNode } from './windows-node.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];

await main(async () => {
  if (!(seconds > 0) || !Number.isSafeInteger(seed)) {
    process.stderr.write('usage: npm run soak [-- --seconds=600 --seed=N]\n');
    return 2;
  }
  await setUp();
  console.log(`${seconds} seconds, seed ${seed}`);
  const jest = ['node_modules/jest/bin/jest.js', '--runInBand', '--watchman=false', '--runTestsByPath'];
  return runWindowsNode([...jest, 'test/exclusive/soak.test.ts'], {
    cwd: root,
    env: {
      ...process.env,
      NO_COLOR: '1',
      WINDOWS_BITS_SOAK_SECONDS: String(seconds),
      WINDOWS_BITS_SOAK_SEED: String(seed),
    },
    timeout: (seconds + 300) * 1000, // for one that hangs so that it cannot even say it
  });
});
