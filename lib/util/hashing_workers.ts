import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from './clock';
import { onAbort } from './on_abort';

/** Milliseconds until a worker ends that has nothing to do: starting one takes tens, and each keeps 10 MB. */
const IDLE = 5000;

/*
 * What a worker runs. It is passed as text, because bundlers and archives lose files that nothing imports. File
 * descriptors belong to the process, so the file is opened and closed where it is asked for, even if the worker dies.
 */
const SOURCE = `'use strict';
const { createHash } = require('node:crypto');
const { readSync } = require('node:fs');
const { parentPort, workerData: stop } = require('node:worker_threads');
const buffer = Buffer.allocUnsafe(1 << 20);

function hashOf(fd) {
  const hash = createHash('sha256');
  let position = 0;
  while (Atomics.load(stop, 0) === 0) {
    const length = readSync(fd, buffer, 0, buffer.length, position);
    if (length === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, length));
    position += length;
  }
  return null;
}

parentPort.on('message', (fd) => {
  try {
    parentPort.postMessage({ hash: hashOf(fd) });
  } catch ({ message, code, errno, syscall }) {
    parentPort.postMessage({ failure: { message, code, errno, syscall } });
  }
});`;

/** `hash` is null when the work was stopped. The fields of an error are lost when it is cloned as an error. */
type Answer =
  | { readonly hash: string | null }
  | { readonly failure: { readonly message: string; readonly code: string; readonly syscall: string } };

/** Threads that hash files, started when they are needed. They keep the process alive only while they work. */
export class HashingWorkers {
  readonly #idle = new Map<HashingWorker, Timer>();

  constructor(private readonly clock: Clock) {}

  /**
   * SHA-256 of an open file, by its descriptor. Resolves with null when there is no answer: no worker can be started
   * here, it died, or the signal aborted and it has left the file alone since.
   */
  async hash(fd: number, signal?: AbortSignal): Promise<string | null> {
    const worker = this.#takeIdle() ?? HashingWorker.start();
    if (worker === null) return null;
    try {
      return await worker.hash(fd, signal);
    } finally {
      this.#keep(worker);
    }
  }

  /** The one that has worked last, so that those end that are not needed. */
  #takeIdle(): HashingWorker | undefined {
    for (const [worker, timer] of [...this.#idle].reverse()) {
      this.#idle.delete(worker);
      timer.cancel();
      if (!worker.hasEnded) return worker;
    }
    return undefined;
  }

  #keep(worker: HashingWorker): void {
    const timer = this.clock.after(IDLE, () => {
      this.#idle.delete(worker);
      worker.end();
    });
    timer.unref();
    this.#idle.set(worker, timer);
  }
}

class HashingWorker {
  #hasEnded = false;
  #answer: (answer: Answer | null) => void = () => undefined;

  private constructor(
    private readonly thread: Worker,
    /** Its only element is 1 when the worker is to stop. */
    private readonly stop: Int32Array,
  ) {
    thread.on('message', (answer: Answer) => this.#answer(answer));
    thread.on('error', () => undefined); // and then it exits
    thread.on('exit', () => {
      this.#hasEnded = true;
      this.#answer(null);
    });
  }

  /** Null where there are no workers, as in windows of Electron, or no memory for one. */
  static start(): HashingWorker | null {
    try {
      const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
      // Nothing of the program's own start is repeated in it, and its standard streams stay as they are.
      const options = { execArgv: [], env: {}, stdout: true, stderr: true };
      return new HashingWorker(new Worker(SOURCE, { ...options, eval: true, workerData: stop }), stop);
    } catch {
      return null;
    }
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** One file at a time. */
  async hash(fd: number, signal: AbortSignal | undefined): Promise<string | null> {
    const answered = new Promise<Answer | null>((resolve) => {
      this.#answer = resolve;
    });
    Atomics.store(this.stop, 0, 0);
    const release = signal && onAbort(signal, () => Atomics.store(this.stop, 0, 1));
    this.thread.ref();
    this.thread.postMessage(fd);
    const answer = await answered;
    release?.();
    this.thread.unref();
    if (answer !== null && 'failure' in answer) {
      const { message, ...fields } = answer.failure;
      throw Object.assign(new Error(message), fields);
    }
    return answer?.hash ?? null;
  }

  end(): void {
    void this.thread.terminate();
  }
}
