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
import type { Host } from '../host';

/** What this computer's BITS supports. */
export interface Capabilities {
  /** The newest BITS version of which an interface was found, such as '10.3'. */
  readonly version: string;
  /** Names of the interfaces that this BITS has, such as 'IBackgroundCopyJob5'. */
  readonly interfaces: ReadonlySet<string>;
  /** Job properties that can be read. */
  readonly properties: ReadonlySet<JobProperty>;
}

/** The manager's calls that a probe needs. */
export interface Prober {
  /** Resolves with the names of the manager's interfaces. */
  readonly interfaces: () => Promise<string[]>;
  /** Makes a job, queries the interfaces of the job and its file, and cancels it. */
  readonly job: (name: string, rest: NativeNewJob, properties: readonly number[]) => Promise<NativeProbe>;
}

/** Shared by all connections of the process to one service. */
class CapabilitiesCache {
  capabilities: Promise<Capabilities> | undefined;
}

/**
 * Implements `manager.capabilities`: the known result, the probe under way, or a new probe. A failed probe is
 * forgotten.
 */
export function capabilitiesOf(connection: Connection, ask: Prober): Promise<Capabilities> {
  const { closing } = connection;
  const known = connection.ofService(CapabilitiesCache);
  const found = closing.aborted ? undefined : known.capabilities;
  if (found !== undefined) {
    // A probe that another connection began fails when that connection is closed or its limit is over.
    return awaitShared(connection, found).catch((error: unknown) => {
      if (known.capabilities !== found && !closing.aborted) return capabilitiesOf(connection, ask);
      throw error;
    });
  }
  const probing = probe(connection.host, ask).catch((error: unknown) => {
    if (known.capabilities === probing) known.capabilities = undefined;
    throw error;
  });
  if (!closing.aborted) known.capabilities = probing;
  return probing;
}

/** Waits for another connection's probe, within this connection's own limits. */
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
 * Queries the interfaces of the manager, and of a job and a file made for the purpose: BITS offers no other way to find
 * out. The job is never resumed, and is cancelled whatever happens. BITS checks a file's folder when the file is added,
 * so the file is in the temporary folder, where everybody may write; nothing is ever written there.
 */
async function probe({ disk, randomHex }: Host, { interfaces, job }: Prober): Promise<Capabilities> {
  const file = path.win32.join(disk.temporaryFolder, `windows-bits-${randomHex(6)}.tmp`);
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
