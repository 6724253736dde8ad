import type { InspectOptions } from 'node:util';
import type { CallContext, Connection } from './connection';
import { guard } from '../errors/api_boundary';
import { INSPECT, show } from '../util/inspect';
import type { Inspect } from '../util/inspect';
import type {
  ErrorHandle,
  FileHandle,
  JobHandle,
  ManagerHandle,
  NativeAddon,
  PeerHandle,
  RecordHandle,
} from '../contract/addon';

/** The groups of the addon's method table, and the handle that the methods of each take. */
interface Handles {
  manager: ManagerHandle;
  job: JobHandle;
  file: FileHandle;
  error: ErrorHandle;
  peerCache: ManagerHandle;
  record: RecordHandle;
  peer: PeerHandle;
}
type Group = keyof Handles;

/** Classes by group: names that no bundler shortens. */
const NAMES: Readonly<Record<Group, string>> = {
  manager: 'BitsManager',
  job: 'BitsJob',
  file: 'BitsFile',
  error: 'BitsErrorInfo',
  peerCache: 'BitsPeerCache',
  record: 'BitsPeerCacheRecord',
  peer: 'BitsPeer',
};

/** What a method takes behind the handle, and what it promises. */
type Arguments<G extends Group, M extends keyof NativeAddon[G]> = NativeAddon[G][M] extends (
  handle: Handles[G],
  ...args: infer A
) => Promise<unknown>
  ? A
  : never;
type Result<G extends Group, M extends keyof NativeAddon[G]> = NativeAddon[G][M] extends (
  ...args: never[]
) => Promise<infer R>
  ? R
  : never;

/** An object of BITS with its handle: the base of every class whose methods are calls of one group of the addon. */
export abstract class ComObject<G extends Group> {
  readonly #connection: Connection;
  readonly #handle: Handles[G];
  readonly #group: G;

  /** @internal */
  constructor(connection: Connection, group: G, handle: Handles[G]) {
    this.#connection = connection;
    this.#group = group;
    this.#handle = handle;
  }

  /** Whether a value is an object of this group: what `this` must be in its methods. @internal */
  static isOf(value: unknown, group: Group): boolean {
    return typeof value === 'object' && value !== null && #group in value && value.#group === group;
  }

  /** Not a property of its own: it is nothing to print, to copy or to send. @internal */
  protected get connection(): Connection {
    return this.#connection;
  }

  /** @internal */
  protected get handle(): Handles[G] {
    return this.#handle;
  }

  /** What logs and JSON show of the object: what is known without asking BITS. */
  toJSON(): Record<string, unknown> {
    return {};
  }

  /** For util.inspect and console.log. @internal */
  [INSPECT](depth: number, options: InspectOptions, inspect: Inspect): string {
    return show(this[Symbol.toStringTag], #group in this ? this.toJSON() : {}, depth, options, inspect);
  }

  get [Symbol.toStringTag](): string {
    return #group in this ? NAMES[this.#group] : 'Object'; // a prototype, which tools look at
  }

  /** Calls a method of the addon; its failure becomes the typed error. @internal */
  protected call<M extends keyof NativeAddon[G] & string>(method: M, ...args: Arguments<G, M>): Promise<Result<G, M>> {
    return this.callWith({}, method, ...args);
  }

  /** The same, with more to say about the call. @internal */
  protected callWith<M extends keyof NativeAddon[G] & string>(
    context: CallContext<Result<G, M>>,
    method: M,
    ...args: Arguments<G, M>
  ): Promise<Result<G, M>> {
    return this.#make(this.connection, context, method, args);
  }

  /** Undoes what nobody waits for any more, in the background. @internal */
  protected undo<M extends keyof NativeAddon[G] & string>(method: M, ...args: Arguments<G, M>): void {
    this.#make(this.connection.background, {}, method, args).catch(() => undefined); // nobody is left to tell
  }

  /** What errors of this object's calls say beside the failure. @internal */
  protected context(): CallContext {
    return {};
  }

  /** Lets go of the service. For managers. @internal */
  protected release(this: ComObject<'manager'>): void {
    this.connection.native.releaseManager(this.#handle);
  }

  #make<M extends keyof NativeAddon[G] & string>(
    connection: Connection,
    context: CallContext<Result<G, M>>,
    method: M,
    args: Arguments<G, M>,
  ): Promise<Result<G, M>> {
    // The compiler cannot see that a method of the group takes the group's handle; the contract says so.
    const call = connection.native[this.#group][method] as (...args: unknown[]) => Promise<Result<G, M>>;
    return connection.call(() => call(this.#handle, ...(args as unknown[])), {
      method: call.name,
      ...this.context(),
      ...context,
    });
  }
}

/** Guards the methods of a class: see guard(). */
export function guardComObject<G extends Group>(
  Class: abstract new (...args: never[]) => ComObject<G>,
  group: G,
): void {
  guard(Class, (value) => ComObject.isOf(value, group), ComObject);
}
