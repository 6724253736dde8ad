// dist/, compiled from lib/, and entry/, which names what lib/ exports.
import fs from 'node:fs';
import { say } from '../util/command.mjs';
import { fingerprint, inRoot, isMarked, listFiles, mark } from '../util/files.mjs';
import { runNode } from '../util/process.mjs';

export async function ensureLibrary() {
  const print = fingerprint([...listFiles('lib'), 'tsconfig.json', 'package-lock.json', 'tools/generate/entry.mjs']);
  if (isMarked('dist', print) && fs.existsSync(inRoot('dist/index.js'))) return;
  say('compiling lib/');
  await runNode(inRoot('node_modules/typescript/bin/tsc'), ['-p', 'tsconfig.json']);
  // What was compiled from files that are gone.
  const stems = new Set(listFiles('lib', /\.ts$/).map((file) => file.slice('lib/'.length, -'.ts'.length)));
  for (const file of listFiles('dist', /(\.js|\.js\.map|\.d\.ts)$/)) {
    if (!stems.has(file.slice('dist/'.length).replace(/(\.js|\.js\.map|\.d\.ts)$/, ''))) fs.rmSync(inRoot(file));
  }
  await runNode(inRoot('tools/generate/entry.mjs'), []);
  mark('dist', print);
}
