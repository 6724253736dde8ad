'use strict';
// A process that gets into a situation and then ends in some way. Prints what it reached; the parent judges the exit
// code. `lifetime_child.js SITUATION ENDING`
const { Worker, isMainThread, workerData, parentPort } = require('node:worker_threads');

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

async function main([situation, ending]) {
  const reach = situations[situation];
  if (ending === 'terminate' || ending === 'two workers') {
    const start = async () => {
      const worker = new Worker(__filename, { workerData: situation });
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      await worker.terminate();
    };
    await Promise.all(ending === 'terminate' ? [start()] : [start(), start()]);
    // The process goes on after that, and can still use the package.
    const bits = await require('windows-bits').connect();
    await bits.getJobs();
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
