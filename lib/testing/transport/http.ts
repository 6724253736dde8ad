import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { CODES } from '../../errors/codes';
import { chunksOf, contentOf } from '../computer/content';
import type { Content } from '../computer/simulated_disk';
import { BitsSimulationError } from '../simulation_error';
import { certificateError } from './scripted_server';
import type { CertificateProblem } from './server_settings';
import { TransferFailure } from './transport';
import type { TransferRequest, TransferResponse } from './transport';

/** Real requests, to servers on this computer only: a test never reaches the Internet. */

/** Milliseconds of real time without any byte after which a real server is taken for hung. */
const SILENCE = 30_000;

/** Lets virtual time stand still while real work is done. */
export type During = <T>(work: Promise<T>) => Promise<T>;

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(hostname) || hostname === '[::1]';

/** Sends a request to a server on this computer. */
export async function requestHttp(
  request: TransferRequest,
  signal: AbortSignal,
  during: During,
): Promise<TransferResponse> {
  refuseSimulatedSchemes(request);
  const response = await during(answerTo(request, signal));
  const { statusCode = 0, rawHeaders } = response;
  const headers = Array.from(
    { length: rawHeaders.length / 2 },
    (_, i) => [rawHeaders[2 * i]!, rawHeaders[2 * i + 1]!] as const,
  );
  const certificate = certificateOf(response);
  return { status: statusCode, headers, body: bodyOf(response, during), ...(certificate && { certificate }) };
}

/** What credentials.ts sends for these is understood by scripted servers alone. */
function refuseSimulatedSchemes({ headers, url }: TransferRequest): void {
  const scheme = headers
    .filter(([name]) => /^(?:proxy-)?authorization$/i.test(name))
    .map(([, value]) => /^(?:NTLM|Negotiate|Digest|Passport1\.4)(?= )/i.exec(value)?.[0])
    .find((name) => name !== undefined);
  if (scheme !== undefined)
    throw new BitsSimulationError(`${scheme} is simulated with scripted servers only, not with ${url}`);
}

function answerTo(
  { method, url, headers, body, securityFlags = 0 }: TransferRequest,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { request: send } = url.startsWith('https:') ? https : http;
    const all = withLength(headers, body?.size);
    const options = {
      method,
      headers: { ...grouped(all), Connection: 'close' },
      signal,
      rejectUnauthorized: false,
      agent: false,
    };
    const request = send(url, options);
    request.setTimeout(SILENCE, () => request.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })));
    request.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : failureOf(error)));
    request.on('response', (response) => {
      const hresult = certificateFailure(response, securityFlags);
      if (hresult === null) resolve(response);
      else {
        response.destroy();
        reject(new TransferFailure(hresult, `the certificate of ${url} is not valid`));
      }
    });
    for (const chunk of body === undefined ? [] : chunksOf(body)) request.write(chunk);
    request.end();
  });
}

/** Without a length, Node.js sends a body in chunks. */
function withLength(headers: TransferRequest['headers'], size: number | undefined): TransferRequest['headers'] {
  const isThere = headers.some(([name]) => name.toLowerCase() === 'content-length');
  return size === undefined || isThere ? headers : [...headers, ['Content-Length', String(size)]];
}

/** Headers of the same name are sent one behind the other. */
function grouped(headers: TransferRequest['headers']): Record<string, string | string[]> {
  const byName: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    const before = byName[name];
    byName[name] = before === undefined ? value : [before, value].flat();
  }
  return byName;
}

/** HRESULTs of Node.js' connection errors. */
const FAILURES: Readonly<Record<string, number>> = {
  ECONNREFUSED: CODES.ERROR_WINHTTP_CANNOT_CONNECT.hresult,
  EHOSTUNREACH: CODES.ERROR_WINHTTP_CANNOT_CONNECT.hresult,
  ENOTFOUND: CODES.ERROR_WINHTTP_NAME_NOT_RESOLVED.hresult,
  ETIMEDOUT: CODES.ERROR_WINHTTP_TIMEOUT.hresult,
  EPROTO: CODES.ERROR_WINHTTP_SECURE_CHANNEL_ERROR.hresult,
};

function failureOf(error: Error): TransferFailure {
  const code = String((error as NodeJS.ErrnoException).code);
  // llhttp's codes: the answer could not be parsed.
  const other = code.startsWith('HPE_')
    ? CODES.ERROR_WINHTTP_INVALID_SERVER_RESPONSE
    : CODES.ERROR_WINHTTP_CONNECTION_ERROR;
  return new TransferFailure(FAILURES[code] ?? other.hresult, error.message);
}

const isSecure = (socket: unknown): socket is TLSSocket => (socket as TLSSocket).encrypted;

function certificateFailure({ socket }: http.IncomingMessage, flags: number): number | null {
  if (!isSecure(socket) || socket.authorized) return null;
  const code = String(socket.authorizationError);
  const problems: readonly (readonly [RegExp, CertificateProblem])[] = [
    [/ALTNAME/, 'name'],
    [/EXPIRED|NOT_YET_VALID/, 'date'],
    [/PURPOSE/, 'usage'],
  ];
  return certificateError(problems.find(([pattern]) => pattern.test(code))?.[1] ?? 'authority', flags);
}

function certificateOf({ socket }: http.IncomingMessage): Uint8Array | undefined {
  return isSecure(socket) ? socket.getPeerCertificate().raw : undefined;
}

/** The body as it comes. Whoever stops reading ends the connection. */
function bodyOf(response: http.IncomingMessage, during: During): AsyncIterable<Content> {
  const chunks = (response as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<Content, undefined>> => {
    try {
      const next = (await chunks.next()) as IteratorResult<Uint8Array, undefined>;
      return next.done === true ? next : { done: false, value: contentOf(next.value) };
    } catch (error) {
      throw failureOf(error as Error);
    }
  };
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => during(next()),
      return: () => {
        response.destroy();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}
