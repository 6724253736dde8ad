import { execFileSync } from 'node:child_process';
import path from 'node:path';

test.each(['generate-interfaces.mjs', 'generate-double.mjs'])('what %s writes is up to date', (script) => {
  execFileSync(process.execPath, [path.join(__dirname, '../../scripts', script), '--check']);
});
