import { BitsTransferError, BitsVerificationError } from '../errors';

/**
 * The error of a file after all its sources have failed: that of the last source. `errors` has those of all sources, and
 * `cause` is the first one.
 */
export function combinedError(errors: readonly Error[]): Error {
  const last = errors.at(-1) ?? new Error('no source was tried');
  if (errors.length < 2) return last;
  const before =
    errors.length === 2 ? 'the previous source failed too' : `the ${errors.length - 1} previous sources failed too`;
  const all = { errors: Object.freeze([...errors]), cause: errors[0] };
  if (last instanceof BitsTransferError) {
    return new BitsTransferError(`${last.message}; ${before}`, { ...fields(last), ...transferFields(last), ...all });
  }
  if (last instanceof BitsVerificationError) {
    const { path, check, expected, actual } = last;
    return new BitsVerificationError({ path, check, expected, actual }, { ...fields(last), ...all });
  }
  return last;
}

function fields({
  code,
  hresult,
  method,
  jobId,
  description,
  advice,
  retryable,
}: BitsTransferError | BitsVerificationError) {
  return { code, hresult, method, jobId, description, advice, retryable };
}

function transferFields(error: BitsTransferError) {
  const { context, file, protocol, httpStatus, transient, errorCount, nextRetry, reason } = error;
  return { context, file, protocol, httpStatus, transient, errorCount, nextRetry, reason };
}
