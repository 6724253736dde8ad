import { checkBoolean, checkOptions } from '../arguments/checks';
import { toTimes } from '../bits/job/copy_job';
import type { JobProgress, JobTimes } from '../bits/job/copy_job';
import { TokenOptionsJob } from '../bits/job/token_options';
import type { NativeJobSnapshot } from '../contract/addon';
import { decode, JOB_PRIORITY, JOB_STATE, JOB_TYPE } from '../contract/enums';
import type { ErrorContext, JobPriority, JobState, JobType, UnknownWord } from '../contract/enums';
import { transferError } from '../errors';
import type { BitsTransferError, FailedFile } from '../errors';
import { CODES } from '../errors/codes';
import type { JobErrorFacts, JobExplanation, JobFacts } from '../errors/job_explanation';
import { describeWith, languageChain } from '../errors/languages';
import { explainJob } from './explain_job';
import { estimateRetry } from './next_retry';

/** A job at one moment. What this BITS does not have or the caller may not read is `null`. */
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
  /** When the snapshot was taken. */
  readonly capturedAt: Date;
}

/** Everything about a job's error. */
interface FailureFacts extends JobErrorFacts {
  readonly context: ErrorContext | UnknownWord;
  readonly file: FailedFile | null;
  readonly protocol: string | undefined;
  readonly description: string | undefined;
}

/** For a job in error whose error BITS does not report. */
const NO_INFORMATION: FailureFacts = {
  hresult: CODES.BG_E_ERROR_INFORMATION_UNAVAILABLE.hresult,
  context: 'unknown',
  file: null,
  protocol: undefined,
  description: undefined,
};

const NO_PROGRESS: JobProgress = Object.freeze({
  bytesTotal: null,
  bytesTransferred: 0,
  filesTotal: 0,
  filesTransferred: 0,
});

/** A snapshot from what the addon has read of a job. `last`: for a job that no longer reports its progress. */
export function toJobSnapshot(job: ExplainedJob, read: NativeJobSnapshot, last = NO_PROGRESS): JobSnapshot {
  const { id, host } = job; // not in the parameter: its declaration would name what the package does not declare
  const { state, progress, type, priority, times, ...rest } = read;
  return Object.freeze({
    id,
    state: decode(JOB_STATE, state),
    progress: progress === null ? last : Object.freeze(progress),
    type: type === null ? null : decode(JOB_TYPE, type),
    priority: priority === null ? null : decode(JOB_PRIORITY, priority),
    times: times === null ? null : Object.freeze(toTimes(times)),
    ...rest,
    capturedAt: host.clock.date(),
  });
}

/** Describes a job: a snapshot, its error, and why it is not progressing. */
export abstract class ExplainedJob extends TokenOptionsJob {
  /** The last known progress: a job that has ended may no longer report it. */
  #progress = NO_PROGRESS;

  /**
   * State, progress, times, names and more, read in a single call and returned as one frozen object. When the job no
   * longer reports its progress, the snapshot has the last progress that this object has read.
   *
   * Rejects with BitsNotFoundError when the job no longer exists.
   *
   * @example const { state, progress } = await job.snapshot();
   */
  async snapshot(): Promise<JobSnapshot> {
    const snapshot = toJobSnapshot(this, await this.call('snapshot'), this.#progress);
    this.#progress = snapshot.progress;
    return snapshot;
  }

  /**
   * The job's error as an Error to throw or log; `null` unless the job is in the state error or transientError. Its
   * code is `BG_E_ERROR_INFORMATION_UNAVAILABLE` when BITS reports no details. URLs are redacted unless `revealUrls` is
   * true.
   *
   * @example
   * const failure = await job.failure();
   * if (failure !== null) console.error(failure.code, failure.httpStatus, failure.url);
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
   * Explains why the job is not progressing and what can be done, from its state, error, retry timing, priority, cost
   * policy, notification settings and owner: as a short text and as a record. What this BITS does not have or the
   * caller may not read is listed in `missing`. URLs are redacted unless `revealUrls` is true.
   *
   * @example
   * const { text, actions } = await job.explain();
   * console.log(text, actions);
   */
  async explain(options: { readonly revealUrls?: boolean | undefined } = {}): Promise<JobExplanation> {
    const { revealUrls } = checkReveal(options);
    return explainJob(await this.#facts(), { revealUrls, now: this.connection.host.clock.date() });
  }

  /** Reads what is known about the job. The state is required; the rest may be missing. */
  async #facts(): Promise<JobFacts & { readonly error?: FailureFacts }> {
    const { state, type, priority, progress, times, errorCount, owner } = await this.snapshot();
    const failed = state === 'error' || state === 'transientError';
    const [error, minimumRetryDelay, noProgressTimeout, costPolicy, notifyFlags, command, ownerElevated, onDemand] =
      await Promise.all([
        failed ? this.#errorFacts() : undefined,
        optional(this.getMinimumRetryDelay().then(milliseconds)),
        optional(this.getNoProgressTimeout().then(milliseconds)),
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

  /** Undefined when the job has left the error state meanwhile. */
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

const milliseconds = (seconds: number): number => seconds * 1000;

/** A value that may be unavailable. Errors of the connection are ignored here: other calls report them. */
async function optional<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch(() => undefined);
}

function checkReveal(options: unknown): { readonly revealUrls: boolean } {
  const { revealUrls = false } = checkOptions(options, 'options', ['revealUrls']);
  return { revealUrls: checkBoolean(revealUrls, 'options.revealUrls') };
}
