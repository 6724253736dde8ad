import type { ManagerHandle, NativeAddon, VerdictHandle } from '../../contract/addon';
import type { Client, Computer } from '../computer/computer';
import { Verdict } from '../service/certificate_check';
import type { Group } from '../service/methods';
import { serviceOf } from '../service/service_process';
import type { Composed } from '../service/table';
import { WINDOWS } from '../service/versions';
import type { ObjectKind } from '../service/versions';
import { BitsSimulationError } from '../simulation_error';
import { VERSION } from '../../util/version';
import { CallLog } from './calls';
import { Faults } from './faults';
import { COMPOSED, comName, ROWS } from './method_names';
import { createJob, Creation, interfaces, probe } from './new_job';
import { CallQueue, ManagerObject, managerOf, objectOf } from './objects';
import type { SimulatedObject } from './objects';
import { outcomeOf, withdrawn } from './outcome';
import { Program } from './program';
import type { Hooks } from './program';
import { fileSnapshots, jobChanges, jobSnapshots, snapshot } from './snapshot';

/** CLSID_BackgroundCopyManager and CLSCTX_LOCAL_SERVER. */
const MANAGER_CLASS = '{4991d34b-80a1-4291-83b6-3328366b9097}';
const LOCAL_SERVER = 4;

/** The calls of one computer's programs share these. */
export function createHooks(): Hooks {
  return { calls: new CallLog(), faults: new Faults() };
}

/** The raw contract over a simulated computer, as the program `client` has it. */
export function simulatedAddon(computer: Computer, client: Client, hooks: Hooks = createHooks()): NativeAddon {
  return new SimulatedAddon(new Program(computer, client, hooks)).addon;
}

/** What becomes of the promises of a program that has ended. */
const NEVER = new Promise<never>(() => undefined);

type Invoke = (handle: unknown, ...args: readonly unknown[]) => Promise<unknown>;

/** Which objects the methods of a group are called on. */
const KINDS: Readonly<Record<Group, ObjectKind>> = {
  manager: 'manager',
  job: 'job',
  file: 'file',
  error: 'error',
  peerCache: 'manager',
  record: 'record',
  peer: 'peer',
};

class SimulatedAddon {
  /** Jobs that are being made, by the promise that was returned. */
  readonly #creations = new WeakMap<Promise<unknown>, Creation>();

  constructor(private readonly program: Program) {}

