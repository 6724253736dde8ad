import {
  checkFunction,
  checkOptions,
  checkText,
  checkUint32,
  readArgument,
  quoted,
  wrongType,
  wrongValue,
} from '../../arguments/checks';
import { CERT_STORE_LOCATION, decode, decodeFlags, encode, encodeFlags, SECURITY_FLAGS } from '../../contract/enums';
import type { CertStoreLocation, SecurityFlag, UnknownBits, UnknownWord } from '../../contract/enums';
import { isBitsError } from '../../errors';
import { valueWithin } from '../../util/deadline';
import { BitsFile } from '../file';
import { checkHeaders, toHeaderText, TOKEN } from '../../arguments/headers';
import type { HeadersInput } from '../../arguments/headers';
import type { NativeCertificateRequest, VerdictHandle } from '../../contract/addon';
import { CopyJob2To5 } from './copy_job_2_to_5';

// Limits of BITS.
const MAX_STORE_NAME = 256;
const MAX_SUBJECT_NAME = 256;
const CERTIFICATE_HASH = 20; // SHA-1

/** A client certificate in a Windows certificate store. */
export interface ClientCertificate {
  readonly storeLocation: CertStoreLocation | UnknownWord;
  readonly storeName: string;
  /** SHA-1, 20 bytes. */
  readonly hash: Uint8Array;
  readonly subjectName: string | null;
}

/** A server certificate to accept or refuse. */
export interface CertificateRequest {
  /** The certificate, in the encoding named below. */
  readonly certificate: Uint8Array;
  /** X509_ASN_ENCODING (1), PKCS_7_ASN_ENCODING (0x10000), or both. */
  readonly encoding: number;
  /** The chain, as a serialized certificate store. */
  readonly store: Uint8Array;
  readonly file?: BitsFile;
}

/** Decides about a server certificate that Windows has already accepted: true accepts it, anything else refuses it. */
export type CertificateValidator = (request: CertificateRequest) => boolean | Promise<boolean>;

/**
 * IBackgroundCopyJobHttpOptions to IBackgroundCopyJobHttpOptions3: certificates, headers, security flags and HTTP
 * method.
 * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nn-bits2_5-ibackgroundcopyjobhttpoptions
 */
export abstract class HttpOptionsJob extends CopyJob2To5 {
  /**
   * Sets the client certificate by its SHA-1 hash (20 bytes). Only the job's owner may set it; smart cards are not
   * supported.
   *
   * Rejects with TypeError for a hash of another length, and with BitsNotFoundError (`CRYPT_E_NOT_FOUND`) when the
   * store has no such certificate.
   * @param storeName up to 256 characters, such as 'MY'
   * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-setclientcertificatebyid
   */
  async setClientCertificateByID(storeLocation: CertStoreLocation, storeName: string, hash: Uint8Array): Promise<void> {
    const location = encode(CERT_STORE_LOCATION, 'storeLocation', storeLocation);
    const store = checkText(storeName, 'storeName', { max: MAX_STORE_NAME, allowEmpty: false });
    await this.call('setClientCertificateByID', location, store, checkHash(hash));
  }

  /**
   * Sets the client certificate by part of its subject name; the first match is used. Only the job's owner may set it.
   * @param storeName up to 256 characters, such as 'MY'
   * @param subjectName up to 256 characters
   * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-setclientcertificatebyname
   */
  async setClientCertificateByName(
    storeLocation: CertStoreLocation,
    storeName: string,
    subjectName: string,
  ): Promise<void> {
    const location = encode(CERT_STORE_LOCATION, 'storeLocation', storeLocation);
    const store = checkText(storeName, 'storeName', { max: MAX_STORE_NAME, allowEmpty: false });
    const subject = checkText(subjectName, 'subjectName', { max: MAX_SUBJECT_NAME, allowEmpty: false });
    await this.call('setClientCertificateByName', location, store, subject);
  }

  /**
   * Removes the client certificate.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-removeclientcertificate
   */
  async removeClientCertificate(): Promise<void> {
    await this.call('removeClientCertificate');
  }

  /**
   * The client certificate; `null` when none is set or the caller may not see it, which BITS does not distinguish
   * (`RPC_X_BAD_STUB_DATA`).
   * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-getclientcertificate
   */
  async getClientCertificate(): Promise<ClientCertificate | null> {
    const found = await this.call('getClientCertificate').catch((error: unknown) => {
      if (isBitsError(error, 'RPC_X_BAD_STUB_DATA')) return null;
      throw error;
    });
    if (found === null) return null;
    const { storeLocation, storeName, hash, subjectName } = found;
    return { storeLocation: decode(CERT_STORE_LOCATION, storeLocation), storeName: storeName ?? '', hash, subjectName };
  }

  /**
   * Sets the headers that are sent with every request of the job: a record, a `Headers` object, a Map or any other
   * iterable of pairs; `null` or no headers clears them. Only the job's owner may set them. Other programs of the same
   * user can read them unless `makeCustomHeadersWriteOnly()` was called. Assume that they are also sent wherever a
   * server redirects to.
   *
   * Rejects with TypeError for a name or value that HTTP does not allow, and with RangeError above 16383 characters in
   * all.
   *
   * @example await job.setCustomHeaders({ Authorization: 'Bearer token' });
   * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-setcustomheaders
   */
  async setCustomHeaders(headers: HeadersInput | null): Promise<void> {
    await this.call('setCustomHeaders', headers === null ? null : toHeaderText(checkHeaders(headers, 'headers')));
  }

