import { BitsError } from './classes';

/** The original stacks of errors that have been extended with a caller's frames. */
const originalStacks = new WeakMap<Error, string>();

/**
 * Runs the work of a public method, and adds the stack frames of the method's caller to the BitsError that it rejects
 * with: most errors are created while a job is watched, where the stack no longer contains the caller. The frames are
 * captured here, and formatted only when there is an error.
 */
export async function withCallerStack<T>(work: () => Promise<T>): Promise<T> {
  const site = { stack: '' };
  Error.captureStackTrace(site, withCallerStack);
  try {
    return await work();
  } catch (error) {
    throw error instanceof BitsError ? withFrames(error, site.stack) : error;
  }
}

function withFrames(error: BitsError, stack: string): BitsError {
  const before = originalStacks.get(error) ?? error.stack ?? String(error);
  const own = originalStacks.has(error) ? copyOf(error) : error; // the same error can reach several callers
  originalStacks.set(own, before);
  const frames = before.split('\n');
  own.stack = [
    ...frames,
    ...stack
      .split('\n')
      .slice(1)
      .filter((frame) => !frames.includes(frame)),
  ].join('\n');
  return own;
}

function copyOf(error: BitsError): BitsError {
  const copy = new Error(error.message, 'cause' in error ? { cause: error.cause } : undefined);
  return Object.assign(Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object) as BitsError, error);
}
