import { JOB_PROPERTY, TRANSFER_POLICY } from '../../contract/enums';
import type { JobState } from '../computer/state';

/*
 * The values of BITS_JOB_PROPERTY_ID as the service uses them. They are kept as the 16 bytes of a
 * BITS_JOB_PROPERTY_VALUE, of which the id selects the member.
 */

const PROPERTY = JOB_PROPERTY.values;

/**
 * The policy of a job that has none. The starting value is not documented. Assumed: unrestricted networks only, because
 * Windows 10 is said to keep jobs off metered networks by default.
 */
export const DEFAULT_COST_FLAGS = TRANSFER_POLICY.values.unrestricted;

function valueOf(job: JobState, id: number): Buffer | undefined {
  const hex = job.properties[id];
  return hex === undefined ? undefined : Buffer.from(hex, 'hex');
}

/** The member Dword; undefined: never set. */
export const dwordProperty = (job: JobState, id: number): number | undefined => valueOf(job, id)?.readUInt32LE(0);

/** The member Enable. */
const enabled = (job: JobState, id: number): boolean => (valueOf(job, id)?.readUInt32LE(0) ?? 0) !== 0;

export const costFlagsOf = (job: JobState): number => dwordProperty(job, PROPERTY.costFlags) ?? DEFAULT_COST_FLAGS;
export const isDynamic = (job: JobState): boolean => enabled(job, PROPERTY.dynamicContent);
export const isHighPerformance = (job: JobState): boolean => enabled(job, PROPERTY.highPerformance);
export const isOnDemand = (job: JobState): boolean => enabled(job, PROPERTY.onDemandMode);

/** BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, which exists for proxies only (BG_AUTH_TARGET_PROXY). */
export const usesStoredCredentials = (job: JobState): boolean => enabled(job, PROPERTY.useStoredCredentials);

/** The member Uint64 of BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, in bytes. */
export function maximumSizeOf(job: JobState): number {
  const value = valueOf(job, PROPERTY.maxDownloadSize);
  return value === undefined ? Infinity : Number(value.readBigUInt64LE(0));
}
