// Windows Node: Node itself on Windows; on Linux the official node.exe under Wine.
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { onWindows, startInWine } from '../../testbed/wine.mjs';

/**
 * Runs Windows Node and resolves to its exit code. Nothing is set up here (see tools/build/setup.mjs).
 * options: cwd, env, stdio (as for spawn; by default ours), timeout in ms (then it is killed: exit code 124), exe: another
 * Node or Electron, winePrefix: where Windows is, under Wine.
 */
export function runWindowsNode(args, { cwd = process.cwd(), env = process.env, stdio, timeout, exe, winePrefix } = {}) {
  const terminal = process.stdout.isTTY && stdio === undefined;
  // In Wine a script cannot find out by itself that a terminal is at the other end.
  const seen = terminal ? { WINDOWS_BITS_TTY: '1', COLUMNS: String(process.stdout.columns || 80), ...env } : env;
  const child = onWindows
    ? spawn(exe ?? process.execPath, args, { cwd, env: seen, stdio: stdio ?? 'inherit' })
    : startInWine(args, { cwd, env: seen, stdio, exe, winePrefix });

  return new Promise((resolve, reject) => {
    let late = false;
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            child.kill('SIGKILL');
          }, timeout);

    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    let received;
    const handlers = signals.map((signal) => () => {
      received = signal;
      // On Windows the console has told the child already; kill() would be an abrupt end.
      if (!onWindows || signal !== 'SIGINT') forward(signal);
    });
    signals.forEach((signal, i) => process.on(signal, handlers[i]));

    // npm passes a signal on to its shell only. When that is gone, nobody waits for the script any more.
    const parent = process.ppid;
    const watch = process.env.npm_lifecycle_event
      ? setInterval(() => process.ppid !== parent && forward('SIGTERM'), 500)
      : undefined;

    const finish = (action) => {
      clearTimeout(timer);
      clearInterval(watch);
      signals.forEach((signal, i) => process.off(signal, handlers[i]));
      action();
    };
    child.on('error', (error) => finish(() => reject(error)));
    child.on('exit', (code, signal) => {
      const status = late ? 124 : (signalled(onWindows ? undefined : (received ?? signal)) ?? code ?? 1);
      // Output still in a pipe comes before 'close'; a grandchild that holds the pipe must not hold us.
      const done = () => finish(() => resolve(status));
      const patience = setTimeout(done, 1000);
      child.on('close', () => {
        clearTimeout(patience);
        done();
      });
    });
  });
}

/** The exit code by which a shell reports a signal. */
const signalled = (signal) => (signal ? 128 + os.constants.signals[signal] : undefined);

/** Where the user stood: npm changes to the package root before it runs a script. */
export const callerFolder = (script) =>
  process.env.npm_lifecycle_event === script && process.env.INIT_CWD
    ? path.resolve(process.env.INIT_CWD)
    : process.cwd();
