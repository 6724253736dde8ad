import type { ServerResponse } from 'node:http';
import type { Clock } from '../../host';
import { pause } from '../../util/pause';
import type { Span } from './byte_ranges';
import type { Source } from './content';
import type { FileAnswer } from './file_answer';

/** How the bytes of an answer are sent. */
export interface Flow {
  /** Default: as fast as the connection takes them. */
  readonly bytesPerSecond?: number | undefined;
  /** What happens once so many bytes of the body have been sent. */
  readonly interruption?: Interruption | undefined;
  /** Called with each stretch of the file that the connection has taken. */
  readonly onSent?: (span: Span) => void;
}

export interface Interruption {
  /** Bytes of the file that this answer sends before it happens. */
  readonly after: number;
  /** Breaks the connection; sends nothing more, but keeps it open; or goes on with other content. */
  readonly then: 'cut' | 'stall' | (() => Promise<Source>);
}

const CHUNK = 65_536;
/** A throttled answer is sent in so many pieces a second. */
const PIECES_PER_SECOND = 20;

/** Sends the body of an answer. Resolves when it has been sent, or has broken off, on purpose or not. */
export async function sendFile(
  response: ServerResponse,
  source: Source,
  { parts, tail }: Pick<FileAnswer, 'parts' | 'tail'>,
  flow: Flow,
  clock: Clock,
): Promise<void> {
  const body = new Body(response, source, flow, clock);
  try {
    for (const { head, ...span } of parts) {
      if (head !== '' && !(await body.write(Buffer.from(head)))) return;
      if (!(await body.send(span))) return;
    }
    response.end(tail);
  } finally {
    await body.close();
  }
}

class Body {
  #sent = 0;
  #changed: Source | undefined;
  readonly #startedAt: number;
  readonly #gone = new AbortController();
  readonly #chunk: number;

  constructor(
    private readonly response: ServerResponse,
    private readonly source: Source,
    private readonly flow: Flow,
    private readonly clock: Clock,
  ) {
    this.#startedAt = clock.now();
    this.#chunk = Math.max(1, Math.min(CHUNK, Math.floor((flow.bytesPerSecond ?? Infinity) / PIECES_PER_SECOND)));
    response.once('close', () => this.#gone.abort());
  }

  /** Sends a stretch of the file; false if the answer is over before its end. */
  async send({ start, end }: Span): Promise<boolean> {
    let at = start;
    for (;;) {
      if (!(await this.#interrupt())) return false;
      if (at >= end) return true;
      const length = Math.min(this.#chunk, end - at, this.#untilInterruption());
      const bytes = await (this.#changed ?? this.source).read(at, length);
      // The content has become shorter than was promised: to break off is the only honest end.
      if (bytes.length === 0) this.response.destroy();
      if (bytes.length === 0 || !(await this.write(bytes))) return false;
      this.flow.onSent?.({ start: at, end: at + bytes.length });
      at += bytes.length;
      this.#sent += bytes.length;
      await this.#keepPace();
    }
  }

  /** False if the connection is gone. */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.response.destroyed) return false;
    await new Promise((done) => this.response.write(bytes, done)); // done is also called when the client has gone
    return !this.response.destroyed;
  }

  async close(): Promise<void> {
    await this.#changed?.close();
  }

  #untilInterruption(): number {
    const after = this.flow.interruption?.after ?? Infinity;
    return this.#changed === undefined && after > this.#sent ? after - this.#sent : Infinity;
  }

  /** Lets the interruption happen if it is due; false if it ends the answer. */
  async #interrupt(): Promise<boolean> {
    const { interruption } = this.flow;
    if (interruption === undefined || this.#changed !== undefined || this.#sent < interruption.after) return true;
    const { then } = interruption;
    if (typeof then === 'function') {
      this.#changed = await then();
      return true;
    }
    this.response.flushHeaders();
    if (then === 'cut') this.response.destroy();
    return false;
  }

  async #keepPace(): Promise<void> {
    const { bytesPerSecond } = this.flow;
    if (bytesPerSecond === undefined) return;
    const due = this.#startedAt + (this.#sent / bytesPerSecond) * 1000;
    const wait = Math.ceil(due - this.clock.now());
    if (wait > 0) await pause(this.clock, wait, this.#gone.signal);
  }
}
