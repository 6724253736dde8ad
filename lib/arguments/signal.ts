import { readArgument, wrongType } from './checks';

/**
 * Checks an AbortSignal, or undefined. Accepts objects with `aborted` (a boolean), `addEventListener` and
 * `removeEventListener`: signals of any realm, and of complete polyfills. `throwIfAborted` and `reason` are not
 * required. A signal from another realm is wrapped so that it cannot throw later.
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
    // fail now if the signal cannot be listened to, not when something is under way
    signal.addEventListener('abort', listener);
    signal.removeEventListener('abort', listener);
  });
  return new ForeignSignal(signal) as unknown as AbortSignal;
}

/** Whether a value has what a signal needs. Not by instanceof: it may come from another realm. */
function isSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Partial<ListenedTo>;
  return (
    typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function'
  );
}

type ListenedTo = Pick<AbortSignal, 'aborted' | 'reason' | 'addEventListener' | 'removeEventListener'>;

/** Wraps a signal from elsewhere. If it throws after it was checked, promises must still settle. */
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
