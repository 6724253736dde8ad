import { tagIn } from '../bits/job/description_tag';
import type { NotifyFlag, UnknownBits } from '../contract/enums';
import { BitsNotSupportedError } from '../errors';
import type { Notice, NotifyCallbacks } from '../bits/job/copy_job';
import type { ExplainedJob } from '../explain/explained_job';

/**
 * Who receives a job's callbacks. 'own': this watcher. 'other': another program, or functions registered with
 * `job.setNotifyInterface()`, which are not replaced. 'command': nobody, because BITS starts a program for the job
 * (`job.setNotifyCmdLine()`, the property `notificationClsid`) and would not if there were callbacks. 'refused': BITS
 * refused the registration, or the job's flags contain `disable`. 'pending': not known yet. Without callbacks of its
 * own a watcher only polls, so changes are noticed later.
 */
export type CallbackOwner = 'own' | 'other' | 'command' | 'refused' | 'pending';

/** A watcher's callbacks: registered with BITS while the job is watched, and withdrawn afterwards. */
export class CallbackRegistration {
  owner: CallbackOwner = 'pending';
  /** The events that the followers want callbacks for. */
  #flags: readonly NotifyFlag[] = [];
  /** The job's notify flags before this registration changed them. */
  #flagsBefore: readonly (NotifyFlag | UnknownBits)[] | undefined;
  /** Serializes the operations. */
  #queue: Promise<void> = Promise.resolve();
  #wanted = false;
  /** Stops what is registered from reaching the watcher. */
  #disconnect = (): void => undefined;

  constructor(
    private readonly job: ExplainedJob,
    private readonly wake: Receive,
  ) {}

  /** Registers the callbacks unless another receiver is set, and adds these flags to the job's own. */
  attach(flags: readonly NotifyFlag[]): Promise<void> {
    this.#wanted = true;
    this.#flags = flags;
    return this.#enqueue(() => this.#attach(true));
  }

  /** Withdraws the callbacks if they are still ours. Also works while the connection is closing. */
  detach(): Promise<void> {
    this.#wanted = false;
    return this.#enqueue(() => this.#withdraw());
  }

  /**
   * Checks who receives the callbacks and registers again if need be: a service restart drops callbacks, and other
   * programs replace them.
   */
  refresh(flags: readonly NotifyFlag[]): Promise<void> {
    this.#flags = flags;
    return this.#enqueue(() => this.#attach(false));
  }

  /** Withdraws the callbacks while `work` runs, then registers them again unless it has set another receiver. */
  async withoutCallbacks<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#enqueue(() => this.#withdraw()).then(work);
    await this.#enqueue(() =>
      done
        .then(
          () => undefined,
          () => undefined,
        )
        .then(() => this.#attach(true)),
    );
    return done;
  }

  /** The caller used `job.setNotifyInterface()`: the callbacks are no longer ours, and must not be withdrawn. */
  callbacksReplaced(): void {
    if (this.owner === 'own') this.owner = 'other';
  }

  /** `ask`: also set missing flags when the callbacks are already ours. */
  async #attach(ask: boolean): Promise<void> {
    if (!this.#wanted) return;
    try {
      const current = await this.#currentOwner();
      const ours = this.owner === 'own' && current === 'own';
      if (current === 'command') {
        await this.#withdraw();
        this.owner = 'command';
      } else if (current !== null && !ours) this.owner = 'other';
      else if (!ours || ask) await this.#register(ours);
    } catch {
      // If something is wrong with the job, the next poll reports it. Our own callbacks must still be withdrawn later.
      if (this.owner !== 'own') this.owner = 'refused';
    }
  }

  /** Who is notified now; null: nobody. */
  async #currentOwner(): Promise<'own' | 'other' | 'command' | null> {
    if (await this.#hasCommand()) return 'command';
    try {
      return await this.job.getNotifyInterface();
    } catch (error) {
      // BITS cannot always return the callbacks of a program that crashed. On a job of this library they were ours and
      // may be replaced; on other programs' jobs they are not touched.
      if (tagIn(await this.job.getDescription()) === undefined) throw error;
      return null;
    }
  }

  /** Whether the job has a notification program. BITS starts it only when no callback accepts the notification. */
  async #hasCommand(): Promise<boolean> {
    // Wine's BITS does not implement notification programs, and so never starts one; Windows has them since BITS 1.5.
    const without = (error: unknown) => {
      if (!(error instanceof BitsNotSupportedError)) throw error;
      return null;
    };
    const line = await this.job.getNotifyCmdLine().catch(without);
    if (line !== null && line.program !== null && line.program !== '') return true;
    return (await this.job.getProperty('notificationClsid').catch(() => null)) !== null;
  }

  async #register(ours: boolean): Promise<void> {
    const { job } = this;
    const set = await job.getNotifyFlags();
    if (set.includes('disable')) {
      if (!ours) this.owner = 'refused';
      return;
    }
    const missing = this.#flags.filter((flag) => !set.includes(flag));
    if (missing.length > 0 && this.#wanted) {
      // A BITS version that does not know one of the flags refuses all. Callbacks for flags that are set already still come.
      await job.setNotifyFlags([...set, ...missing]).then(
        () => {
          this.#flagsBefore ??= set;
        },
        () => undefined,
      );
    }
    if (!this.#wanted || ours) return;
    const { callbacks, disconnect } = connected(this.wake);
    this.#disconnect = disconnect;
    await job.registerCallbacks(callbacks);
    this.owner = 'own';
  }

  async #withdraw(): Promise<void> {
    const own = this.owner === 'own';
    this.owner = 'pending';
    this.#disconnect();
    const former = this.#flagsBefore;
    this.#flagsBefore = undefined;
    // A job that has ended rejects this, and has no callbacks any more.
    if (own) await this.job.unregisterCallbacks(former).catch(() => undefined);
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    return (this.#queue = this.#queue.then(work));
  }
}

type Receive = (event: keyof NotifyCallbacks, notice: Notice) => void;

/**
 * Callbacks that reach `receive` until they are disconnected. Where a job has ended before they could be withdrawn, BITS
 * may hold them for as long as somebody holds the job: by then they must not lead to it any more.
 */
function connected(receive: Receive): { readonly callbacks: NotifyCallbacks; readonly disconnect: () => void } {
  let receiver: Receive | undefined = receive;
  const wake = (event: keyof NotifyCallbacks) => (notice: Notice) => receiver?.(event, notice);
  return {
    callbacks: {
      jobTransferred: wake('jobTransferred'),
      jobError: wake('jobError'),
      jobModification: wake('jobModification'),
      fileTransferred: wake('fileTransferred'),
      fileRangesTransferred: wake('fileRangesTransferred'),
    },
    disconnect: () => {
      receiver = undefined;
    },
  };
}
