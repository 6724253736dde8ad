// The package as TypeScript sees it from a CommonJS module. Compiled only: by `npm test`, and from the packed tarball
// under each kind of module resolution (tools/package/types.test.mjs).
import bits = require('windows-bits');
import type { BitsJob, BitsManager, JobState, Support, UnknownWord } from 'windows-bits';

export async function use(url: string, path: string): Promise<JobState | UnknownWord> {
  const support: Support = bits.isSupported();
  if (!support.supported) throw support.error;
  const manager: BitsManager = await bits.connect({ binary: 'C:\\windows_bits.node' });
  const job: BitsJob = await manager.createJob({ name: 'types', files: [{ url, path }] });
  // @ts-expect-error -- there is no such method
  await job.start();
  return job.getState();
}

export function narrow(error: unknown): string | undefined {
  return bits.isBitsError(error, 'BG_E_EMPTY') ? error.code : undefined;
}
