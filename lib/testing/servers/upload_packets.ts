import type { IncomingMessage } from 'node:http';
import { PacketError } from './packet_error';
import type { PacketAnswer } from './packet_error';
import { CONTEXT, HRESULT, UPLOAD_PROTOCOL, packetTypeOf, parseFragmentRange } from './upload_protocol';
import type { FragmentRange, PacketType } from './upload_protocol';
import { replyTo, replyUrl } from './upload_reply';
import type { ReplySettings, ReplyUrlForm, UploadedFile } from './upload_reply';
import type { UploadSession, UploadSessions } from './upload_sessions';
import { isTaken, resolveTarget, targetNames } from './upload_target';
import type { TargetRules } from './upload_target';

export interface PacketSettings extends TargetRules {
  readonly overwrite: boolean;
  /** Bytes. */
  readonly maxSize: number;
  readonly maxFragment: number;
  readonly maxSessions: number;
  readonly host: { readonly id: string; readonly fallbackTimeout?: number | undefined } | undefined;
  readonly reply: Omit<ReplySettings, 'store'> | undefined;
  readonly replyUrl: ReplyUrlForm;
  readonly onUpload: ((upload: UploadedFile) => void | Promise<void>) | undefined;
}

/** A refusal for which the server, or the file on it, is the reason. */
const refused = (status: number, hresult?: number, headers?: Record<string, string>) =>
  new PacketError({ status, hresult, context: CONTEXT.remoteFile, ...(headers === undefined ? {} : { headers }) });

const malformed = (headers?: Record<string, string>) => refused(400, HRESULT.invalidArgument, headers);
const unknownSession = () => refused(500, HRESULT.sessionNotFound);
const sizeReceived = (bytes: number) => ({ 'BITS-Received-Content-Range': String(bytes) });

interface Fragment extends FragmentRange {
  readonly body: AsyncIterable<Buffer>;
}

const LONGEST_HEADER = 4096;
const LONGEST_SESSION_ID = 100;

/**
 * The type of a packet whose head is in order. Throws PacketError otherwise [MC-BUP 2.2.1].
 */
export function checkedPacketType(request: IncomingMessage): PacketType {
  const type = packetTypeOf(header(request, 'bits-packet-type') ?? '');
  if (type === undefined || request.httpVersion !== '1.1') throw malformed();
  if (request.rawHeaders.some((text) => text.length > LONGEST_HEADER)) throw malformed();
  const { 'content-length': length } = request.headers;
  // MC-BUP asks for 411; Windows answers 400 to it.
  if (length === undefined) throw refused(411, HRESULT.invalidArgument);
  if (type !== 'Fragment' && Number(length) !== 0) throw malformed();
  return type;
}

/** The id in a packet; undefined if there is none. Throws PacketError if it cannot be one. */
export function sessionIdOf(request: IncomingMessage): string | undefined {
  const id = header(request, 'bits-session-id');
  if (id !== undefined && (id === '' || id.length > LONGEST_SESSION_ID)) throw malformed();
  return id;
}

function header(request: IncomingMessage, name: string): string | undefined {
  return request.headers[name] as string | undefined; // Node.js joins repeated ones
}

/** The server's side of the protocol: one function for each packet [MC-BUP 3.2.5]. */
export class UploadPackets {
  constructor(
    private readonly sessions: UploadSessions,
    private readonly settings: PacketSettings,
  ) {}

  /** `body` are the bytes of the request: of a fragment only, others have none. */
  async answer(type: PacketType, request: IncomingMessage, body: AsyncIterable<Buffer>): Promise<PacketAnswer> {
    switch (type) {
      case 'Create-Session':
        return this.#create(request);
      case 'Ping':
        return this.#ping(request);
      case 'Fragment':
        return this.#fragment(request, body);
      case 'Close-Session':
        return this.#end(request, 'closed');
      case 'Cancel-Session':
        return this.#end(request, 'cancelled');
    }
  }

