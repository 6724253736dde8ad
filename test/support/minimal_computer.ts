import { JOB_PRIORITY, JOB_STATE, decode } from '../../lib/contract/enums';
import type { Timer } from '../../lib/host';
import type { Client, Computer, Engine, JobEvent, SimulatedClock } from '../../lib/testing/computer/computer';
import { contentOf, joined, sliceOf, zeros } from '../../lib/testing/computer/content';
import type { Content, SimulatedDisk } from '../../lib/testing/computer/simulated_disk';
import type { ComputerState, FileState, JobState } from '../../lib/testing/computer/state';
import { createEngine } from '../../lib/testing/engine/engine';
import { resumed, setState } from '../../lib/testing/service/job_events';
import { createTransport } from '../../lib/testing/transport/create_transport';
import { countsOf, scriptedServer } from '../../lib/testing/transport/scripted_server';
import type { ServerSettings } from '../../lib/testing/transport/server_settings';

/*
 * As much of a simulated computer as its engine needs: a manual clock, a disk in memory, one user. What clients do by the
 * calls of BITS is done to the state directly.
 */

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A clock that only moves when it is told to. */
export class ManualClock implements SimulatedClock {
  /** How many timers have fired. */
  fired = 0;
  readonly #state: { time: number };
  readonly #begun: number;
  #timers: { at: number; order: number; work: () => void }[] = [];
  #order = 0;
  readonly #working = new Set<Promise<unknown>>();

  constructor(state: { time: number }) {
    this.#state = state;
    this.#begun = state.time;
  }

  time(): number {
    return this.#state.time;
  }

  now(): number {
    return this.#state.time - this.#begun;
  }

