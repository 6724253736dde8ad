import type { JobState } from '../contract/enums';
import type { JobExplanation } from './job_explanation';
import { registerClass } from './cross_realm';
import { BitsError } from './classes';
import type { LibraryErrorInit } from './classes';

/*
 * Outcomes of a transfer besides success and an error reported by BITS. The library creates these errors itself.
 */

/** This or another program completed or cancelled the job before what was waited for happened. */
export class BitsEndedError extends BitsError {
  declare readonly code: 'BITS_ENDED';
  /** 'acknowledged': completed; 'cancelled'. */
  readonly state: Extract<JobState, 'acknowledged' | 'cancelled'>;

  constructor(state: 'acknowledged' | 'cancelled', init: LibraryErrorInit = {}) {
    const how = state === 'acknowledged' ? 'completed' : 'cancelled';
    super(`the job was ${how} meanwhile (BITS_ENDED)`, { ...init, code: 'BITS_ENDED' });
    this.state = state;
  }
}

/** The job made no progress for `stallTimeout`. */
export class BitsStalledError extends BitsError {
  declare readonly code: 'BITS_STALLED';
  /** The limit in milliseconds. */
  readonly stallTimeout: number;
  /** Why the job is not progressing; null when that could not be determined. */
  readonly explanation: JobExplanation | null;

  constructor(stallTimeout: number, explanation: JobExplanation | null, init: LibraryErrorInit = {}) {
    const why = explanation === null ? '' : `: ${explanation.summary}`;
    super(`the job made no progress for ${stallTimeout} ms${why} (BITS_STALLED)`, {
      retryable: true,
      ...init,
      code: 'BITS_STALLED',
    });
    this.stallTimeout = stallTimeout;
    // The message contains only its summary.
    this.explanation = explanation;
  }
}

/** What a file was expected to be, and what it is. */
export interface VerificationFailure {
  /** The final name of the file. It does not exist, or is unchanged. */
  readonly path: string;
  /**
   * What was checked. 'missing': the file does not exist. 'size', 'sha256': as given in the options. 'length': the size
   * that the server announced. 'files': several files together, after `restore()`.
   */
  readonly check: 'missing' | 'size' | 'length' | 'sha256' | 'files';
  readonly expected: string;
  readonly actual: string;
}

/** A downloaded file is not what was expected. It has not been given its final name. */
export class BitsVerificationError extends BitsError {
  declare readonly code: 'BITS_VERIFICATION';
  readonly path: string;
  readonly check: VerificationFailure['check'];
  readonly expected: string;
  readonly actual: string;

  constructor(failure: VerificationFailure, init: LibraryErrorInit = {}) {
    const { path, check, expected, actual } = failure;
    super(`verifying ${path} failed: expected ${NAMES[check]} ${expected}, found ${actual} (BITS_VERIFICATION)`, {
      ...init,
      code: 'BITS_VERIFICATION',
    });
    this.path = path;
    this.check = check;
    this.expected = expected;
    this.actual = actual;
  }
}

const NAMES: Readonly<Record<VerificationFailure['check'], string>> = {
  missing: 'there to be',
  size: 'the size',
  length: 'the length',
  sha256: 'the SHA-256',
  files: 'all files to match',
};

registerClass(BitsEndedError, 'BitsEndedError');
registerClass(BitsStalledError, 'BitsStalledError');
registerClass(BitsVerificationError, 'BitsVerificationError');