  async #create(request: IncomingMessage): Promise<PacketAnswer> {
    const offered = (header(request, 'bits-supported-protocols') ?? '').toLowerCase().split(/[\s,]+/);
    if (!offered.includes(UPLOAD_PROTOCOL)) throw malformed();
    const names = targetNames(request.url!);
    const target = await resolveTarget(names, this.settings);
    if (!this.settings.overwrite && (await isTaken(target))) throw refused(403, HRESULT.accessDenied);
    await this.sessions.sweep();
    if (this.sessions.open.length >= this.settings.maxSessions) throw refused(503);
    const session = await this.sessions.create(names);
    const { host } = this.settings;
    const timeout = host?.fallbackTimeout;
    return accepted(session, {
      'BITS-Protocol': UPLOAD_PROTOCOL,
      'Accept-Encoding': 'identity',
      ...(host === undefined ? {} : { 'BITS-Host-Id': host.id }),
      ...(timeout === undefined ? {} : { 'BITS-Host-Id-Fallback-Timeout': String(timeout) }),
    });
  }

  async #ping(request: IncomingMessage): Promise<PacketAnswer> {
    const id = sessionIdOf(request);
    if (id === undefined) return { status: 200 };
    const session = this.#session(request, id);
    return session.exclusively(request, async () => {
      const { record } = session;
      if (record.state === 'discarded' || record.state === 'cancelled') throw unknownSession();
      // A client that has lost the acknowledgement of Close-Session pings before it repeats it.
      const received = record.state === 'closed' ? record.total! : await this.#received(session);
      await this.sessions.touch(session);
      return accepted(session, sizeReceived(received));
    });
  }

  async #fragment(request: IncomingMessage, body: AsyncIterable<Buffer>): Promise<PacketAnswer> {
    const session = this.#session(request);
    const range = parseFragmentRange(header(request, 'content-range'));
    const encoding = header(request, 'content-encoding') ?? 'identity';
    const length = Number(request.headers['content-length']);
    if (length > this.settings.maxFragment) throw refused(413);
    const isSound = range !== undefined && range.end - range.start === length && encoding.toLowerCase() === 'identity';
    if (!isSound) throw malformed();
    return session.exclusively(request, () => this.#receive(request, session, { ...range, body }));
  }

  async #receive(request: IncomingMessage, session: UploadSession, fragment: Fragment): Promise<PacketAnswer> {
    const { record } = session;
    if (record.state !== 'open') throw unknownSession();
    const { store } = this.sessions;
    const before = await store.received(record);
    if (record.total !== null && record.total !== fragment.total) throw malformed(sizeReceived(before));
    if (fragment.total > this.settings.maxSize) throw refused(500, HRESULT.tooLarge);
    if (fragment.start > before) throw refused(416, undefined, sizeReceived(before)); // the fragment in between is missing
    record.total = fragment.total;
    await this.sessions.touch(session);
    // What the server has already is not written again, even if the client says that it is other bytes.
    if (fragment.end > before) await store.append(record, before - fragment.start, fragment.body);
    const received = await store.received(record);
    const url = received === fragment.total ? await this.#replyUrl(request, session) : undefined;
    await this.sessions.touch(session);
    return accepted(session, {
      ...sizeReceived(received),
      ...(url === undefined ? {} : { 'BITS-Reply-URL': url }),
    });
  }

  async #replyUrl(request: IncomingMessage, session: UploadSession): Promise<string | undefined> {
    const { reply: settings, replyUrl: form } = this.settings;
    if (settings === undefined) return undefined;
    const { store } = this.sessions;
    const upload = uploadedFile(request, session, store.part(session.record));
    const reply = await replyTo(session, upload, { ...settings, store });
    return replyUrl(reply, session.record.id, form, request);
  }

  /** Close-Session and Cancel-Session: they differ only as long as the upload is not complete. */
  async #end(request: IncomingMessage, state: 'closed' | 'cancelled'): Promise<PacketAnswer> {
    const session = this.#session(request);
    return session.exclusively(request, async () => {
      const { record } = session;
      if (record.state === 'cancelled' && state === 'closed') throw unknownSession();
      if (record.state === 'open' || record.state === 'publishing') {
        const isComplete = record.total !== null && (await this.#received(session)) === record.total;
        if (isComplete) await this.#publish(request, session);
        // A Cancel-Session after the last fragment gives up the reply only: the file stays.
        await this.sessions.end(session, isComplete ? 'closed' : state === 'closed' ? 'discarded' : state);
      }
      return accepted(session);
    });
  }

  async #publish(request: IncomingMessage, session: UploadSession): Promise<void> {
    const target = await resolveTarget(session.record.names, this.settings);
    const result = await this.sessions.store.publish(session.record, target, this.settings.overwrite);
    if (result === 'exists') throw refused(403, HRESULT.accessDenied);
    if (result === 'missing') throw refused(404);
    await this.settings.onUpload?.(uploadedFile(request, session, target));
  }

  /** While it is being published a file may have lost its temporary name already. */
  async #received({ record }: UploadSession): Promise<number> {
    return record.state === 'publishing' ? record.total! : this.sessions.store.received(record);
  }

  #session(request: IncomingMessage, id = sessionIdOf(request)): UploadSession {
    if (id === undefined) throw malformed();
    const session = this.sessions.find(id);
    // An id is good for the upload that it was made for, not for other places.
    const isSame = session?.record.names.join('/') === targetNames(request.url!).join('/');
    if (session === undefined || !isSame) throw unknownSession();
    return session;
  }
}

function accepted({ record }: UploadSession, headers: Record<string, string> = {}): PacketAnswer {
  return { status: 200, headers: { 'BITS-Session-Id': `{${record.id}}`, ...headers } };
}

function uploadedFile(request: IncomingMessage, { record }: UploadSession, file: string): UploadedFile {
  const path = `/${record.names.join('/')}`;
  return { path, url: request.url!, file, size: record.total!, headers: request.headers };
}
