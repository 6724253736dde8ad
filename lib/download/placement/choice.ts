import type { Connection } from '../../bits/connection';
import type { BitsJob } from '../../job';
import type { Placement } from './placement';
import { expectsStaging, Staging } from './staging';
import { TemporaryNames } from './temporary_names';

/** Whether a service tells the temporary names of files; undefined until a file was asked. */
class Service {
  tellsTemporaryNames: boolean | undefined;
}

/** The placement of a download for which it is known. */
export function placementOf(connection: Connection, id: string, staging: boolean): Placement {
  return staging ? new Staging(connection.host, id) : new TemporaryNames();
}

/** The placement to make the first job of a download for. Where no file was asked yet, the likely one. */
export function expectedPlacement(connection: Connection, id: string): Placement {
  const known = connection.ofService(Service).tellsTemporaryNames;
  return placementOf(connection, id, known === undefined ? expectsStaging(connection.system) : !known);
}

/**
 * The placement that the service needs: the expected one when that is right. The first download of a process finds it out
 * by asking a file of its own job.
 */
export async function actualPlacement(
  connection: Connection,
  id: string,
  expected: Placement,
  job: BitsJob,
): Promise<Placement> {
  const service = connection.ofService(Service);
  service.tellsTemporaryNames ??= await tellsTemporaryNames(job);
  const staging = !service.tellsTemporaryNames;
  return staging === expected.staging ? expected : placementOf(connection, id, staging);
}

async function tellsTemporaryNames(job: BitsJob): Promise<boolean> {
  const [file] = await job.getFiles();
  return file !== undefined && (await file.interfaces()).includes('IBackgroundCopyFile3');
}
