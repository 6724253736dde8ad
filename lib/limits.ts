/** How long to wait for the service, in milliseconds; Infinity: as long as it takes. */
export interface ConnectionLimits {
  /** For an answer to a call. */
  readonly serviceTimeout: number;
  /** For what is under way when the connection is closed. */
  readonly closeTimeout: number;
}

export const DEFAULT_LIMITS: ConnectionLimits = Object.freeze({ serviceTimeout: 60_000, closeTimeout: 10_000 });

/** A call is given so much time, in milliseconds, whatever its limit is. */
export const LEAST_LIMIT = 1000;

/**
 * How long an abort, an error or a limit that is over waits for the job to be cancelled or suspended before the caller
 * is told, in milliseconds. What takes longer goes on in the background.
 */
export const ANSWER_LIMIT = 1000;

/** The longest that Node's timers wait, in milliseconds: 24.8 days. */
export const MAX_TIMER = 0x7FFFFFFF;
