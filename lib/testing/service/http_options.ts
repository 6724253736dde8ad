import { CERT_STORE_LOCATION, SECURITY_FLAGS } from '../../contract/enums';
import { setValidator } from './certificate_check';
import { areFlagsOf, isOneOf } from './enumerations';
import { fail, need } from './failure';
import { hasOwnMethod, PRIORITY } from './job_kinds';
import { FALSE, methodsOf, OK } from './methods';
import { isDynamic, isOnDemand } from './job_properties';
import type { JobState } from '../computer/state';

const MAX_STORE_NAME = 256;
const MAX_SUBJECT_NAME = 256;
/** SHA-1. */
const HASH_SIZE = 20;
/** Includes the terminating NUL. */
const MAX_HEADERS = 16_383;
/** The redirect policy, a number within the security flags: silently, with a report, or not at all. */
const REDIRECT_FIELD = 0x700;
const { redirectAllowReport, redirectDisallow } = SECURITY_FLAGS.values;
const REDIRECTS = [0, redirectAllowReport, redirectDisallow];

type Certificate = NonNullable<JobState['clientCertificate']>;

/** Whether the store has the certificate is not modelled: every certificate is there. */
function setCertificate(job: JobState, certificate: Certificate): number {
  need(isOneOf(CERT_STORE_LOCATION, certificate.storeLocation), 'E_NOTIMPL');
  need(certificate.storeName.length <= MAX_STORE_NAME, 'BG_E_STRING_TOO_LONG');
  need((certificate.subjectName ?? '').length <= MAX_SUBJECT_NAME, 'BG_E_STRING_TOO_LONG');
  job.clientCertificate = certificate;
  return OK;
}

function checkSecurityFlags(flags: number): void {
  need(areFlagsOf(SECURITY_FLAGS, flags) && REDIRECTS.includes(flags & REDIRECT_FIELD), 'E_NOTIMPL');
}

/** IBackgroundCopyJobHttpOptions (https://learn.microsoft.com/windows/win32/api/bits2_5/). */
export const HTTP_OPTIONS = methodsOf('job', 'IBackgroundCopyJobHttpOptions', {
  setClientCertificateByID: ({ target }, storeLocation, storeName, hash) => {
    need(hash.length === HASH_SIZE, 'E_INVALIDARG'); // the addon checks it, because COM cannot
    const digits = Buffer.from(hash).toString('hex');
    return setCertificate(target.job, { storeLocation, storeName, hash: digits, subjectName: null });
  },
  setClientCertificateByName: ({ target }, storeLocation, storeName, subjectName) => {
    // Windows looks the certificate up; here its hash follows from its name.
    const hash = Buffer.from(subjectName.padEnd(HASH_SIZE).slice(0, HASH_SIZE), 'latin1').toString('hex');
    return setCertificate(target.job, { storeLocation, storeName, hash, subjectName });
  },
  removeClientCertificate: ({ target: { job } }) => {
    const removed = job.clientCertificate !== null;
    job.clientCertificate = null;
    return removed ? OK : FALSE;
  },
  getClientCertificate: ({ target: { job } }) => {
    const { hash, ...certificate } = job.clientCertificate ?? fail('RPC_X_BAD_STUB_DATA');
    return { ...certificate, hash: new Uint8Array(Buffer.from(hash, 'hex')) };
  },
  setCustomHeaders: ({ target }, headers) => {
    need((headers ?? '').length <= MAX_HEADERS, 'BG_E_STRING_TOO_LONG');
    target.job.customHeaders = headers;
    return OK;
  },
  getCustomHeaders: ({ target: { job } }) => {
    need(!job.headersWriteOnly, 'E_ACCESSDENIED');
    return job.customHeaders;
  },
  setSecurityFlags: ({ target }, flags) => {
    checkSecurityFlags(flags);
    target.job.securityFlags = flags;
    return OK;
  },
  getSecurityFlags: ({ target }) => target.job.securityFlags,
});

/** IBackgroundCopyJobHttpOptions2 (https://learn.microsoft.com/windows/win32/api/bits10_2/). */
export const HTTP_OPTIONS_2 = methodsOf('job', 'IBackgroundCopyJobHttpOptions2', {
  setHttpMethod: ({ target: { job } }, method) => {
    need(method !== '', 'E_INVALIDARG');
    // Before the first Resume. The page lists no code for later.
    need(!job.resumed, 'BG_E_INVALID_STATE');
    need(!isDynamic(job) && !isOnDemand(job), 'BG_E_UNSUPPORTED_JOB_CONFIGURATION');
    job.httpMethod = method;
    if (hasOwnMethod(job)) job.priority = PRIORITY.foreground;
    return OK;
  },
  getHttpMethod: ({ target }) => target.job.httpMethod,
});

/** IBackgroundCopyJobHttpOptions3 (https://learn.microsoft.com/windows/win32/api/bits10_3/). */
export const HTTP_OPTIONS_3 = methodsOf('job', 'IBackgroundCopyJobHttpOptions3', {
  setServerCertificateValidationInterface: (call, validate) => {
    setValidator(call, validate);
    return OK;
  },
  makeCustomHeadersWriteOnly: ({ target }) => {
    target.job.headersWriteOnly = true;
    return OK;
  },
});
