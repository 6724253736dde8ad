import { JOB_STATE } from '../../contract/enums';
import { CODES } from '../../errors/codes';
import type { Content } from '../computer/simulated_disk';
import type { Computer } from '../computer/computer';
import type { FileState, JobState } from '../computer/state';
import { isFinal, notify, setState, touch } from '../service/job_events';
import { isOnDemand, maximumSizeOf } from '../service/job_properties';
import { TransferFailure } from '../transport/transport';
import type { TransferResponse } from '../transport/transport';
import type { Bandwidth } from './bandwidth';
import { jobFailure } from './failures';
import { totalOf, withRange } from './ranges';

/** The transfer was ended from outside: the job was suspended, its time slice is over, the network is gone. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** What the transfer was doing is to be chosen anew: its download position or the requested ranges changed. */
export class Revised extends Error {
  override readonly name = 'Revised';
}

/**
 * How long BITS waits for an answer, or for the next bytes, in milliseconds. Documented for uploads only (MC-BUP 3.1:
 * five minutes); assumed for downloads.
 */
export const ANSWER_TIMEOUT = 5 * 60 * 1000;

/** A transfer that is under way for a job, from CONNECTING until it ends or its time slice does. */
export class Run {
  readonly #stop = new AbortController();
  #revise = new AbortController();
  /** What `revise` compares with. */
  #plan = '';
  /** Credentials that a server or proxy has accepted, by its origin: they are sent at once from then on. */
  readonly accepted = new Map<string, string>();

  constructor(
    readonly computer: Computer,
    readonly job: JobState,
    readonly bandwidth: Bandwidth,
  ) {}

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  stop(): void {
    this.#stop.abort(new Stopped());
  }

  /** Lets what is moved now be chosen anew, if the download position or what was asked for is another. */
  revise(): void {
    if (this.#plan !== this.#planNow()) this.#revise.abort(new Revised());
  }

  #planNow(): string {
    return JSON.stringify(this.job.files.map(({ position, ranges }) => [position, ranges?.length]));
  }

  /** Throws Stopped if it was: nothing may change the job any more. Call it after each `await`. */
  check(): void {
    this.signal.throwIfAborted();
  }

  enter(state: 'connecting' | 'transferring'): void {
    this.check();
    setState(this.computer, this.job, JOB_STATE.values[state]);
  }

  async pause(ms: number): Promise<void> {
    this.check();
    await new Promise<void>((resolve, reject) => {
      const timer = this.computer.clock.schedule(ms, () => {
        this.signal.removeEventListener('abort', stop);
        resolve();
      });
      const stop = () => {
        timer.cancel();
        reject(this.signal.reason as Error);
      };
      this.signal.addEventListener('abort', stop, { once: true });
    });
    this.check();
  }

  /** Waits for a server. Rejects with a time-out when nothing comes. */
  async answered<T>(promise: Promise<T>): Promise<T> {
    const waiting = new AbortController();
    const timeout = new Promise<never>((_, reject) => {
      const timer = this.computer.clock.schedule(ANSWER_TIMEOUT, () =>
        reject(new TransferFailure(CODES.ERROR_WINHTTP_TIMEOUT.hresult, 'the server did not answer in time')),
      );
      const stop = () => reject(this.signal.reason as Error);
      this.signal.addEventListener('abort', stop, { once: true });
      waiting.signal.addEventListener('abort', () => {
        timer.cancel();
        this.signal.removeEventListener('abort', stop);
      });
    });
    try {
      return await Promise.race([promise, timeout]);
    } finally {
      waiting.abort();
      this.check();
    }
  }

  /** Moves bytes over the network. Rejects with Revised when `revise` is called meanwhile. */
  async move(bytes: number, arrived: (bytes: number) => void): Promise<void> {
    this.check();
    this.#revise = new AbortController();
    this.#plan = this.#planNow();
    const stopped = () => this.#revise.abort(this.signal.reason);
    this.signal.addEventListener('abort', stopped, { once: true });
    try {
      await this.bandwidth.move(this.job, bytes, arrived, this.#revise.signal);
    } finally {
      this.signal.removeEventListener('abort', stopped);
    }
    this.check();
  }

  /** Writes down what a file has received: the bytes are on the disk. */
  received(file: FileState, offset: number, length: number): void {
    const { computer, job } = this;
    file.filled = withRange(file.filled, { offset, length });
    file.bytesTransferred = totalOf(file.filled);
    this.progressed();
    if (isOnDemand(job))
      notify(computer, job, { type: 'rangesTransferred', file: file.index, ranges: [{ offset, length }] });
    const total = job.files.reduce((sum, { bytesTransferred }) => sum + bytesTransferred, 0);
    if (total > maximumSizeOf(job)) throw jobFailure(CODES.BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED.hresult);
  }

  /** The job made progress: its error is past (GetError), and the period without progress begins anew. */
  progressed(): void {
    const { computer, job } = this;
    job.error = null;
    job.lastProgress = computer.clock.time();
    touch(computer, job);
    notify(computer, job, { type: 'modification' });
  }

  /** Whether bytes that arrive now are still wanted: not when the job was cancelled or completed. */
  get isWanted(): boolean {
    return !isFinal(this.job);
  }
}

/** Moves the parts of a body, and gives each piece as it arrives. Resolves with the number of bytes. */
export async function moveBody(
  run: Run,
  { body, received }: TransferResponse,
  most: number,
  arrived: (part: Content, from: number, bytes: number) => void,
): Promise<number> {
  let total = 0;
  const parts = body[Symbol.asyncIterator]();
  try {
    while (total < most) {
      const next = await run.answered(parts.next());
      if (next.done === true) break;
      const part = next.value;
      const size = Math.min(part.size, most - total);
      let from = 0;
      await run.move(size, (bytes) => {
        if (!run.isWanted) return;
        received?.(bytes);
        arrived(part, from, bytes);
        from += bytes;
      });
      total += size;
    }
    return total;
  } finally {
    void parts.return?.();
  }
}
