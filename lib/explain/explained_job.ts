import { checkBoolean, checkOptions } from '../arguments/checks';
import { toTimes } from '../bits/job/copy_job';
import type { JobProgress, JobTimes } from '../bits/job/copy_job';
import { TokenOptionsJob } from '../bits/job/token_options';
import { decode, JOB_PRIORITY, JOB_STATE, JOB_TYPE } from '../contract/enums';
import type { ErrorContext, JobPriority, JobState, JobType, UnknownWord } from '../contract/enums';
import { transferError } from '../errors';
import type { BitsTransferError, FailedFile } from '../errors';
import { CODES } from '../errors/codes';
import type { JobErrorFacts, JobExplanation, JobFacts } from '../errors/job_explanation';
import { describeWith, languageChain } from '../errors/languages';
import { explainJob } from './explain_job';
import { estimateRetry } from './next_retry';

/** A job at one moment. What this BITS or this user cannot read is `null`. */
export interface JobSnapshot {
  readonly id: string;
  readonly state: JobState | UnknownWord;
  readonly progress: JobProgress;
  readonly type: JobType | UnknownWord | null;
  readonly priority: JobPriority | UnknownWord | null;
  readonly times: JobTimes | null;
  readonly errorCount: number | null;
  readonly displayName: string | null;
  readonly description: string | null;
  /** Security identifier, `S-1-5-21-…`. */
  readonly owner: string | null;
  /** When it was taken. */
  readonly capturedAt: Date;
}

/** The error of a job, all of it. */
interface FailureFacts extends JobErrorFacts {
  readonly context: ErrorContext | UnknownWord;
  readonly file: FailedFile | null;
  readonly protocol: string | undefined;
  readonly description: string | undefined;
}

/** A job in error about which BITS tells nothing. */
const NO_INFORMATION: FailureFacts = {
  hresult: CODES.BG_E_ERROR_INFORMATION_UNAVAILABLE.hresult,
  context: 'unknown',
  file: null,
  protocol: undefined,
  description: undefined,
};

/** What can be told about a job: a snapshot, its error, and why it does not move. */
export abstract class ExplainedJob extends TokenOptionsJob {
  /** As far as this object knows: a job that has ended need not tell it any more. */
  #progress: JobProgress = Object.freeze({ bytesTotal: null, bytesTransferred: 0, filesTotal: 0, filesTransferred: 0 });

  /**
   * State, progress, times, names and the rest in one go: one crossing, one immutable object. Where the job does not tell
   * its progress any more, the one that this object saw last.
   */
  async snapshot(): Promise<JobSnapshot> {
    const { state, progress, type, priority, times, ...rest } = await this.call('snapshot');
    return Object.freeze({
      id: this.id,
      state: decode(JOB_STATE, state),
      progress: (this.#progress = progress === null ? this.#progress : Object.freeze(progress)),
      type: type === null ? null : decode(JOB_TYPE, type),
      priority: priority === null ? null : decode(JOB_PRIORITY, priority),
      times: times === null ? null : Object.freeze(toTimes(times)),
      ...rest,
      capturedAt: this.connection.host.clock.date(),
    });
  }

  /**
   * The job's error as an Error, ready to throw or log; `null` when the job is neither in error nor waiting to try again.
   * `BG_E_ERROR_INFORMATION_UNAVAILABLE` when BITS tells nothing about it.
   * URLs are masked unless `revealUrls`.
   */
  async failure(options: { readonly revealUrls?: boolean | undefined } = {}): Promise<BitsTransferError | null> {
    const { revealUrls } = checkReveal(options);
    const facts = await this.#facts();
    const { state, errorCount } = facts;
    if (state !== 'error' && state !== 'transientError') return null;
    const error = facts.error ?? NO_INFORMATION;
    return transferError({
      ...error,
      file: error.file ?? undefined,
      jobId: this.id,
      transient: state === 'transientError',
      nextRetry: estimateRetry({ ...facts, hresult: error.hresult }).next ?? undefined,
      errorCount,
      revealUrls,
    });
  }

  /**
   * Why the job is not moving, and what can be done: state, error, retry timing, priority, cost policy, notify settings
   * and owner, joined into a short text and a record. What this BITS or this user cannot read is listed as missing.
   */
  async explain(options: { readonly revealUrls?: boolean | undefined } = {}): Promise<JobExplanation> {
    const { revealUrls } = checkReveal(options);
    return explainJob(await this.#facts(), { revealUrls, now: this.connection.host.clock.date() });
  }

  /** What can be known about the job: the state must be, the rest may be missing. */
  async #facts(): Promise<JobFacts & { readonly error?: FailureFacts }> {
    const { state, type, priority, progress, times, errorCount, owner } = await this.snapshot();
    const failed = state === 'error' || state === 'transientError';
    const [error, minimumRetryDelay, noProgressTimeout, costPolicy, notifyFlags, command, ownerElevated, onDemand] =
      await Promise.all([
        failed ? this.#errorFacts() : undefined,
        optional(this.getMinimumRetryDelay()),
        optional(this.getNoProgressTimeout()),
        optional(this.getProperty('costFlags')),
        optional(this.getNotifyFlags()),
        optional(this.getNotifyCmdLine()),
        optional(this.getOwnerElevationState()),
        optional(this.getProperty('onDemandMode')),
      ]);
    return {
      state,
      type: type ?? undefined,
      priority: priority ?? undefined,
      ...progress,
      ...(error === undefined ? {} : { error }),
      errorCount: errorCount ?? undefined,
      owner: owner ?? undefined,
      modificationTime: times?.modificationTime,
      minimumRetryDelay,
      noProgressTimeout,
      costPolicy,
      notifyFlags,
      ownerElevated,
      onDemand,
      notifyCommand: command === undefined ? undefined : command.program !== null,
    };
  }

  /** Nothing when the error went away in the meantime: data moves again. */
  async #errorFacts(): Promise<FailureFacts | undefined> {
    const error = await optional(this.getError());
    const code = error && (await optional(error.getError()));
    if (error === undefined || code === undefined) return undefined;
    const [file, protocol, description] = await Promise.all([
      optional(error.getFile()),
      optional(error.getProtocol()),
      optional(describeWith(languageChain(), (language) => error.getErrorDescription(language))),
    ]);
    const names = file && (await optional(Promise.all([file.getRemoteName(), file.getLocalName()])));
    const [remoteName, localName] = names ?? [];
    const named = remoteName !== undefined && localName !== undefined;
    return { ...code, file: named ? { remoteName, localName } : null, protocol, description: description ?? undefined };
  }
}

/** Something that may not be there to read. What is wrong with the connection has shown before, and will again. */
async function optional<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch(() => undefined);
}

function checkReveal(options: unknown): { readonly revealUrls: boolean } {
  const { revealUrls = false } = checkOptions(options, 'options', ['revealUrls']);
  return { revealUrls: checkBoolean(revealUrls, 'options.revealUrls') };
}
