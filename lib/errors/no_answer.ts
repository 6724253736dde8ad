import { BitsUnavailableError } from './classes';

/**
 * The Error for a call that the service does not answer. `made`: the call was handed over and may still take effect.
 */
export function noAnswerError(
  what: string,
  made = true,
  about: { readonly method?: string | undefined; readonly jobId?: string | undefined } = {},
): BitsUnavailableError {
  const message = made
    ? `${what}: the BITS service does not answer, and the call may still take effect`
    : `${what} was not attempted: the BITS service has not answered an earlier call`;
  return new BitsUnavailableError(`${message} (BITS_NO_ANSWER)`, {
    ...about,
    code: 'BITS_NO_ANSWER',
    reason: 'rpc',
    retryable: true,
  });
}
