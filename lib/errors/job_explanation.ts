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
  /** null: the error belongs to no file. */
  readonly file?: FailedFile | null | undefined;
}

/** What is known about a job. Undefined: this BITS, or this caller, cannot tell. */
export interface JobFacts {
  readonly state?: JobState | UnknownWord | undefined;
  readonly type?: JobType | UnknownWord | undefined;
  readonly error?: JobErrorFacts | undefined;
  readonly errorCount?: number | undefined;
  /** Seconds. */
  readonly minimumRetryDelay?: number | undefined;
  /** Seconds. */
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
  /** A notification command line is set. The line itself may hold secrets and is not asked for. */
  readonly notifyCommand?: boolean | undefined;
  /** SID, or name of the account. */
  readonly owner?: string | undefined;
  /** The job was made by an elevated process. */
  readonly ownerElevated?: boolean | undefined;
  /** The owner is logged on interactively. */
  readonly ownerLoggedOn?: boolean | undefined;
  /** The job transfers only the ranges asked for (BITS_JOB_PROPERTY_ON_DEMAND_MODE). */
  readonly onDemand?: boolean | undefined;
}

/** Calls of BitsJob that an action is about. */
export type JobCall = 'addFile' | 'resume' | 'complete' | 'cancel' | 'setPriority' | 'setMinimumRetryDelay';

/** Something that can be done. */
export interface JobAction {
  /** One sentence. */
  readonly text: string;
  /** Who can do it, the likeliest first. */
  readonly audience: readonly Audience[];
  /** The method that does it, where it is one. */
  readonly call?: JobCall;
}

/**
 * Whether the job moves: 'moving'; 'waiting', goes on by itself; 'stopped', somebody must act; 'ready', waits to be
 * completed; 'ended', out of the queue; 'unknown'.
 */
export type JobVerdict = 'moving' | 'waiting' | 'stopped' | 'ready' | 'ended' | 'unknown';

/** Why a job does not move, and what can be done. Frozen. */
export interface JobExplanation {
  readonly verdict: JobVerdict;
  readonly state: JobState | UnknownWord | null;
  /** The answer in one sentence. */
  readonly summary: string;
  /** What stands in the way, where a policy, the system or the owner's absence does. */
  readonly blockedBy: UnavailableReason | null;
  /** The job's error, explained; null in states without one. */
  readonly error: Explanation | null;
  readonly context: ErrorContext | UnknownWord | null;
  /** URL masked unless `revealUrls`. */
  readonly file: FailedFile | null;
  readonly retry: RetryEstimate;
  /** When BITS removes the job if nothing happens to it: 90 days after the last change, unless Group Policy differs. */
  readonly expires: Date | null;
  /** The likeliest first. */
  readonly actions: readonly JobAction[];
  /** Settings that play a part, a sentence each. */
  readonly remarks: readonly string[];
  /** Names of the facts that were not available. */
  readonly missing: readonly (keyof JobFacts)[];
  /** All of it in a short paragraph. */
  readonly text: string;
}

/** Whether, and when, BITS tries again by itself. */
export interface RetryEstimate {
  /** BITS goes on without a call. */
  readonly automatic: boolean;
  /** 'delay': the retry delay; 'condition': something must end first (no network, a policy, a locked volume). */
  readonly waitsFor: 'delay' | 'condition' | null;
  /** About when; null when it depends on a condition, is not known, or BITS does not try again. */
  readonly next: Date | null;
}
