import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { discard } from './discard';
import { JOB_PROPERTY, wordsOf } from './enums';
import type { JobProperty } from './enums';
import { BitsClosedError, BitsError, BitsUnavailableError } from './errors';
import { INTERFACES } from './errors/interfaces';
import type { BitsJob } from './job';
import type { BitsManager } from './manager';
import type { NativeAddon } from './native/contract';

/** What the BITS of this computer has. */
export interface Capabilities {
  /** The newest version of BITS of which an interface is there, '10.3'. */
  readonly version: string;
  /** Names of the interfaces that are there, such as 'IBackgroundCopyJob5'. */
  readonly interfaces: ReadonlySet<string>;
  /** Job properties that can be read. */
  readonly properties: ReadonlySet<JobProperty>;
}

/** One service answers for a process, whichever connection asks. */
const known = new WeakMap<NativeAddon, Promise<Capabilities>>();

/** `manager.capabilities`: what is known, or is being found out, or else a new probe. A probe that failed is forgotten. */
export function capabilitiesOf(bits: BitsManager, managerInterfaces: () => Promise<string[]>): Promise<Capabilities> {
  const { native, closing } = bits.shared;
  const found = known.get(native);
  if (found !== undefined && !closing.aborted) {
    // It may have been begun by a connection that is closed by now.
    return found.catch((error: unknown) => {
      if (error instanceof BitsClosedError) return capabilitiesOf(bits, managerInterfaces);
      throw error;
    });
  }
  const probing = probe(managerInterfaces, () => bits.createJob({
    name: 'windows-bits: asking what BITS can do', files: [{ url: 'http://127.0.0.1/windows-bits', path: probePath() }],
  })).catch((error: unknown) => {
    if (known.get(native) === probing) known.delete(native);
    throw error;
  });
  if (found === undefined) known.set(native, probing);
  return probing;
}

/** Where everybody may write: BITS looks at the folder when a file is added. Nothing is ever put there. */
function probePath(): string {
  return path.win32.join(tmpdir(), `windows-bits-${randomBytes(6).toString('hex')}.tmp`);
}

/**
 * Asks a manager's interfaces, and those of a job and a file made for the purpose: there is no other way to know. The
 * job is suspended, never resumed, and cancelled in the end.
 */
async function probe(
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
    await discard(job);
  }
  const versions = names.map((name) => INTERFACES[name]?.bits ?? '1.0');
  return Object.freeze({
    version: versions.reduce((newest, version) => (Number(version) > Number(newest) ? version : newest)),
    interfaces: new Set(names),
    properties: new Set(properties),
  });
}

/** Whatever BITS says against it, the property cannot be read; that it does not answer at all is another matter. */
async function canRead(job: BitsJob, property: JobProperty): Promise<boolean> {
  try {
    await job.getProperty(property);
    return true;
  } catch (error) {
    const silent = error instanceof BitsUnavailableError || error instanceof BitsClosedError;
    if (error instanceof BitsError && !silent) return false;
    throw error;
  }
}
