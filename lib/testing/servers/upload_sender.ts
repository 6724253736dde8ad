import http from 'node:http';
import https from 'node:https';
import type { UploadResponse, UploadSend } from './upload_client';
import { UploadFailure, noAnswer } from './upload_failure';
import { HRESULT } from './upload_protocol';

export interface HttpSenderOptions {
  /** Milliseconds without any progress after which a server counts as lost. Default: 5 minutes, as BITS does it. */
  readonly timeout?: number;
  /** Certificates in PEM that are trusted besides those of Node.js. */
  readonly ca?: string | Buffer;
}

/** Codes of Node.js as WinHTTP would report them. */
const TRANSPORT_CODES: Readonly<Record<string, number>> = {
  ECONNREFUSED: HRESULT.cannotConnect,
  EHOSTUNREACH: HRESULT.cannotConnect,
  ENETUNREACH: HRESULT.cannotConnect,
  ENOTFOUND: HRESULT.nameNotResolved,
  EAI_AGAIN: HRESULT.nameNotResolved,
  ETIMEDOUT: HRESULT.timeout,
  ERR_TLS_CERT_ALTNAME_INVALID: HRESULT.certificateName,
  CERT_HAS_EXPIRED: HRESULT.certificateDate,
  CERT_NOT_YET_VALID: HRESULT.certificateDate,
  DEPTH_ZERO_SELF_SIGNED_CERT: HRESULT.certificateAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: HRESULT.certificateAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: HRESULT.certificateAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: HRESULT.certificateAuthority,
};

/** Sends the packets of one upload with `node:http` or `node:https`, over one connection at a time. */
export class HttpSender {
  readonly #http = new http.Agent({ keepAlive: true, maxSockets: 1 });
  readonly #https: https.Agent;

  constructor(private readonly options: HttpSenderOptions = {}) {
    const { ca } = options;
    this.#https = new https.Agent({ keepAlive: true, maxSockets: 1, ...(ca === undefined ? {} : { ca }) });
  }

  readonly send: UploadSend = async ({ method, url, headers, body }, signal) => {
    const bytes = await body?.bytes();
    const secure = url.startsWith('https:');
    return new Promise((resolve, reject) => {
      const agent = secure ? this.#https : this.#http;
      const options = { method, headers, agent, ...(signal === undefined ? {} : { signal }) };
      const sending = (secure ? https : http).request(url, options);
      sending.setTimeout(this.options.timeout ?? 300_000, () => {
        sending.destroy(noAnswer(HRESULT.timeout));
      });
      sending.on('response', (response) => {
        // An acknowledgement has no body. A page that a web server sends instead is of no interest.
        response.resume();
        response.on('error', (error) => reject(failureOf(error)));
        response.on('end', () => resolve(answerOf(response)));
      });
      sending.on('error', (error) => reject(failureOf(error)));
      sending.end(bytes);
    });
  };

  /** Closes the connection. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

function failureOf(error: NodeJS.ErrnoException): UploadFailure {
  if (error instanceof UploadFailure) return error;
  const { code = '' } = error;
  const isCertificate = /CERT|^ERR_TLS/.test(code);
  return noAnswer(TRANSPORT_CODES[code] ?? (isCertificate ? HRESULT.certificateOther : HRESULT.connectionLost), error);
}

function answerOf({ statusCode = 0, headers, httpVersion }: http.IncomingMessage): UploadResponse {
  const single = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]);
  return { status: statusCode, headers: Object.fromEntries(single) as Record<string, string>, httpVersion };
}
