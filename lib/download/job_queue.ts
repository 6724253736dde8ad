import type { Connection } from '../bits/connection';
import type { NativeNewJob } from '../contract/addon';
import type { BitsJob, ListedJob } from '../job';

/** What downloading and uploading need of a manager. A BitsManager has it all. */
export interface JobQueue {
  readonly connection: Connection;
  /** Makes a job as the addon wants it described: in one call, all or nothing. */
  createJobFrom(name: string, type: number, rest: NativeNewJob): Promise<BitsJob>;
  /** The caller's jobs. */
  getJobs(): Promise<BitsJob[]>;
  /** The same with a snapshot of each. */
  getSnapshots(): Promise<readonly ListedJob[]>;
  /** The same queue with another limit for each call, in milliseconds; undefined: this one. */
  limited(serviceTimeout: number | undefined): JobQueue;
}
