'use strict';
// The only file that knows windows-bits. A download is a job of Windows that bears the app's name and outlives the app:
// there is no list of our own to keep, and none to lose.
const { randomUUID } = require('node:crypto');
const path = require('node:path').win32;

const FORGOTTEN_MS = 30 * 24 * 3600_000;

/**
 * @param {typeof import('windows-bits')} bits
 * @param {string} app the app's name, by which its downloads are found again, such as its appId
 */
async function openEngine(bits, app) {
  const manager = await bits.connect();
  const downloads = new Map();

  /**
   * Runs a download and keeps its row, in the words of ipc.d.ts.
   * @returns {Promise<void>} as soon as it is in Windows' hands
   */
  function follow(id, file, run) {
    const abort = new AbortController();
    const row = { id, name: path.basename(file), progress: null, state: 'waiting', message: '' };
    const download = { row, abort, troubled: null, ended: undefined };
    downloads.set(id, download);
    return new Promise((begun) => {
      const onProgress = ({ state, percent, jobId }) => {
        row.state = state === 'transferring' ? 'running' : 'waiting';
        row.progress = percent && percent / 100;
        download.troubled = state === 'transientError' ? jobId : null;
        begun();
      };
      download.ended = run({ signal: abort.signal, onAbort: 'cancel', onProgress })
        .then(
          () => ({ state: 'done', progress: 1 }),
          (error) => (abort.signal.aborted ? { state: 'cancelled' } : { state: 'failed', message: error.message }),
        )
        .then((end) => {
          Object.assign(row, end);
          download.troubled = null;
          begun();
        });
    });
  }

  /** Why a job that meets with an error still waits. */
  async function reason(jobId) {
    return (await (await manager.getJob(jobId)).explain()).summary;
  }

  return {
    /** Finds what an earlier run of the app has left: finishes it, and removes what nobody has come back for. */
    async restore() {
      const found = await manager.restore({ app });
      const removed = new Set((await manager.reap({ app, olderThan: FORGOTTEN_MS })).map(({ id }) => id));
      const left = found.filter(({ status, jobId }) => status !== 'vanished' && !removed.has(jobId));
      await Promise.all(
        left.map((task) => follow(task.jobId, task.paths[0] ?? task.jobId, (options) => task.finish(options))),
      );
      return left.map(({ jobId }) => jobId);
    },

    async start(url, folder) {
      const id = randomUUID();
      const file = path.join(folder, path.basename(new URL(url).pathname) || 'download');
      // With a key, closing the app leaves the job to the next start.
      await follow(id, file, (options) => manager.download({ url, path: file, app, key: id, ...options }));
      return id;
    },

    async cancel(id) {
      downloads.get(id)?.abort.abort();
      await downloads.get(id)?.ended;
    },

    async look(id) {
      const { row, troubled } = downloads.get(id);
      const message = troubled === null ? row.message : await reason(troubled).catch(() => '');
      return { ...row, message };
    },

    forget: (id) => downloads.delete(id),
    /** Lets go of BITS. The downloads go on. */
    close: () => manager.close(),
  };
}

module.exports = { openEngine };
