import { UploadFailure, noAnswer, protocolFailure, refusal } from './upload_failure';
import { BITS_POST, CONTEXT, HRESULT, UPLOAD_PROTOCOL, formatFragmentRange } from './upload_protocol';
import type { FragmentRange, PacketType } from './upload_protocol';

/** The bytes of a fragment. A transport that counts bytes only does not need to read them. */
export interface UploadBody {
  /** Place in the file, in bytes. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** Reads them; rejects with UploadFailure if the file has become shorter. */
  bytes(): Promise<Uint8Array>;
}

/** A request as it goes to the server. */
export interface UploadRequest {
  /** BITS_POST. */
  readonly method: string;
  readonly url: string;
  /** In the order and with the names that BITS uses. */
  readonly headers: Readonly<Record<string, string>>;
  /** Absent in all packets but fragments. */
  readonly body?: UploadBody;
}

export interface UploadResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Default: 1.1. */
  readonly httpVersion?: string;
}

/**
 * Sends a request and resolves with the answer, whatever its status. Rejects with UploadFailure if there is none; any other
 * error counts as a lost connection.
 */
export type UploadSend = (request: UploadRequest, signal?: AbortSignal) => Promise<UploadResponse>;

/** All that a client has to remember of an upload to go on after a restart: plain data. */
export interface UploadSessionState {
  /** As the server wrote it. */
  readonly id: string;
  /** Bytes that the server has, as far as is known. */
  readonly received: number;
  /** What comes next. */
  readonly stage: 'sending' | 'reply' | 'closing' | 'closed';
  /** Host, perhaps with port, that the packets go to instead of the one in the URL. */
  readonly host?: string;
  /** Milliseconds for which `host` may be out of reach. Absent: for ever. */
  readonly hostTimeout?: number;
  /** When `host` was found to be out of reach, by `now()`. */
  readonly hostLostAt?: number;
  /** Full URL of the reply. */
  readonly replyUrl?: string;
  /** Largest fragment that the server takes, once it has refused one. */
  readonly fragmentSize?: number;
}

/** What the packets of an upload have in common. */
export interface UploadConnection {
  readonly url: string;
  readonly send: UploadSend;
  /** Headers that the user has set. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Gets a challenge, 401 or 407, and returns headers that answer it, which all later packets have, too; undefined to give up. */
  readonly authorize?: (challenge: UploadResponse) => Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal;
  /** The time in milliseconds, from any origin, if it is the same after a restart. Only with BITS-Host-Id. */
  readonly now: () => number;
}

/** Options of {@link uploadFile}. */
export interface UploadFileOptions extends UploadConnection {
  /** Bytes, at least 1: the protocol has no way to send an empty file. */
  readonly size: number;
  /** Reads so many bytes from there on. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
  /** Local name of the file, without its folder, for the header Content-Name. */
  readonly name?: string;
  /** Goes on with this upload. */
  readonly session?: UploadSessionState | undefined;
  /** Gets every change of the state, and undefined when the server has lost the session. Waited for before the next packet. */
  readonly onSession?: (session: UploadSessionState | undefined) => void | Promise<void>;
  /** Gets the number of bytes that the server has. It can decrease. */
  readonly onProgress?: (received: number) => void;
  /** Makes it an upload with reply: fetches it, before the server removes it. What it throws ends the upload. */
  readonly reply?: (url: string) => Promise<void>;
  /** Bytes, from 1. Default: 13 MiB. */
  readonly fragmentSize?: number;
  /** Bytes. Default: 168,000, as Windows does it, or `fragmentSize`, if that is less. */
  readonly firstFragmentSize?: number;
}

const LARGEST_FRAGMENT = 13 * 1_048_576;
const FIRST_FRAGMENT = 168_000;
/** A client that is answered 413 halves its fragments down to this [MC-BUP 3.1]. */
const SMALLEST_FRAGMENT = 5 * 1024;
/** A server that forgets the session each time is not going to remember the next one. */
const MOST_RESTARTS = 3;
const MOST_STEPS_BACK = 10;

