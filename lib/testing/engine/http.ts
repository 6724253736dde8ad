import { AUTH_TARGET } from '../../contract/enums';
import { CODES } from '../../errors/codes';
import type { Content } from '../computer/simulated_disk';
import type { FileState } from '../computer/state';
import { TransferFailure } from '../transport/transport';
import type { TransferRequest, TransferResponse } from '../transport/transport';
import { checkCertificate } from './certificates';
import { authorization, credentialFor, offeredSchemes } from './credentials';
import { httpError, remoteFailure, statusFailure } from './failures';
import { usesProxy } from './proxies';
import type { Run } from './run';

/*
 * Requests as BITS sends them: with the job's headers, its credentials when they are asked for, and redirects as its
 * security flags allow ("HTTP Requirements for BITS Downloads", "Authentication", SetSecurityFlags, SetCustomHeaders).
 */

export type Header = readonly [name: string, value: string];

export interface Question {
  readonly method: string;
  readonly url: string;
  readonly headers?: readonly Header[];
  readonly body?: Content;
  /** Redirect policies are for downloads only (SetSecurityFlags). */
  readonly followsRedirects: boolean;
}

export interface Answer extends TransferResponse {
  /** After redirects. */
  readonly url: string;
}

/** The value of a header; null: absent. Values of several headers of that name are joined. */
export function header({ headers }: Pick<TransferResponse, 'headers'>, name: string): string | null {
  const values = headers.filter(([other]) => other.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  return values.length === 0 ? null : values.join(', ');
}

/** A header that is a number of bytes; null: absent or none. */
export function lengthHeader(answer: Pick<TransferResponse, 'headers'>, name = 'content-length'): number | null {
  const text = header(answer, name)?.trim() ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** The job's own headers: lines that end in CRLF (SetCustomHeaders). */
export function customHeaders(text: string | null): Header[] {
  return (text ?? '').split('\r\n').flatMap((line) => {
    const colon = line.indexOf(':');
    return colon <= 0 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const];
  });
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS: its default. */
const MOST_REDIRECTS = 10;
/** BG_HTTP_REDIRECT_POLICY_…: the mask covers the policies but not the permission to leave https. */
const POLICY = { mask: 0x700, report: 0x100, disallow: 0x200, httpsToHttp: 0x800 };

/** Sends a request and waits for the answer, whatever its status, but for redirects and challenges that it can meet. */
export async function ask(run: Run, file: FileState, question: Question): Promise<Answer> {
  let { url } = question;
  for (let redirects = 0; ; redirects++) {
    const answer = await askOnce(run, file, { ...question, url });
    if (!question.followsRedirects || !REDIRECTS.includes(answer.status)) return answer;
    if (redirects >= MOST_REDIRECTS) throw remoteFailure(file, CODES.ERROR_WINHTTP_REDIRECT_FAILED.hresult);
    url = redirected(run, file, answer);
  }
}

/** Where a redirect leads. Throws a JobFailure where the job does not go. */
function redirected(run: Run, file: FileState, { status, url, ...rest }: Answer): string {
  const flags = run.job.securityFlags;
  const location = header(rest, 'location');
  const target = location === null || !URL.canParse(location, url) ? null : new URL(location, url);
  if (target === null) throw remoteFailure(file, CODES.BG_E_INVALID_SERVER_RESPONSE.hresult);
  const policy = flags & POLICY.mask;
  if (policy === POLICY.disallow) {
    // The job fails, and the remote name says where the file is.
    rename(file, target.href);
    throw remoteFailure(file, httpError(status));
  }
  const toHttp = url.startsWith('https:') && target.protocol === 'http:' && (flags & POLICY.httpsToHttp) === 0;
  // "BITS does not support redirection from HTTP or HTTPS to SMB."
  if (toHttp || !/^https?:$/.test(target.protocol))
    throw remoteFailure(file, CODES.ERROR_WINHTTP_REDIRECT_FAILED.hresult);
  if (policy === POLICY.report) rename(file, target.href);
  return target.href;
}

/** BITS itself changes the remote name: unlike SetRemoteName it is saved at once. */
function rename(file: FileState, remoteName: string): void {
  file.remoteName = remoteName;
  file.savedRemoteName = remoteName;
}

/** Sends a request, and again with credentials when it is challenged and the job has some. */
async function askOnce(run: Run, file: FileState, question: Question): Promise<Answer> {
  const { computer, job } = run;
  const { origin, username, password } = new URL(question.url);
  const inUrl = username === '' ? [] : [{ target: AUTH_TARGET.values.server, scheme: 1, ...named(username, password) }];
  const owner = { ...job, credentials: [...job.credentials, ...inUrl] };
  const tried = new Set<string>();
  for (;;) {
    const answer = await send(run, question);
    await checkCertificate(run, file, new URL(question.url), answer.certificate);
    const target = answer.status === 401 ? 'server' : answer.status === 407 ? 'proxy' : null;
    if (target === null || tried.has(target)) return answer;
    tried.add(target);
    const challenges = header(answer, target === 'server' ? 'www-authenticate' : 'proxy-authenticate');
    const credential = credentialFor(owner, target, offeredSchemes(challenges === null ? [] : [challenges]));
    if (credential === null) return answer;
    run.accepted.set(target === 'server' ? origin : 'proxy', authorization(computer, job, credential));
  }
}

const named = (userName: string, password: string) => ({
  userName: decodeURIComponent(userName),
  password: decodeURIComponent(password),
});

/** Sends a request once, and waits for the head of the answer. */
async function send(run: Run, { method, url, headers = [], body }: Question): Promise<Answer> {
  const { computer, job } = run;
  const { network } = computer.state;
  const target = new URL(url);
  await run.pause(Math.max(1, network.latency));
  if (!network.dns && !isAddress(target.hostname))
    throw new TransferFailure(CODES.ERROR_WINHTTP_NAME_NOT_RESOLVED.hresult, `no such name: ${target.hostname}`);
  const byProxy = usesProxy(job);
  if (byProxy && network.proxyStatus !== null && !run.accepted.has('proxy'))
    return proxyAnswer(network.proxyStatus, url);
  const request: TransferRequest = {
    method,
    url: withoutNames(target),
    headers: headersOf(run, target.origin, headers),
    body,
    securityFlags: job.securityFlags,
    clientCertificate: job.clientCertificate !== null,
  };
  const answer = await run.answered(computer.transport.request(request, run.signal));
  if (answer.delay !== undefined) await run.pause(answer.delay);
  return { ...answer, url };
}

/** BITS sends names as HTTP has them; the names and passwords of a URL are credentials. */
function withoutNames(target: URL): string {
  const plain = new URL(target);
  plain.username = '';
  plain.password = '';
  plain.hash = '';
  return plain.href;
}

const isAddress = (host: string): boolean => host === 'localhost' || /^[\d.]+$/.test(host) || host.startsWith('[');

/** What BITS sends with each request; the job's own headers come last. A later one replaces those of the same name. */
function headersOf(run: Run, origin: string, headers: readonly Header[]): Header[] {
  const own = customHeaders(run.job.customHeaders);
  const server = run.accepted.get(origin);
  const proxy = run.accepted.get('proxy');
  const usual: Header[] = [
    ['Accept', '*/*'],
    ['Accept-Encoding', 'identity'],
    ['User-Agent', 'Microsoft BITS/7.8'],
    ...(server === undefined ? [] : [['Authorization', server] as const]),
    ...(proxy === undefined ? [] : [['Proxy-Authorization', proxy] as const]),
  ];
  const replaces = (by: readonly Header[], name: string) =>
    by.some(([other]) => other.toLowerCase() === name.toLowerCase());
  return [
    ...usual.filter(([name]) => !replaces(headers, name) && !replaces(own, name)),
    ...headers.filter(([name]) => !replaces(own, name)),
    ...own,
  ];
}

/** A proxy that answers by itself. One that asks for credentials takes any of these schemes. */
function proxyAnswer(status: number, url: string): Answer {
  const headers: Header[] = status === 407 ? [['Proxy-Authenticate', 'Negotiate, NTLM, Digest, Basic']] : [];
  return { status, headers: [...headers, ['Content-Length', '0']], body: nothing(), url };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a body is an async iterable
async function* nothing(): AsyncGenerator<Content> {
  yield* [];
}

/** Requires success. Throws the status as the job's error. */
export function requireStatus(file: FileState, { status }: Answer, allowed: readonly number[]): void {
  if (!allowed.includes(status)) throw statusFailure(file, status);
}

/** The head of an answer as BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS has it: raw lines. */
export function rawHead({ status, headers }: TransferResponse): string {
  return [`HTTP/1.1 ${status}`, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
}
