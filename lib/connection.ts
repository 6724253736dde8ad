import type { JobState, UnknownWord } from './enums';
import { BitsClosedError, BitsError, describe, environmentOf, errorFromNative } from './errors';
import type { Environment } from './errors';
import type { NativeAddon, NativeFailure } from './native/contract';
import { Watchers } from './watch/watchers';

/** What the caller of the addon knows about a call, for the error if it fails. */
export interface CallContext {
  readonly jobId?: string;
  readonly action?: string;
  /** Reads the job's state, when the failure is that the state does not allow the call. */
  readonly readState?: () => Promise<JobState | UnknownWord>;
  /** Belongs to closing: allowed after that has begun. */
  readonly parting?: boolean;
}

/** What answers for BITS here. */
export interface SystemInfo {
  /** Version of Windows with the build, '10.0.19045'. */
  readonly windows: string;
  /** Version of Wine, where it stands in for Windows; else null. */
  readonly wine: string | null;
}

/** What a manager shares with its jobs, files and errors: the addon, whether it is open, the calls under way. */
export class Connection {
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;
  readonly #closing = new AbortController();
  /** Who is watching jobs. */
  readonly watchers = new Watchers();

  readonly system: SystemInfo;
  /** Where BITS cannot work for a reason that no code of its own tells. */
  readonly #environment: Environment | undefined;

  constructor(readonly native: NativeAddon) {
    const { windows, wine, restrictedToken } = native.systemInfo();
    this.system = Object.freeze({ windows, wine });
    this.#environment = restrictedToken ? 'restrictedToken' : environmentOf(process.env);
  }

  /** Makes one call of the addon and turns its failure into the typed error, with the stack of whoever awaits it. */
  async call<T>(work: () => Promise<T>, context: CallContext = {}): Promise<T> {
    if (this.#closed && context.parting !== true) throw new BitsClosedError(context.action ?? 'the method', { jobId: context.jobId });
    const pending = work();
    this.#underWay.add(pending);
    try {
      return await pending;
    } catch (failure) {
      if (!isFailure(failure)) throw failure;
      const { readState } = context;
      const state = readState && describe(failure.hresult).family === 'state' ? await quietly(readState) : undefined;
      throw errorFromNative(failure, { ...context, state, environment: this.#environment });
    } finally {
      this.#underWay.delete(pending);
    }
  }

  /** Aborts when the connection is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Refuses further calls, ends all watching, and waits for calls under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.abort();
    await this.watchers.close();
    await Promise.allSettled(this.#underWay);
  }
}

function isFailure(value: unknown): value is NativeFailure {
  return typeof value === 'object' && value !== null && 'hresult' in value && !(value instanceof BitsError);
}

/** Something worth knowing that must not become a second error. */
async function quietly<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}
