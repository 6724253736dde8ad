'use strict';
// Files to download, served by another process, so that serving them costs the measured one nothing.
const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const { once } = require('node:events');
const readline = require('node:readline');
const { FileServer } = require('../test/support/server');

const CHUNK = 1 << 20;

/** Gives some work so many files of one size: url, size and sha256 of each. */
async function withServedFiles(count, size, work) {
  const server = spawn(process.execPath, [__filename, String(count), String(size)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(readline.createInterface(server.stdout), 'line');
    return await work(JSON.parse(line));
  } finally {
    server.stdin.end();
  }
}

/** The other process: it ends with its standard input. */
async function serve(count, size) {
  const server = await FileServer.start();
  const files = Array.from({ length: count }, (_, i) => {
    const body = Buffer.alloc(size, i);
    server.files.set(`/${i}`, { body, chunk: CHUNK });
    return { url: server.url(`/${i}`), size, sha256: createHash('sha256').update(body).digest('hex') };
  });
  console.log(JSON.stringify(files));
  process.stdin.resume();
  await once(process.stdin, 'end');
  await server.stop();
}

if (require.main === module) void serve(...process.argv.slice(2).map(Number));

module.exports = { withServedFiles };