/**
 * Uploads a file by the BITS upload protocol, as the client of MC-BUP 3.1 does: creates a session, or pings the one given
 * and goes on where the server says; sends fragments; fetches the reply; closes. By itself it starts again when the server
 * has lost the session, follows BITS-Received-Content-Range, makes fragments smaller (413), answers a challenge once, and
 * goes back from a BITS-Host-Id that is out of reach for too long. All else rejects with UploadFailure: when that is
 * transient, call again later with the last state that `onSession` got. Rejects with the reason of `signal` when it aborts.
 *
 * Resolves with the last state of the session, `stage` 'closed', and `replyUrl` if there was a reply.
 */
export async function uploadFile(options: UploadFileOptions): Promise<UploadSessionState> {
  if (options.size === 0) {
    throw new UploadFailure({ hresult: HRESULT.invalidArgument, context: CONTEXT.localFile, transient: false });
  }
  const upload = new Upload(options, options.session);
  for (let restarts = 0; ;) {
    try {
      return await upload.run();
    } catch (error) {
      if (error instanceof HostGivenUp) continue;
      const isLost = error instanceof UploadFailure && error.hresult === HRESULT.sessionNotFound;
      if (!isLost || restarts >= MOST_RESTARTS) throw error;
      restarts += 1;
      await upload.forget();
    }
  }
}

/** Tells the server to drop an upload. It makes no difference if the server does not know it any more. */
export async function cancelUpload(connection: UploadConnection, session: UploadSessionState): Promise<void> {
  try {
    await new Packets(connection).exchange('Cancel-Session', session);
  } catch (error) {
    if (!(error instanceof UploadFailure && error.hresult === HRESULT.sessionNotFound)) throw error;
  }
}

/** The host of BITS-Host-Id was out of reach for too long: the upload goes on with the host in the URL. */
class HostGivenUp extends Error {}

class Upload {
  readonly #packets: Packets;
  #furthest = 0;
  #stuck = 0;

  constructor(
    private readonly options: UploadFileOptions,
    private session: UploadSessionState | undefined,
  ) {
    this.#packets = new Packets(options);
  }

  async forget(): Promise<void> {
    this.session = undefined;
    this.#furthest = 0;
    await this.options.onSession?.(undefined);
    this.options.onProgress?.(0);
  }

  async run(): Promise<UploadSessionState> {
    const resumed = this.session !== undefined;
    let session = this.session ?? (await this.#create());
    if (resumed || session.host !== undefined) session = await this.#ping(session);
    while (session.received < this.options.size || this.#lacksReply(session)) session = await this.#fragment(session);
    if (session.stage === 'sending') session = await this.#change(session, this.#afterSending(session));
    if (session.stage === 'reply') {
      await this.options.reply?.(session.replyUrl!);
      session = await this.#change(session, { stage: 'closing' });
    }
    await this.#request('Close-Session', session);
    return this.#change(session, { stage: 'closed' });
  }

  /** The acknowledgement of the last fragment was lost, and the URL of the reply with it. The last fragment is repeated. */
  #lacksReply({ stage, replyUrl }: UploadSessionState): boolean {
    return this.options.reply !== undefined && stage === 'sending' && replyUrl === undefined;
  }

  #afterSending({ replyUrl }: UploadSessionState): Partial<UploadSessionState> {
    return { stage: this.options.reply !== undefined && replyUrl !== undefined ? 'reply' : 'closing' };
  }

