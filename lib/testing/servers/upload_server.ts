import { mkdir, realpath } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { HOST } from '../../host';
import type { Clock, Timer } from '../../host';
import { openContent } from './content';
import { Faults } from './faults';
import type { OrderedFault } from './faults';
import { fileAnswer } from './file_answer';
import { Listening } from './listening';
import type { RequestHandler } from './listening';
import { PacketError } from './packet_error';
import type { PacketAnswer } from './packet_error';
import { sendFile } from './send_file';
import { checkFolder, packetSettings } from './upload_options';
import type { PacketInfo, UploadFault, UploadPacket, UploadServerOptions } from './upload_options';
import { UploadPackets, checkedPacketType, sessionIdOf } from './upload_packets';
import { CONTEXT, HRESULT, formatHresult, packetTypeOf } from './upload_protocol';
import type { PacketType } from './upload_protocol';
import { replyIdOf } from './upload_reply';
import { UploadSessions } from './upload_sessions';
import { UploadStore } from './upload_store';

const DAY = 86_400_000;
const SWEEP_INTERVAL = DAY / 2;
const NOT_A_PACKET = { status: 400, hresult: HRESULT.invalidArgument, context: CONTEXT.remoteFile };

/** The server's side of the BITS upload protocol. Create it with {@link createUploadServer}. */
export class UploadServer implements AsyncDisposable {
  readonly #faults = new Faults<UploadFault, PacketType | undefined>();
  readonly #received: UploadPacket[] = [];
  readonly #packets: UploadPackets;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #listening: Listening | undefined;
  #sweeping: Timer | undefined;

  /**
   * Answers a request of the protocol, or the GET of a reply. Everything else goes to `next`, if there is one. It must get
   * requests whose bodies nobody has read.
   */
  readonly handler: RequestHandler;

  private constructor(
    private readonly options: UploadServerOptions,
    private readonly sessions: UploadSessions,
    folders: { readonly root: string; readonly stateFolder: string },
  ) {
    this.#clock = options.clock ?? HOST.clock;
    this.#packets = new UploadPackets(sessions, {
      ...packetSettings(options, { clock: this.#clock, signal: this.#closing.signal }),
      ...folders,
    });
    this.handler = (request, response, next) => {
      this.#handle(request, response, next).catch((error: unknown) => {
        options.onError?.(error);
        response.destroy();
      });
    };
    this.#sweepRegularly();
  }

  /** @internal */
  static async open(options: UploadServerOptions): Promise<UploadServer> {
    const folder = checkFolder(options);
    await mkdir(folder, { recursive: true });
    const root = await realpath(folder);
    const store = await UploadStore.open(options.stateFolder ?? path.join(root, '.bits-uploads'), options.disk);
    const now = options.now ?? (() => HOST.clock.date().getTime());
    const sessions = new UploadSessions(store, options.sessionTimeout ?? 14 * DAY, now);
    await sessions.load();
    const server = new UploadServer(options, sessions, { root, stateFolder: await realpath(store.folder) });
    if (options.listen !== false) server.#listening = await Listening.start(server.handler, options);
    return server;
  }

  /** The full URL of a path. Throws Error if the server does not listen. */
  url(pathname: string): string {
    if (this.#listening === undefined)
      throw new Error('this server does not listen: it was created with listen: false');
    return new URL(pathname, this.#listening.origin).href;
  }

  /**
   * Orders a fault: for the next packet, for the next `times` packets, or for all of them (`Infinity`). Throws RangeError
   * if `times` is none of these.
   */
  fail(fault: UploadFault, times = 1): OrderedFault {
    return this.#faults.add(fault, (packet) => fault.packet === undefined || fault.packet === packet, times);
  }

  /** Faults that have been ordered and have not struck as often as was ordered. */
  get unusedFaults(): readonly UploadFault[] {
    return this.#faults.unused;
  }

  /** The packets so far, the first one first. */
  get packets(): readonly UploadPacket[] {
    return this.#received;
  }

  /** How many uploads have begun and not ended. */
  get openSessions(): number {
    return this.sessions.open.length;
  }

  /** Removes expired uploads; resolves with their number. It happens by itself every twelve hours and with new uploads. */
  async sweep(): Promise<number> {
    return this.sessions.sweep();
  }

  /** Breaks all connections. New ones are accepted. */
  disconnect(): void {
    this.#listening?.disconnect();
  }

  /** Breaks all connections and frees the port. Uploads go on when a server is created with the same folders. */
  async close(): Promise<void> {
    this.#sweeping?.cancel();
    this.#closing.abort();
    await this.#listening?.close();
    await this.sessions.idle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse, next?: () => void): Promise<void> {
    const isPacket = request.headers['bits-packet-type'] !== undefined;
    const replyId = request.method === 'GET' || request.method === 'HEAD' ? replyIdOf(request.url!) : undefined;
    if (isPacket) await this.#handlePacket(request, response);
    else if (replyId !== undefined) await this.#sendReply(request, response, replyId);
    else if (next !== undefined) next();
    else if (request.method === 'POST') acknowledge(request, response, NOT_A_PACKET);
    else response.writeHead(404, { 'Content-Length': 0 }).end();
  }

  async #handlePacket(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const record = this.#record(request);
    const fault = this.#faults.take(record.packet) ?? {};
    if (fault.drop === true) {
      response.destroy();
      return;
    }
    const answer = await this.#answer(request, fault);
    if (answer === undefined || fault.loseAck === true) {
      response.destroy();
      return;
    }
    record.status = answer.status;
    acknowledge(request, response, answer);
  }

  #record(request: IncomingMessage): { -readonly [K in keyof UploadPacket]: UploadPacket[K] } {
    const { url = '', headers } = request;
    const record = { packet: packetTypeOf(String(headers['bits-packet-type'])), url, headers, status: undefined };
    this.#received.push(record);
    return record;
  }

  /** Undefined if the connection broke, and nobody is there to be answered. */
  async #answer(request: IncomingMessage, fault: UploadFault): Promise<PacketAnswer | undefined> {
    try {
      if (fault.status !== undefined) throw new PacketError({ ...fault, status: fault.status });
      const type = checkedPacketType(request);
      await this.#authorize(request, type, sessionIdOf(request));
      return await this.#packets.answer(type, request, bodyOf(request, fault.cutAfter));
    } catch (error) {
      if (error instanceof PacketError) return error;
      if (request.destroyed && !request.complete) return undefined;
      this.options.onError?.(error);
      return answerTo(error as NodeJS.ErrnoException);
    }
  }

  async #authorize(request: IncomingMessage, packet: PacketInfo['packet'], id: string | undefined): Promise<void> {
    const knownSession = id !== undefined && this.sessions.find(id) !== undefined;
    const decision = (await this.options.access?.(request, { packet, knownSession })) ?? true;
    if (decision !== true) throw new PacketError(decision);
  }

  async #sendReply(request: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
    try {
      await this.#authorize(request, 'Reply', id);
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      response.writeHead(error.status, { 'Content-Length': 0, ...error.headers }).end();
      return;
    }
    const session = this.sessions.find(id);
    const reply = session?.record.reply;
    if (session === undefined || reply?.kind !== 'file') {
      response.writeHead(404, { 'Content-Length': 0 }).end();
      return;
    }
    await this.sessions.touch(session);
    const source = await openContent({ file: reply.file });
    try {
      const answer = fileAnswer(request, source, {});
      response.writeHead(answer.status, answer.headers);
      if (request.method === 'HEAD') response.end();
      else await sendFile(response, source, answer, {}, this.#clock);
    } finally {
      await source.close();
    }
  }

  #sweepRegularly(): void {
    this.#sweeping = this.#clock.after(SWEEP_INTERVAL, () => {
      this.sessions.sweep().catch((error: unknown) => this.options.onError?.(error));
      this.#sweepRegularly();
    });
    this.#sweeping.unref();
  }
}

