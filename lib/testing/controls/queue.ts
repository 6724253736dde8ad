import { decode, ERROR_CONTEXT, JOB_PRIORITY, JOB_STATE, JOB_TYPE } from '../../contract/enums';
import type { ErrorContext, JobPriority, JobState as StateWord, JobType, UnknownWord } from '../../contract/enums';
import { codeOf } from '../../errors';
import type { ComputerState, JobState } from '../computer/state';

/** A job as it is in the queue, without asking the service. */
export interface QueuedJob {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Name of the user. */
  readonly owner: string;
  readonly type: JobType | UnknownWord;
  readonly priority: JobPriority | UnknownWord;
  readonly state: StateWord | UnknownWord;
  readonly error: {
    readonly hresult: number;
    readonly code: string;
    readonly context: ErrorContext | UnknownWord;
  } | null;
  /** When the job is tried again. */
  readonly nextRetry: Date | null;
  readonly files: readonly QueuedFile[];
}

export interface QueuedFile {
  readonly url: string;
  readonly path: string;
  /** Where the bytes are until `complete()`; '' before the transfer begins. */
  readonly temporaryPath: string;
  /** Bytes; null: not known. */
  readonly bytesTotal: number | null;
  readonly bytesTransferred: number;
  readonly completed: boolean;
}

/** `sim.queue`. */
export function queueOf({ jobs, users }: ComputerState): QueuedJob[] {
  return jobs.map((job) => ({
    id: job.id,
    name: job.displayName,
    description: job.description,
    owner: users.find(({ sid }) => sid === job.owner.sid)?.name ?? job.owner.sid,
    type: decode(JOB_TYPE, job.type),
    priority: decode(JOB_PRIORITY, job.priority),
    state: decode(JOB_STATE, job.state),
    error: errorOf(job),
    nextRetry: job.nextRetry === null ? null : new Date(job.nextRetry),
    files: job.files.map((file) => ({
      url: file.remoteName,
      path: file.localName,
      temporaryPath: file.temporaryName,
      bytesTotal: file.bytesTotal,
      bytesTransferred: file.bytesTransferred,
      completed: file.completed,
    })),
  }));
}

function errorOf({ error }: JobState): QueuedJob['error'] {
  if (error === null) return null;
  const { hresult, context } = error;
  return { hresult, code: codeOf(hresult), context: decode(ERROR_CONTEXT, context) };
}
