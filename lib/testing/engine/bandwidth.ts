import { JOB_PRIORITY } from '../../contract/enums';
import type { Timer } from '../../host';
import type { Computer } from '../computer/computer';
import type { JobState } from '../computer/state';

/*
 * How long bytes take. All transfers under way share the bandwidth of the network equally; the background one keeps
 * within the policy's limit, which does not affect foreground transfers (MaxInternetBandwidth).
 */

/** Bytes of one job that are on their way. */
interface Flow {
  readonly job: JobState;
  left: number;
  /** Bytes a second. */
  rate: number;
  /** From when on the bytes that are left are counted. */
  since: number;
  /** Milliseconds between two reports of progress. */
  step: number;
  timer: Timer | null;
  readonly arrived: (bytes: number) => void;
  readonly end: (error?: Error) => void;
}

/** Progress is told every second, but not more than so often for what is moved at once: a big file costs no more. */
const STEP = 1000;
const MOST_STEPS = 40;

export class Bandwidth {
  readonly #computer: Computer;
  readonly #flows = new Set<Flow>();

  constructor(computer: Computer) {
    this.#computer = computer;
  }

  /**
   * Moves bytes, and tells of those that have arrived, some at a time. What has arrived when the signal aborts is told
   * before the promise rejects. Rejects also with what `arrived` throws.
   */
  move(job: JobState, bytes: number, arrived: (bytes: number) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#settle(flow);
        flow.end(signal.reason as Error);
      };
      const end = (error?: Error) => {
        if (!this.#flows.delete(flow)) return;
        flow.timer?.cancel();
        signal.removeEventListener('abort', stop);
        if (error === undefined) resolve();
        else reject(error);
        this.changed();
      };
      const since = this.#computer.clock.time();
      const flow: Flow = { job, left: bytes, rate: 0, since, step: STEP, timer: null, arrived, end };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      this.#flows.add(flow);
      signal.addEventListener('abort', stop);
      this.changed();
    });
  }

  /** The network, the policy, a priority or the number of transfers is another one. */
  changed(): void {
    for (const flow of [...this.#flows]) this.#settle(flow);
    for (const flow of [...this.#flows]) {
      if (!this.#flows.has(flow)) continue; // it ended when another one did
      flow.rate = this.#rateOf(flow);
      flow.step = Math.max(STEP, Math.ceil((flow.left * 1000) / flow.rate / MOST_STEPS));
      this.#arm(flow);
    }
  }

  #rateOf({ job }: Flow): number {
    const { network, policy } = this.#computer.state;
    const share = (network.bandwidth ?? Infinity) / this.#flows.size;
    const limited = job.priority !== JOB_PRIORITY.values.foreground;
    return limited ? Math.min(share, policy.bandwidth ?? Infinity) : share;
  }

  #arm(flow: Flow): void {
    flow.timer?.cancel();
    flow.timer = null;
    if (flow.rate === 0) return;
    const ms = flow.rate === Infinity ? 0 : Math.ceil((flow.left * 1000) / flow.rate);
    flow.timer = this.#computer.clock.schedule(Math.min(ms, flow.step), () => {
      flow.timer = null;
      this.#settle(flow);
      if (this.#flows.has(flow)) this.#arm(flow);
    });
  }

  /** Counts what has arrived until now. */
  #settle(flow: Flow): void {
    const now = this.#computer.clock.time();
    const possible = flow.rate === Infinity ? flow.left : Math.floor(((now - flow.since) * flow.rate) / 1000 + 1e-6);
    const bytes = Math.min(flow.left, possible);
    if (flow.rate === 0) flow.since = now;
    if (bytes > 0) {
      flow.left -= bytes;
      flow.since = flow.rate === Infinity ? now : flow.since + (bytes * 1000) / flow.rate;
      try {
        flow.arrived(bytes);
      } catch (error) {
        flow.end(error as Error);
        return;
      }
    }
    if (flow.left === 0) flow.end();
  }
}
