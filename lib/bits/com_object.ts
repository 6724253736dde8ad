import type { InspectOptions } from 'node:util';
import type { CallContext, Connection } from './connection';
import { guardMethods } from '../errors/api_boundary';
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

/** The groups of the addon's method table, and the handle type that each group's methods take. */
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

/** Class names by group. Spelled out, because bundlers shorten the names of classes. */
const NAMES: Readonly<Record<Group, string>> = {
  manager: 'BitsManager',
  job: 'BitsJob',
  file: 'BitsFile',
  error: 'BitsErrorInfo',
  peerCache: 'BitsPeerCache',
  record: 'BitsPeerCacheRecord',
  peer: 'BitsPeer',
};

/** The parameters of a method after the handle, and the type its promise resolves with. */
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

/** A BITS object and its handle: the base of every class whose methods call one group of the addon's method table. */
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

  /** Whether a value is an object of this group, as `this` must be in its methods. @internal */
  static isOf(value: unknown, group: Group): boolean {
    return typeof value === 'object' && value !== null && #group in value && value.#group === group;
  }

  /** An accessor, so that it is not printed, copied or sent with the object. @internal */
  protected get connection(): Connection {
    return this.#connection;
  }

  /** @internal */
  protected get handle(): Handles[G] {
    return this.#handle;
  }

  /** What JSON and logs show of the object: what is known without asking BITS. */
  toJSON(): Record<string, unknown> {
    return {};
  }

  /** For util.inspect and console.log. @internal */
  [INSPECT](depth: number, options: InspectOptions, inspect: Inspect): string {
    return show(this[Symbol.toStringTag], #group in this ? this.toJSON() : {}, depth, options, inspect);
  }

  get [Symbol.toStringTag](): string {
    return #group in this ? NAMES[this.#group] : 'Object'; // called on a prototype, as inspection tools do
  }

  /** Calls a method of the addon; a failure becomes a typed error. @internal */
  protected call<M extends keyof NativeAddon[G] & string>(method: M, ...args: Arguments<G, M>): Promise<Result<G, M>> {
    return this.callWith({}, method, ...args);
  }

  /** The same, with more context for the call. @internal */
  protected callWith<M extends keyof NativeAddon[G] & string>(
    context: CallContext<Result<G, M>>,
    method: M,
    ...args: Arguments<G, M>
  ): Promise<Result<G, M>> {
    return this.#make(this.connection, context, method, args);
  }

  /** Undoes, in the background, what nobody is waiting for any more. @internal */
  protected undo<M extends keyof NativeAddon[G] & string>(method: M, ...args: Arguments<G, M>): void {
    this.#make(this.connection.background, {}, method, args).catch(() => undefined); // nobody is waiting for it
  }

  /** Context for the errors of this object's calls. @internal */
  protected context(): CallContext {
    return {};
  }

  /** Releases a manager's COM proxies. @internal */
  protected release(this: ComObject<'manager'>): void {
    this.connection.native.releaseManager(this.#handle);
  }

  #make<M extends keyof NativeAddon[G] & string>(
    connection: Connection,
    context: CallContext<Result<G, M>>,
    method: M,
    args: Arguments<G, M>,
  ): Promise<Result<G, M>> {
    // The compiler cannot see that a method of a group takes that group's handle; the contract guarantees it.
    const call = connection.native[this.#group][method] as (...args: unknown[]) => Promise<Result<G, M>>;
    return connection.call(() => call(this.#handle, ...(args as unknown[])), {
      method: call.name,
      ...this.context(),
      ...context,
    });
  }
}

/** Guards the methods of a class: see guardMethods(). */
export function guardComObject<G extends Group>(
  Class: abstract new (...args: never[]) => ComObject<G>,
  group: G,
): void {
  guardMethods(Class, (value) => ComObject.isOf(value, group), ComObject);
}
