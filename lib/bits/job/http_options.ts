import {
  checkFunction,
  checkOptions,
  checkText,
  checkUint32,
  looking,
  quoted,
  wrongType,
  wrongValue,
} from '../../arguments/checks';
import { CERT_STORE_LOCATION, decode, decodeFlags, encode, encodeFlags, SECURITY_FLAGS } from '../../contract/enums';
import type { CertStoreLocation, SecurityFlag, UnknownBits, UnknownWord } from '../../contract/enums';
import { isBitsError } from '../../errors';
import { attempted } from '../../util/deadline';
import { BitsFile } from '../file';
import { checkHeaders, toHeaderText, TOKEN } from '../../arguments/headers';
import type { HeadersInput } from '../../arguments/headers';
import type { NativeCertificateRequest, VerdictHandle } from '../../contract/addon';
import { CopyJob2To5 } from './copy_job_2_to_5';

// Limits of BITS.
const MAX_STORE_NAME = 256;
const MAX_SUBJECT_NAME = 256;
const CERTIFICATE_HASH = 20; // SHA-1

/** A client certificate in one of Windows' stores. */
export interface ClientCertificate {
  readonly storeLocation: CertStoreLocation | UnknownWord;
  readonly storeName: string;
  /** SHA-1, 20 bytes. */
  readonly hash: Uint8Array;
  readonly subjectName: string | null;
}

/** A server's certificate that waits for a decision. */
export interface CertificateRequest {
  /** The certificate, in the encoding named below. */
  readonly certificate: Uint8Array;
  /** X509_ASN_ENCODING (1), PKCS_7_ASN_ENCODING (0x10000), or both. */
  readonly encoding: number;
  /** The chain, as a serialized certificate store. */
  readonly store: Uint8Array;
  readonly file?: BitsFile;
}

/** Decides about a certificate that Windows has accepted already: true accepts, anything else refuses. */
export type CertificateValidator = (request: CertificateRequest) => boolean | Promise<boolean>;

/**
 * IBackgroundCopyJobHttpOptions to IBackgroundCopyJobHttpOptions3: certificates, headers, security, method.
 * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nn-bits2_5-ibackgroundcopyjobhttpoptions
 */
export abstract class HttpOptionsJob extends CopyJob2To5 {
  /**
   * The client certificate, by its SHA-1 hash (20 bytes). Owner only; not for smart cards.
   *
   * Rejects with `CRYPT_E_NOT_FOUND`-like codes when the store has none such, RangeError for a hash of another length.
   * @param storeName up to 256 characters, such as 'MY'
   * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-setclientcertificatebyid
   */
  async setClientCertificateByID(storeLocation: CertStoreLocation, storeName: string, hash: Uint8Array): Promise<void> {
    const location = encode(CERT_STORE_LOCATION, 'storeLocation', storeLocation);
    const store = checkText(storeName, 'storeName', { max: MAX_STORE_NAME, allowEmpty: false });
    await this.call('setClientCertificateByID', location, store, checkHash(hash));
  }

  /**
   * The client certificate, by part of its subject name; the first that fits is taken. Owner only.
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

  /** @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-removeclientcertificate */
  async removeClientCertificate(): Promise<void> {
    await this.call('removeClientCertificate');
  }

  /**
   * The client certificate; `null` when none is set, or the caller may not see it: BITS has one answer for both
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
   * Headers to send with every request of the job: a record, a `Headers` object, a Map, or any other iterable of pairs;
   * `null` or none clears. Owner only. Other programs of the same user can read them back, unless `makeCustomHeadersWriteOnly()` was called. Treat them as going wherever a server
   * redirects to.
   *
   * Rejects with TypeError for a name or value that HTTP does not allow, RangeError above 16383 characters in all.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-setcustomheaders
   */
  async setCustomHeaders(headers: HeadersInput | null): Promise<void> {
    await this.call('setCustomHeaders', headers === null ? null : toHeaderText(checkHeaders(headers, 'headers')));
  }

  /** In the order they were set; none when there are none. */
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
   * How to treat certificates and redirects; each call replaces all flags. Those that begin with `ignore` are insecure.
   * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-setsecurityflags
   */
  async setSecurityFlags(flags: readonly (SecurityFlag | UnknownBits)[]): Promise<void> {
    await this.call('setSecurityFlags', encodeFlags(SECURITY_FLAGS, 'flags', flags));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-getsecurityflags */
  async getSecurityFlags(): Promise<(SecurityFlag | UnknownBits)[]> {
    return decodeFlags(SECURITY_FLAGS, await this.call('getSecurityFlags'));
  }

  /**
   * The HTTP method, before the first `resume()`. Another than the default forces foreground priority, and the transfer
   * cannot go on in the middle of a file. BITS 10.2 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits10_2/nf-bits10_2-ibackgroundcopyjobhttpoptions2-sethttpmethod
   */
  async setHttpMethod(method: string): Promise<void> {
    const checked = checkText(method, 'method', { allowEmpty: false });
    if (!TOKEN.test(checked)) throw wrongValue('method', 'be an HTTP method such as GET', quoted(checked));
    await this.call('setHttpMethod', checked);
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits10_2/nf-bits10_2-ibackgroundcopyjobhttpoptions2-gethttpmethod */
  async getHttpMethod(): Promise<string> {
    return (await this.call('getHttpMethod')) ?? '';
  }

  /**
   * A function that may refuse server certificates which Windows accepts; `null` withdraws it. BITS waits for its
   * answer, which it keeps for the certificate. What throws, rejects, takes too long or is no longer there refuses, and
   * the job goes to the state transientError. Set while the job is suspended, in error or transferred: else
   * `BG_E_READ_ONLY_WHEN_JOB_ACTIVE`. Not kept over a restart of the program: resuming the job then fails with
   * `BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED` until it is set again. BITS 10.3 and later.
   * @param options.timeout 1 to 25000, default 10000
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
   * Nobody can read the job's custom headers from now on; cannot be undone. BITS 10.3 and later.
   * @see https://learn.microsoft.com/windows/win32/api/bits10_3/nf-bits10_3-ibackgroundcopyjobhttpoptions3-makecustomheaderswriteonly
   */
  async makeCustomHeadersWriteOnly(): Promise<void> {
    await this.call('makeCustomHeadersWriteOnly');
  }

  /** Asks the validator; whatever happens, there is one answer, in time. */
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
    const accept = (await attempted(this.connection.host.clock, limit, answer)) ?? false;
    this.connection.native.answerCertificate(verdict, accept);
  }
}

/** A copy of a hash, of which the caller can change nothing any more. */
function checkHash(value: unknown): Uint8Array {
  const isBytes = () => ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
  if (!looking('hash', isBytes)) throw wrongType('hash', 'a Uint8Array', value);
  const { byteLength } = value as Uint8Array;
  if (byteLength !== CERTIFICATE_HASH)
    throw wrongValue('hash', `have ${CERTIFICATE_HASH} bytes`, `${byteLength} bytes`);
  return new Uint8Array(value as Uint8Array);
}
