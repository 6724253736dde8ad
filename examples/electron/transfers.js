'use strict';
// The list of the app's downloads, one row each. While any of them is in progress, the rows are read again from the engine
// (engine.js) at intervals. This file does not depend on BITS or Electron.
const { EventEmitter } = require('node:events');

const MOVING = ['waiting', 'running'];

class Transfers extends EventEmitter {
  #engine;
  #interval;
  #rows = new Map();
  #timer;
  #reading;

  constructor(engine, { interval = 500 } = {}) {
    super();
    this.#engine = engine;
    this.#interval = interval;
  }

  get rows() {
    return [...this.#rows.values()];
  }

  /** Mean progress of the downloads in progress; null if there are none. */
  get progress() {
    const moving = this.rows.filter((row) => MOVING.includes(row.state));
    if (moving.length === 0) return null;
    return moving.reduce((sum, row) => sum + (row.progress ?? 0), 0) / moving.length;
  }

  async restore() {
    for (const id of await this.#engine.restore()) this.#rows.set(id, undefined);
    await this.refresh();
  }

  async start(url, folder) {
    this.#rows.set(await this.#engine.start(url, folder), undefined);
    await this.refresh();
  }

  async cancel(id) {
    await this.#engine.cancel(id);
    await this.refresh();
  }

  /** Reads all rows that can still change, emits 'changed', and repeats this while any row can change. */
  async refresh() {
    clearTimeout(this.#timer);
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    await this.#reading;
    if (this.#interval > 0 && this.progress !== null) {
      this.#timer = setTimeout(() => void this.refresh(), this.#interval);
    }
  }

  async #read() {
    for (const [id, row] of this.#rows) {
      if (row !== undefined && !MOVING.includes(row.state)) continue;
      const fresh = await this.#engine
        .look(id)
        .catch((error) => ({ id, name: row?.name ?? id, progress: null, state: 'failed', message: error.message }));
      this.#rows.set(id, fresh);
      if (!MOVING.includes(fresh.state) && fresh.state !== 'failed') this.#engine.forget(id);
    }
    this.emit('changed', this.rows);
  }

  async close() {
    clearTimeout(this.#timer);
    this.#interval = 0;
    await this.#reading;
    await this.#engine.close();
  }
}

module.exports = { Transfers };
