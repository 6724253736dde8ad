/** A timer that has been started. */
export interface Timer {
  cancel(): void;
  /** Keeps the process alive until then, which is the default. */
  ref(): void;
  unref(): void;
}

export interface Clock {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** The time of day. */
  date(): Date;
  /** Calls a function once, `ms` milliseconds from now: 0 to 2147483647. */
  after(ms: number, work: () => void): Timer;
  /** Calls a function once the events that are already pending have been delivered. */
  afterPendingEvents(work: () => void): Timer;
}
