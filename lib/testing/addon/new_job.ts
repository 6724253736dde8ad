import type { NativeNamedJob, NativeNewJob, NativeProbe } from '../../contract/addon';
import { hr } from '../service/failure';
import { createJob as createOne } from '../service/manager';
import { JOB_PROPERTY_ID } from '../service/properties';
import { interfacesOf } from '../service/versions';
import { ROWS } from './method_names';
import type { MethodRow } from './method_names';
import type { ManagerObject, SimulatedObject } from './objects';
import { isDisconnected, Outcome, outcomeOf, withdrawn } from './outcome';
import type { Program } from './program';

/*
 * Makes a job with all its settings: afterwards it exists as asked for, or not at all. Steps, their order, and what
 * becomes of a failure are those of native/bits/new_job.cc.
 */

const CREATE = 'IBackgroundCopyManager::CreateJob';
const DOWNLOAD = 0;
/** What an older BITS answers to a call that the job can do without. */
const DISPENSABLE = [hr('E_NOINTERFACE'), hr('E_NOTIMPL'), hr('REGDB_E_IIDNOTREG')];

/** A job on its way to whoever asked for it. */
export class Creation {
  #wanted = true;

  constructor(private readonly program: Program) {}

  get isWanted(): boolean {
    return this.#wanted && this.program.client.alive;
  }

  /** The job will not be taken: it is cancelled, whenever it exists. */
  withdraw(): void {
    this.#wanted = false;
  }
}

const rowOf = (key: string): MethodRow => ROWS.get(key)!;

class Setup {
  constructor(
    private readonly program: Program,
    readonly job: SimulatedObject,
    private readonly creation: Creation,
  ) {}

  /** A step. Its failure names it, and is final. */
  async do(key: string, args: readonly unknown[] = [], name = rowOf(key).com): Promise<unknown> {
    const row = rowOf(key);
    return this.step(name, row.once, () => this.program.callMethod(this.job, row, args));
  }

  async step<T>(name: string, once: boolean, make: () => Promise<T>): Promise<T> {
    if (!this.creation.isWanted) throw withdrawn();
    try {
      return await this.program.perform(this.job, once ? 'once' : 'repeat', make);
    } catch (thrown) {
      const { hresult, kind } = outcomeOf(thrown);
      throw new Outcome(hresult, kind, name);
    }
  }

  /** For what older versions of BITS do not have, and the job can do without. */
  async try(key: string, args: readonly unknown[] = []): Promise<unknown> {
    try {
      return await this.do(key, args);
    } catch (thrown) {
      if (!DISPENSABLE.includes(outcomeOf(thrown).hresult)) throw thrown;
      return undefined;
    }
  }

  /** Calls a setter with a value, if there is one. */
  async set(key: string, value: unknown): Promise<void> {
    if (value !== undefined) await this.do(key, [value]);
  }
}

function enableValue(enable: boolean): Uint8Array {
  const value = new Uint8Array(16);
  value[0] = enable ? 1 : 0;
  return value;
}

async function addFiles(setup: Setup, { files = [], ranges = [] }: NativeNewJob): Promise<void> {
  if (files.length > 0) await setup.do('job.addFileSet', [files]);
  for (const { remoteName, localName, ranges: parts } of ranges) {
    await setup.do('job.addFileWithRanges', [remoteName, localName, parts]);
  }
  if (ranges.length === 0) return;
  // Wine accepts ranges and adds no file, so that files are counted; what goes wrong then goes by the name of the adding.
  const adding = rowOf('job.addFileWithRanges').com;
  const progress = (await setup.do('job.getProgress', [], adding)) as { readonly filesTotal: number };
  if (progress.filesTotal >= files.length + ranges.length) return;
  throw new Outcome(hr('E_NOTIMPL'), 'call', adding);
}