  async #create(): Promise<UploadSessionState> {
    const { headers } = await this.#packets.exchange('Create-Session', undefined, {
      headers: { 'BITS-Supported-Protocols': UPLOAD_PROTOCOL },
    });
    if (headers['bits-protocol']?.toLowerCase() !== UPLOAD_PROTOCOL) throw protocolFailure(HRESULT.protocolMismatch);
    const id = headers['bits-session-id'] ?? '';
    if (id === '') throw protocolFailure();
    const host = headers['bits-host-id'];
    const seconds = Number(headers['bits-host-id-fallback-timeout'] ?? NaN);
    return this.#change(
      { id, received: 0, stage: 'sending' },
      {
        ...(host === undefined ? {} : { host }),
        ...(Number.isFinite(seconds) ? { hostTimeout: seconds * 1000 } : {}),
      },
    );
  }

  async #ping(session: UploadSessionState): Promise<UploadSessionState> {
    const { headers, state } = await this.#request('Ping', session);
    const received = offsetIn(headers, this.options.size) ?? session.received;
    return this.#progress(state, { received });
  }

  async #fragment(session: UploadSessionState): Promise<UploadSessionState> {
    const range = this.#nextRange(session);
    const body = { offset: range.start, length: range.end - range.start, bytes: () => this.#read(range) };
    const { name } = this.options;
    const first = range.start === 0 && name !== undefined ? { 'Content-Name': name } : {};
    const headers = { ...first, 'Content-Range': formatFragmentRange(range) };
    const answer = await this.#request('Fragment', session, { headers, body });
    if (answer.status === 413) return this.#smaller(session, body.length);
    const received = offsetIn(answer.headers, this.options.size);
    if (received === undefined || this.#isStuck(received)) throw protocolFailure(undefined, answer.status);
    const replyUrl = answer.headers['bits-reply-url'];
    if (received === range.total && this.options.reply !== undefined && replyUrl === undefined) throw protocolFailure();
    const url = replyUrl === undefined ? {} : { replyUrl: resolveReplyUrl(replyUrl, this.#packets.url(session)) };
    return this.#progress(answer.state, { received, ...url });
  }

  /** 416, and 200 as well, can send a client back; a server that does so again and again is not going to get the file. */
  #isStuck(received: number): boolean {
    this.#stuck = received > this.#furthest ? 0 : this.#stuck + 1;
    this.#furthest = Math.max(this.#furthest, received);
    return this.#stuck > MOST_STEPS_BACK;
  }

  #nextRange({ received, fragmentSize }: UploadSessionState): FragmentRange {
    const { size: total, firstFragmentSize } = this.options;
    const largest = Math.min(fragmentSize ?? Infinity, this.options.fragmentSize ?? LARGEST_FRAGMENT);
    const length = received === 0 ? Math.min(firstFragmentSize ?? FIRST_FRAGMENT, largest) : largest;
    const start = received < total ? received : Math.max(0, total - length);
    return { start, end: Math.min(start + length, total), total };
  }

  async #read({ start, end }: FragmentRange): Promise<Uint8Array> {
    const bytes = await this.options.read(start, end - start);
    if (bytes.length === end - start) return bytes;
    throw new UploadFailure({ hresult: HRESULT.localFileChanged, context: CONTEXT.localFile, transient: false });
  }

  async #smaller(session: UploadSessionState, refused: number): Promise<UploadSessionState> {
    if (refused <= SMALLEST_FRAGMENT) throw refusal(413, {});
    return this.#change(session, { fragmentSize: Math.max(SMALLEST_FRAGMENT, Math.floor(refused / 2)) });
  }

  async #progress(session: UploadSessionState, news: Partial<UploadSessionState>): Promise<UploadSessionState> {
    const state = await this.#change(session, news);
    this.options.onProgress?.(state.received);
    return state;
  }

  async #change(session: UploadSessionState, news: Partial<UploadSessionState>): Promise<UploadSessionState> {
    this.session = { ...session, ...news };
    await this.options.onSession?.(this.session);
    return this.session;
  }

  /** Sends a packet of the session. Throws HostGivenUp when its host has been out of reach for too long. */
  async #request(
    type: PacketType,
    session: UploadSessionState,
    content?: PacketContent,
  ): Promise<UploadResponse & { readonly state: UploadSessionState }> {
    const { hostLostAt, ...state } = session;
    try {
      return { ...(await this.#packets.exchange(type, session, content)), state };
    } catch (error) {
      if (session.host === undefined || !isOutOfReach(error)) throw error;
      const now = this.options.now();
      const lostAt = hostLostAt ?? now;
      if (now - lostAt < (session.hostTimeout ?? Infinity)) {
        await this.#change(session, { hostLostAt: lostAt });
        throw error;
      }
      const { host: _host, hostTimeout: _hostTimeout, ...original } = state;
      await this.#change(original, {}); // where the session is hardly known: then the upload starts again there
      throw new HostGivenUp();
    }
  }
}

const isOutOfReach = (error: unknown) =>
  error instanceof UploadFailure && error.status === undefined && error.context === CONTEXT.remoteFile;

interface PacketContent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: UploadBody;
}

