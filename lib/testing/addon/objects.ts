import type { Registration } from '../computer/computer';
import type { ErrorState, FileState, JobState } from '../computer/state';
import type { ObjectKind } from '../service/versions';

/** Calls on one object are made one after another, in the order in which they were started. */
export class CallQueue {
  #last: Promise<unknown> = Promise.resolve();

  add<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** What a handle refers to: an object of BITS as the program holds it, with its connection to the service. */
export class SimulatedObject {
  /** The run of the service that its proxies belong to; 0: it has none. */
  run = 0;
  /** What was registered for callbacks by way of this object. */
  readonly own: { callback: Registration | null } = { callback: null };

  constructor(
    readonly kind: ObjectKind,
    readonly queue: CallQueue,
    /** Null for a manager itself. */
    private readonly ofManager: ManagerObject | null,
    /** As Targets has it. */
    readonly target: { readonly job: JobState; readonly file?: FileState; readonly error?: ErrorState } | null,
  ) {}

  get manager(): ManagerObject {
    return this.ofManager ?? managerOf(this);
  }

  get jobId(): string | null {
    return this.target?.job.id ?? null;
  }

  /** Managers and jobs are found again after the connection has broken; files and errors are not. */
  get canBeFound(): boolean {
    return this.kind === 'manager' || this.kind === 'job';
  }
}

export class ManagerObject extends SimulatedObject {
  /** One object for each job, so that all calls on a job share one queue. */
  readonly jobs = new Map<string, SimulatedObject>();

  constructor(
    readonly clsid: string,
    readonly context: number,
  ) {
    super('manager', new CallQueue(), null, null);
  }
}

export function managerOf(handle: unknown): ManagerObject {
  const object = objectOf(handle, 'manager');
  if (!(object instanceof ManagerObject)) throw new TypeError('argument 0: expected a handle of another kind');
  return object;
}

/** As the addon does it: a TypeError at once, not a promise. */
export function objectOf(handle: unknown, kind: ObjectKind): SimulatedObject {
  if (!(handle instanceof SimulatedObject)) throw new TypeError('argument 0: expected a handle');
  if (handle.kind !== kind) throw new TypeError('argument 0: expected a handle of another kind');
  return handle;
}
