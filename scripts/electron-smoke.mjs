// Starts a download in the Electron example, quits, starts again, and looks at the file. On Windows, with an Electron
// that is installed already: node scripts/electron-smoke.mjs path\to\electron.exe
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { inRoot } from '../testbed/files.mjs';

const exe = path.resolve(process.argv[2]);
const CHUNK = 64 * 1024;
const body = Buffer.alloc(4 * 1024 * 1024, 'windows-bits');

/** HEAD with the length and GET with ranges, as BITS wants them; slow enough to quit in the middle. */
const server = http.createServer(async (request, response) => {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(first ?? 0);
  const end = Math.min(last ? Number(last) + 1 : body.length, body.length);
  response.writeHead(first === undefined ? 200 : 206, {
    'Accept-Ranges': 'bytes', 'Content-Length': end - start, 'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    ...(first === undefined ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${body.length}` }),
  });
  if (request.method === 'HEAD') return response.end();
  for (let at = start; at < end && !response.destroyed; at += CHUNK) {
    await new Promise((sent) => response.write(body.subarray(at, Math.min(at + CHUNK, end)), sent));
    await new Promise((done) => setTimeout(done, 50));
  }
  return response.end();
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits electron '));
async function electron(what) {
  const url = `http://127.0.0.1:${server.address().port}/smoke.bin`;
  const child = spawn(exe, [inRoot('test/electron/smoke.cjs'), what, folder, url], { stdio: 'inherit' });
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
  server.closeAllConnections();
  server.close();
  fs.rmSync(folder, { recursive: true, force: true });
}
