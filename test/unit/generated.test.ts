import { execFileSync } from 'node:child_process';
import path from 'node:path';

test.each(['interfaces.mjs', 'double.mjs', 'contract.mjs', 'performance.mjs'])(
  'what %s writes is up to date',
  (script) => {
    execFileSync(process.execPath, [path.join(__dirname, '../../tools/generate', script), '--check']);
  },
);
