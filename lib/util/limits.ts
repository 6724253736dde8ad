/** How long to wait for the service, in milliseconds; Infinity: as long as it takes. */
export interface ConnectionLimits {
  /** For an answer to a call. */
  readonly serviceTimeout: number;
  /** For what is under way when the connection is closed. */
  readonly closeTimeout: number;
}

export const DEFAULT_LIMITS: ConnectionLimits = Object.freeze({ serviceTimeout: 60_000, closeTimeout: 10_000 });

/** A call is given so much time, in milliseconds, whatever its limit is. */
export const MIN_CALL_LIMIT = 1000;

/**
 * How long an error waits for its job to be cancelled, or for what can be told about it, before the caller is told, in
 * milliseconds. What takes longer goes on in the background.
 */
export const ANSWER_LIMIT = 1000;

/** The same for an abort, which is to tell what became of the job. */
export const ABORT_LIMIT = 1500;

/** So many milliseconds after an abort, or a limit, the caller is told in any case. */
export const FINAL_LIMIT = 1800;

/** The longest that Node's timers wait, in milliseconds: 24.8 days. */
export const MAX_TIMER = 0x7fffffff;
