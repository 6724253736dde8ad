import { CODES } from '../../errors/codes';
import { contentOf, patternContent, sliceOf } from '../computer/content';
import type { Content } from '../computer/simulated_disk';
import type { ScriptedServerState } from '../computer/state';
import { applyChanges, certificateError, nextStep, progressOf, settingsOf, stepHappened } from './scripted_server';
import type { ServerAuth, StoredSettings, StoredStep } from './server_settings';
import { REPLY_QUERY, scriptedUpload, uploadedContent } from './scripted_upload';
import { BITS_POST } from '../servers/upload_protocol';
import { BitsSimulationError } from '../simulation_error';
import { TransferFailure } from './transport';
import type { TransferRequest, TransferResponse } from './transport';

/** Answers of scripted servers. */

type Header = readonly [name: string, value: string];

/** The server that a URL belongs to: the one of that URL, or else the longest that ends in '*' and fits. */
export function serverOf(servers: readonly ScriptedServerState[], url: string): ScriptedServerState | undefined {
  const exact = [...servers].reverse().find((server) => sameUrl(server.url, url));
  const fits = ({ url: pattern }: ScriptedServerState) => pattern.endsWith('*') && url.startsWith(pattern.slice(0, -1));
  return exact ?? servers.filter(fits).sort((a, b) => b.url.length - a.url.length)[0];
}

const sameUrl = (a: string, b: string): boolean => plain(a) === plain(b);

/** As a request has it: without a fragment, and without the mark of a reply, which the server itself adds. */
function plain(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  parsed.hash = '';
  if (parsed.search.startsWith(REPLY_QUERY)) parsed.search = '';
  return parsed.href;
}

/** Requests to scripted servers. Rejects with a TransferFailure where the connection fails. */
export async function requestScripted(
  server: ScriptedServerState,
  request: TransferRequest,
  signal: AbortSignal,
): Promise<TransferResponse> {
  progressOf(server).requests++;
  connect(settingsOf(server), request);
  applyChanges(server);
  const settings = settingsOf(server);
  const common = { delay: settings.latency, certificate: certificateOf(settings) };
  const due = nextStep(server);
  const happens = due?.in === 0 ? due.step : undefined;
  if (happens?.then === 'loseAnswer') answerOf(server, settings, request, signal);
  if (happens !== undefined) {
    const answer = await happen(server, happens, signal);
    return { ...answer, ...common };
  }
  return { ...answerOf(server, settings, request, signal), ...common };
}

const certificateOf = ({ certificate }: StoredSettings): Uint8Array | undefined =>
  certificate === undefined ? undefined : Buffer.from(certificate, 'base64');

function connect(settings: StoredSettings, { url, securityFlags = 0, clientCertificate }: TransferRequest): void {
  if (!url.startsWith('https:')) return;
  const problem = settings.certificateProblem;
  const hresult = problem === undefined ? null : certificateError(problem, securityFlags);
  if (hresult !== null) throw new TransferFailure(hresult, `the certificate of ${url} is not valid`);
  if (settings.clientCertificate === true && clientCertificate !== true)
    throw new TransferFailure(CODES.ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED.hresult, `${url} asks for a certificate`);
}

const BROKEN = CODES.ERROR_WINHTTP_CONNECTION_ERROR.hresult;

/** A step of the script that happens before the answer. */
async function happen(
  server: ScriptedServerState,
  { then }: StoredStep,
  signal: AbortSignal,
): Promise<TransferResponse> {
  stepHappened(server);
  if (then === 'stall') return silence(signal);
  if (typeof then === 'string') throw new TransferFailure(BROKEN, 'the connection broke');
  if ('hresult' in then) throw new TransferFailure(then.hresult, 'the request failed');
  if ('status' in then) return empty(then.status, retryHeaders(then.retryAfter));
  throw new BitsSimulationError(`a scripted server cannot do this: ${Object.keys(then).join(', ')}`);
}

/** Nothing comes until the client gives up. */
const silence = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const give = () => reject(signal.reason as Error);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });

const retryHeaders = (seconds: number | undefined): Header[] =>
  seconds === undefined ? [] : [['Retry-After', String(seconds)]];