  date(): Date {
    return new Date(this.#state.time);
  }

  schedule(ms: number, work: () => void): Timer {
    const entry = { at: this.#state.time + Math.max(0, ms), order: this.#order++, work };
    this.#timers.push(entry);
    const cancel = () => {
      this.#timers = this.#timers.filter((other) => other !== entry);
    };
    return { cancel, ref: () => undefined, unref: () => undefined };
  }

  after(ms: number, work: () => void): Timer {
    return this.schedule(ms, work);
  }

  afterPendingEvents(work: () => void): Timer {
    return this.schedule(0, work);
  }

  during<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#working.add(settled);
    void settled.then(() => this.#working.delete(settled));
    return work;
  }

  async #settle(): Promise<void> {
    await turn();
    while (this.#working.size > 0) {
      await Promise.all(this.#working);
      await turn();
    }
  }

  async advance(ms: number): Promise<void> {
    const end = this.#state.time + ms;
    for (;;) {
      await this.#settle();
      const next = this.#timers.sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next === undefined || next.at > end) break;
      this.#timers.shift();
      this.#state.time = Math.max(this.#state.time, next.at);
      this.fired++;
      next.work();
    }
    this.#state.time = end;
  }
}

const failure = (code: string, name: string) => Object.assign(new Error(`${code}: ${name}`), { code });

/** Files by name. `full` makes writes fail, `locked` and `denied` those to certain names. */
export class MinimalDisk implements SimulatedDisk {
  readonly folders = new Set(['C:\\data', '\\\\server\\share', 'C:\\locked']);
  readonly contents = new Map<string, { content: Content; modified: number }>();
  readonly locked = new Set<string>();
  readonly denied = new Set<string>();
  /** Bytes that a file may have before the disk is full. */
  room = Infinity;

  get host(): never {
    throw new Error('not used');
  }

  hostFor(): never {
    throw new Error('not used');
  }

  save(): never {
    throw new Error('not used');
  }

  isFullPath(name: string): boolean {
    return /^(?:[A-Z]:|\\\\)/.test(name);
  }

  stat(name: string) {
    if (this.folders.has(name)) return { kind: 'folder' as const, size: 0, readOnly: false };
    const file = this.contents.get(name);
    return file === undefined ? null : { kind: 'file' as const, size: file.content.size, readOnly: false };
  }

  mayWrite(name: string): boolean {
    return ![...this.denied].some((denied) => name.startsWith(denied));
  }

  folderOf(name: string): string {
    return name.slice(0, name.lastIndexOf('\\'));
  }

  #file(name: string) {
    const file = this.contents.get(name);
    if (file === undefined) throw failure('ENOENT', name);
    return file;
  }

  create(name: string): void {
    if (!this.folders.has(this.folderOf(name))) throw failure('ENOENT', name);
    if (this.locked.has(name)) throw failure('EBUSY', name);
    this.contents.set(name, { content: contentOf(''), modified: 0 });
  }

  write(name: string, offset: number, content: Content): void {
    const file = this.#file(name);
    if (this.locked.has(name)) throw failure('EBUSY', name);
    const old = file.content;
    const end = offset + content.size;
    if (end > this.room) throw failure('ENOSPC', name);
    const gap = zeros(Math.max(0, offset - old.size));
    file.content = joined([sliceOf(old, 0, offset), gap, content, sliceOf(old, end, old.size)]);
  }

  truncate(name: string, size: number): void {
    const file = this.#file(name);
    file.content = sliceOf(file.content, 0, size);
  }

  content(name: string): Content {
    return this.#file(name).content;
  }

  /** Puts a file on the disk. */
  put(name: string, bytes: string | Uint8Array): void {
    this.contents.set(name, { content: contentOf(bytes), modified: 1_700_000_000_000 });
  }

  text(name: string): string {
    const content = this.content(name);
    return Buffer.from(content.read(0, content.size)).toString();
  }

  setModified(name: string, time: number): void {
    this.#file(name).modified = time;
  }

  modified(name: string): number {
    return this.#file(name).modified;
  }

  rename(from: string, to: string): void {
    this.contents.set(to, this.#file(from));
    this.contents.delete(from);
  }

  remove(name: string): void {
    this.#file(name);
    this.contents.delete(name);
  }

  makeFolder(folder: string): void {
    this.folders.add(folder);
  }

  files(): readonly string[] {
    return [...this.contents.keys()];
  }

  lock(name: string): void {
    this.locked.add(name);
  }

  unlock(name: string): void {
    this.locked.delete(name);
  }
}

export const OWNER = { sid: 'S-1-5-21-1-2-3-1001', elevated: false, integrity: 0x2000 };
const DAY = 24 * 60 * 60;

function freshState(): ComputerState {
  return {
    format: 'windows-bits-simulation/1',
    profile: 'windows',
    version: '10.3',
    seed: 1,
    random: 1,
    counter: 0,
    time: Date.UTC(2026, 0, 5),
    booted: 0,
    on: true,
    users: [
      { sid: OWNER.sid, name: 'ann', kind: 'standard', loggedOn: true },
      { sid: 'S-1-5-18', name: 'SYSTEM', kind: 'localSystem', loggedOn: false },
    ],
    service: { startType: 'demand', running: true, idleSince: null },
    network: { connected: true, cost: 1, bandwidth: 100_000, latency: 50, proxyStatus: null, dns: true },
    power: { battery: false, level: 100, saver: false, standby: false },
    policy: {
      maxJobsPerUser: 60,
      maxJobsPerMachine: 300,
      maxFilesPerJob: 200,
      maxRangesPerFile: 500,
      bandwidth: null,
      inactivityTimeout: 90 * DAY,
      maxDownloadTime: 90 * DAY,
      gameMode: false,
      backgroundAccess: true,
    },
    jobs: [],
    servers: [],
    rights: [],
    peerCache: { maximumSize: 0, maximumAge: 0, flags: 0 },
  };
}

const ofFile = (index: number, remoteName: string, localName: string): FileState => ({
  index,
  remoteName,
  savedRemoteName: remoteName,
  localName,
  temporaryName: '',
  bytesTotal: null,
  bytesTransferred: 0,
  completed: false,
  ranges: null,
  filled: [],
  position: 0,
  valid: null,
  validator: null,
  responseHeaders: null,
});

const word = (value: number) => {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes.toString('hex');
};

/** The numbers of BITS_JOB_PROPERTY_ID. */
export const PROPERTY = {
  cost: 1,
  dynamic: 3,
  highPerformance: 4,
  maxSize: 5,
  storedCredentials: 7,
  interval: 9,
  onDemand: 10,
};

export type StateWord = keyof typeof JOB_STATE.values;

export class MinimalComputer implements Computer {
  readonly state: ComputerState;
  readonly clock: ManualClock;
  readonly disk: MinimalDisk;
  readonly transport;
  readonly engine: Engine;
  readonly registrations: Computer['registrations'] = new Map();
  readonly problems: Error[] = [];
  readonly lines: string[] = [];

  /** A new computer, or one that goes on with a state (as JSON) and a disk. */
  constructor(state: ComputerState = freshState(), disk = new MinimalDisk()) {
    this.state = state;
    this.disk = disk;
    this.clock = new ManualClock(state);
    this.transport = createTransport(this);
    this.engine = createEngine(this);
    this.engine.start();
  }

  check(): void {
    if (this.problems[0] !== undefined) throw this.problems[0];
  }

  random(): number {
    return 0.5;
  }

  nextNumber(): number {
    return ++this.state.counter;
  }

  report(error: Error): void {
    this.problems.push(error);
  }

  trace(line: string): void {
    this.lines.push(`${this.clock.now()} ${line}`);
  }

  serve(url: string, settings: ServerSettings) {
    const server = scriptedServer(url, settings);
    this.state.servers.push(server);
    return { server, counts: () => countsOf(server) };
  }

  /** A job with files to these names in C:\data; properties by number. */
  job(
    urls: readonly string[],
    changes: Partial<JobState> = {},
    properties: Readonly<Record<number, number>> = {},
  ): JobState {
    const now = this.clock.time();
    const id = `{${String(this.nextNumber()).padStart(8, '0')}-0000-0000-0000-000000000000}`;
    const job: JobState = {
      id,
      type: 0,
      owner: OWNER,
      displayName: 'job',
      description: '',
      priority: JOB_PRIORITY.values.normal,
      state: JOB_STATE.values.suspended,
      files: urls.map((url, index) => ofFile(index, url, `C:\\data\\${id.slice(6, 9)}-${index}.bin`)),
      error: null,
      errorCount: 0,
      creationTime: now,
      modificationTime: now,
      transferCompletionTime: null,
      notifyFlags: 0x3b,
      notifyCmdLine: [null, null],
      minimumRetryDelay: 600,
      noProgressTimeout: 14 * DAY,
      maximumDownloadTime: 0xffffffff,
      proxy: { usage: 0, list: null, bypass: null },
      credentials: [],
      replyFileName: null,
      replyData: null,
      reply: { bytesTotal: null, bytesTransferred: 0 },
      upload: null,
      fileAclFlags: 0,
      peerCachingFlags: 0,
      customHeaders: null,
      headersWriteOnly: false,
      securityFlags: 0,
      httpMethod: 'GET',
      clientCertificate: null,
      helperTokenFlags: 0,
      helperTokenSid: null,
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, word(value)])),
      resumed: false,
      nextRetry: null,
      lastProgress: now,
      startedTransfer: null,
      ...changes,
    };
    this.state.jobs.push(job);
    return job;
  }

  /** A job that has been resumed. */
  start(urls: readonly string[], changes?: Partial<JobState>, properties?: Readonly<Record<number, number>>): JobState {
    const job = this.job(urls, changes, properties);
    this.resume(job);
    return job;
  }

  resume(job: JobState): void {
    resumed(this, job);
    setState(this, job, JOB_STATE.values.queued);
    this.engine.jobChanged(job);
  }

  suspend(job: JobState): void {
    this.engine.jobStopped(job);
    setState(this, job, JOB_STATE.values.suspended);
  }

  /** Changes something of the surroundings. */
  change(change: (state: ComputerState) => void): void {
    change(this.state);
    this.engine.conditionsChanged();
  }

  /** The state as a word. */
  stateOf(job: JobState): string {
    return decode(JOB_STATE, job.state);
  }

  /** The states that a job was in, one after another, with the time at which it came into them. */
  statesOf(job: JobState): string[] {
    return this.lines.flatMap((line) => {
      const match = /^(\d+(?:\.\d+)?) job (\S+) (\w+)$/.exec(line);
      return match !== null && match[2] === job.id ? [`${match[1]} ${match[3]}`] : [];
    });
  }

  /** The same without the times. */
  pathOf(job: JobState): string[] {
    return this.statesOf(job).map((line) => line.split(' ')[1]!);
  }

  /** Registers a program that notes what it is told. `answer`: what it answers. */
  listen(job: JobState, answer: () => boolean = () => true) {
    const events: (JobEvent & { at: number })[] = [];
    const client = { identity: OWNER, alive: true } as { -readonly [K in keyof Client]: Client[K] };
    this.registrations.set(job.id, {
      client,
      deliver: (event) => {
        events.push({ ...event, at: this.clock.now() });
        return answer();
      },
    });
    return { events, client, types: () => events.map(({ type }) => type) };
  }

  /** Lets time pass until a job is in a state, for a year at most. */
  async until(job: JobState, state: StateWord, step = 100, limit = 1000): Promise<void> {
    for (let i = 0; i < limit && this.stateOf(job) !== state; i++) await this.clock.advance(step);
    if (this.stateOf(job) !== state)
      throw new Error(`${this.stateOf(job)} instead of ${state}: ${this.lines.join('\n')} ${String(this.problems)}`);
  }

  /** The bytes of a file of a job. */
  bytesOf(file: FileState): Buffer {
    const content = this.disk.content(file.temporaryName);
    return Buffer.from(content.read(0, content.size));
  }
}

/** The HRESULT of a job's error as hexadecimal digits, with its context. */
export const errorOf = (job: JobState) =>
  job.error === null
    ? null
    : `0x${job.error.hresult.toString(16).toUpperCase().padStart(8, '0')} in ${job.error.context}`;
