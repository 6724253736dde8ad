import { BitsError } from './classes';

/** Errors that have been given somebody's frames, with the stack before that. */
const originalStacks = new WeakMap<Error, string>();

/**
 * Runs what a public method does, and adds the frames of whoever called the method to the stack of the BitsError that
 * it rejects with: most are made while a job is watched, where the caller is long gone. Frames are taken here and only
 * put into words when there is an error.
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
  const own = originalStacks.has(error) ? copyOf(error) : error; // several can wait for the same job
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