/** The bytes of a request. With `cutAfter`, the connection breaks after so many of them. */
async function* bodyOf(request: IncomingMessage, cutAfter = Infinity): AsyncGenerator<Buffer> {
  let left = cutAfter;
  // When the disk fails, the client is still to be answered.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left > 0) continue;
    request.socket.destroy();
    return;
  }
}

/** Every packet is answered in this form, refusals as well [MC-BUP 2.2.1]. */
function acknowledge(request: IncomingMessage, response: ServerResponse, answer: PacketAnswer): void {
  const { status, headers, hresult, context } = answer;
  const told = {
    'BITS-Packet-Type': 'Ack',
    'Content-Length': 0,
    ...headers,
    ...(hresult === undefined ? {} : { 'BITS-Error-Code': formatHresult(hresult) }),
    ...(context === undefined ? {} : { 'BITS-Error-Context': `0x${context.toString(16)}` }),
  };
  response.writeHead(status, told).end();
  request.resume(); // what is left of a fragment would hide the next packet
}

function answerTo({ code = '' }: NodeJS.ErrnoException): PacketAnswer {
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return { status: 500, context: CONTEXT.remoteFile, ...(isFull ? { hresult: HRESULT.diskFull } : {}) };
}

/**
 * Starts a server that BITS uploads to, by default on a free port of this computer: `await using uploads = await
 * createUploadServer({ folder })`. It speaks the BITS upload protocol, which on Windows is a part of IIS, including
 * upload-reply jobs, and goes on with all uploads after a restart. A file appears in the folder under its name when the
 * client closes the upload, all at once.
 *
 * To make it part of another server, pass `listen: false` and mount `handler`, in front of anything that reads bodies. That
 * server has to accept the verb BITS_POST: see {@link acceptBitsPost}.
 *
 * Rejects with TypeError if `folder` is missing, and with the errors of `node:fs` and `node:net` if the folders cannot be
 * used or the port cannot be opened.
 *
 * @example
 * // Express
 * const uploads = await createUploadServer({ folder: 'C:/incoming', listen: false });
 * app.use('/incoming', uploads.handler);
 * acceptBitsPost(app.listen(8080));
 *
 * @example
 * // Fastify
 * const uploads = await createUploadServer({ folder: 'C:/incoming', listen: false });
 * fastify.addHook('onRequest', (request, reply, done) => uploads.handler(request.raw, reply.raw, done));
 * acceptBitsPost(fastify.server);
 *
 * @see https://learn.microsoft.com/windows/win32/bits/bits-upload-protocol
 */
export async function createUploadServer(options: UploadServerOptions): Promise<UploadServer> {
  return UploadServer.open(options);
}
