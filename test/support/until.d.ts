export interface UntilOptions {
  /** What is waited for, for the error; a function tells how things are by then. Default: the condition's source. */
  what?: string | (() => string);
  /** Milliseconds, of real time. Default 30,000. */
  limit?: number;
  /** Milliseconds between two looks. Default 10. */
  every?: number;
  /** Lets that time pass. Default: really; a test with fake timers gives `jest.advanceTimersByTimeAsync`. */
  pause?: (ms: number) => Promise<unknown>;
}

/**
 * Waits until a condition is true, or anything else that counts as true, and resolves with that. Rejects when the limit
 * is over, and when the condition throws.
 */
export function until<T>(
  condition: () => T | Promise<T>,
  options?: UntilOptions,
): Promise<Exclude<Awaited<T>, false | null | undefined>>;
