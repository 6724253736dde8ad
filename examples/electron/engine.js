'use strict';
// The only file that uses windows-bits. A download is a BITS job that carries the app's name and outlives the app, so the
// app does not have to store a list of downloads.
const { randomUUID } = require('node:crypto');
const path = require('node:path').win32;

const FORGOTTEN_MS = 30 * 24 * 3600_000;

/**
 * @param {typeof import('windows-bits')} bits
 * @param {string} app identifies this app's downloads, for example its appId
 */
async function openEngine(bits, app) {
  const manager = await bits.connect();
  const downloads = new Map();

  /**
   * Runs a download and updates its row, which has the type given in ipc.d.ts.
   * @returns {Promise<void>} resolves as soon as the BITS job exists
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

  /** Why a job with a transient error is waiting. */
  async function reason(jobId) {
    return (await (await manager.getJob(jobId)).explain()).summary;
  }

  return {
    /** Finds the downloads of earlier runs, continues them, and removes those that have been abandoned. */
    async restore() {
      const found = await manager.restore({ app });
      const reaped = await manager.reap({ app, olderThan: FORGOTTEN_MS });
      const removed = new Set(reaped.filter(({ error }) => error === null).map(({ id }) => id));
      const left = found.filter(({ status, jobId }) => status !== 'vanished' && !removed.has(jobId));
      await Promise.all(
        left.map((task) => follow(task.jobId, task.paths[0] ?? task.jobId, (options) => task.finish(options))),
      );
      return left.map(({ jobId }) => jobId);
    },

    async start(url, folder) {
      const id = randomUUID();
      const file = path.join(folder, path.basename(new URL(url).pathname) || 'download');
      // Because of the key, closing the app leaves the job for the next start.
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
    /** Closes the connection to BITS. The downloads continue. */
    close: () => manager.close(),
  };
}

module.exports = { openEngine };
