import { discard } from './discard';
import { JOB_PROPERTY, wordsOf } from './enums';
import type { JobProperty } from './enums';
import { BitsError } from './errors';
import { INTERFACES } from './errors/interfaces';
import type { BitsJob } from './job';

/** What the BITS of this computer has. */
export interface Capabilities {
  /** The newest version of BITS of which an interface is there, '10.3'. */
  readonly version: string;
  /** Names of the interfaces that are there, such as 'IBackgroundCopyJob5'. */
  readonly interfaces: ReadonlySet<string>;
  /** Job properties that can be read. */
  readonly properties: ReadonlySet<JobProperty>;
}

/**
 * Asks a manager's interfaces, and those of a job and a file made for the purpose: there is no other way to know. The
 * job is suspended, never resumed, and cancelled in the end.
 */
export async function probe(
  managerInterfaces: () => Promise<string[]>, createJob: () => Promise<BitsJob>,
): Promise<Capabilities> {
  const names = await managerInterfaces();
  const properties: JobProperty[] = [];
  const job = await createJob();
  try {
    names.push(...(await job.interfaces()));
    const [file] = await job.getFiles();
    if (file !== undefined) names.push(...(await file.interfaces()));
    if (names.includes('IBackgroundCopyJob5')) {
      for (const property of wordsOf(JOB_PROPERTY)) {
        if (await canRead(job, property)) properties.push(property);
      }
    }
  } finally {
    await discard(job).catch(() => undefined); // what hangs is cancelled in the background
  }
  const versions = names.map((name) => INTERFACES[name]?.bits ?? '1.0');
  return Object.freeze({
    version: versions.reduce((newest, version) => (Number(version) > Number(newest) ? version : newest)),
    interfaces: new Set(names),
    properties: new Set(properties),
  });
}

/** A property that this BITS knows may still have nothing to read; only "unknown" means that it is not there. */
async function canRead(job: BitsJob, property: JobProperty): Promise<boolean> {
  try {
    await job.getProperty(property);
    return true;
  } catch (error) {
    if (error instanceof BitsError && error.code === 'BG_E_UNKNOWN_PROPERTY_ID') return false;
    if (error instanceof BitsError && (error.code === 'E_INVALIDARG' || error.code === 'E_NOTIMPL')) return false;
    throw error;
  }
}
