import type { JobState } from '../contract/enums';
import type { JobExplanation } from './job_explanation';
import { brand } from './brand';
import { BitsError } from './classes';
import type { LibraryErrorInit } from './classes';

/*
 * What can become of a transfer besides success and an error of its own. The library makes these by itself.
 */

/** The job was completed or cancelled before what was waited for, by this program or another. */
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

/** The job made no progress for a time. */
export class BitsStalledError extends BitsError {
  declare readonly code: 'BITS_STALLED';
  /** The time that was allowed, in milliseconds. */
  readonly stallTimeout: number;
  /** Why the job does not move; null when that could not be found out. */
  readonly explanation: JobExplanation | null;

  constructor(stallTimeout: number, explanation: JobExplanation | null, init: LibraryErrorInit = {}) {
    const why = explanation === null ? '' : `: ${explanation.summary}`;
    super(`the job made no progress for ${stallTimeout} ms${why} (BITS_STALLED)`, {
      retryable: true,
      ...init,
      code: 'BITS_STALLED',
    });
    this.stallTimeout = stallTimeout;
    // For those who look at it; a log has the summary already.
    this.explanation = explanation;
  }
}

/** What a file should have been, and what it is. */
export interface VerificationFailure {
  /** The final name of the file; it does not exist, or is as it was before. */
  readonly path: string;
  /** 'missing': there is no file. 'length': fewer or more bytes than the server announced. 'files': several files together, after `restore()`. */
  readonly check: 'missing' | 'size' | 'length' | 'sha256' | 'files';
  readonly expected: string;
  readonly actual: string;
}

/** What arrived is not what was expected. Nothing has appeared under the final name. */
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
  files: 'all files to be',
};

brand(BitsEndedError, 'BitsEndedError');
brand(BitsStalledError, 'BitsStalledError');
brand(BitsVerificationError, 'BitsVerificationError');
