import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ExecFileOptions } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { loadAddon } from '../../lib/native/load';

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

export interface Ended {
  /** null: it was still there when the time was over. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs Node to its end, whatever its exit code, for `limit` milliseconds at most. Wine loses a process now and then while
 * it ends (NtTerminateProcess waits for a lock that a thread which is gone has held), so under Wine a process that has not
 * ended is given a second chance; one that hangs for a reason of its own hangs again.
 */
export async function runToEnd(args: string[], limit: number): Promise<Ended> {
  const ended = await runOnce(args, limit);
  if (ended.code !== null || loadAddon().systemInfo().wine === null) return ended;
  console.log(`a process did not end: ${args.join(' ')}; once more`);
  return runOnce(args, limit);
}

async function runOnce(args: string[], limit: number): Promise<Ended> {
  const running = await startNode(args);
  let [stdout, stderr] = ['', ''];
  running.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  running.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const timer = setTimeout(() => running.kill(), limit);
  const [code] = (await once(running, 'close')) as [number | null];
  clearTimeout(timer);
  return { code: running.killed ? null : code, stdout, stderr };
}

/** Under Wine about one process in a few hundred fails before it runs any code of ours. */
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