  /**
   * The custom headers in the order in which they were set; an empty array when there are none.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-getcustomheaders
   */
  async getCustomHeaders(): Promise<[name: string, value: string][]> {
    const text = (await this.call('getCustomHeaders')) ?? '';
    return text
      .split('\r\n')
      .filter((line) => line !== '')
      .map((line) => {
        const colon = line.indexOf(':');
        return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
      });
  }

  /**
   * How certificates and redirects are treated; each call replaces all flags. Flags that begin with `ignore` are
   * insecure.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-setsecurityflags
   */
  async setSecurityFlags(flags: readonly (SecurityFlag | UnknownBits)[]): Promise<void> {
    await this.call('setSecurityFlags', encodeFlags(SECURITY_FLAGS, 'flags', flags));
  }

  /**
   * How certificates and redirects are treated.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-getsecurityflags
   */
  async getSecurityFlags(): Promise<(SecurityFlag | UnknownBits)[]> {
    return decodeFlags(SECURITY_FLAGS, await this.call('getSecurityFlags'));
  }

  /**
   * Sets the HTTP method, before the first `resume()`. Any method but the default forces foreground priority, and an
   * interrupted transfer starts again from the beginning of the file. BITS 10.2 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits10_2/nf-bits10_2-ibackgroundcopyjobhttpoptions2-sethttpmethod
   */
  async setHttpMethod(method: string): Promise<void> {
    const checked = checkText(method, 'method', { allowEmpty: false });
    if (!TOKEN.test(checked)) throw wrongValue('method', 'be an HTTP method such as GET', quoted(checked));
    await this.call('setHttpMethod', checked);
  }

  /**
   * The HTTP method. BITS 10.2 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits10_2/nf-bits10_2-ibackgroundcopyjobhttpoptions2-gethttpmethod
   */
  async getHttpMethod(): Promise<string> {
    return (await this.call('getHttpMethod')) ?? '';
  }

  /**
   * Sets a function that may refuse server certificates which Windows accepts; `null` removes it. BITS waits for the
   * decision and remembers it for the certificate. When the function throws, rejects, takes too long or no longer
   * exists, the certificate is refused and the job enters the state transientError.
   *
   * The job must be suspended, in error or transferred, or else the call rejects with `BG_E_READ_ONLY_WHEN_JOB_ACTIVE`.
   * The function does not survive the process: after a restart, resuming the job fails with
   * `BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED` until one is set again. BITS 10.3 and later.
   * @param options.timeout how long the function may take, in milliseconds: 1 to 25000; default 10000
   * @see https://learn.microsoft.com/windows/win32/api/bits10_3/nf-bits10_3-ibackgroundcopyjobhttpoptions3-setservercertificatevalidationinterface
   */
  async setServerCertificateValidationInterface(
    validate: CertificateValidator | null,
    options: { readonly timeout?: number | undefined } = {},
  ): Promise<void> {
    const { timeout = 10_000 } = checkOptions(options, 'options', ['timeout']);
    const limit = checkUint32(timeout, 'options.timeout', { min: 1, max: 25_000 });
    if (validate !== null) checkFunction(validate, 'validate');
    const late = () => {
      if (validate !== null) this.undo('setServerCertificateValidationInterface', null);
    };
    await this.callWith(
      { late },
      'setServerCertificateValidationInterface',
      validate &&
        ((request, verdict) => {
          void this.#judge(validate, request, verdict, limit);
        }),
    );
  }

  /**
   * From now on, nobody can read the job's custom headers. Cannot be undone. BITS 10.3 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits10_3/nf-bits10_3-ibackgroundcopyjobhttpoptions3-makecustomheaderswriteonly
   */
  async makeCustomHeadersWriteOnly(): Promise<void> {
    await this.call('makeCustomHeadersWriteOnly');
  }

  /** Asks the validator. Whatever happens, the addon gets exactly one answer, in time. */
  async #judge(
    validate: CertificateValidator,
    request: NativeCertificateRequest,
    verdict: VerdictHandle,
    limit: number,
  ): Promise<void> {
    const { certificate, encoding, store, file } = request;
    const about = file === undefined ? {} : { file: new BitsFile(this.connection, this.id, file) };
    const asked = (async () => ((await validate({ certificate, encoding, store, ...about })) as unknown) === true)();
    const answer = asked.catch((error: unknown) => {
      process.emitWarning(`A certificate validator failed, which refuses the certificate: ${String(error)}`);
      return false;
    });
    const accept = (await valueWithin(this.connection.host.clock, limit, answer)) ?? false;
    this.connection.native.answerCertificate(verdict, accept);
  }
}

/** Checks a hash and copies it, so that the caller cannot change it during the call. */
function checkHash(value: unknown): Uint8Array {
  const isBytes = () => ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
  if (!readArgument('hash', isBytes)) throw wrongType('hash', 'a Uint8Array', value);
  const { byteLength } = value as Uint8Array;
  if (byteLength !== CERTIFICATE_HASH)
    throw wrongValue('hash', `have ${CERTIFICATE_HASH} bytes`, `${byteLength} bytes`);
  return new Uint8Array(value as Uint8Array);
}
