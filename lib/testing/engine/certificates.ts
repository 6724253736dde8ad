import { createHash } from 'node:crypto';
import { ERROR_CONTEXT } from '../../contract/enums';
import { CODES } from '../../errors/codes';
import type { Computer } from '../computer/computer';
import type { FileState } from '../computer/state';
import { BitsSimulationError } from '../simulation_error';
import { JobFailure, jobFailure, protocolOf } from './failures';
import type { Run } from './run';

/*
 * The application's own check of server certificates (SetServerCertificateValidationInterface). It is asked after the
 * system accepted a certificate; its answers are kept per job, server, port and certificate until the next Set call.
 */

/** What the callback is asked. */
export interface CertificateQuestion {
  /** The certificate, encoded. */
  readonly certificate: Uint8Array;
  /** X509_ASN_ENCODING */
  readonly encoding: number;
  /** The serialized store with the chain: of a simulated server, the certificate alone. */
  readonly store: Uint8Array;
  /** Index of the file. */
  readonly file: number;
}

export type CertificateCallback = (question: CertificateQuestion) => Promise<boolean>;

interface Registered {
  readonly callback: CertificateCallback;
  readonly answers: Map<string, boolean>;
}

const known = new WeakMap<Computer, Map<string, Registered>>();

function registered(computer: Computer): Map<string, Registered> {
  const callbacks = known.get(computer) ?? new Map<string, Registered>();
  known.set(computer, callbacks);
  return callbacks;
}

/** Sets a job's certificate callback, or removes it. It does not survive the service; that there is one does. */
export function setCertificateCallback(computer: Computer, jobId: string, callback: CertificateCallback | null): void {
  const job = computer.state.jobs.find(({ id }) => id === jobId);
  if (job !== undefined) job.certificateCallback = callback !== null;
  if (callback === null) registered(computer).delete(jobId);
  else registered(computer).set(jobId, { callback, answers: new Map() });
}

/** A job's certificate callback. */
export function certificateCallbackOf(computer: Computer, jobId: string): CertificateCallback | undefined {
  return known.get(computer)?.get(jobId)?.callback;
}

/** The service ends: the callbacks are lost. */
export function forgetCertificateCallbacks(computer: Computer): void {
  known.delete(computer);
}

const X509_ASN_ENCODING = 1;
/** TRUST_E_SUBJECT_NOT_TRUSTED, with which a callback refuses. */
const REFUSED = 0x800b0004;

/** Asks the job's callback about a server. Throws a JobFailure when it refuses, or when it is missing. */
export async function checkCertificate(run: Run, file: FileState, url: URL, certificate?: Uint8Array): Promise<void> {
  const { computer, job } = run;
  if (job.certificateCallback !== true || url.protocol !== 'https:') return;
  const mine = registered(computer).get(job.id);
  if (mine === undefined) throw jobFailure(CODES.BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED.hresult);
  if (certificate === undefined)
    throw new BitsSimulationError(`no certificate is scripted for ${url.origin}, which a job's callback has to judge`);
  const key = `${url.host} ${createHash('sha1').update(certificate).digest('hex')}`;
  const question = { certificate, encoding: X509_ASN_ENCODING, store: certificate, file: file.index };
  const accepted = mine.answers.get(key) ?? (await run.answered(mine.callback(question)));
  mine.answers.set(key, accepted);
  if (accepted) return;
  const context = ERROR_CONTEXT.values.serverCertificateCallback;
  throw new JobFailure({ context, hresult: REFUSED, file: file.index, protocol: protocolOf(file) }, false);
}
