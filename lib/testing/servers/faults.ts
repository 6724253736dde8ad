/** A fault that has been ordered. */
export interface OrderedFault {
  /** How often it has struck. */
  readonly struck: number;
  /** Takes it back. */
  remove(): void;
}

interface Entry<F> {
  readonly fault: F;
  readonly applies: (candidate: never) => boolean;
  left: number;
  struck: number;
}

/** Faults in the order in which they were ordered. Each strikes once, n times, or always. */
export class Faults<F, Candidate> {
  readonly #entries = new Set<Entry<F>>();

  /** Orders a fault. `times` is a whole number from 1, or Infinity; anything else throws RangeError. */
  add(fault: F, applies: (candidate: Candidate) => boolean, times = 1): OrderedFault {
    if (times !== Infinity && !(Number.isSafeInteger(times) && times >= 1)) {
      throw new RangeError(`times must be a whole number from 1, or Infinity, not ${String(times)}`);
    }
    const entry: Entry<F> = { fault, applies, left: times, struck: 0 };
    this.#entries.add(entry);
    return {
      get struck() {
        return entry.struck;
      },
      remove: () => void this.#entries.delete(entry),
    };
  }

  /** The fault that strikes now: the oldest that applies. */
  take(candidate: Candidate): F | undefined {
    for (const entry of this.#entries) {
      if (!entry.applies(candidate as never)) continue;
      entry.struck += 1;
      entry.left -= 1;
      if (entry.left === 0) this.#entries.delete(entry);
      return entry.fault;
    }
    return undefined;
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Faults that have not struck as often as was ordered; those that strike always count until they have struck once. */
  get unused(): readonly F[] {
    return [...this.#entries].filter(({ left, struck }) => left !== Infinity || struck === 0).map(({ fault }) => fault);
  }
}
