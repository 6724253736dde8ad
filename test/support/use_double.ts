import type { BitsJob, BitsManager } from '../../lib';
import { double } from './double';
import type { DoubleJob } from './double';

/** The double with a connection to it, and the first of its jobs. */
export interface ConnectedDouble {
  bits: BitsManager;
  job: BitsJob;
}

/** Sets up for one test file, anew for each test: `const at = useDouble([{ id: ID }]);` */
export function useDouble(
  jobs: readonly [DoubleJob, ...DoubleJob[]],
  limits?: Parameters<typeof double.connect>[0],
): ConnectedDouble {
  const at = {} as ConnectedDouble;
  beforeAll(() => {
    double.start();
  });
  beforeEach(async () => {
    double.reset();
    double.setJobs(jobs);
    at.bits = await double.connect(limits);
    at.job = await at.bits.getJob(jobs[0].id);
  });
  afterEach(async () => {
    double.release();
    await at.bits.close();
  });
  afterAll(() => {
    double.reset();
  });
  return at;
}
