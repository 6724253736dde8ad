import type { NativeCertificateRequest, VerdictHandle } from '../../contract/addon';
import { setCertificateCallback } from '../engine/certificates';
import type { CertificateQuestion } from '../engine/certificates';
import type { Call, Targets } from './methods';

/*
 * Certificate callbacks as a program registers them. Microsoft:
 * IBackgroundCopyJobHttpOptions3::SetServerCertificateValidationInterface,
 * IBackgroundCopyServerCertificateValidationCallback. When they are called, and how long answers count: engine/.
 */

/** The addon refuses for a program that has not answered by then. Milliseconds. */
const LIMIT = 30_000;

type Validate = (request: NativeCertificateRequest, verdict: VerdictHandle) => void;

/** What a program answers with. Only the first answer counts: it settles a promise. */
export class Verdict {
  constructor(readonly answer: (accept: boolean) => void) {}
}

export function setValidator(call: Call<Targets['job']>, validate: Validate | null): void {
  const { computer, target } = call;
  const callback = validate === null ? null : (question: CertificateQuestion) => ask(call, validate, question);
  setCertificateCallback(computer, target.job.id, callback);
}

/** Refused when the program has ended, or does not answer in time. */
function ask(call: Call<Targets['job']>, validate: Validate, question: CertificateQuestion): Promise<boolean> {
  const { computer, client, target, adopt } = call;
  const { certificate, encoding, store } = question;
  const file = target.job.files[question.file];
  return new Promise<boolean>((resolve) => {
    if (!client.alive) {
      resolve(false);
      return;
    }
    const timer = computer.clock.schedule(LIMIT, () => {
      verdict.answer(false);
    });
    const verdict = new Verdict((accept) => {
      timer.cancel();
      resolve(accept);
    });
    const request: NativeCertificateRequest = {
      certificate,
      encoding,
      store,
      ...(file === undefined ? {} : { file: adopt.file(target.job, file) }),
    };
    queueMicrotask(() => {
      if (client.alive) validate(request, verdict as unknown as VerdictHandle);
    });
  });
}
