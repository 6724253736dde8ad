import type { FileHandle, NativeCertificateRequest, VerdictHandle } from '../../contract/addon';
import type { Client, Computer } from '../computer/computer';
import type { FileState, JobState } from '../computer/state';
import type { Call, Targets } from './methods';
import { serviceOf } from './service_process';

/*
 * Certificate callbacks. Microsoft: IBackgroundCopyJobHttpOptions3::SetServerCertificateValidationInterface,
 * IBackgroundCopyServerCertificateValidationCallback. The object is not persisted, and every Set call clears the job's
 * answers, which are kept by server and certificate.
 */

/** The addon refuses for a program that has not answered by then. Milliseconds. */
const LIMIT = 30_000;

type Validate = (request: NativeCertificateRequest, verdict: VerdictHandle) => void;

interface Validator {
  readonly client: Client;
  readonly validate: Validate;
  readonly adoptFile: (file: FileState) => FileHandle;
  readonly answers: Map<string, boolean>;
}

/** A certificate as a server shows it. */
export interface ServerCertificate {
  /** Encoded. */
  readonly certificate: Uint8Array;
  /** X509_ASN_ENCODING is 1. */
  readonly encoding: number;
  /** The chain as a serialized store. */
  readonly store: Uint8Array;
}

/** What a program answers with: only the first answer counts. */
export class Verdict {
  #answered = false;

  constructor(private readonly settle: (accept: boolean) => void) {}

  answer(accept: boolean): void {
    if (this.#answered) return;
    this.#answered = true;
    this.settle(accept);
  }
}

const VALIDATORS = new WeakMap<Computer, Map<string, Validator>>();

function validatorsOf(computer: Computer): Map<string, Validator> {
  const known = VALIDATORS.get(computer);
  if (known !== undefined) return known;
  const made = new Map<string, Validator>();
  VALIDATORS.set(computer, made);
  serviceOf(computer).onStop(() => {
    made.clear();
  });
  return made;
}

export function setValidator(
  { computer, client, target, adopt }: Call<Targets['job']>,
  validate: Validate | null,
): void {
  const { job } = target;
  const validators = validatorsOf(computer);
  if (validate === null) validators.delete(job.id);
  else {
    const adoptFile = (file: FileState) => adopt.file(job, file);
    validators.set(job.id, { client, validate, adoptFile, answers: new Map() });
  }
}

/** Whether a program checks the job's certificates. */
export function hasValidator(computer: Computer, job: JobState): boolean {
  return validatorsOf(computer).get(job.id)?.client.alive === true;
}

/** Asks the program whether the job may go on with a server; true without one, and for what it has accepted before. */
export async function isCertificateAccepted(
  computer: Computer,
  job: JobState,
  file: FileState,
  shown: ServerCertificate,
): Promise<boolean> {
  const validator = validatorsOf(computer).get(job.id);
  if (validator === undefined) return true;
  if (!validator.client.alive) return false;
  const server = /^[a-z]+:\/\/[^/?#]*/i.exec(file.remoteName)?.[0].toLowerCase() ?? '';
  const key = `${server} ${Buffer.from(shown.certificate).toString('hex')}`;
  const known = validator.answers.get(key);
  if (known !== undefined) return known;
  const accepted = await new Promise<boolean>((resolve) => {
    const verdict = new Verdict((accept) => {
      timer.cancel();
      resolve(accept);
    });
    const timer = computer.clock.schedule(LIMIT, () => {
      verdict.answer(false);
    });
    const request: NativeCertificateRequest = { ...shown, file: validator.adoptFile(file) };
    queueMicrotask(() => {
      validator.validate(request, verdict as unknown as VerdictHandle);
    });
  });
  validator.answers.set(key, accepted);
  return accepted;
}
