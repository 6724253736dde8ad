import { CallsUnderWay } from './calls_under_way';
import type { CallLimits } from './calls_under_way';
import type { JobState, UnknownWord } from '../contract/enums';
import { BitsClosedError, BitsError, describe, detectEnvironment, errorFromNative } from '../errors';
import type { Environment } from '../errors';
import { noAnswerError } from '../errors/no_answer';
import { ANSWER_LIMIT, DEFAULT_LIMITS, MIN_CALL_LIMIT } from '../util/limits';
import type { ConnectionLimits } from '../util/limits';
import type { ManagerHandle, NativeAddon, NativeFailure } from '../contract/addon';
import { InstancesByClass } from '../util/instances_by_class';
import { valueWithin } from '../util/deadline';
import type { Clock, Host } from '../host';

/** What the caller of the addon knows about a call. */
export interface CallContext<T = unknown> {
  readonly jobId?: string;
  readonly action?: string;
  /** COM name of the method, 'IBackgroundCopyJob::Resume'. */
  readonly method?: string;
  /** Reads the job's state; used when the call failed because the state does not allow it. */
  readonly readState?: (() => Promise<JobState | UnknownWord>) | undefined;
  /** The addon's queue that the call joins. Default: that of the job, or else of the manager. */
  readonly queue?: string;
  /** Receives a result that arrives after the call has been rejected. */
  readonly late?: (result: T) => void;
}

/** Name of the queue of the manager's calls. */
export const MANAGER_QUEUE = '';

/** The system that provides BITS. */
export interface SystemInfo {
  /** Version of Windows including the build number, '10.0.19045'. */
  readonly windows: string;
  /** Version of Wine where it provides the Windows API, '9.0'; `null` on Windows. */
  readonly wine: string | null;
  /** Present when BITS is simulated, by `windows-bits/testing`. */
  readonly simulated?: true;
}

/**
 * What a manager shares with its jobs, files and errors: the addon, the calls under way, how long to wait for one, and
 * whether it has been closed. Every call to the addon goes through it.
 */
export class Connection {
  readonly native: NativeAddon;
  readonly manager: ManagerHandle;
  readonly system: SystemInfo;
  /** Milliseconds, as given by the caller. */
  readonly serviceTimeout: number;
  /** The original connection, when this is another view of it; else this one. */
  readonly base: Connection;
  /** Time and disk. */
  readonly host: Host;
  readonly #limits: ConnectionLimits;
  readonly #shared: Shared;
  /** For cleaning up: calls are always made, even while the connection is closing, and have no limit. */
  readonly #background: boolean;

  constructor(
    native: NativeAddon,
    manager: ManagerHandle,
    host: Host,
    limits: Partial<ConnectionLimits> = {},
    view?: { readonly of: Connection; readonly background: boolean },
  ) {
    this.native = native;
    this.manager = manager;
    this.host = host;
    this.#limits = { ...(view === undefined ? DEFAULT_LIMITS : view.of.#limits), ...limits };
    this.#shared = view === undefined ? createShared(native, host.clock) : view.of.#shared;
    this.serviceTimeout = this.#limits.serviceTimeout;
    this.base = view?.of.base ?? this;
    this.#background = view?.background ?? false;
    this.system = this.#shared.system;
  }

  /**
   * This connection's instance of a class, created on first use. If it has `close()`, it is closed with the connection.
   */
  of<T extends object>(Class: new (connection: Connection) => T): T {
    return this.#shared.instances.of(Class, this.base);
  }

  /** The instance of a class that all of this process's connections to the service share. */
  ofService<T extends object>(Class: new () => T): T {
    const known = services.get(this.native) ?? new InstancesByClass();
    services.set(this.native, known);
    return known.of(Class);
  }

  /** The same connection with another limit for each call. */
  limited(serviceTimeout: number): Connection {
    return new Connection(this.native, this.manager, this.host, { serviceTimeout }, { of: this, background: false });
  }

  /** The same connection for work that nobody waits for: cleaning up, and the watchers' callbacks. */
  get background(): Connection {
    return new Connection(this.native, this.manager, this.host, {}, { of: this.base, background: true });
  }

