import type { BitsFile, BitsJob, BitsManager } from '../../lib';
import { connectTo } from '../../lib/connect';
import type { ServiceOptions } from '../../lib/connect';
import { fakeAddon } from './fake_addon';
import type { FakeCall } from './fake_addon';

/** The job of a fake addon. */
export const FAKE_ID = '{01234567-89ab-cdef-0123-456789abcdef}';

export interface OpenedFake {
  readonly bits: BitsManager;
  readonly job: BitsJob;
  readonly file: BitsFile;
  /** Without those that it took to open it. */
  readonly calls: FakeCall[];
}

/** A connection to a fake addon, with a job that has one file. */
export async function openFake(
  answers: Parameters<typeof fakeAddon>[0] = {},
  options: ServiceOptions = {},
): Promise<OpenedFake> {
  const named = { id: FAKE_ID, handle: {} };
  const { addon, calls } = fakeAddon({
    ...answers,
    manager: { createJob: () => named, ...answers.manager },
    job: { enumFiles: () => [{}], ...answers.job },
  });
  const bits = await connectTo(addon, options);
  const job = await bits.createJob({ name: 'x' });
  const [file] = await job.getFiles();
  calls.length = 0;
  return { bits, job, file: file!, calls };
}
