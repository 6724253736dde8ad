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
import type { Timer } from '../../../../lib/host';
import { createHooks, simulatedAddon } from '../../../../lib/testing/addon/simulated_addon';
import type { Client, Computer, Registration, SimulatedClock } from '../../../../lib/testing/computer/computer';
import type { Content, SimulatedDisk } from '../../../../lib/testing/computer/simulated_disk';
import type { AccountKind, ComputerState, Identity, JobState } from '../../../../lib/testing/computer/state';
import type { BitsSimulationError } from '../../../../lib/testing/simulation_error';
import { serviceOf } from '../../../../lib/testing/service/service_process';

/*
 * A computer with as little as its service needs: a disk of names, a clock that stands still until told, and an engine
 * that only notes what it was asked for.
 */

export const NOW = Date.UTC(2026, 0, 2);
export const URL = 'https://example.com/app.zip';

/** Where the users of the tests call from. */
export const USERS = {
  user: { sid: 'S-1-5-21-1-1001', kind: 'standard', elevated: false, integrity: 0x2000 },
  other: { sid: 'S-1-5-21-1-1002', kind: 'standard', elevated: false, integrity: 0x2000 },
  admin: { sid: 'S-1-5-21-1-1003', kind: 'administrator', elevated: true, integrity: 0x3000 },
  /** The same account, without the rights of an administrator. */
  filteredAdmin: { sid: 'S-1-5-21-1-1003', kind: 'administrator', elevated: false, integrity: 0x2000 },
  system: { sid: 'S-1-5-18', kind: 'localSystem', elevated: true, integrity: 0x4000 },
  localService: { sid: 'S-1-5-19', kind: 'localService', elevated: true, integrity: 0x4000 },
} satisfies Record<string, Identity & { readonly kind: AccountKind }>;
export type UserName = keyof typeof USERS;

class ManualClock implements SimulatedClock {
  #now = 0;
  readonly #timers = new Set<{ readonly due: number; readonly work: () => void }>();

  now = () => this.#now;
  time = () => NOW + this.#now;
  date = () => new Date(this.time());
  during = <T>(work: Promise<T>) => work;
  schedule = (ms: number, work: () => void) => this.after(ms, work);

