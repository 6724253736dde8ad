// Starts a download in the Electron example, quits, starts again, and looks at the file. On Windows, with an Electron
// that is installed already: node tools/run/electron-smoke.mjs path\to\electron.exe
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { inRoot } from '../util/files.mjs';
import { FileServer } from '../../test/support/server.js';

const exe = path.resolve(process.argv[2]);
const CHUNK = 64 * 1024;
const body = Buffer.alloc(4 * 1024 * 1024, 'windows-bits');

// Slow enough to quit in the middle.
const server = await FileServer.start();
server.files.set('/smoke.bin', { body, chunk: CHUNK, delay: 50 });

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits electron '));
async function electron(what) {
  const child = spawn(exe, [inRoot('test/electron/smoke.cjs'), what, folder, server.url('/smoke.bin')], {
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  console.log(`${what}: exit code ${code}`);
  if (code !== 0) throw new Error(`${what} failed`);
}

try {
  await electron('start');
  if (fs.existsSync(path.join(folder, 'smoke.bin'))) throw new Error('the download was over before the app quit');
  await electron('finish');
  if (!fs.readFileSync(path.join(folder, 'smoke.bin')).equals(body)) throw new Error('the file differs');
  console.log('downloaded over two starts of the app');
} finally {
  await server.stop();
  fs.rmSync(folder, { recursive: true, force: true });
}
