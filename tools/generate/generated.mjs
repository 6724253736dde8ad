// What every generator does with its texts: write them, or with --check say which files are stale.
import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../util/files.mjs';

/** `files` has the text of each file by its name, relative to the root; `generator` is what to run when one is stale. */
export function writeOrCheck(files, generator) {
  const check = process.argv.includes('--check');
  for (const [name, text] of Object.entries(files)) {
    if (check) checkOne(name, text, generator);
    else {
      fs.mkdirSync(path.dirname(inRoot(name)), { recursive: true });
      fs.writeFileSync(inRoot(name), text);
    }
  }
}

function checkOne(name, text, generator) {
  // A Windows checkout may have CRLF line ends; they do not make the file stale.
  const present = fs.existsSync(inRoot(name))
    ? fs.readFileSync(inRoot(name), 'utf8').replace(/\r\n/g, '\n')
    : undefined;
  if (present === text) return;
  console.error(`${name} is stale: run node ${generator}`);
  process.exitCode = 1;
}
