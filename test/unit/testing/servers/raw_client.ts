import { once } from 'node:events';
import net from 'node:net';

// A client of the upload protocol that shares nothing with the library's: bytes on a socket.

const PROTOCOL = '{7df0354d-249b-430f-820d-3d2a9bef4931}';

export interface Answer {
  readonly version: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface PacketContent {
  readonly path?: string;
  readonly session?: string;
  /** `null` leaves one out. */
  readonly headers?: Readonly<Record<string, string | number | null>>;
  readonly body?: Uint8Array | string;
  readonly version?: string;
  readonly verb?: string;
}

export function packet(type: string, content: PacketContent = {}): Buffer {
  const { path = '/file.bin', session, body = '', version = '1.1', verb = 'BITS_POST' } = content;
  const headers: Record<string, string | number | null> = {
    'BITS-Packet-Type': type,
    ...(session === undefined ? {} : { 'BITS-Session-Id': session }),
    ...(type.toLowerCase() === 'create-session' ? { 'BITS-Supported-Protocols': PROTOCOL } : {}),
    Host: 'localhost',
    'Content-Length': Buffer.byteLength(body),
    ...content.headers,
  };
  const lines = Object.entries(headers).filter(([, value]) => value !== null);
  const head = [`${verb} ${path} HTTP/${version}`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.concat([Buffer.from(head.join('\r\n')), Buffer.from(body as string)]);
}

export const fragment = (session: string, bytes: Uint8Array, start: number, total: number, more: PacketContent = {}) =>
  packet('Fragment', {
    session,
    ...more,
    headers: { 'Content-Range': `bytes ${start}-${start + bytes.length - 1}/${total}`, ...more.headers },
    body: bytes,
  });

export class RawClient {
  #bytes = Buffer.alloc(0);
  #ended = false;
  #wake = () => {};

  private constructor(readonly socket: net.Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    socket.on('error', () => undefined); // followed by 'close'
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const socket = net.connect(Number(port), hostname);
    socket.setNoDelay();
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** The next answer; undefined if the connection ends before it. */
  async answer(): Promise<Answer | undefined> {
    for (;;) {
      const answer = this.#take();
      if (answer !== undefined || this.#ended) return answer;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async send(bytes: Uint8Array): Promise<Answer> {
    this.write(bytes);
    const answer = await this.answer();
    if (answer === undefined) throw new Error('the connection ended without an answer');
    return answer;
  }

  async close(): Promise<void> {
    this.socket.destroy();
    if (!this.#ended) await once(this.socket, 'close');
  }

  #take(): Answer | undefined {
    const end = this.#bytes.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [first = '', ...lines] = this.#bytes.toString('latin1', 0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const bodyEnd = end + 4 + Number(headers['content-length'] ?? 0);
    if (this.#bytes.length < bodyEnd) return undefined;
    const body = this.#bytes.subarray(end + 4, bodyEnd);
    this.#bytes = this.#bytes.subarray(bodyEnd);
    const [, version = '', status] = /^HTTP\/(\S+) (\d+)/.exec(first) ?? [];
    return { version, status: Number(status), headers, body };
  }
}
