import type {
  FileHandle,
  JobHandle,
  ManagerHandle,
  NativeAddon,
  NativeFailure,
  NativeNewJob,
} from '../../../../lib/contract/addon';
import { CODES } from '../../../../lib/errors/codes';
import type { KnownCode } from '../../../../lib/errors/codes';
import { codeOf } from '../../../../lib/errors/table';
import { createHooks, simulatedAddon } from '../../../../lib/testing/addon/simulated_addon';
import type { Client, Computer } from '../../../../lib/testing/computer/computer';
import { contentOf } from '../../../../lib/testing/computer/content';
import { RunningComputer } from '../../../../lib/testing/computer/create_computer';
import { addUser, freshState, identityOf } from '../../../../lib/testing/computer/fresh_state';
import type {
  BitsVersion,
  ComputerState,
  Identity,
  JobState,
  ProfileName,
} from '../../../../lib/testing/computer/state';
import { serviceOf } from '../../../../lib/testing/service/service_process';

/*
 * A simulated computer for tests of its service: the clock stands still until told, and the engine only notes what it was
 * asked for.
 */

export const NOW = Date.UTC(2026, 0, 2);
export const URL = 'https://example.com/app.zip';

interface Given {
  readonly version?: BitsVersion;
  readonly profile?: ProfileName;
}

/** Folders besides those of a fresh computer: one in which only administrators may write, and long ones. */
const FOLDERS = [
  { folder: 'C:\\readonly', writers: 'administrators' },
  { folder: `C:\\${'f'.repeat(244)}`, writers: 'everybody' },
  { folder: `C:\\${'f'.repeat(245)}`, writers: 'everybody' },
];

function stateWithUsers({ version = '10.3', profile = 'windows' }: Given = {}): ComputerState {
  const state = freshState({ version, profile, seed: 1, now: NOW, user: { name: 'user', kind: 'standard' } });
  addUser(state, { name: 'other', kind: 'standard' });
  addUser(state, { name: 'admin', kind: 'administrator' });
  state.rights.push(...FOLDERS);
  state.peerCache.maximumSize = 1;
  return state;
}

/** Where an account of `stateWithUsers` calls from. */
function callerFrom(account: string, elevated = false): Identity {
  return identityOf(
    stateWithUsers().users.find(({ name }) => name === account)!,
    elevated,
  );
}

/** Where the users of the tests call from. */
export const USERS = {
  user: callerFrom('user'),
  other: callerFrom('other'),
  admin: callerFrom('admin', true),
  /** The same account, without the rights of an administrator. */
  filteredAdmin: callerFrom('admin'),
  system: callerFrom('SYSTEM'),
  localService: callerFrom('LOCAL SERVICE'),
};
export type UserName = keyof typeof USERS;

/** Lets everything happen that waits for nothing but its turn. */
export const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

export class StandIn extends RunningComputer {
  readonly hooks = createHooks();
  /** What the engine was asked for: 'changed', 'stopped' and the like. */
  readonly asked: string[];

  constructor(given: Given = {}) {
    const asked: string[] = [];
    super({
      from: stateWithUsers(given),
      clock: { mode: 'manual', speed: 1 },
      drives: null,
      engine: () => ({
        jobChanged: () => void asked.push('changed'),
        jobStopped: () => void asked.push('stopped'),
        conditionsChanged: () => undefined,
        start: () => void asked.push('start'),
        stop: () => void asked.push('stop'),
      }),
      transport: () => ({}) as Computer['transport'],
    });
    this.asked = asked;
  }

  /** Without the time. */
  override trace(line: string): void {
    this.lines.push(line);
  }

  /** Puts a file on the disk. */
  put(file: string, bytes: Uint8Array): void {
    this.disk.create(file);
    this.disk.write(file, 0, contentOf(bytes));
  }

  /** A program of a user's. */
  connect(user: UserName = 'user'): Connected {
    return new Connected(this, user);
  }

  get service() {
    return serviceOf(this);
  }
}

/** A connected program. */
export class Connected {
  readonly client: { identity: Identity; alive: boolean };
  readonly addon: NativeAddon;
  readonly manager: ManagerHandle;

  constructor(
    readonly computer: StandIn,
    user: UserName,
  ) {
    this.client = { identity: USERS[user], alive: true } satisfies Client;
    this.addon = simulatedAddon(computer, this.client, computer.hooks);
    this.manager = this.addon.openManager();
  }

  async createJob(rest: NativeNewJob = {}, type = 0): Promise<OpenJob> {
    const { id, handle } = await this.addon.manager.createJob(this.manager, 'x', type, rest);
    return { id, handle, state: this.computer.state.jobs.find((job) => job.id === id)! };
  }

  /** A job with one file, in a state. */
  async jobIn(state: number, type = 0): Promise<OpenJob> {
    const job = await this.createJob({ files: [file()] }, type);
    Object.assign(job.state, { state, resumed: state !== 3 });
    if (state === 7 || state === 8) this.computer.state.jobs.splice(this.computer.state.jobs.indexOf(job.state), 1);
    if (state === 4 || state === 5) job.state.error = { context: 5, hresult: 0x80190194, file: 0, protocol: 'http' };
    return job;
  }

  async fileOf({ handle }: OpenJob): Promise<FileHandle> {
    return (await this.addon.job.enumFiles(handle))[0]!;
  }
}

export interface OpenJob {
  readonly id: string;
  readonly handle: JobHandle;
  readonly state: JobState;
}

export function file(number = 0): { remoteName: string; localName: string } {
  return { remoteName: `${URL}?${number}`, localName: `C:\\data\\app${number}.zip` };
}

/** What a file of a job is like when it has arrived. */
export function arrive(computer: StandIn, { state }: OpenJob, index = 0): void {
  const one = state.files[index]!;
  Object.assign(one, {
    temporaryName: `C:\\data\\BIT${index}.tmp`,
    bytesTotal: 3,
    bytesTransferred: 3,
    completed: true,
  });
  computer.put(one.temporaryName, new Uint8Array([1, 2, 3]));
}

/** 'ok', or the code that a call fails with. */
export async function answerOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'ok',
    (failure: unknown) => codeOf((failure as NativeFailure).hresult),
  );
}

/** The failure of a call. */
export async function failureOf(call: Promise<unknown>): Promise<NativeFailure> {
  return call.then(
    () => {
      throw new Error('it succeeded');
    },
    (failure: unknown) => failure as NativeFailure,
  );
}

export const hr = (code: KnownCode): number => CODES[code].hresult;
/** What a promise has settled with so far: nothing, or one value or failure. */
export function outcomesOf(promise: Promise<unknown>): readonly unknown[] {
  const seen: unknown[] = [];
  promise.then(
    (value) => seen.push(value),
    (failure: unknown) => seen.push(failure),
  );
  return seen;
}