  after(ms: number, work: () => void): Timer {
    const timer = { due: this.#now + ms, work };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer), ref: () => undefined, unref: () => undefined };
  }

  afterPendingEvents(work: () => void): Timer {
    const timer = setImmediate(work);
    return { cancel: () => clearImmediate(timer), ref: () => undefined, unref: () => undefined };
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.due;
      next.work();
      await settled();
    }
    this.#now = end;
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

class Names implements SimulatedDisk {
  readonly folders = new Set(['c:', 'c:\\data', 'c:\\readonly', `c:\\${'f'.repeat(244)}`, `c:\\${'f'.repeat(245)}`]);
  readonly contents = new Map<string, Uint8Array>();
  readonly locked = new Set<string>();
  readonly readOnlyFiles = new Set<string>();
  readonly host = {} as SimulatedDisk['host'];
  hostFor = () => this.host;
  save = () => undefined;

  isFullPath = (name: string) => /^(?:[a-z]:[\\/]|\\\\[^\\]+\\[^\\]+\\)/i.test(name);
  folderOf = (name: string) => name.slice(0, Math.max(name.lastIndexOf('\\'), 0));
  files = () => [...this.contents.keys()];
  modified = () => NOW;
  setModified = () => undefined;

  stat(name: string) {
    const key = name.toLowerCase();
    if (this.folders.has(key)) return { kind: 'folder' as const, size: 0, readOnly: false };
    const size = this.contents.get(key)?.length;
    return size === undefined ? null : { kind: 'file' as const, size, readOnly: false };
  }

  /** Standard users may write in C:\data only. */
  mayWrite(name: string, { integrity }: Identity): boolean {
    if (this.readOnlyFiles.has(name.toLowerCase())) return false;
    return integrity >= 0x3000 || !/^c:(?:$|\\readonly)/i.test(name);
  }

  #change(name: string): string {
    const key = name.toLowerCase();
    if (this.locked.has(key)) throw Object.assign(new Error(name), { code: 'EBUSY' });
    return key;
  }

  create(file: string): void {
    this.contents.set(this.#change(file), new Uint8Array());
  }

  write(file: string, _offset: number, content: Content): void {
    this.contents.set(this.#change(file), content.read(0, content.size));
  }

  truncate = () => undefined;

  content(file: string): Content {
    const bytes = this.contents.get(file.toLowerCase()) ?? new Uint8Array();
    return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
  }

  rename(from: string, to: string): void {
    const bytes = this.contents.get(this.#change(from));
    if (bytes === undefined) throw Object.assign(new Error(from), { code: 'ENOENT' });
    this.contents.set(this.#change(to), bytes);
    this.contents.delete(from.toLowerCase());
  }

  remove(file: string): void {
    this.contents.delete(this.#change(file));
  }

  makeFolder(folder: string): void {
    this.folders.add(folder.toLowerCase());
  }

  lock(file: string): void {
    this.locked.add(file.toLowerCase());
  }

  unlock(file: string): void {
    this.locked.delete(file.toLowerCase());
  }
}

export class StandIn implements Computer {
  readonly clock = new ManualClock();
  readonly disk = new Names();
  readonly transport = {} as Computer['transport'];
  readonly registrations = new Map<string, Registration>();
  readonly state: ComputerState;
  readonly hooks = createHooks();
  readonly lines: string[] = [];
  /** What the engine was asked for: 'changed', 'stopped' and the like. */
  readonly asked: string[] = [];
  problem: BitsSimulationError | undefined;
  #random = 1;
  #number = 0;

  readonly engine = {
    jobChanged: () => void this.asked.push('changed'),
    jobStopped: () => void this.asked.push('stopped'),
    conditionsChanged: () => undefined,
    start: () => void this.asked.push('start'),
    stop: () => void this.asked.push('stop'),
  };

  constructor(given: Partial<Pick<ComputerState, 'version' | 'profile'>> = {}) {
    this.state = freshState(given);
  }

  random(): number {
    this.#random = (this.#random * 16807) % 2147483647;
    return this.#random / 2147483647;
  }

  nextNumber = () => ++this.#number;
  trace = (line: string) => void this.lines.push(line);
  report = (error: BitsSimulationError) => void (this.problem ??= error);

  check(): void {
    if (this.problem !== undefined) throw this.problem;
  }

  /** A program of a user's. */
  connect(user: UserName = 'user'): Connected {
    return new Connected(this, user);
  }

  get service() {
    return serviceOf(this);
  }
}

function freshState(given: Partial<Pick<ComputerState, 'version' | 'profile'>>): ComputerState {
  const users = Object.entries(USERS).filter(([name]) => name !== 'filteredAdmin');
  return {
    format: 'windows-bits-simulation/1',
    profile: 'windows',
    version: '10.3',
    ...given,
    seed: 1,
    random: 1,
    counter: 0,
    time: NOW,
    booted: NOW,
    on: true,
    users: users.map(([name, { sid, kind }]) => ({ sid, name, kind, loggedOn: true })),
    service: { startType: 'demand', running: false, idleSince: null },
    network: { connected: true, cost: 1, bandwidth: null, latency: 0, proxyStatus: null, dns: true },
    power: { battery: false, level: 100, saver: false, standby: false },
    policy: {
      maxJobsPerUser: 60,
      maxJobsPerMachine: 300,
      maxFilesPerJob: 200,
      maxRangesPerFile: 500,
      bandwidth: null,
      inactivityTimeout: 7_776_000,
      maxDownloadTime: 7_776_000,
      gameMode: false,
      backgroundAccess: true,
    },
    jobs: [],
    servers: [],
    rights: [],
    peerCache: { maximumSize: 1, maximumAge: 7_776_000, flags: 0 },
  };
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
    const { sid, elevated, integrity } = USERS[user];
    this.client = { identity: { sid, elevated, integrity }, alive: true } satisfies Client;
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
  computer.disk.contents.set(one.temporaryName.toLowerCase(), new Uint8Array([1, 2, 3]));
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
