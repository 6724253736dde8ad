import { JOB_STATE } from '../../contract/enums';
import type { Timer } from '../../host';
import { MAX_TIMER } from '../../util/limits';
import type { Computer, Engine } from '../computer/computer';
import type { ErrorState, JobState } from '../computer/state';
import { setError, setState } from '../service/job_events';
import { isHighPerformance } from '../service/job_properties';
import { leaveQueue } from '../service/queue';
import { BitsSimulationError } from '../simulation_error';
import { CODES } from '../../errors/codes';
import { Bandwidth } from './bandwidth';
import { forgetCertificateCallbacks } from './certificates';
import { tellServerOfCancel } from './cancelled_uploads';
import { blockOf, isCondition, isOwnerLoggedOn } from './conditions';
import { deadlinesOf, LEAST_RETRY_DELAY } from './deadlines';
import type { Deadline } from './deadlines';
import { JobFailure } from './failures';
import { deleteTemporaryFiles, forgetProgress } from './local_file';
import { Run, Stopped } from './run';
import { chosen, TIME_SLICE } from './scheduler';
import { transferJob } from './transfer';

const STATE = JOB_STATE.values;
const ACTIVE: readonly number[] = [STATE.queued, STATE.connecting, STATE.transferring];

/** Until the scheduler has looked at a job that changed, in milliseconds: so long it can be seen QUEUED. Assumed. */
const SCHEDULING_DELAY = 10;

/** The queue manager of a simulated service: it transfers jobs. It does nothing until it is started. */
export function createEngine(computer: Computer): Engine {
  return new QueueManager(computer);
}

interface UnderWay {
  readonly run: Run;
  sliceEnds: number;
  /** Until the slice ends; null while no other job waits for its turn. */
  slice: Timer | null;
}

class QueueManager implements Engine {
  readonly #computer: Computer;
  readonly #bandwidth: Bandwidth;
  readonly #runs = new Map<string, UnderWay>();
  /** When a job came into the queue, by its id: those of the same priority take turns in this order. */
  readonly #turns = new Map<string, number>();
  /** Jobs that met something that nobody scripted: that has been reported, and they stay as they are. */
  readonly #unscripted = new Set<string>();
  #turn = 0;
  #running = false;
  #connected = true;
  #schedule: Timer | null = null;
  #due: Timer | null = null;

  constructor(computer: Computer) {
    this.#computer = computer;
    this.#bandwidth = new Bandwidth(computer);
  }

  get #jobs(): readonly JobState[] {
    return [...this.#computer.state.jobs];
  }

