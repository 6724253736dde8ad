import { execFile, spawn } from 'node:child_process';
import type { ExecFileOptions } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Runs a program to its end. */
export function run(
  exe: string,
  args: string[],
  options: ExecFileOptions = {},
): Promise<{ stdout: string; stderr: string }> {
  return started(() => promisify(execFile)(exe, args, { ...options, encoding: 'utf8' }));
}

/** Starts Node, with pipes for what it prints. */
export function startNode(args: string[]) {
  return started(() => spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Once in some hundred times Wine has a process fail before it runs anything of ours. */
async function started<T>(start: () => T | Promise<T>): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await start();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'UNKNOWN' || failures === 3) throw error;
      await sleep(200);
    }
  }
}
