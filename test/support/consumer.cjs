'use strict';
// What a user's program does, in an installation of the packed package (tools/package/test.mjs): say whether it can
// work here; if so, download a file over the loopback interface. `load` gives the package, by require or import.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { FileServer } = require('./server.js');
const { until } = require('./until.js');

exports.consume = async function consume(load) {
  const bits = await load();
  const support = bits.isSupported();
  if (!support.supported) {
    const error = await bits.connect().then(
      () => undefined,
      (reason) => reason,
    );
    return { supported: false, reason: support.reason, rejects: error instanceof bits.BitsError && error.code };
  }

  const body = Buffer.alloc(100_000, 'bits');
  const server = await FileServer.start();
  server.files.set('/file.bin', { body });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits consumer '));
  const file = path.join(folder, 'file.bin');
  const manager = await bits.connect();
  try {
    const job = await manager.createJob({ name: 'windows-bits package test' });
    await job.addFile(server.url('/file.bin'), file);
    await job.resume();
    const state = await until(
      async () => {
        const now = await job.getState();
        return ['transferred', 'error'].includes(now) && now;
      },
      { what: 'the transfer', limit: 60_000, every: 50 },
    );
    const result = state === 'transferred' ? await job.complete() : await job.cancel();
    const equal = result === 'complete' && fs.readFileSync(file).equals(body);
    const host = path.basename(process.execPath);
    return { supported: true, state, result, equal, node: process.versions.node, host };
  } finally {
    await manager.close();
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
};
