import type { NotifyFlag, UnknownBits } from '../enums';
import type { BitsJob, Notice, NotifyCallbacks } from '../job';

/**
 * Who gets a job's callbacks. 'own': this watcher. 'other': another program, or functions that were registered with
 * `job.setNotifyInterface()`; they are left alone. 'refused': BITS does not let us, or the job's flags say `disable`.
 * 'pending': not known yet. Without callbacks of its own a watcher polls only, which works as well, with more delay.
 */
export type CallbackOwner = 'own' | 'other' | 'refused' | 'pending';

/** The watcher's callbacks at BITS: attached when somebody watches, withdrawn when nobody does. */
export class Registration {
  owner: CallbackOwner = 'pending';
  /** Flags before ours, when we changed them. */
  #former: readonly (NotifyFlag | UnknownBits)[] | undefined;
  /** Our last call; the next one begins after it. */
  #last: Promise<void> = Promise.resolve();
  #wanted = false;

  constructor(
    private readonly job: BitsJob,
    private readonly wake: (event: keyof NotifyCallbacks, notice: Notice) => void,
  ) {}

  /** Attaches unless somebody else holds the callbacks; asks for these flags beside those that are set. */
  attach(flags: readonly NotifyFlag[]): Promise<void> {
    this.#wanted = true;
    return this.#next(() => this.#attach(flags));
  }

  /** Withdraws what is still ours. Works while the connection is closing, too. */
  detach(): Promise<void> {
    this.#wanted = false;
    return this.#next(async () => {
      const own = this.owner === 'own';
      this.owner = 'pending';
      const former = this.#former;
      this.#former = undefined;
      // A job that has ended refuses, and has no callbacks any more.
      if (own) await this.job.leave(former).catch(() => undefined);
    });
  }

  /** Looks whether the callbacks are still ours: a restart of the service drops them, another program replaces them. */
  check(flags: readonly NotifyFlag[]): Promise<void> {
    return this.#next(async () => {
      const owner = this.#wanted ? await this.job.getNotifyInterface().catch(() => undefined) : undefined;
      if (owner === undefined || !this.#wanted) return;
      if (owner === 'other' && this.owner === 'own') this.owner = 'other';
      if (owner !== null) return;
      this.owner = 'pending';
      await this.#attach(flags);
    });
  }

  /** Somebody has used `job.setNotifyInterface()`: the callbacks are not ours any more, and not ours to withdraw. */
  replaced(): void {
    if (this.owner === 'own') this.owner = 'other';
  }

  async #attach(flags: readonly NotifyFlag[]): Promise<void> {
    const { job } = this;
    try {
      if (this.owner !== 'own') {
        if ((await job.getNotifyInterface()) !== null) {
          this.owner = 'other';
          return;
        }
        if (!this.#wanted) return;
      }
      const set = await job.getNotifyFlags();
      if (set.includes('disable')) {
        this.owner = 'refused';
        return;
      }
      const missing = flags.filter((flag) => !set.includes(flag));
      if (missing.length > 0 && this.#wanted) {
        // A BITS that does not know a flag refuses all of them; the others come then.
        await job.setNotifyFlags([...set, ...missing]).then(() => { this.#former ??= set; }, () => undefined);
      }
      if (!this.#wanted || this.owner === 'own') return;
      const wake = (event: keyof NotifyCallbacks) => (notice: Notice) => { this.wake(event, notice); };
      await job.listen({
        jobTransferred: wake('jobTransferred'), jobError: wake('jobError'), jobModification: wake('jobModification'),
        fileTransferred: wake('fileTransferred'), fileRangesTransferred: wake('fileRangesTransferred'),
      });
      this.owner = 'own';
    } catch {
      this.owner = 'refused'; // the poll says what is wrong with the job, if anything is
    }
  }

  #next(work: () => Promise<void>): Promise<void> {
    return (this.#last = this.#last.then(work));
  }
}
