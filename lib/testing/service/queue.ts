import type { Computer } from '../computer/computer';
import type { Identity, JobState } from '../computer/state';
import { need } from './failure';
import { defaultMethod, PRIORITY, STATE } from './job_kinds';
import { isExemptFromLimits } from './rights';
import { serviceOf } from './service_process';

/** BG_NOTIFY_JOB_TRANSFERRED and BG_NOTIFY_JOB_ERROR. */
const DEFAULT_NOTIFY_FLAGS = 0x3;
/** Seconds. */
const DEFAULT_RETRY_DELAY = 600;
const DEFAULT_NO_PROGRESS_TIMEOUT = 14 * 24 * 60 * 60;
/** The job has no limit of its own: the policy's applies. */
export const NO_DOWNLOAD_TIME = 0xffffffff;

export function findJob({ state }: Computer, id: string): JobState | undefined {
  return state.jobs.find((job) => job.id === id);
}

/** Fails when the caller, or the computer, has as many jobs as "Group Policies" allows. */
export function checkJobLimits(computer: Computer, caller: Identity): void {
  const { jobs, policy } = computer.state;
  if (isExemptFromLimits(computer, caller)) return;
  const counted = jobs.filter(({ owner }) => !isExemptFromLimits(computer, owner));
  const own = counted.filter(({ owner }) => owner.sid === caller.sid);
  need(own.length < policy.maxJobsPerUser, 'BG_E_TOO_MANY_JOBS_PER_USER');
  need(counted.length < policy.maxJobsPerMachine, 'BG_E_TOO_MANY_JOBS_PER_MACHINE');
}

function newId(computer: Computer): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(computer.random() * 16).toString(16)).join('');
  return `{${digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}}`;
}

/** A job as CreateJob makes it: suspended, without files. */
export function enqueue(computer: Computer, owner: Identity, displayName: string, type: number): JobState {
  const now = computer.clock.time();
  const job: JobState = {
    id: newId(computer),
    type,
    owner: { ...owner },
    displayName,
    description: '',
    priority: PRIORITY.normal,
    state: STATE.suspended,
    files: [],
    error: null,
    errorCount: 0,
    creationTime: now,
    modificationTime: now,
    transferCompletionTime: null,
    notifyFlags: DEFAULT_NOTIFY_FLAGS,
    notifyCmdLine: [null, null],
    minimumRetryDelay: DEFAULT_RETRY_DELAY,
    noProgressTimeout: DEFAULT_NO_PROGRESS_TIMEOUT,
    maximumDownloadTime: NO_DOWNLOAD_TIME,
    proxy: { usage: 0, list: null, bypass: null },
    credentials: [],
    replyFileName: null,
    replyData: null,
    reply: { bytesTotal: null, bytesTransferred: 0 },
    upload: null,
    fileAclFlags: 0,
    peerCachingFlags: 0,
    customHeaders: null,
    headersWriteOnly: false,
    securityFlags: 0,
    httpMethod: '',
    clientCertificate: null,
    helperTokenFlags: 0,
    helperTokenSid: null,
    properties: {},
    resumed: false,
    nextRetry: null,
    lastProgress: now,
    startedTransfer: null,
  };
  job.httpMethod = defaultMethod(job);
  computer.state.jobs.push(job);
  serviceOf(computer).queueChanged();
  return job;
}

/** A job that has ended leaves the queue; those who hold it can still read it. */
export function leaveQueue(computer: Computer, job: JobState): void {
  const at = computer.state.jobs.indexOf(job);
  if (at >= 0) computer.state.jobs.splice(at, 1);
  (computer.state.ended ??= {})[job.id] = job.state;
  computer.registrations.delete(job.id);
  serviceOf(computer).queueChanged();
}
