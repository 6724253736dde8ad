'use strict';
// The only file that knows windows-bits: jobs of this app, by way of the methods of BITS itself.
//
// A job belongs to Windows and outlives the app. Jobs of ours are told by their description; there is no list of our
// own to keep, and none to lose.
const path = require('node:path');

const ENDED = ['acknowledged', 'cancelled'];

/** `mark`: what tells this app's jobs, such as its appId. */
async function openEngine(bits, mark) {
  const manager = await bits.connect();
  const jobs = new Map();

  /** State of one job, in the words of ipc.d.ts. A finished one is completed: only then its file appears. */
  async function look(id) {
    const { job, name } = jobs.get(id);
    const snapshot = await job.snapshot();
    let { state } = snapshot;
    if (state === 'transferred') {
      await job.complete();
      state = 'acknowledged';
    }
    const { bytesTotal, bytesTransferred } = snapshot.progress;
    const row = { id, name, progress: bytesTotal ? bytesTransferred / bytesTotal : null, state: 'running', message: '' };
    if (state === 'acknowledged') return { ...row, state: 'done', progress: 1 };
    if (state === 'cancelled') return { ...row, state: 'cancelled' };
    if (state === 'error') return { ...row, state: 'failed', message: (await job.explain()).summary };
    if (state === 'transientError') return { ...row, state: 'waiting', message: (await job.explain()).summary };
    return state === 'transferring' ? row : { ...row, state: 'waiting' };
  }

  return {
    /** Finds the jobs that an earlier run of the app has left, and sets going those that it could not. */
    async restore() {
      for (const job of await manager.getJobs()) {
        const { state, description, displayName } = await job.snapshot();
        if (description !== mark || ENDED.includes(state)) continue;
        if (state === 'suspended') await job.resume();
        jobs.set(job.id, { job, name: displayName ?? job.id });
      }
      return [...jobs.keys()];
    },

    async start(url, folder) {
      const name = path.basename(new URL(url).pathname) || 'download';
      const job = await manager.createJob({
        name, description: mark, priority: 'foreground', files: [{ url, path: path.join(folder, name) }],
      });
      await job.resume();
      jobs.set(job.id, { job, name });
      return job.id;
    },

    async cancel(id) {
      await jobs.get(id)?.job.cancel();
    },

    look,
    forget: (id) => jobs.delete(id),
    /** Lets go of BITS. The jobs go on. */
    close: () => manager.close(),
  };
}

module.exports = { openEngine };
