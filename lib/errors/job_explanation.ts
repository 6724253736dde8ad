import type {
  CostFlag,
  ErrorContext,
  JobPriority,
  JobState,
  JobType,
  NotifyFlag,
  TransferPolicy,
  UnknownBits,
  UnknownWord,
} from '../contract/enums';
import type { FailedFile } from './classes';
import type { Audience, UnavailableReason } from './codes';
import type { Explanation } from './explain';

/** The error of a job. */
export interface JobErrorFacts {
  readonly hresult: number;
  readonly context?: ErrorContext | UnknownWord | undefined;
  /** null: the error concerns no file. */
  readonly file?: FailedFile | null | undefined;
}

/** What is known about a job. Undefined: this version of BITS does not report it, or the caller may not read it. */
export interface JobFacts {
  readonly state?: JobState | UnknownWord | undefined;
  readonly type?: JobType | UnknownWord | undefined;
  readonly error?: JobErrorFacts | undefined;
  readonly errorCount?: number | undefined;
  /** Milliseconds. */
  readonly minimumRetryDelay?: number | undefined;
  /** Milliseconds. */
  readonly noProgressTimeout?: number | undefined;
  readonly modificationTime?: Date | null | undefined;
  readonly bytesTotal?: number | null | undefined;
  readonly bytesTransferred?: number | undefined;
  readonly filesTotal?: number | undefined;
  readonly filesTransferred?: number | undefined;
  readonly priority?: JobPriority | UnknownWord | undefined;
  /** The property costFlags: a policy, or the costs that are allowed. */
  readonly costPolicy?: TransferPolicy | UnknownWord | readonly (CostFlag | UnknownBits)[] | undefined;
  readonly notifyFlags?: readonly (NotifyFlag | UnknownBits)[] | undefined;
  /** A notification program is set. Its parameters may hold secrets and are left out. */
  readonly notifyCommand?: boolean | undefined;
  /** SID or name of the account. */
  readonly owner?: string | undefined;
  /** The job was created by an elevated process. */
  readonly ownerElevated?: boolean | undefined;
  /** The owner is logged on interactively. */
  readonly ownerLoggedOn?: boolean | undefined;
  /** The job transfers only the ranges that are requested (BITS_JOB_PROPERTY_ON_DEMAND_MODE). */
  readonly onDemand?: boolean | undefined;
}

/** The BitsJob methods that an action can name. */
export type JobCall = 'addFile' | 'resume' | 'complete' | 'cancel' | 'setPriority' | 'setMinimumRetryDelay';

/** Something that can be done about a job. */
export interface JobAction {
  /** One sentence. */
  readonly text: string;
  /** Who can do it, the most likely first. */
  readonly audience: readonly Audience[];
  /** The method that does it, if there is one. */
  readonly call?: JobCall;
}

/**
 * Whether the job is progressing: 'moving', it is; 'waiting', it will by itself; 'stopped', it needs a call; 'ready',
 * it waits for `complete()`; 'ended', it has left the queue; 'unknown'.
 */
export type JobVerdict = 'moving' | 'waiting' | 'stopped' | 'ready' | 'ended' | 'unknown';

/** Why a job is not progressing, and what can be done. Frozen. */
export interface JobExplanation {
  readonly verdict: JobVerdict;
  readonly state: JobState | UnknownWord | null;
  /** The explanation in one sentence. */
  readonly summary: string;
  /** What blocks the job, if it is a policy, the system or the owner not being logged on. */
  readonly blockedBy: UnavailableReason | null;
  /** The job's error, explained; null in states without one. */
  readonly error: Explanation | null;
  readonly context: ErrorContext | UnknownWord | null;
  /** The file concerned. Its URL is redacted unless `revealUrls` is true. */
  readonly file: FailedFile | null;
  readonly retry: RetryEstimate;
  /** When BITS removes the job if nothing happens to it: 90 days after the last change, unless Group Policy differs. */
  readonly expires: Date | null;
  /** What can be done, the most useful first. */
  readonly actions: readonly JobAction[];
  /** Settings that matter, one sentence each. */
  readonly remarks: readonly string[];
  /** Names of the facts that could not be read. */
  readonly missing: readonly (keyof JobFacts)[];
  /** Everything in a short paragraph. */
  readonly text: string;
}

/** Whether and when BITS retries by itself. */
export interface RetryEstimate {
  /** BITS continues without a call. */
  readonly automatic: boolean;
  /**
   * What BITS waits for. 'delay': the retry delay; 'condition': a condition to end (no network, a policy, a locked
   * volume).
   */
  readonly waitsFor: 'delay' | 'condition' | null;
  /** The estimated time; null when it depends on a condition, is unknown, or BITS does not retry. */
  readonly next: Date | null;
}
