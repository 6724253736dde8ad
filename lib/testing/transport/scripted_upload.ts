import { contentFrom, contentOf, joined, stateOf } from '../computer/content';
import type { ContentState } from '../computer/content';
import type { Content } from '../computer/simulated_disk';
import type { ScriptedServerState } from '../computer/state';
import { formatHresult, HRESULT, packetTypeOf, parseFragmentRange, UPLOAD_PROTOCOL } from '../servers/upload_protocol';
import { progressOf } from './scripted_server';
import type { StoredSettings } from './server_settings';
import type { TransferRequest, TransferResponse } from './transport';

/*
 * The BITS upload protocol of a scripted server, in memory and as plain data. It is as strict as the client needs;
 * servers/upload_server.ts is the complete one.
 */

/** How the URL of a reply differs from that of the upload. */
export const REPLY_QUERY = '?bits-reply=';

interface Session {
  received: number;
  total: number | null;
  content: ContentState;
}

interface Uploads {
  created: number;
  /** By session id. Those that have ended are null: their packets are acknowledged again. */
  sessions: Record<string, Session | null>;
  /** The last upload that was published. */
  file: ContentState | null;
}

function uploadsOf(server: ScriptedServerState): Uploads {
  const mutable = server as unknown as { uploads?: Uploads };
  mutable.uploads ??= { created: 0, sessions: {}, file: null };
  return mutable.uploads;
}

/** What was uploaded last; null: nothing yet. */
export function uploadedContent(server: ScriptedServerState): Content | null {
  const { file } = uploadsOf(server);
  return file === null ? null : contentFrom(file);
}

function valueOf({ headers }: TransferRequest, name: string): string {
  return headers.find(([other]) => other.toLowerCase() === name)?.[1] ?? '';
}

type Headers = Readonly<Record<string, string>>;

function answer(status: number, headers: Headers): TransferResponse {
  const all = { 'BITS-Packet-Type': 'Ack', ...headers, 'Content-Length': '0' };
  return { status, headers: Object.entries(all), body: (async function* () {})() };
}

const refuse = (status: number, hresult: number): TransferResponse =>
  answer(status, { 'BITS-Error-Code': formatHresult(hresult), 'BITS-Error-Context': '0x5' });

/** Answers a packet of the protocol. */
export function scriptedUpload(
  server: ScriptedServerState,
  settings: StoredSettings,
  request: TransferRequest,
): TransferResponse {
  const uploads = uploadsOf(server);
  const type = packetTypeOf(valueOf(request, 'bits-packet-type'));
  if (type === 'Create-Session') return create(uploads);
  const id = valueOf(request, 'bits-session-id');
  const session = uploads.sessions[id];
  if (session === undefined) return refuse(500, HRESULT.sessionNotFound);
  const named = { 'BITS-Session-Id': id };
  if (session === null) return answer(200, named);
  switch (type) {
    case 'Ping':
      return answer(200, { ...named, 'BITS-Received-Content-Range': String(session.received) });
    case 'Fragment':
      return fragment(server, session, request, named, settings);
    case 'Close-Session':
      if (session.received === session.total) uploads.file = session.content;
      break;
    case 'Cancel-Session':
      break;
    default:
      return refuse(400, HRESULT.invalidArgument);
  }
  uploads.sessions[id] = null;
  return answer(200, named);
}

function create(uploads: Uploads): TransferResponse {
  const id = `{00000000-0000-0000-0000-${String(++uploads.created).padStart(12, '0')}}`;
  uploads.sessions[id] = { received: 0, total: null, content: { zeros: 0 } };
  return answer(200, { 'BITS-Session-Id': id, 'BITS-Protocol': UPLOAD_PROTOCOL, 'Accept-Encoding': 'identity' });
}

function fragment(
  server: ScriptedServerState,
  session: Session,
  request: TransferRequest,
  named: Headers,
  { reply }: StoredSettings,
): TransferResponse {
  const range = parseFragmentRange(valueOf(request, 'content-range'));
  const body = request.body ?? contentOf('');
  if (range === undefined || range.end - range.start !== body.size || (session.total ?? range.total) !== range.total)
    return refuse(400, HRESULT.invalidArgument);
  const wanted = () => ({ ...named, 'BITS-Received-Content-Range': String(session.received) });
  if (range.start > session.received) return answer(416, wanted());
  session.total = range.total;
  const fresh = range.end - session.received;
  if (fresh > 0) {
    const tail = stateOf(body, body.size - fresh, fresh);
    session.content = stateOf(joined([contentFrom(session.content), contentFrom(tail)]));
    session.received = range.end;
    const progress = progressOf(server);
    progress.sent += body.size;
    progress.since += body.size;
  }
  const isLast = session.received === session.total && reply !== undefined;
  const url = isLast ? { 'BITS-Reply-URL': `${REPLY_QUERY}${encodeURIComponent(named['BITS-Session-Id'] ?? '')}` } : {};
  return answer(200, { ...wanted(), ...url });
}
