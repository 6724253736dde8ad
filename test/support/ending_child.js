'use strict';
// A process with a call of the double under way that does not come back by itself. `ending_child.js SITUATION METHOD`
// Prints the methods that were called, at the very end.
const fs = require('node:fs');
const path = require('node:path');
const { until } = require('./until.js');

const load = (file) => {
  const holder = { exports: {} };
  process.dlopen(holder, path.resolve(__dirname, '../..', file));
  return holder.exports;
};
const addon = load(`prebuilds/win32-${process.arch}/windows_bits.node`);
const double = load('build/test/bits_double.node');
const [situation, method] = process.argv.slice(2);
const ID = '{e4d00000-5d1f-4f0e-9b1a-0123456789ab}';
const file = { remoteName: 'http://h/a', localName: 'C:\\a' };

const situations = {
  /** process.exit() while a job is being made, which takes its time. */
  slow: () => process.exit(7),
  /** The same, and the service does not answer any more. */
  stuck: () => process.exit(7),
  thrown: () => {
    throw new Error('thrown on purpose');
  },
  /** Nobody waits: the process ends by itself. */
  abandoned: (call) => addon.abandon(call),
};

async function main() {
  double.start();
  double.setJobs([{ id: ID, files: [{}] }]);
  const manager = addon.openManager(double.clsid, 1);
  const { handle } = await addon.manager.getJob(manager, ID);
  const calls = {
    'IBackgroundCopyJob::GetState': () => addon.job.getState(handle),
    'IClassFactory::CreateInstance': () => addon.manager.connect(addon.openManager(double.clsid, 1)),
  };
  const makes = !Object.hasOwn(calls, method);
  double.script(method, situation === 'slow' || situation === 'thrown' ? { delayMs: 300 } : { block: true });
  const call = makes ? addon.manager.createJob(manager, 'n', 0, { description: 'd', files: [file] }) : calls[method]();
  call.catch(() => {});
  await until(() => double.calls().some((each) => each.method === method));
  process.on('exit', () => {
    fs.writeSync(1, JSON.stringify(double.calls().map((each) => [each.method, each.hresult])));
  });
  setImmediate(() => situations[situation](call));
}

void main();