  /** Whether calls in the queue fail at once, because an earlier one has not been answered. */
  isStuck(queue: string): boolean {
    return this.#shared.calls.unansweredFor(queue) >= this.#limit;
  }

  /**
   * Makes one call to the addon and turns its failure into a typed error, with the stack of whoever awaits it. Rejects
   * with BitsUnavailableError (`BITS_NO_ANSWER`) when the limit is over.
   */
  async call<T>(start: () => Promise<T>, context: CallContext<T> = {}): Promise<T> {
    const { calls, closing } = this.#shared;
    const { jobId, method, late, action = method ?? 'the method', queue = jobId ?? MANAGER_QUEUE } = context;
    if (closing.signal.aborted && !this.#background) throw new BitsClosedError(action, { jobId });
    try {
      return await calls.make(queue, this.#callLimits, start, {
        error: (made) => noAnswerError(action, made, { method, jobId }),
        late,
      });
    } catch (failure) {
      throw isFailure(failure) ? await this.#errorFor(failure, context) : failure;
    }
  }

  get #callLimits(): CallLimits {
    if (!this.#background) return { limit: this.#limit, hold: Infinity };
    return { limit: Infinity, hold: this.#shared.closed ? 0 : this.#limit };
  }

  /** The error includes the job's state when that is why the call failed. */
  async #errorFor(failure: NativeFailure, { jobId, action, readState }: CallContext<never>): Promise<Error> {
    const { environment } = this.#shared;
    const aboutState = readState !== undefined && describe(failure.hresult).family === 'state';
    const state = aboutState ? await valueWithin(this.host.clock, ANSWER_LIMIT, readState()) : undefined;
    return errorFromNative(failure, { jobId, action, state, environment });
  }

  /** Aborts when the connection is closed. */
  get closing(): AbortSignal {
    return this.#shared.closing.signal;
  }

  /**
   * Refuses further calls, ends all watching, and waits for calls under way, up to `closeTimeout`. Calls not answered
   * by then reject with BITS_NO_ANSWER, and from then on the connection does not keep the process alive.
   */
  close(): Promise<void> {
    return (this.#shared.whenClosed ??= this.#close());
  }

  get #limit(): number {
    return Math.max(MIN_CALL_LIMIT, this.serviceTimeout);
  }

  async #close(): Promise<void> {
    const { calls, instances } = this.#shared;
    this.#shared.closing.abort();
    const settled = Promise.all([calls.settled(), ...instances.all.map((one) => isCloseable(one) && one.close())]);
    await valueWithin(this.host.clock, this.#limits.closeTimeout, settled);
    this.#shared.closed = true;
    calls.giveUp();
  }
}

/** What all views of a connection share. */
interface Shared {
  readonly calls: CallsUnderWay;
  readonly instances: InstancesByClass;
  readonly system: SystemInfo;
  /** An environment in which BITS cannot work and that no HRESULT identifies. */
  readonly environment: Environment | undefined;
  readonly closing: AbortController;
  closed: boolean;
  whenClosed: Promise<void> | undefined;
}

/** Shared instances by the addon that reaches the service. */
const services = new WeakMap<NativeAddon, InstancesByClass>();

function createShared(native: NativeAddon, clock: Clock): Shared {
  const { windows, wine, restrictedToken, simulated } = native.systemInfo();
  return {
    calls: new CallsUnderWay(clock, (call) => native.abandon(call)),
    instances: new InstancesByClass(),
    system: Object.freeze({ windows, wine, ...(simulated && { simulated }) }),
    environment: restrictedToken ? 'restrictedToken' : detectEnvironment(process.env),
    closing: new AbortController(),
    closed: false,
    whenClosed: undefined,
  };
}

function isFailure(value: unknown): value is NativeFailure {
  return typeof value === 'object' && value !== null && 'hresult' in value && !(value instanceof BitsError);
}

function isCloseable(value: object): value is { close(): Promise<void> } {
  return 'close' in value && typeof value.close === 'function';
}
