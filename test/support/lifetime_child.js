'use strict';
// A process that gets into a situation and then ends in some way. Prints what it reached; the parent judges the exit
// code. `lifetime_child.js SITUATION ENDING`
const os = require('node:os');
const path = require('node:path');
const { Worker, isMainThread, workerData, parentPort } = require('node:worker_threads');
const { FileServer } = require('./server.js');
const { until } = require('./until.js');

async function newJob() {
  const bits = await require('windows-bits').connect();
  return bits.createJob({
    name: 'windows-bits lifetime',
    description: '[windows-bits/1 owner=lifetime id=0123456789ab part=0]',
  });
}

/** What may be going on when the end comes. */
const situations = {
  loaded: async () => {
    require('windows-bits');
  },
  connected: async () => {
    await require('windows-bits').connect();
  },
  pending: async () => {
    const bits = await require('windows-bits').connect();
    for (let i = 0; i < 50; i++) bits.getJobs().catch(() => {});
  },
  hashing: async () => {
    const { HOST } = require('../../dist/host');
    // Node itself is a large file, and nobody has to remove it.
    for (let i = 0; i < 8; i++) HOST.disk.sha256(process.execPath).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
  },
  subscribed: async () => {
    const job = await newJob();
    for (const event of ['transferred', 'error', 'progress', 'fileTransferred']) job.on(event, () => {});
    await until(() => job.callbacks === 'own');
  },
  'inside a callback': () =>
    new Promise((resolve, reject) => {
      newJob()
        .then(async (job) => {
          const server = await FileServer.start();
          server.files.set('/hello', { body: Buffer.from('hello') });
          await job.setNotifyInterface({
            jobTransferred: () => {
              void server.stop();
              resolve();
            },
          });
          await job.addFile(server.url('/hello'), path.join(os.tmpdir(), `windows-bits-${process.pid}`));
          await job.resume();
        })
        .catch(reject);
    }),
  closing: async () => {
    const bits = await require('windows-bits').connect();
    for (let i = 0; i < 50; i++) bits.getJobs().catch(() => {});
    bits.close();
  },
  closed: async () => {
    const bits = await require('windows-bits').connect();
    await bits.getJobs();
    await bits.close();
  },
};

const endings = {
  return: () => {},
  exit: () => process.exit(7),
  throw: () => {
    setImmediate(() => {
      throw new Error('thrown on purpose');
    });
  },
};

/**
 * The threads of a worker that has ended release their proxies by themselves, a moment later. Wine's COM can hand a proxy
 * out that another thread is just releasing, so the next connection waits for that moment.
 */
const settle = () => new Promise((resolve) => setTimeout(resolve, 50));

async function main([situation, ending]) {
  const reach = situations[situation];
  if (ending === 'terminate' || ending === 'two workers') {
    const start = async () => {
      const worker = new Worker(__filename, { workerData: situation });
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      await worker.terminate();
    };
    await Promise.all(ending === 'terminate' ? [start()] : [start(), start()]);
    await settle();
    // The process goes on after that, and can still use the package.
    const bits = await require('windows-bits').connect();
    await bits.getJobs();
    console.log('reached');
    return;
  }
  const loads = /^load and unload (\d+) times$/.exec(ending)?.[1];
  if (loads !== undefined) {
    for (let i = 0; i < Number(loads); i++) {
      const worker = new Worker(__filename, { workerData: situation });
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      await worker.terminate();
      await settle();
    }
    console.log('reached');
    return;
  }
  await reach();
  console.log('reached');
  endings[ending]();
}

if (isMainThread) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exitCode = 9;
  });
} else {
  situations[workerData]().then(() => parentPort.postMessage('reached'));
  setInterval(() => {}, 1000); // until it is terminated
}
