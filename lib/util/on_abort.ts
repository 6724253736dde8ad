/** The callbacks that wait for one signal, and the one listener that serves them all. */
interface Waiting {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const signals = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls a function when a signal aborts, or at once if it already has. Returns a function that cancels this. However
 * many callbacks wait, the signal gets a single listener: Node.js warns of a leak at the eleventh.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const { callbacks, listener } = signals.get(signal) ?? listen(signal);
  const call = () => {
    callback();
  }; // a function of its own: the same callback may be passed twice
  callbacks.add(call);
  return () => {
    if (!callbacks.delete(call) || callbacks.size > 0 || signals.get(signal)?.callbacks !== callbacks) return;
    signals.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

function listen(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>();
  const listener = () => {
    signals.delete(signal);
    for (const callback of [...callbacks]) callback();
  };
  const waiting = { callbacks, listener };
  signals.set(signal, waiting);
  signal.addEventListener('abort', listener, { once: true });
  return waiting;
}
