import { readArgument, wrongType } from './checks';

/**
 * An AbortSignal; absent is fine. Accepted is what has `aborted` (true or false), `addEventListener` and
 * `removeEventListener`: the signals of all realms, and of polyfills that are whole. `throwIfAborted` and `reason` are
 * not needed. A signal that is not this realm's own comes back behind a face that does not throw later on.
 */
export function checkSignal(value: unknown, argument: string): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (!readArgument(argument, () => isSignal(value))) {
    throw wrongType(argument, 'an AbortSignal (aborted, addEventListener and removeEventListener)', value);
  }
  if (value instanceof AbortSignal) return value;
  const signal = value as ListenedTo;
  const listener = () => undefined;
  readArgument(argument, () => {
    // one that cannot be listened to is found out now, not when something is under way
    signal.addEventListener('abort', listener);
    signal.removeEventListener('abort', listener);
  });
  return new ForeignSignal(signal) as unknown as AbortSignal;
}

/** By form, not by instanceof: the signal may come from another realm. */
function isSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Partial<ListenedTo>;
  return (
    typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function'
  );
}

type ListenedTo = Pick<AbortSignal, 'aborted' | 'reason' | 'addEventListener' | 'removeEventListener'>;

/** Somebody else's signal. What it throws after it was checked must not keep a promise from settling. */
class ForeignSignal implements ListenedTo {
  readonly #signal: ListenedTo;
  #aborted = false;

  constructor(signal: ListenedTo) {
    this.#signal = signal;
  }

  get aborted(): boolean {
    this.#aborted ||= attempt(() => this.#signal.aborted) === true;
    return this.#aborted;
  }

  get reason(): unknown {
    return attempt(() => this.#signal.reason as unknown);
  }

  addEventListener(...args: unknown[]): void {
    attempt(() => {
      Reflect.apply(this.#signal.addEventListener, this.#signal, args);
    });
  }

  removeEventListener(...args: unknown[]): void {
    attempt(() => {
      Reflect.apply(this.#signal.removeEventListener, this.#signal, args);
    });
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
