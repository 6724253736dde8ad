// Running programs of an installation, and reading the JSON that they print.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { runWindowsNode } from '../run/windows-node.mjs';
import { cache } from '../util/files.mjs';
import { SetupError, run } from '../util/process.mjs';

const lastJson = (text) => {
  const line = text.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line);
  } catch {
    throw new SetupError(`expected JSON, not:\n${text}`);
  }
};

const OURS = /^npm_|^INIT_CWD$|^NODE_OPTIONS$|^NODE_TEST_CONTEXT$/i;

/** Without what npm tells its scripts, and node:test its files: the programs run here are a user's. */
export const plainEnv = (more = {}) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name))),
  ...more,
});

export async function jsonHere(args, { cwd, env = plainEnv(), command = process.execPath }) {
  return lastJson(await run(command, args, { cwd, env }));
}

/** The same in Windows Node; its output goes to a file, which it can write whatever the stream of ours is. */
export async function jsonInWindows(args, { cwd, exe, env = plainEnv() }) {
  const file = path.join(cache, `package-output-${process.pid}`);
  const out = fs.openSync(file, 'w');
  const code = await runWindowsNode(args, { cwd, env, exe, stdio: ['ignore', out, out], timeout: 120_000 });
  fs.closeSync(out);
  const text = fs.readFileSync(file, 'utf8');
  fs.rmSync(file);
  if (code !== 0) throw new SetupError(`exit code ${code}\n${text}`);
  return lastJson(text);
}

/** Fails unless `found` has the fields of `expected`; it may have more. */
export function expectFields(found, expected) {
  const fields = Object.fromEntries(Object.keys(expected).map((name) => [name, found[name]]));
  assert.deepEqual(fields, expected, JSON.stringify(found));
}