/** Sends packets, and makes failures of refusals. */
class Packets {
  #authorization: Readonly<Record<string, string>> = {};

  constructor(private readonly connection: UploadConnection) {}

  /** Where the packets of a session go: the job's URL, or the same at another host. */
  url(session: UploadSessionState | undefined): string {
    if (session?.host === undefined) return this.connection.url;
    const url = new URL(this.connection.url);
    url.host = session.host;
    return url.href;
  }

  /** Resolves with an acknowledgement, which may be 413 or 416 for a fragment. Everything else is a failure. */
  async exchange(type: PacketType, session?: UploadSessionState, content?: PacketContent): Promise<UploadResponse> {
    const answer = await this.#answered(type, session, content);
    const { status, headers, httpVersion = '1.1' } = answer;
    if (httpVersion !== '1.1') throw protocolFailure(HRESULT.insufficientHttpSupport, status);
    if (type === 'Fragment' && (status === 413 || status === 416)) return answer;
    if (status !== 200 && !(status === 201 && type === 'Create-Session')) throw refusal(status, headers);
    if (headers['bits-packet-type']?.toLowerCase() !== 'ack') throw protocolFailure(undefined, status);
    return answer;
  }

  async #answered(type: PacketType, session?: UploadSessionState, content?: PacketContent): Promise<UploadResponse> {
    const answer = await this.#send(type, session, content);
    if (answer.status !== 401 && answer.status !== 407) return answer;
    const authorization = this.connection.authorize?.(answer);
    if (authorization === undefined) return answer;
    this.#authorization = authorization;
    return this.#send(type, session, content);
  }

  async #send(type: PacketType, session?: UploadSessionState, content?: PacketContent): Promise<UploadResponse> {
    const { send, signal } = this.connection;
    signal?.throwIfAborted();
    const headers = {
      Accept: '*/*',
      'BITS-Packet-Type': type,
      ...(session === undefined ? {} : { 'BITS-Session-Id': session.id }),
      ...content?.headers,
      'User-Agent': 'Microsoft BITS/7.8',
      'Content-Length': String(content?.body?.length ?? 0),
      ...this.connection.headers,
      ...this.#authorization,
    };
    const body = content?.body === undefined ? {} : { body: content.body };
    try {
      return await send({ method: BITS_POST, url: this.url(session), headers, ...body }, signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof UploadFailure ? error : noAnswer(HRESULT.connectionLost, error);
    }
  }
}

/** The next byte that the server wants; undefined if it does not say. Throws UploadFailure if it cannot be. */
function offsetIn(headers: UploadResponse['headers'], size: number): number | undefined {
  const text = headers['bits-received-content-range'];
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text) || Number(text) > size) throw protocolFailure();
  return Number(text);
}

/** IIS writes the URL relative to the folder of the upload, with backslashes, and does not encode braces [MC-BUP 4.2]. */
function resolveReplyUrl(replyUrl: string, uploadUrl: string): string {
  return new URL(replyUrl.replaceAll('\\', '/'), uploadUrl).href;
}