  get addon(): NativeAddon {
    const composed: Partial<Record<Group, object>> = this.#composed();
    const groups = Object.fromEntries(
      (Object.keys(KINDS) as Group[]).map((group) => [group, { ...this.#group(group), ...composed[group] }]),
    );
    const addon = {
      version: VERSION,
      openManager: (clsid: string = MANAGER_CLASS, context: number = LOCAL_SERVER) =>
        new ManagerObject(clsid, context) as unknown as ManagerHandle,
      releaseManager: (handle: ManagerHandle) => {
        this.#release(managerOf(handle));
      },
      abandon: (call: Promise<unknown>) => {
        this.#creations.get(call)?.withdraw();
      },
      answerCertificate,
      systemInfo: () => this.#systemInfo(),
      ...groups,
    };
    return addon as unknown as NativeAddon;
  }

  /** The functions of a group: one for each row of its table. */
  #group(group: Group): Readonly<Record<string, Invoke>> {
    const single = [...ROWS.values()].filter((row) => row.group === group);
    const functions: [string, Invoke][] = single.map((row) => [
      row.name,
      (handle, ...args) =>
        this.#invoke(objectOf(handle, KINDS[group]), row.com, row.once ? 'once' : 'repeat', (object) =>
          this.program.callMethod(object, row, args),
        ),
    ]);
    return Object.fromEntries(functions);
  }

  /** Those that are more than one call. */
  #composed(): { readonly [G in keyof Composed]: Pick<NativeAddon[G], Composed[G] & keyof NativeAddon[G]> } {
    const { program } = this;
    const reading =
      <A extends readonly unknown[], T>(
        kind: ObjectKind,
        name: string,
        read: (program: Program, object: SimulatedObject, ...args: A) => Promise<T>,
      ) =>
      (handle: unknown, ...args: A): Promise<T> =>
        this.#invoke(objectOf(handle, kind), COMPOSED[`${kind}.${name}`] ?? name, 'repeat', (object) =>
          read(program, object, ...args),
        );
    return {
      manager: {
        interfaces: reading('manager', 'interfaces', interfaces),
        jobSnapshots: reading('manager', 'jobSnapshots', jobSnapshots),
        jobChanges: (handle, jobs, stamps) =>
          this.#invoke(
            managerOf(handle),
            comName('IBackgroundCopyManager', 'jobChanges'),
            'repeat',
            (manager) => jobChanges(program, manager, jobs, stamps),
            new CallQueue(), // it waits for no other call, nor does any other call for it
          ),
        createJob: this.#creating('manager.createJob', createJob),
        probe: this.#creating('manager.probe', probe),
      },
      job: {
        interfaces: reading('job', 'interfaces', interfaces),
        snapshot: reading('job', 'snapshot', snapshot),
        fileSnapshots: reading('job', 'fileSnapshots', fileSnapshots),
      },
      file: { interfaces: reading('file', 'interfaces', interfaces) },
    };
  }

  /** A method that makes a job: the job is cancelled when nobody waits for it any more. */
  #creating<A extends readonly unknown[], R>(
    key: string,
    make: (program: Program, manager: ManagerObject, creation: Creation, ...args: A) => Promise<R>,
  ): (handle: ManagerHandle, ...args: A) => Promise<R> {
    return (handle, ...args) => {
      const creation = new Creation(this.program);
      const com = COMPOSED[key] ?? key;
      const manager = managerOf(handle);
      const promise = this.#invoke(manager, com, 'once', async () => {
        try {
          return await make(this.program, manager, creation, ...args);
        } catch (thrown) {
          throw creation.isWanted ? thrown : withdrawn();
        }
      });
      this.#creations.set(promise, creation);
      return promise;
    };
  }

  /** A call from start to promise: in the object's queue, and with a failure record where it fails. */
  #invoke<T>(
    object: SimulatedObject,
    com: string,
    repeat: 'repeat' | 'once',
    make: (object: SimulatedObject) => Promise<T>,
    queue = object.queue,
  ): Promise<T> {
    const { program } = this;
    const hasEnded = () => !program.client.alive;
    // Only the test itself still makes calls: what the program was about to do stays undone.
    if (hasEnded()) return Promise.reject(new BitsSimulationError(`${com}: the program has ended; connect again`));
    return queue.add(async () => {
      if (hasEnded()) return NEVER;
      program.computer.check();
      try {
        const answer = await program.perform(object, repeat, () => make(object));
        return hasEnded() ? await NEVER : answer;
      } catch (thrown) {
        if (hasEnded()) return NEVER;
        const failure = outcomeOf(thrown).toFailure(com);
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- that is what the addon rejects with
        throw failure;
      }
    });
  }

  /** The proxies of the manager and its jobs, and the callbacks that were registered by way of them, go. */
  #release(manager: ManagerObject): void {
    const { computer } = this.program;
    void manager.queue.add(() => {
      const service = serviceOf(computer);
      for (const [id, job] of manager.jobs) {
        const { callback } = job.own;
        const isOwn = callback !== null && computer.registrations.get(id) === callback;
        if (isOwn && job.run === service.run) computer.registrations.delete(id);
        job.run = 0;
      }
      manager.run = 0;
      return Promise.resolve();
    });
  }

  #systemInfo(): ReturnType<NativeAddon['systemInfo']> & { readonly simulated: true } {
    const { computer, client } = this.program;
    const { version, profile } = computer.state;
    return {
      windows: WINDOWS[version],
      wine: profile === 'wine-8' ? '8.0' : null,
      elevated: client.identity.elevated,
      restrictedToken: false,
      simulated: true,
    };
  }
}

function answerCertificate(verdict: VerdictHandle, accept: boolean): void {
  if (!((verdict as unknown) instanceof Verdict)) throw new TypeError('argument 0: expected a verdict');
  (verdict as unknown as Verdict).answer(accept);
}
