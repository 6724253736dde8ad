/** How long to wait for the service, in milliseconds; Infinity: as long as it takes. */
export interface ConnectionLimits {
  /** For the answer to a call. */
  readonly serviceTimeout: number;
  /** For calls still under way when the connection is closed. */
  readonly closeTimeout: number;
}

export const DEFAULT_LIMITS: ConnectionLimits = Object.freeze({ serviceTimeout: 60_000, closeTimeout: 10_000 });

/** The shortest time that any call is given, in milliseconds, however low its limit. */
export const MIN_CALL_LIMIT = 1000;

/**
 * How long an error is held back while its job is cancelled or its details are collected, in milliseconds. What takes
 * longer continues in the background.
 */
export const ANSWER_LIMIT = 1000;

/** The same for an abort, whose error says what became of the job. In milliseconds. */
export const ABORT_LIMIT = 1500;

/** After an abort or a limit, the promise settles within this many milliseconds, whatever happens. */
export const FINAL_LIMIT = 1800;

/** The longest delay of a Node.js timer, in milliseconds: 24.8 days. */
export const MAX_TIMER = 0x7fffffff;
