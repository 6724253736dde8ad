import type { Computer } from '../computer/computer';

/** What the callback is asked. */
export interface CertificateQuestion {
  /** The certificate, encoded. */
  readonly certificate: Uint8Array;
  readonly encoding: number;
  readonly store: Uint8Array;
  /** Index of the file. */
  readonly file: number;
}

export type CertificateCallback = (question: CertificateQuestion) => Promise<boolean>;

const known = new WeakMap<Computer, Map<string, CertificateCallback>>();

/** Sets a job's certificate callback, or removes it. */
export function setCertificateCallback(computer: Computer, jobId: string, callback: CertificateCallback | null): void {
  const callbacks = known.get(computer) ?? new Map<string, CertificateCallback>();
  known.set(computer, callbacks);
  if (callback === null) callbacks.delete(jobId);
  else callbacks.set(jobId, callback);
}

/** For tests, until the engine asks by itself. */
export function certificateCallbackOf(computer: Computer, jobId: string): CertificateCallback | undefined {
  return known.get(computer)?.get(jobId);
}
