'use strict';
// What download() costs beside the job API alone: the same files from the same server, with size and hash checked
// and without, in turns. Milliseconds.
const { createHash, randomBytes } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { connectTo } = require('../dist/connect');
const { loadAddon } = require('../dist/native/load');
const { FileServer } = require('../test/support/server');

const ROUNDS = 5;
const SETS = [
  { name: '200 files of 2 kB', count: 200, size: 2000 },
  { name: '20 files of 2 kB', count: 20, size: 2000 },
  { name: '1 file of 60 MB', count: 1, size: 60_000_000 },
];

async function byJobApi(bits, files) {
  const job = await bits.createJob({
    name: 'windows-bits bench',
    priority: 'foreground',
    files: files.map(({ url, path: target }) => ({ url, path: target })),
  });
  await job.resume();
  await job.wait();
  await job.complete();
}

async function compareOn(bits, server, folder, { count, size }, compare) {
  const contents = Array.from({ length: count }, (_, i) => {
    const body = randomBytes(size);
    server.files.set(`/${i}`, { body });
    return { url: server.url(`/${i}`), size, sha256: createHash('sha256').update(body).digest('hex') };
  });
  let round = 0;
  const timed = (work) => async () => {
    const target = path.join(folder, String(round++));
    fs.mkdirSync(target);
    const files = contents.map((file, i) => ({ ...file, path: path.join(target, String(i)) }));
    const started = performance.now();
    await work(files);
    const time = performance.now() - started;
    fs.rmSync(target, { recursive: true });
    return time;
  };
  return compare(
    1,
    {
      'job API': timed((files) => byJobApi(bits, files)),
      'download()': timed((files) => bits.download({ files })),
    },
    ROUNDS,
  );
}

/** On the real service. `compare` as in bench.js. */
async function downloads(compare) {
  const server = await FileServer.start();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-bench-'));
  const bits = await connectTo(loadAddon());
  const result = {};
  for (const set of SETS) result[set.name] = await compareOn(bits, server, folder, set, compare);
  await bits.close();
  await server.stop();
  fs.rmSync(folder, { recursive: true });
  return result;
}

module.exports = { downloads };
