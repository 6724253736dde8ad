import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How one path of the server answers; may be changed while it runs. */
export interface Served {
  /** Default 200. */
  status?: number;
  body?: Buffer;
  /** Bytes for each write, with `delay` milliseconds between them. Default: all at once. */
  chunk?: number;
  delay?: number;
  /** Tells no length. */
  unsized?: boolean;
  /** Breaks the connection after so many bytes. */
  cut?: number;
  /** Accepts the request, and does not answer: until `hangUp()`, if the client waits for so long. */
  silent?: boolean;
}

/** What a client asked for. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
}

/**
 * A file server on the loopback interface, as BITS wants one: it answers HEAD with the length and GET with ranges. It
 * records what was asked, since services differ in that (real BITS sends HEAD and ranges, Wine's a single GET).
 */
export class FileServer {
  readonly files = new Map<string, Served>();
  readonly requests: Asked[] = [];
  readonly #unanswered = new Set<http.ServerResponse>();
  readonly #server = http.createServer((request, response) => void this.#answer(request, response));

  static async start(): Promise<FileServer> {
    const server = new FileServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** Breaks the connections of those who wait for an answer that does not come. */
  hangUp(path: string): void {
    for (const response of this.#unanswered) {
      if (response.req.url !== path) continue;
      response.destroy();
      this.#unanswered.delete(response);
    }
  }

  /** Breaks all connections, also those that a client has forgotten. */
  disconnect(): void {
    this.#server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.disconnect();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    this.requests.push({ method, url, headers });
    const file = this.files.get(url.split('?')[0] ?? url);
    if (file?.silent === true) {
      this.#unanswered.add(response);
      return;
    }
    const status = file === undefined ? 404 : (file.status ?? 200);
    if (status !== 200) {
      response.writeHead(status, { 'Content-Length': 0 }).end();
      return;
    }
    const { body = Buffer.alloc(0), chunk = body.length, unsized = false, cut = Infinity } = file ?? {};
    const asked = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
    const start = Number(asked?.[1] ?? 0);
    const end = Math.min(asked?.[2] ? Number(asked[2]) + 1 : body.length, body.length);
    response.writeHead(asked ? 206 : 200, {
      'Accept-Ranges': 'bytes',
      ...(unsized ? {} : { 'Content-Length': end - start }),
      'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      ...(asked ? { 'Content-Range': `bytes ${start}-${end - 1}/${body.length}` } : {}),
    });
    if (method !== 'HEAD') {
      for (let at = start; at < end && !response.destroyed; at += chunk) {
        if (at > start && file?.delay) await sleep(file.delay); // which may have changed
        if (at >= cut) {
          response.destroy();
          return;
        }
        const piece = body.subarray(at, Math.min(at + chunk, end));
        await new Promise((sent) => response.write(piece, sent)); // also called when the client has gone
      }
    }
    response.end();
  }
}
