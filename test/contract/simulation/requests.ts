import type { Computer } from '../../../lib/testing/computer/computer';
import { sliceOf } from '../../../lib/testing/computer/content';
import type { Content } from '../../../lib/testing/computer/simulated_disk';
import type { TransferResponse, Transport } from '../../../lib/testing/transport/transport';
import type { Asked } from '../world';

/** Parts of a slow file. */
const PIECES = 20;

interface Span {
  readonly start: number;
  end: number;
}

/** What the requests of a simulated computer were, and how fast their answers come. */
export class Requests {
  readonly #asked = new Map<string, Asked[]>();
  readonly #spans = new Map<string, Span[]>();
  readonly #pauses = new Map<string, number>();

  /** Milliseconds between two pieces of a file; null: it comes at once. */
  pace(url: string, pause: number | null): void {
    if (pause === null) this.#pauses.delete(url);
    else this.#pauses.set(url, pause);
  }

  asked(url: string): readonly Asked[] {
    return this.#asked.get(url) ?? [];
  }

  /** Bytes that have arrived, and how many different ones. */
  fetched(url: string): { readonly total: number; readonly distinct: number } {
    const spans = [...(this.#spans.get(url) ?? [])].sort((a, b) => a.start - b.start);
    let distinct = 0;
    let last = 0;
    for (const { start, end } of spans) {
      distinct += Math.max(0, end - Math.max(start, last));
      last = Math.max(last, end);
    }
    return { distinct, total: spans.reduce((sum, { start, end }) => sum + end - start, 0) };
  }

  /** The transport, with all that passes through it noted. */
  observe({ clock }: Computer, transport: Transport): Transport {
    return {
      request: async (request, signal) => {
        const { url, method } = request;
        const headers = Object.fromEntries(request.headers.map(([name, value]) => [name.toLowerCase(), value]));
        this.#asked.set(url, [...this.asked(url), { method, headers }]);
        const response = await transport.request(request, signal);
        const pause = this.#pauses.get(url);
        const wait = (ms: number) =>
          new Promise<void>((resolve) => {
            const done = () => {
              signal.removeEventListener('abort', done);
              resolve();
            };
            clock.schedule(ms, done);
            signal.addEventListener('abort', done);
          });
        const body = pause === undefined ? response.body : slowly(response.body, () => wait(pause));
        return this.#counting(url, { ...response, body });
      },
    };
  }

  #counting(url: string, response: TransferResponse): TransferResponse {
    const range = response.headers.find(([name]) => name.toLowerCase() === 'content-range')?.[1] ?? '';
    const start = Number(/^bytes (\d+)-/.exec(range)?.[1] ?? 0);
    const span = { start, end: start };
    this.#spans.set(url, [...(this.#spans.get(url) ?? []), span]);
    return {
      ...response,
      received: (bytes) => {
        span.end += bytes;
        response.received?.(bytes);
      },
    };
  }
}

async function* slowly(body: AsyncIterable<Content>, wait: () => Promise<void>): AsyncGenerator<Content> {
  for await (const part of body) {
    const length = Math.max(1, Math.ceil(part.size / PIECES));
    for (let at = 0; at < part.size; at += length) {
      if (at > 0) await wait();
      yield sliceOf(part, at, Math.min(length, part.size - at));
    }
  }
}
