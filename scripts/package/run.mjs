// Running programs of an installation, and reading the JSON that they print.
import fs from 'node:fs';
import path from 'node:path';
import { cache } from '../../testbed/files.mjs';
import { run } from '../../testbed/run.mjs';
import { SetupError } from '../../testbed/setup.mjs';
import { runWindowsNode } from '../../testbed/wine.mjs';

const lastJson = (text) => {
  const line = text.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line);
  } catch {
    throw new SetupError(`expected JSON, not:\n${text}`);
  }
};

/** Without what npm tells its scripts: the programs run here are a user's. */
export const plainEnv = (more = {}) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$|^NODE_OPTIONS$/i.test(name))),
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

/** Throws unless `found` has the fields of `expected`. */
export function expectFields(found, expected) {
  for (const [name, value] of Object.entries(expected)) {
    if (JSON.stringify(found[name]) !== JSON.stringify(value)) {
      throw new SetupError(
        `${name} is ${JSON.stringify(found[name])}, not ${JSON.stringify(value)}: ${JSON.stringify(found)}`,
      );
    }
  }
}