  jobChanged(job: JobState): void {
    if (!this.#running) return;
    if (job.state === STATE.queued) this.#turnOf(job);
    this.#runs.get(job.id)?.run.revise();
    this.#bandwidth.changed();
    this.#scheduleSoon();
  }

  jobStopped(job: JobState): void {
    this.#end(job);
    this.#turns.delete(job.id);
    if (!this.#running) return;
    tellServerOfCancel(this.#computer, job, this.#bandwidth, SCHEDULING_DELAY);
    this.#scheduleSoon();
  }

  conditionsChanged(): void {
    if (!this.#running) return;
    const { network } = this.#computer.state;
    const appeared = network.connected && !this.#connected;
    this.#connected = network.connected;
    for (const job of this.#jobs) {
      this.#loseToken(job);
      // "When a network connection is established, all jobs in a TRANSIENT_ERROR state, which may include any error code,
      // are moved to the QUEUED state" (Users and Network Connections).
      if (appeared && job.state === STATE.transientError) this.#enqueue(job);
    }
    this.#review();
    this.#bandwidth.changed();
    this.#scheduleSoon();
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#connected = this.#computer.state.network.connected;
    for (const job of this.#jobs) {
      // SetRemoteName without Resume was not written to the disk.
      for (const file of job.files) file.remoteName = file.savedRemoteName;
      if (ACTIVE.includes(job.state)) this.#enqueue(job);
    }
    this.#scheduleSoon();
  }

  stop(unexpectedly = false): void {
    this.#running = false;
    // Callback objects are not persisted ("Registering a COM Callback"): nobody is told of the end.
    this.#computer.registrations.clear();
    for (const timer of [this.#schedule, this.#due]) timer?.cancel();
    this.#schedule = this.#due = null;
    for (const job of this.#jobs) {
      this.#end(job);
      if (ACTIVE.includes(job.state)) setState(this.#computer, job, STATE.queued);
      job.helperTokenSid = null;
      // Their progress is not written to the disk meanwhile (BITS_JOB_PROPERTY_HIGH_PERFORMANCE).
      if (unexpectedly && isHighPerformance(job)) forgetProgress(job);
    }
    this.#turns.clear();
    forgetCertificateCallbacks(this.#computer);
  }

  /** Looks at the queue a little later: many changes at once are one for the scheduler. */
  #scheduleSoon(): void {
    this.#schedule ??= this.#computer.clock.schedule(SCHEDULING_DELAY, () => {
      this.#schedule = null;
      this.#reschedule();
    });
  }

  /** `overdue`: a job whose time slice is over. */
  #reschedule(overdue: JobState | null = null): void {
    this.#meetDeadlines();
    this.#review();
    this.#choose(overdue);
    this.#awaitDeadline();
  }

  /** Jobs that may not be transferred now, and those that may again. */
  #review(): void {
    const { state } = this.#computer;
    for (const job of this.#jobs) {
      const waits = job.state === STATE.transientError && isCondition(job.error);
      if (!waits && !ACTIVE.includes(job.state)) continue;
      const block = blockOf(state, job);
      if (block !== null) this.#block(job, block);
      else if (waits) this.#enqueue(job);
      else if (!isOwnerLoggedOn(state, job) && job.state !== STATE.queued) this.#preempt(job);
    }
  }

  #block(job: JobState, block: ErrorState): void {
    if (job.state === STATE.transientError && job.error?.hresult === block.hresult) return;
    this.#end(job);
    this.#wait(job, block);
  }

  /** Lets those be transferred whose turn it is, and ends what is under way for others. */
  #choose(overdue: JobState | null): void {
    const { state, clock } = this.#computer;
    const candidates = this.#jobs
      .filter((job) => ACTIVE.includes(job.state) && isOwnerLoggedOn(state, job) && !this.#unscripted.has(job.id))
      .map((job) => ({ job, turn: this.#turnOf(job), hasSlice: this.#runs.has(job.id) && job !== overdue }));
    const jobs = chosen(candidates, state.version);
    const others = candidates.map(({ job }) => job).filter((job) => !jobs.includes(job));
    for (const job of others) if (this.#runs.has(job.id)) this.#preempt(job);
    for (const job of jobs) {
      const mine = this.#runs.get(job.id) ?? this.#begin(job);
      const now = clock.time();
      while (mine.sliceEnds <= now) mine.sliceEnds += TIME_SLICE;
      if (others.every(({ priority }) => priority !== job.priority)) this.#keepSlice(mine);
      else mine.slice ??= clock.schedule(mine.sliceEnds - now, () => this.#endSlice(job, mine));
    }
  }

  #keepSlice(mine: UnderWay): void {
    mine.slice?.cancel();
    mine.slice = null;
  }

  #endSlice(job: JobState, mine: UnderWay): void {
    mine.slice = null;
    if (this.#runs.get(job.id) !== mine) return;
    this.#turns.set(job.id, ++this.#turn); // behind the others
    this.#reschedule(job);
  }

  #turnOf(job: JobState): number {
    const turn = this.#turns.get(job.id) ?? ++this.#turn;
    this.#turns.set(job.id, turn);
    return turn;
  }

  #begin(job: JobState): UnderWay {
    this.#waited(job);
    const run = new Run(this.#computer, job, this.#bandwidth);
    const mine = { run, sliceEnds: this.#computer.clock.time() + TIME_SLICE, slice: null };
    this.#runs.set(job.id, mine);
    run.enter('connecting');
    const ended = (error?: unknown) => {
      if (this.#runs.get(job.id) !== mine) return; // it was ended from outside
      this.#end(job);
      this.#turns.delete(job.id);
      if (error !== undefined) this.#failed(job, error);
      this.#scheduleSoon();
    };
    // What `ended` itself throws would otherwise be an unhandled rejection.
    void transferJob(run)
      .then(() => ended(), ended)
      .catch((error: unknown) => this.#unmodelled(job, error));
    return mine;
  }

  /** Ends what is under way for a job. */
  #end(job: JobState): void {
    const mine = this.#runs.get(job.id);
    this.#runs.delete(job.id);
    mine?.slice?.cancel();
    mine?.run.stop();
  }

  /** The time slice is over, another job comes first, or the owner logged off. */
  #preempt(job: JobState): void {
    this.#end(job);
    setState(this.#computer, job, STATE.queued);
  }

  #enqueue(job: JobState): void {
    setState(this.#computer, job, STATE.queued);
    this.#turns.delete(job.id);
    this.#scheduleSoon();
  }

  #failed(job: JobState, error: unknown): void {
    if (error instanceof JobFailure) {
      this.#fail(job, error);
      return;
    }
    if (!(error instanceof Stopped)) this.#unmodelled(job, error);
  }

  /** The job stays as it is, and the test is told why. */
  #unmodelled(job: JobState, error: unknown): void {
    this.#unscripted.add(job.id);
    const reported =
      error instanceof BitsSimulationError ? error : new BitsSimulationError(String(error), { cause: error });
    this.#computer.report(reported);
  }

  #fail(job: JobState, { error, fatal }: JobFailure): void {
    const now = this.#computer.clock.time();
    // The period without progress begins with the first error since there was progress (SetNoProgressTimeout).
    if (job.error === null) job.lastProgress = now;
    // "Set the retry period to 0 to … force the job into the ERROR state for all errors"; a retry delay above it is as
    // good as none (SetMinimumRetryDelay).
    const noRetry = job.noProgressTimeout === 0 || job.minimumRetryDelay > job.noProgressTimeout;
    const isOver = now >= job.lastProgress + job.noProgressTimeout * 1000;
    const ends = fatal || noRetry || isOver;
    setError(this.#computer, job, error, { state: ends ? STATE.error : STATE.transientError });
    if (!ends) job.nextRetry = now + Math.max(job.minimumRetryDelay, LEAST_RETRY_DELAY) * 1000;
    if (this.#running) this.#scheduleSoon();
  }

  /**
   * The job waits for a condition to pass. Meanwhile nothing counts down: neither to a retry nor to the end of the period
   * without progress ("Users and Network Connections", SetNoProgressTimeout).
   */
  #wait(job: JobState, block: ErrorState): void {
    const now = this.#computer.clock.time();
    if (job.error === null) job.lastProgress = now;
    job.blockedSince ??= now;
    setError(this.#computer, job, block, { state: STATE.transientError, counts: false });
    job.nextRetry = null;
    if (this.#running) this.#scheduleSoon();
  }

  /** The job waits no longer for a condition: the period without progress goes on. */
  #waited(job: JobState): void {
    if (job.blockedSince === undefined) return;
    job.lastProgress += this.#computer.clock.time() - job.blockedSince;
    delete job.blockedSince;
  }

  /** Helper tokens do not survive the log-off of the owner ("Helper Tokens for BITS Transfer Jobs"). */
  #loseToken(job: JobState): void {
    if (!isOwnerLoggedOn(this.#computer.state, job)) job.helperTokenSid = null;
  }

  #meetDeadlines(): void {
    const { state, clock } = this.#computer;
    for (const job of this.#jobs) {
      const due = deadlinesOf(job, state.policy).find(({ at }) => at <= clock.time());
      if (due !== undefined) this.#meet(job, due);
    }
  }

  #meet(job: JobState, { what }: Deadline): void {
    const computer = this.#computer;
    if (what === 'retry') {
      this.#enqueue(job);
      return;
    }
    this.#end(job);
    if (what === 'inactivity') {
      deleteTemporaryFiles(computer, job);
      computer.trace(`job ${job.id} is cancelled: nobody did anything with it`);
      setState(computer, job, STATE.cancelled);
      leaveQueue(computer, job);
    } else if (what === 'maximumTime') {
      const hresult = CODES.BG_E_MAXDOWNLOAD_TIMEOUT.hresult;
      setError(computer, job, { context: QUEUE_MANAGER, hresult, file: null, protocol: null }, { counts: false });
    } else if (job.error !== null) {
      // The error stays as it is; the job no longer waits for it to pass.
      setError(computer, job, job.error, { counts: false });
    }
  }

  #awaitDeadline(): void {
    this.#due?.cancel();
    this.#due = null;
    const { state, clock } = this.#computer;
    const all = this.#jobs.flatMap((job) => deadlinesOf(job, state.policy)).map(({ at }) => at);
    // A job that is made meanwhile, and never resumed, has its first deadline later than this.
    const ms = Math.min(...all, clock.time() + state.policy.inactivityTimeout * 1000) - clock.time();
    this.#due = clock.schedule(Math.max(0, Math.min(ms, MAX_TIMER)), () => this.#reschedule());
  }
}

/** BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER */
const QUEUE_MANAGER = 2;