async function setUp(setup: Setup, rest: NativeNewJob): Promise<void> {
  await setup.set('job.setDescription', rest.description);
  await setup.set('job.setPriority', rest.priority);
  await setup.set('job.setMinimumRetryDelay', rest.minimumRetryDelay);
  await setup.set('job.setNoProgressTimeout', rest.noProgressTimeout);
  if (rest.dynamicContent !== undefined) {
    await setup.do('job.setProperty', [JOB_PROPERTY_ID.dynamicContent, enableValue(rest.dynamicContent)]);
  }
  await addFiles(setup, rest);
  await setup.set('job.setReplyFileName', rest.replyFileName);
  await setup.set('job.setCustomHeaders', rest.customHeaders);
  if (rest.writeOnlyHeaders === true) await setup.try('job.makeCustomHeadersWriteOnly');
}

/** Cancels a job that nobody wants. */
async function discard(program: Program, job: SimulatedObject): Promise<void> {
  await program
    .perform(job, 'repeat', () => program.callMethod(job, rowOf('job.cancel'), []))
    .catch((thrown: unknown) => outcomeOf(thrown)); // a failure changes nothing
}

/** Makes a job and calls `use` with it. It is cancelled unless `use` succeeds and it is to stay. */
async function makeJob<T>(
  program: Program,
  manager: ManagerObject,
  creation: Creation,
  [displayName, type]: readonly [string, number],
  use: (setup: Setup) => Promise<T>,
  stays: boolean,
): Promise<T> {
  if (!creation.isWanted) throw withdrawn();
  const face = 'IBackgroundCopyManager';
  const state = await program.through(manager, CREATE, face, [displayName, type], () => {
    const { computer, client } = program;
    const adopt = program.adopterFor(manager);
    return createOne({ computer, client, target: null, adopt, own: manager.own }, displayName, type);
  });
  const job = program.adopt(manager, state);
  let kept = false;
  try {
    const result = await use(new Setup(program, job, creation));
    kept = stays;
    return result;
  } finally {
    if (!kept) await discard(program, job);
  }
}

export async function createJob(
  program: Program,
  manager: ManagerObject,
  creation: Creation,
  displayName: string,
  type: number,
  rest: NativeNewJob = {},
): Promise<NativeNamedJob> {
  const use = async (setup: Setup): Promise<NativeNamedJob> => {
    await setUp(setup, rest);
    if (!creation.isWanted) throw withdrawn();
    return program.adopterFor(manager).job(setup.job.target!.job);
  };
  return makeJob(program, manager, creation, [displayName, type], use, true);
}

export async function probe(
  program: Program,
  manager: ManagerObject,
  creation: Creation,
  displayName: string,
  rest: NativeNewJob,
  properties: readonly number[],
): Promise<NativeProbe> {
  const { state } = program.computer;
  const use = async (setup: Setup): Promise<NativeProbe> => {
    await setUp(setup, rest);
    const names = await setup.step('IUnknown::QueryInterface', false, () => interfaces(program, setup.job));
    const files = (await setup.do('job.enumFiles')) as readonly unknown[];
    const found: number[] = [];
    for (const id of properties) if (await isReadable(setup, id)) found.push(id);
    return { job: names, file: files.length > 0 ? interfacesOf(state, 'file') : [], properties: found };
  };
  return makeJob(program, manager, creation, [displayName, DOWNLOAD], use, false);
}

/** A property that cannot be read is none; that the connection has broken is a failure. */
async function isReadable(setup: Setup, id: number): Promise<boolean> {
  try {
    return (await setup.try('job.getProperty', [id])) !== undefined;
  } catch (thrown) {
    const outcome = outcomeOf(thrown);
    if (outcome.kind === 'closed' || isDisconnected(outcome.hresult)) throw thrown;
    return false;
  }
}

/** Names of the interfaces that an object has. */
export async function interfaces(program: Program, object: SimulatedObject): Promise<string[]> {
  return program.through(object, 'IUnknown::Interfaces', 'IUnknown', [], () =>
    interfacesOf(program.computer.state, object.kind),
  );
}
