import type http from 'node:http';
import type net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { RequestHeads } from './request_heads';

/**
 * Makes a server of `node:http` or `node:https` accept the verb BITS_POST, which Node.js' parser does not know and which
 * cannot be added to it. Requests with that verb reach the server's handlers as POST. All else is left as it is. Returns
 * the server.
 *
 * Call it once, before the server gets its first connection; it works for the servers of Express (what `app.listen()`
 * returns) and Fastify (`fastify.server`) as well. Throws TypeError if the server does not read HTTP/1.1 itself.
 *
 * Node.js allows a request five minutes. A fragment has up to 13 MB, so slow clients may need more: set
 * `server.requestTimeout` to 0, or to what your slowest client needs.
 *
 * @example
 * const server = acceptBitsPost(http.createServer(app));
 * server.requestTimeout = 0;
 * server.listen(80);
 */
export function acceptBitsPost<S extends http.Server>(server: S): S {
  // Node.js' own listener was added by the server's constructor, so it is the first. Others just watch, and keep doing so.
  const event = server instanceof tls.Server ? 'secureConnection' : 'connection';
  const [parse] = server.listeners(event) as ((socket: Duplex) => void)[];
  if (parse === undefined) throw new TypeError('acceptBitsPost() needs a server of node:http or node:https');
  server.removeListener(event, parse);
  server.prependListener(event, (socket: net.Socket) => {
    parse.call(server, new RewritingSocket(socket));
  });
  return server;
}

/** A connection as Node.js' HTTP server uses it, with the verbs of what arrives replaced. */
class RewritingSocket extends Duplex {
  readonly #heads = new RequestHeads();
  readonly encrypted: boolean;

  constructor(private readonly socket: net.Socket) {
    super({ allowHalfOpen: true });
    this.encrypted = socket instanceof tls.TLSSocket;
    socket.on('data', (chunk: Buffer) => {
      let wanted = true;
      for (const piece of this.#heads.rewrite(chunk)) wanted = this.push(piece);
      if (!wanted) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
    socket.on('timeout', () => this.emit('timeout'));
  }

  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.socket.remotePort;
  }

  get remoteFamily(): string | undefined {
    return this.socket.remoteFamily;
  }

  get localAddress(): string | undefined {
    return this.socket.localAddress;
  }

  get localPort(): number | undefined {
    return this.socket.localPort;
  }

  setTimeout(ms: number, callback?: () => void): this {
    if (callback !== undefined) this.once('timeout', callback);
    this.socket.setTimeout(ms);
    return this;
  }

  setKeepAlive(on?: boolean, delay?: number): this {
    this.socket.setKeepAlive(on, delay);
    return this;
  }

  setNoDelay(on?: boolean): this {
    this.socket.setNoDelay(on);
    return this;
  }

  ref(): this {
    this.socket.ref();
    return this;
  }

  unref(): this {
    this.socket.unref();
    return this;
  }

  /** Ends the connection after what has been written: Node.js' HTTP server calls it after an answer that closes it. */
  destroySoon(): void {
    this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }
}
