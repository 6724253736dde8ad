import { decode, decodeFlags, encodeFlags, HELPER_TOKEN_FLAGS, JOB_PRIORITY, JOB_STATE, JOB_TYPE } from '../enums';
import type { HelperTokenFlag, JobPriority, JobState, JobType, UnknownBits, UnknownWord } from '../enums';
import { HttpJob } from './http';
import { toTimes } from './queue';
import type { JobProgress, JobTimes } from './queue';

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

/**
 * A job of the BITS queue. It belongs to Windows: it goes on when this object, the program or the session has ended.
 * Calls on one job are made in the order they were issued, awaited or not.
 *
 * Every method rejects with a BitsError: BitsStateError where the job's state does not allow the call,
 * BitsNotFoundError when the job is gone, BitsNotSupportedError where this BITS is too old, BitsUnavailableError when
 * the service cannot be reached.
 * @see https://learn.microsoft.com/windows/win32/api/bits/nn-bits-ibackgroundcopyjob
 */
export class BitsJob extends HttpJob {
  /** State, progress, times, names and the rest in one go: one crossing, one immutable object. */
  async snapshot(): Promise<JobSnapshot> {
    const { state, progress, type, priority, times, ...rest } = await this.call('snapshot');
    return Object.freeze({
      id: this.id,
      state: decode(JOB_STATE, state),
      progress: Object.freeze(progress),
      type: type === null ? null : decode(JOB_TYPE, type),
      priority: priority === null ? null : decode(JOB_PRIORITY, priority),
      times: times === null ? null : Object.freeze(toTimes(times)),
      ...rest,
      capturedAt: new Date(),
    });
  }

  /**
   * What the helper token is used for. The methods of IBitsTokenOptions need a service that impersonates; BITS 4.0 and
   * later.
   * @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibitstokenoptions-sethelpertokenflags
   */
  async setHelperTokenFlags(flags: readonly (HelperTokenFlag | UnknownBits)[]): Promise<void> {
    await this.call('setHelperTokenFlags', encodeFlags(HELPER_TOKEN_FLAGS, 'flags', flags));
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibitstokenoptions-gethelpertokenflags */
  async getHelperTokenFlags(): Promise<(HelperTokenFlag | UnknownBits)[]> {
    return decodeFlags(HELPER_TOKEN_FLAGS, await this.call('getHelperTokenFlags'));
  }

  /**
   * Makes the calling thread's token the job's helper token. The addon's threads have the process's token.
   * @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibitstokenoptions-sethelpertoken
   */
  async setHelperToken(): Promise<void> {
    await this.call('setHelperToken');
  }

  /** @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibitstokenoptions-clearhelpertoken */
  async clearHelperToken(): Promise<void> {
    await this.call('clearHelperToken');
  }

  /**
   * The helper token's security identifier, `S-1-…`; empty when there is no helper token.
   * @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibitstokenoptions-gethelpertokensid
   */
  async getHelperTokenSid(): Promise<string> {
    return (await this.call('getHelperTokenSid')) ?? '';
  }

  /** Names of the interfaces that the job has. @internal */
  interfaces(): Promise<string[]> {
    return this.call('interfaces');
  }
}
