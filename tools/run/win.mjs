// npm run win -- FILE.js [args]: runs a script in Windows Node, setting up what is missing first.
import fs from 'node:fs';
import path from 'node:path';
import { windowsPath } from '../../testbed/wine.mjs';
import { setUp } from '../build/setup.mjs';
import { main } from '../util/command.mjs';
import { callerFolder, runWindowsNode } from './windows-node.mjs';

await main(async () => {
  const cwd = callerFolder('win');
  const args = process.argv.slice(2);
  if (args.length === 0) {
    process.stderr.write('usage: npm run win -- FILE.js [args]\n');
    return 2;
  }
  // The script, unless Node's own options come first (-e, --inspect …): then all is passed on as it is.
  if (!args[0].startsWith('-')) {
    const script = path.resolve(cwd, args[0]);
    if (!fs.existsSync(script)) {
      process.stderr.write(`There is no file ${script}\n`);
      return 1;
    }
    args[0] = windowsPath(script);
  }
  await setUp();
  return runWindowsNode(args, { cwd });
});
