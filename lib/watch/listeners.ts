/** A listener of any event; the event name determines its arguments. */
export type AnyListener = (...args: never[]) => void;

/** A listener; one entry for each time that it was added. */
export interface ListenerEntry<Name extends string> {
  readonly event: Name;
  /** What the caller passed. */
  readonly listener: AnyListener;
  /** What is called: the listener, or for `once()` a wrapper that removes the entry first. */
  readonly raw: AnyListener & { readonly listener?: AnyListener };
  /** Keeps the process alive. */
  readonly ref: boolean;
}

/** How to add a listener. */
export interface AddOptions {
  readonly once: boolean;
  /** Called before the others. */
  readonly first: boolean;
  readonly ref: boolean;
}

/** The default of a Node.js EventEmitter. */
const MAX_LISTENERS = 10;

/** The listeners of one object, stored and counted as by a Node.js EventEmitter. */
export class Listeners<Name extends string> {
  #entries: readonly ListenerEntry<Name>[] = [];
  readonly #warned = new Set<Name>();
  max = MAX_LISTENERS;

  /** `owner` names the object in warnings; `onRemoved` is called after entries have been removed. */
  constructor(
    private readonly owner: string,
    private readonly onRemoved: () => void,
  ) {}

  /** In the order in which they are called. A new array after each change. */
  get entries(): readonly ListenerEntry<Name>[] {
    return this.#entries;
  }

  add(event: Name, listener: AnyListener, { once, first, ref }: AddOptions): ListenerEntry<Name> {
    const entry: ListenerEntry<Name> = {
      event,
      listener,
      ref,
      raw: once ? this.#once(listener, () => entry) : listener,
    };
    this.#entries = first ? [entry, ...this.#entries] : [...this.#entries, entry];
    this.#warn(event);
    return entry;
  }

  /** Removes one entry of this listener, the one added last. */
  remove(event: Name, listener: AnyListener): void {
    const same = this.of(event).filter((entry) => entry.listener === listener || entry.raw === listener);
    const last = same.at(-1);
    if (last !== undefined) this.drop([last]);
  }

  /** Removes the listeners of one event, or all. */
  clear(event?: Name): void {
    this.drop(event === undefined ? this.#entries : this.of(event));
  }

  of(event: Name): readonly ListenerEntry<Name>[] {
    return this.#entries.filter((entry) => entry.event === event);
  }

  drop(gone: readonly ListenerEntry<Name>[]): void {
    if (!gone.some((entry) => this.#entries.includes(entry))) return;
    this.#entries = this.#entries.filter((entry) => !gone.includes(entry));
    this.onRemoved();
  }

  #once(listener: AnyListener, self: () => ListenerEntry<Name>): ListenerEntry<Name>['raw'] {
    const drop = () => {
      this.drop([self()]);
    };
    let called = false;
    function raw(this: unknown, ...args: never[]): void {
      if (called) return;
      called = true;
      drop();
      Reflect.apply(listener, this, args);
    }
    return Object.assign(raw, { listener });
  }

  #warn(event: Name): void {
    const count = this.of(event).length;
    if (this.max === 0 || count <= this.max || this.#warned.has(event)) return;
    this.#warned.add(event);
    const text = `${count} '${event}' listeners added to ${this.owner}, which may be a leak. Raise the limit with setMaxListeners()`;
    process.emitWarning(text, 'MaxListenersExceededWarning');
  }
}
