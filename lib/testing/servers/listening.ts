import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { acceptBitsPost } from './bits_post';

/**
 * A handler of `node:http`. With `next`, as Express and Fastify's hooks pass it, requests that are none of the handler's
 * business go there; without, they are answered with a refusal.
 */
export type RequestHandler = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  next?: (error?: Error) => void,
) => void;

/** Where a server listens. */
export interface Address {
  /** Address of the interface. Default: 127.0.0.1, which only this computer reaches. */
  readonly host?: string;
  /** 0 to 65535. Default: 0, any free port. */
  readonly port?: number;
  /** Key and certificate in PEM: serves HTTPS instead of HTTP. */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer };
}

/** A server of `node:http` that is listening. */
export class Listening {
  private constructor(private readonly server: http.Server) {}

  static async start(handler: RequestHandler, { host = '127.0.0.1', port = 0, tls }: Address): Promise<Listening> {
    // Not Express: `next` must not be there.
    const answer = (request: http.IncomingMessage, response: http.ServerResponse) => {
      handler(request, response);
    };
    const server = tls === undefined ? http.createServer(answer) : https.createServer({ ...tls }, answer);
    acceptBitsPost(server);
    server.requestTimeout = 0; // a fragment of 13 MB takes hours on the slowest lines
    server.keepAliveTimeout = 60_000; // BITS may pause between two fragments
    server.listen(port, host);
    await once(server, 'listening');
    return new Listening(server);
  }

  /** `http://host:port`, without a slash at the end. */
  get origin(): string {
    const { address, family, port } = this.server.address() as AddressInfo;
    const scheme = this.server instanceof https.Server ? 'https' : 'http';
    return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  disconnect(): void {
    this.server.closeAllConnections();
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.disconnect();
    await closed;
  }
}
