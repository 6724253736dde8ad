import { createHash } from 'node:crypto';
import type {
  JobHandle,
  NativeFileProgress,
  NativeFileSnapshot,
  NativeJobChange,
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

/** How long a look waits for a job, in milliseconds. */
const LOOK_LIMIT = 1000;

/** Each job is looked at in its own queue. */
export async function jobChanges(
  program: Program,
  manager: SimulatedObject,
  jobs: readonly JobHandle[],
  stamps: readonly number[],
): Promise<NativeJobChange[]> {
  const face = 'IBackgroundCopyManager';
  return program.through(manager, comName(face, 'jobChanges'), face, [], async () => {
    const changes = await Promise.all(jobs.map((handle, index) => lookAt(program, handle, index, stamps[index])));
    return changes.filter((change) => change !== null);
  });
}

/** Resolves with null when the job is as it was. */
function lookAt(
  program: Program,
  handle: JobHandle,
  index: number,
  known: number | undefined,
): Promise<NativeJobChange | null> {
  const job = objectOf(handle, 'job');
  const unreadable: NativeJobChange = { index, stamp: 0, snapshot: null };
  const look = () =>
    program.perform(job, 'repeat', async () => {
      const stamp = await stampOf(program, job);
      return stamp === known ? null : { index, stamp, snapshot: await snapshot(program, job) };
    });
  return new Promise((resolve) => {
    const limit = program.computer.clock.schedule(LOOK_LIMIT, () => {
      resolve(unreadable);
    });
    void job.queue
      .add(look)
      .catch(() => unreadable)
      .then((found) => {
        limit.cancel();
        resolve(found);
      });
  });
}

/** A number for what every look reads. */
async function stampOf(program: Program, job: SimulatedObject): Promise<number> {
  const { read, readIfPossible } = reader(program, job);
  const facts = [
    await readIfPossible('getTimes'),
    await readIfPossible('getErrorCount'),
    await read('getState'),
    await readIfPossible('getProgress'),
  ];
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('hex');
  return 1 + Number.parseInt(hash.slice(0, 12), 16);
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
