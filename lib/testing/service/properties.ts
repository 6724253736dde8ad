import { AUTH_TARGET, JOB_PROPERTY } from '../../contract/enums';
import type { KnownCode } from '../../errors/codes';
import type { BitsVersion, ComputerState, JobState } from '../computer/state';
import { fail, need } from './failure';
import { hasOwnMethod, TYPE } from './job_kinds';
import { DEFAULT_COST_FLAGS, isDynamic, isOnDemand } from './job_properties';
import { isAtLeast } from './versions';

/*
 * Properties of jobs (https://learn.microsoft.com/windows/win32/api/bits5_0/ne-bits5_0-bits_job_property_id). The page
 * says which value each has and until when it can be set; the codes are those that bitsmsg.h names for it.
 */

export const JOB_PROPERTY_ID = JOB_PROPERTY.values;

/** Bytes of BITS_JOB_PROPERTY_VALUE. */
const SIZE = 16;
const DEFAULT_NOTIFICATION_INTERVAL = 500;
const UNKNOWN_SIZE = 0xffff_ffff_ffff_ffffn;

interface Property {
  readonly since: BitsVersion;
  /** Downloads only. */
  readonly downloads?: true;
  /** What can no longer be done when it is set, and what is answered then. */
  readonly until?: readonly [event: 'file' | 'resume', late: KnownCode];
  /** Fails for a value that the job cannot have. */
  readonly check?: (view: DataView, job: JobState) => void;
  readonly byDefault?: (view: DataView) => void;
}

/** Ranges, random access, and a verb of one's own exclude each other with content of unknown size. */
function checkAlone(view: DataView, job: JobState): void {
  if (view.getUint32(0, true) === 0) return;
  need(!hasOwnMethod(job), 'BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD');
}

const PROPERTIES: Readonly<Record<number, Property>> = {
  [JOB_PROPERTY_ID.costFlags]: {
    since: '5.0',
    byDefault: (view) => {
      view.setUint32(0, DEFAULT_COST_FLAGS, true);
    },
  },
  [JOB_PROPERTY_ID.notificationClsid]: { since: '5.0' },
  [JOB_PROPERTY_ID.dynamicContent]: {
    since: '5.0',
    downloads: true,
    until: ['resume', 'BG_E_READ_ONLY_PROPERTY_AFTER_RESUME'],
    check: (view, job) => {
      checkAlone(view, job);
      const others = isOnDemand(job) || job.files.some(({ ranges }) => ranges !== null);
      need(view.getUint32(0, true) === 0 || !others, 'BG_E_UNSUPPORTED_JOB_CONFIGURATION');
    },
  },
  [JOB_PROPERTY_ID.highPerformance]: {
    since: '5.0',
    downloads: true,
    until: ['file', 'BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE'],
  },
  [JOB_PROPERTY_ID.maxDownloadSize]: {
    since: '5.0',
    downloads: true,
    until: ['resume', 'BG_E_READ_ONLY_PROPERTY_AFTER_RESUME'],
    check: (view) => need(view.getBigUint64(0, true) > 0n, 'BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE'),
    byDefault: (view) => {
      view.setBigUint64(0, UNKNOWN_SIZE, true);
    },
  },
  [JOB_PROPERTY_ID.useStoredCredentials]: {
    since: '5.0',
    check: (view) => {
      need(view.getUint32(0, true) === AUTH_TARGET.values.proxy, 'BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED');
    },
  },
  [JOB_PROPERTY_ID.minimumNotificationIntervalMs]: {
    since: '10.1',
    byDefault: (view) => {
      view.setUint32(0, DEFAULT_NOTIFICATION_INTERVAL, true);
    },
  },
  [JOB_PROPERTY_ID.onDemandMode]: {
    since: '10.1',
    downloads: true,
    check: (view, job) => {
      checkAlone(view, job);
      need(view.getUint32(0, true) === 0 || !isDynamic(job), 'BG_E_RANDOM_ACCESS_NOT_SUPPORTED');
    },
  },
};

function propertyOf(state: ComputerState, id: number): Property {
  const known = PROPERTIES[id];
  return known !== undefined && isAtLeast(state, known.since) ? known : fail('BG_E_UNKNOWN_PROPERTY_ID');
}

function bytesOf(job: JobState, id: number): Uint8Array {
  const set = job.properties[id];
  if (set !== undefined) return new Uint8Array(Buffer.from(set, 'hex'));
  const bytes = new Uint8Array(SIZE);
  PROPERTIES[id]?.byDefault?.(new DataView(bytes.buffer));
  return bytes;
}

export function setProperty(state: ComputerState, job: JobState, id: number, value: Uint8Array): void {
  const { downloads, until, check } = propertyOf(state, id);
  need(downloads !== true || job.type === TYPE.download, 'BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY');
  if (until !== undefined) need(!(until[0] === 'file' ? job.files.length > 0 : job.resumed), until[1]);
  check?.(new DataView(value.buffer, value.byteOffset, value.byteLength), job);
  job.properties[id] = Buffer.from(value).toString('hex');
}

export function getProperty(state: ComputerState, job: JobState, id: number): Uint8Array {
  propertyOf(state, id);
  return bytesOf(job, id);
}
