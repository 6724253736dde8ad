import type {
  NativeFileProgress,
  NativeFileSnapshot,
  NativeJobSnapshot,
  NativeListedJob,
  NativeNamedJob,
} from '../../contract/addon';
import { hr } from '../service/failure';
import { comName, ROWS } from './method_names';
import { objectOf } from './objects';
import type { SimulatedObject } from './objects';
import { isDisconnected, outcomeOf } from './outcome';
import type { Program } from './program';

/*
 * What the addon reads of several objects, or in several calls, in one go: native/bits/calls.cc. A field that cannot be
 * read is null; a service that cannot be reached is a failure.
 */

/** Read before the state, and then the progress. */
const BEFORE = {
  type: 'getType',
  priority: 'getPriority',
  times: 'getTimes',
  errorCount: 'getErrorCount',
  displayName: 'getDisplayName',
  description: 'getDescription',
  owner: 'getOwner',
} as const;

/** For jobs that have gone since the list was made, or that this user may not look at. */
const NOT_LISTED: readonly number[] = [hr('BG_E_NOT_FOUND'), hr('E_ACCESSDENIED')];

function reader(program: Program, object: SimulatedObject) {
  const read = (name: string, args: readonly unknown[] = []): Promise<unknown> =>
    program.callMethod(object, ROWS.get(`${object.kind}.${name}`)!, args, false);
  const readIfPossible = (name: string) =>
    read(name).catch((thrown: unknown) => {
      const outcome = outcomeOf(thrown);
      if (isDisconnected(outcome.hresult)) throw outcome;
      return null;
    });
  return { read, readIfPossible };
}

/** Everything but the state can be missing. */
export async function snapshot(program: Program, job: SimulatedObject): Promise<NativeJobSnapshot> {
  const face = 'IBackgroundCopyJob';
  return program.through(job, comName(face, 'snapshot'), face, [], () => factsOf(program, job));
}

export async function jobSnapshots(
  program: Program,
  manager: SimulatedObject,
  flags: number,
): Promise<NativeListedJob[]> {
  const face = 'IBackgroundCopyManager';
  return program.through(manager, comName(face, 'jobSnapshots'), face, [flags], async () => {
    const listed: NativeListedJob[] = [];
    for (const named of (await reader(program, manager).read('enumJobs', [flags])) as NativeNamedJob[]) {
      try {
        listed.push({ ...named, snapshot: await factsOf(program, objectOf(named.handle, 'job')) });
      } catch (thrown) {
        if (!NOT_LISTED.includes(outcomeOf(thrown).hresult)) throw thrown;
      }
    }
    return listed;
  });
}

export async function fileSnapshots(program: Program, job: SimulatedObject): Promise<NativeFileSnapshot[]> {
  const face = 'IBackgroundCopyJob';
  return program.through(job, comName(face, 'fileSnapshots'), face, [], async () => {
    const files: NativeFileSnapshot[] = [];
    for (const handle of (await reader(program, job).read('enumFiles')) as NativeFileSnapshot['handle'][]) {
      const { readIfPossible } = reader(program, objectOf(handle, 'file'));
      const remoteName = (await readIfPossible('getRemoteName')) as string | null;
      const localName = (await readIfPossible('getLocalName')) as string | null;
      const progress = (await readIfPossible('getProgress')) as NativeFileProgress | null;
      files.push({
        handle,
        remoteName,
        localName,
        temporaryName: (await readIfPossible('getTemporaryName')) as string | null,
        bytesTotal: progress?.bytesTotal ?? null,
        bytesTransferred: progress?.bytesTransferred ?? null,
        completed: progress?.completed ?? null,
        validationState: (await readIfPossible('getValidationState')) as boolean | null,
      });
    }
    return files;
  });
}

async function factsOf(program: Program, job: SimulatedObject): Promise<NativeJobSnapshot> {
  const { read, readIfPossible } = reader(program, job);
  const fields: Record<string, unknown> = {};
  for (const [field, getter] of Object.entries(BEFORE)) fields[field] = await readIfPossible(getter);
  const state = await read('getState');
  const progress = await readIfPossible('getProgress');
  return { ...fields, state, progress } as unknown as NativeJobSnapshot;
}
