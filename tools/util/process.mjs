// Runs programs, and says what went wrong with them.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { root } from './files.mjs';

/** Something the reader of the terminal must know; shown without a stack. */
export class SetupError extends Error {}

/** Runs a program quietly and returns what it printed; if it fails, that is shown. */
export function run(command, args, { env = process.env, cwd = root, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, shell, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    let output = '';
    const collect = (chunk) => (output += chunk);
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => reject(new SetupError(`${command} cannot be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const line = [path.basename(command), ...args.slice(0, 4)].join(' ');
      reject(new SetupError(`${output.trimEnd()}\n${line} … failed (${signal ?? `exit code ${code}`})`.trimStart()));
    });
  });
}

/** Waits for all, and throws what was wrong with any of them. */
export async function allOf(promises) {
  const failures = (await Promise.allSettled(promises)).filter((result) => result.status === 'rejected');
  if (failures.length > 0) throw new SetupError(failures.map(({ reason }) => reason.message).join('\n\n'));
}

/** Runs Node itself, so that no shell and no PATH is involved. */
export const runNode = (script, args, options) => run(process.execPath, [script, ...args], options);

export function runNpm(args) {
  const options = { env: { ...process.env, NODE_ENV: '' } };
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js')) return runNode(npm, args, options);
  // On Windows npm is a .cmd file, which only a shell can start. The arguments are all ours and plain.
  return run('npm', args, { ...options, shell: process.platform === 'win32' });
}