function empty(status: number, headers: readonly Header[]): TransferResponse {
  return { status, headers: [...headers, ['Content-Length', '0']], body: parts([]) };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a body is an async iterable
async function* parts(contents: readonly Content[]): AsyncGenerator<Content> {
  yield* contents;
}

function answerOf(
  server: ScriptedServerState,
  settings: StoredSettings,
  request: TransferRequest,
  signal: AbortSignal,
): TransferResponse {
  const refusal = challengeOf(settings, request) ?? otherStatusOf(settings);
  if (refusal !== null) return refusal;
  if (settings.upload === true && request.method === BITS_POST) return scriptedUpload(server, settings, request);
  const methods = [...(settings.head === false ? [] : ['HEAD']), 'GET', ...(settings.methods ?? [])];
  if (!methods.includes(request.method)) return empty(405, [['Allow', methods.join(', ')]]);
  return fileAnswer(server, settings, request, signal);
}

/** An answer without the file, whoever asks; null: there is the file. */
function otherStatusOf({ redirect, status, retryAfter, headers = {} }: StoredSettings): TransferResponse | null {
  const further = Object.entries(headers);
  if (redirect !== undefined) return empty(status ?? 302, [['Location', redirect], ...further]);
  if (status === undefined || status === 200) return null;
  return empty(status, [...retryHeaders(retryAfter), ...further]);
}

const SCHEME_NAMES = {
  basic: 'Basic',
  digest: 'Digest',
  ntlm: 'NTLM',
  negotiate: 'Negotiate',
  passport: 'Passport1.4',
} as const;

/** A challenge; null: the server has none, or the request carries what lets it in. */
function challengeOf({ auth }: StoredSettings, request: TransferRequest): TransferResponse | null {
  if (auth === undefined || isLetIn(auth, request)) return null;
  const realm = auth.scheme === 'basic' || auth.scheme === 'digest' ? ' realm="simulated"' : '';
  const challenge = `${SCHEME_NAMES[auth.scheme]}${realm}`;
  return auth.proxy === true
    ? empty(407, [['Proxy-Authenticate', challenge]])
    : empty(401, [['WWW-Authenticate', challenge]]);
}

function isLetIn({ scheme, userName, password, proxy }: ServerAuth, { headers }: TransferRequest): boolean {
  const name = proxy === true ? 'proxy-authorization' : 'authorization';
  const value = headers.find(([other]) => other.toLowerCase() === name)?.[1] ?? '';
  const [sentScheme = '', token = ''] = value.split(' ');
  const wanted = password === undefined ? userName : `${userName}:${password}`;
  const isSame = Buffer.from(token, 'base64').toString() === wanted;
  return isSame && sentScheme.toLowerCase() === SCHEME_NAMES[scheme].toLowerCase();
}

const isReply = ({ url }: TransferRequest): boolean => new URL(url).search.startsWith(REPLY_QUERY);

/** The file of a server; null: nobody has uploaded it yet. */
function fileOf(server: ScriptedServerState, settings: StoredSettings): Content | null {
  return settings.upload === true ? uploadedContent(server) : contentOfServer(settings);
}

function contentOfServer({ body, bytes, size, seed = 0 }: StoredSettings): Content {
  if (bytes !== undefined) return contentOf(Buffer.from(bytes, 'base64'));
  return size === undefined ? contentOf(body ?? '') : patternContent(size, seed);
}

const MODIFIED = 'Thu, 01 Jan 2026 00:00:00 GMT';

function factsOf(
  { etag, modified = MODIFIED, ranges = true, headers = {}, ...settings }: StoredSettings,
  size: number,
): Header[] {
  const tag = etag === undefined ? `"${size.toString(16)}-${(settings.seed ?? 0).toString(16)}"` : etag;
  return [
    ...(modified === null ? [] : [['Last-Modified', modified] as const]),
    ...(tag === null ? [] : [['ETag', tag] as const]),
    ...(ranges ? [['Accept-Ranges', 'bytes'] as const] : []),
    ...Object.entries(headers),
  ];
}

/** The range that a request asks for; undefined: the whole file; null: one that does not exist. */
function rangeOf(request: TransferRequest, size: number): { start: number; end: number } | null | undefined {
  const value = request.headers.find(([name]) => name.toLowerCase() === 'range')?.[1] ?? '';
  const match = /^bytes=(\d+)-(\d*)$/.exec(value);
  if (match === null) return undefined;
  const [start, last] = [Number(match[1]), match[2] === '' ? size - 1 : Number(match[2])];
  return start >= size ? null : { start, end: Math.min(last + 1, size) };
}

function fileAnswer(
  server: ScriptedServerState,
  settings: StoredSettings,
  request: TransferRequest,
  signal: AbortSignal,
): TransferResponse {
  const content = isReply(request) ? contentOf(settings.reply ?? '') : fileOf(server, settings);
  if (content === null) return empty(404, []);
  const { size } = content;
  const headers = factsOf(settings, size);
  const lengthOf = (bytes: number): Header =>
    settings.length === false ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(bytes)];
  if (request.method === 'HEAD') return { status: 200, headers: [...headers, lengthOf(size)], body: parts([]) };
  const range = settings.ranges === false ? undefined : rangeOf(request, size);
  if (range === null) return empty(416, [...headers, ['Content-Range', `bytes */${size}`]]);
  const { start, end } = range ?? { start: 0, end: size };
  const span: Header[] = range === undefined ? [] : [['Content-Range', `bytes ${start}-${end - 1}/${size}`]];
  const state = { at: start };
  return {
    status: range === undefined ? 200 : 206,
    headers: [...headers, ...span, lengthOf(end - start)],
    body: scriptedBody(server, sliceOf(content, start, end - start), signal),
    received: (bytes) => {
      count(server, state.at, bytes);
      state.at += bytes;
    },
  };
}

function count(server: ScriptedServerState, offset: number, length: number): void {
  const progress = progressOf(server);
  progress.sent += length;
  progress.since += length;
  const apart = (span: { offset: number; length: number }) =>
    span.offset + span.length < offset || span.offset > offset + length;
  const touching = progress.spans.filter((span) => !apart(span));
  const start = Math.min(offset, ...touching.map((span) => span.offset));
  const end = Math.max(offset + length, ...touching.map((span) => span.offset + span.length));
  progress.spans = [...progress.spans.filter(apart), { offset: start, length: end - start }];
  progress.spans.sort((a, b) => a.offset - b.offset);
}

/** A body in parts: one up to each event of the script. */
async function* scriptedBody(
  server: ScriptedServerState,
  content: Content,
  signal: AbortSignal,
): AsyncGenerator<Content> {
  for (let at = 0; at < content.size;) {
    applyChanges(server);
    const due = nextStep(server);
    // A status, or a failure of the next request, does not touch an answer that is on its way.
    const cuts = due !== undefined && typeof due.step.then === 'string';
    if (cuts && due.in === 0) {
      stepHappened(server);
      if (due.step.then === 'stall') await silence(signal);
      if (due.step.then === 'close') return;
      throw new TransferFailure(BROKEN, 'the connection broke');
    }
    const isChange = due !== undefined && typeof due.step.then !== 'string' && 'change' in due.step.then;
    const length = cuts || isChange ? Math.min(content.size - at, due.in) : content.size - at;
    yield sliceOf(content, at, length);
    at += length;
  }
}
