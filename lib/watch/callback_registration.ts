import { tagIn } from '../bits/job/description_tag';
import type { NotifyFlag, UnknownBits } from '../contract/enums';
import { BitsNotSupportedError } from '../errors';
import type { Notice, NotifyCallbacks } from '../bits/job/copy_job';
import type { ExplainedJob } from '../explain/explained_job';

/**
 * Who gets a job's callbacks. 'own': this watcher. 'other': another program, or functions that were registered with
 * `job.setNotifyInterface()`; they are left alone. 'command': nobody, because the job has a program for Windows to start
 * (`job.setNotifyCmdLine()`, the property `notificationClsid`), which callbacks would keep from being started. 'refused':
 * BITS does not let us, or the job's flags say `disable`. 'pending': not known yet. Without callbacks of its own a watcher
 * polls only, which works as well, with more delay.
 */
export type CallbackOwner = 'own' | 'other' | 'command' | 'refused' | 'pending';

/** The watcher's callbacks at BITS: attached when somebody watches, withdrawn when nobody does. */
export class CallbackRegistration {
  owner: CallbackOwner = 'pending';
  /** What those who watch want to be called for. */
  #flags: readonly NotifyFlag[] = [];
  /** Flags before ours, when we changed them. */
  #flagsBefore: readonly (NotifyFlag | UnknownBits)[] | undefined;
  /** Our last call; the next one begins after it. */
  #queue: Promise<void> = Promise.resolve();
  #wanted = false;

  constructor(
    private readonly job: ExplainedJob,
    private readonly wake: (event: keyof NotifyCallbacks, notice: Notice) => void,
  ) {}

  /** Attaches unless somebody else is to be notified; asks for these flags beside those that are set. */
  attach(flags: readonly NotifyFlag[]): Promise<void> {
    this.#wanted = true;
    this.#flags = flags;
    return this.#enqueue(() => this.#attach(true));
  }

  /** Withdraws what is still ours. Works while the connection is closing, too. */
  detach(): Promise<void> {
    this.#wanted = false;
    return this.#enqueue(() => this.#withdraw());
  }

  /** Looks again who is to be notified: a restart of the service drops callbacks, another program replaces them. */
  refresh(flags: readonly NotifyFlag[]): Promise<void> {
    this.#flags = flags;
    return this.#enqueue(() => this.#attach(false));
  }

  /** Does something that our callbacks must not be in the way of, and looks again who is to be notified. */
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

  /** Somebody has used `job.setNotifyInterface()`: the callbacks are not ours any more, and not ours to withdraw. */
  callbacksReplaced(): void {
    if (this.owner === 'own') this.owner = 'other';
  }

  /** `ask`: for the flags as well, where the callbacks are ours already. */
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
      // The poll says what is wrong with the job, if anything is. What is ours stays ours to withdraw.
      if (this.owner !== 'own') this.owner = 'refused';
    }
  }

  /** Who is notified now, or is to be; null: nobody. */
  async #currentOwner(): Promise<'own' | 'other' | 'command' | null> {
    if (await this.#hasCommand()) return 'command';
    try {
      return await this.job.getNotifyInterface();
    } catch (error) {
      // What a program that crashed has registered cannot always be handed out. On a job of this library it was one of
      // ours; other programs' jobs are left to them.
      if (tagIn(await this.job.getDescription()) === undefined) throw error;
      return null;
    }
  }

  /** BITS starts a program only when no callback takes the notice. */
  async #hasCommand(): Promise<boolean> {
    // A service that does not have it, as Wine's, starts none.
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
      // A BITS that does not know a flag refuses all of them; the others come then.
      await job.setNotifyFlags([...set, ...missing]).then(
        () => {
          this.#flagsBefore ??= set;
        },
        () => undefined,
      );
    }
    if (!this.#wanted || ours) return;
    const wake = (event: keyof NotifyCallbacks) => (notice: Notice) => {
      this.wake(event, notice);
    };
    await job.registerCallbacks({
      jobTransferred: wake('jobTransferred'),
      jobError: wake('jobError'),
      jobModification: wake('jobModification'),
      fileTransferred: wake('fileTransferred'),
      fileRangesTransferred: wake('fileRangesTransferred'),
    });
    this.owner = 'own';
  }

  async #withdraw(): Promise<void> {
    const own = this.owner === 'own';
    this.owner = 'pending';
    const former = this.#flagsBefore;
    this.#flagsBefore = undefined;
    // A job that has ended refuses, and has no callbacks any more.
    if (own) await this.job.unregisterCallbacks(former).catch(() => undefined);
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    return (this.#queue = this.#queue.then(work));
  }
}
