import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { JOB_PROPERTY, wordsOf } from '../contract/enums';
import type { JobProperty } from '../contract/enums';
import { BitsClosedError } from '../errors';
import { INTERFACES } from '../errors/interfaces';
import { noAnswerError } from '../errors/no_answer';
import { checkFiles } from './job/copy_job';
import { MIN_CALL_LIMIT } from '../util/limits';
import type { NativeNewJob, NativeProbe } from '../contract/addon';
import { afterTime, withLimits, onceAborted } from '../util/deadline';
import type { Connection } from './connection';

/** What the BITS of this computer has. */
export interface Capabilities {
  /** The newest version of BITS of which an interface is there, '10.3'. */
  readonly version: string;
  /** Names of the interfaces that are there, such as 'IBackgroundCopyJob5'. */
  readonly interfaces: ReadonlySet<string>;
  /** Job properties that can be read. */
  readonly properties: ReadonlySet<JobProperty>;
}

/** The calls of a manager that it takes to find out. */
export interface Prober {
  /** Names of the manager's interfaces. */
  readonly interfaces: () => Promise<string[]>;
  /** Makes a job, asks it and its file, and cancels it. */
  readonly job: (name: string, rest: NativeNewJob, properties: readonly number[]) => Promise<NativeProbe>;
}

/** One service answers for a process, whichever connection asks. */
class CapabilitiesCache {
  capabilities: Promise<Capabilities> | undefined;
}

/** `manager.capabilities`: what is known, or is being found out, or else a new probe. A probe that failed is forgotten. */
export function capabilitiesOf(connection: Connection, ask: Prober): Promise<Capabilities> {
  const { closing } = connection;
  const known = connection.ofService(CapabilitiesCache);
  const found = closing.aborted ? undefined : known.capabilities;
  if (found !== undefined) {
    // What another connection has begun may end with it, or with its limit.
    return awaitShared(connection, found).catch((error: unknown) => {
      if (known.capabilities !== found && !closing.aborted) return capabilitiesOf(connection, ask);
      throw error;
    });
  }
  const probing = probe(ask).catch((error: unknown) => {
    if (known.capabilities === probing) known.capabilities = undefined;
    throw error;
  });
  if (!closing.aborted) known.capabilities = probing;
  return probing;
}

/** What another connection is finding out, for as long as this one waits for anything. */
async function awaitShared<T>(connection: Connection, found: Promise<T>): Promise<T> {
  const { closing, serviceTimeout, host } = connection;
  const what = 'asking what BITS can do';
  return withLimits(
    found,
    afterTime(host.clock, Math.max(MIN_CALL_LIMIT, serviceTimeout), () => noAnswerError(what, true)),
    onceAborted(closing, () => new BitsClosedError(what)),
  );
}

/**
 * Asks a manager's interfaces, and those of a job and a file made for the purpose: there is no other way to know. The
 * job is never resumed, and cancelled whatever happens. BITS looks at the folder of a file when it is added, so it is
 * one where everybody may write; nothing is ever put there.
 */
async function probe({ interfaces, job }: Prober): Promise<Capabilities> {
  const file = path.win32.join(tmpdir(), `windows-bits-${randomBytes(6).toString('hex')}.tmp`);
  const files = checkFiles([{ url: 'http://127.0.0.1/windows-bits', path: file }], 'files');
  const words = wordsOf(JOB_PROPERTY);
  const names = await interfaces();
  const found = await job(
    'windows-bits: asking what BITS can do',
    { files },
    words.map((word) => JOB_PROPERTY.values[word]),
  );
  names.push(...found.job, ...found.file);
  const versions = names.map((name) => INTERFACES[name]?.bits ?? '1.0');
  return Object.freeze({
    version: versions.reduce((newest, version) => (Number(version) > Number(newest) ? version : newest)),
    interfaces: new Set(names),
    properties: new Set(words.filter((word) => found.properties.includes(JOB_PROPERTY.values[word]))),
  });
}
