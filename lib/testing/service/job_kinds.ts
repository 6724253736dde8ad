import { JOB_PRIORITY, JOB_STATE, JOB_TYPE } from '../../contract/enums';
import type { JobState } from '../computer/state';

/** BG_JOB_STATE, BG_JOB_TYPE and BG_JOB_PRIORITY as numbers. */
export const STATE = JOB_STATE.values;
export const TYPE = JOB_TYPE.values;
export const PRIORITY = JOB_PRIORITY.values;

/** Queued, connecting and transferring change into each other at any moment: what is legal in one is in all three. */
export function isActive({ state }: JobState): boolean {
  return state === STATE.queued || state === STATE.connecting || state === STATE.transferring;
}

/** Acknowledged or cancelled. */
export function hasEnded({ state }: JobState): boolean {
  return state === STATE.acknowledged || state === STATE.cancelled;
}

/** The verb that BITS uses by itself (IBackgroundCopyJobHttpOptions2::GetHttpMethod). */
export function defaultMethod({ type }: JobState): string {
  return type === TYPE.download ? 'GET' : 'BITS_POST';
}

export function hasOwnMethod(job: JobState): boolean {
  return job.httpMethod !== defaultMethod(job);
}
