/** A function that hears of events; what it is called with, the name of the event says. */
export type AnyListener = (...args: never[]) => void;

/** One listener, once for each time that it was added. */
export interface ListenerEntry<Name extends string> {
  readonly event: Name;
  /** What the caller passed. */
  readonly listener: AnyListener;
  /** What is called: the listener, or a function around it that takes the entry away first. */
  readonly raw: AnyListener & { readonly listener?: AnyListener };
  /** Keeps the process alive. */
  readonly ref: boolean;
}

/** How a listener is added. */
export interface AddOptions {
  readonly once: boolean;
  /** Before the others. */
  readonly first: boolean;
  readonly ref: boolean;
}

/** What Node's EventEmitter has unless it is told otherwise. */
const MAX_LISTENERS = 10;

/** The listeners of one object, kept and counted as Node's EventEmitter does it. */
export class Listeners<Name extends string> {
  #entries: readonly ListenerEntry<Name>[] = [];
  readonly #warned = new Set<Name>();
  max = MAX_LISTENERS;

  /** `owner` names the object in a warning; `left` is called when an entry has gone. */
  constructor(
    private readonly owner: string,
    private readonly onRemoved: () => void,
  ) {}

  /** In the order they are called; adding and removing make another list. */
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

  /** Takes away the listener that was added last among those that are the same. */
  remove(event: Name, listener: AnyListener): void {
    const same = this.of(event).filter((entry) => entry.listener === listener || entry.raw === listener);
    const last = same.at(-1);
    if (last !== undefined) this.drop([last]);
  }

  /** Of one event, or all. */
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
