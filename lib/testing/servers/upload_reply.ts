import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Clock } from '../../host';
import { onAbort } from '../../util/on_abort';
import { PacketError } from './packet_error';
import { CONTEXT, HRESULT } from './upload_protocol';
import type { UploadSession } from './upload_sessions';
import type { StoredReply, UploadStore } from './upload_store';
import { rawPathOf } from './url_path';

/** A file that has been uploaded, or is about to be published. */
export interface UploadedFile {
  /** Path of the upload: `/folder/name.ext`, decoded. */
  readonly path: string;
  /** The target of the request, with its query. */
  readonly url: string;
  /** Where the bytes are now: as long as the application works on its reply, under a temporary name. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Headers of the packet: the last fragment, or Close-Session. */
  readonly headers: IncomingHttpHeaders;
}

/**
 * What a server application answers to an upload: the reply itself, a file that holds it, a URL where it is to be fetched
 * (absolute, or relative to the folder of the upload's URL), a refusal, or nothing.
 */
export type UploadReply =
  | string
  | Uint8Array
  | { readonly file: string }
  | { readonly url: string }
  | { readonly status: number; readonly hresult?: number }
  | undefined;

/** A server application: gets each complete upload, and may get the same one twice. */
export type ReplyFunction = (upload: UploadedFile) => UploadReply | Promise<UploadReply>;

/** How the URL of a reply is written. All of them occur: IIS sends it relative, with backslashes [MC-BUP 4.2]. */
export type ReplyUrlForm = 'absolute' | 'relative' | 'backslashes';

const LONGEST_URL = 2200;

const refused = (status: number, hresult?: number) =>
  new PacketError({ status, hresult, context: CONTEXT.remoteApplication });

export interface ReplySettings {
  readonly reply: ReplyFunction;
  /** Milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
  /** Aborts when the server closes: nobody waits for the application any more. */
  readonly signal: AbortSignal;
  readonly store: UploadStore;
}

/**
 * The reply to a complete upload. The application is asked once; when it is slower than the client waits, the packet is
 * refused with 408, the client repeats it, and gets what the application has said meanwhile.
 */
export async function replyTo(
  session: UploadSession,
  upload: UploadedFile,
  settings: ReplySettings,
): Promise<StoredReply> {
  if (session.record.reply !== undefined) return session.record.reply;
  session.replying ??= ask(session, upload, settings).finally(() => {
    session.replying = undefined;
  });
  session.replying.catch(() => undefined); // the time-out may be first
  return withinTime(session.replying, settings);
}

async function ask({ record }: UploadSession, upload: UploadedFile, { reply, store }: ReplySettings) {
  let answer: UploadReply;
  try {
    answer = await reply(upload);
  } catch {
    throw refused(500);
  }
  const stored = await storedReply(answer, (body) => store.writeReply(record, body));
  record.reply = stored;
  return stored;
}

async function storedReply(
  answer: UploadReply,
  write: (body: string | Uint8Array) => Promise<string>,
): Promise<StoredReply> {
  if (answer === undefined) return { kind: 'none' };
  if (typeof answer === 'string' || answer instanceof Uint8Array) return { kind: 'file', file: await write(answer) };
  if ('status' in answer) throw refused(answer.status, answer.hresult);
  if ('file' in answer) return { kind: 'file', file: answer.file };
  if (answer.url.length > LONGEST_URL) throw refused(400, HRESULT.invalidArgument);
  return { kind: 'url', url: answer.url };
}

function withinTime<T>(work: Promise<T>, { clock, timeout, signal }: ReplySettings): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(timeout, () => reject(refused(408, HRESULT.noAnswerInTime)));
    const release = onAbort(signal, () => reject(refused(503)));
    work.then(resolve, reject);
    const done = () => {
      timer.cancel();
      release();
    };
    work.then(done, done);
    onAbort(signal, done);
  });
}

/** The URL of a reply, for BITS-Reply-URL. `request` is a packet of the upload. */
export function replyUrl(reply: StoredReply, id: string, form: ReplyUrlForm, request: IncomingMessage) {
  if (reply.kind === 'none') return undefined;
  if (reply.kind === 'url') return reply.url;
  if (form === 'backslashes') return `BITS-Sessions\\Replies\\{${id}}\\reply`;
  const relative = `BITS-Sessions/Replies/${id}/reply`;
  if (form === 'relative') return relative;
  // Express removes the path where the handler is mounted from `url`.
  const { originalUrl = request.url! } = request as IncomingMessage & { originalUrl?: string };
  const scheme = 'encrypted' in request.socket && request.socket.encrypted === true ? 'https' : 'http';
  const folder = (rawPathOf(originalUrl) ?? '/').replace(/[^/]*$/, '');
  return `${scheme}://${request.headers.host ?? ''}${folder}${relative}`;
}

/** The session whose reply a GET asks for; undefined if it asks for something else. */
export function replyIdOf(url: string): string | undefined {
  const path = rawPathOf(url) ?? '';
  return /\/BITS-Sessions\/Replies\/(?:%7B|\{)?([0-9a-f-]{36})(?:%7D|\})?\/reply$/i.exec(path)?.[1];
}
