import { JOB_PROPERTY, JOB_STATE, decode } from '../../lib/contract/enums';
import type { Client, JobEvent } from '../../lib/testing/computer/computer';
import { contentOf } from '../../lib/testing/computer/content';
import { RunningComputer } from '../../lib/testing/computer/create_computer';
import { freshState, identityOf } from '../../lib/testing/computer/fresh_state';
import { diskError } from '../../lib/testing/computer/host_disk';
import type { ComputerState, FileState, JobState } from '../../lib/testing/computer/state';
import { createEngine } from '../../lib/testing/engine/engine';
import { newFile } from '../../lib/testing/service/files';
import { resumed, setState } from '../../lib/testing/service/job_events';
import { enqueue } from '../../lib/testing/service/queue';
import { createTransport } from '../../lib/testing/transport/create_transport';
import { countsOf, scriptedServer } from '../../lib/testing/transport/scripted_server';
import type { ServerSettings } from '../../lib/testing/transport/server_settings';

/*
 * A simulated computer for tests of its engine: the clock is moved by hand, and what clients do by the calls of BITS is
 * done to the state directly.
 */

const ALL_NOTIFICATIONS = 0x3b;

/** One user, whose service runs, behind a slow network. */
function stateOfAnn(): ComputerState {
  const user = { name: 'ann', kind: 'standard' } as const;
  const state = freshState({ profile: 'windows', version: '10.3', seed: 1, now: Date.UTC(2026, 0, 5), user });
  state.service.running = true;
  Object.assign(state.network, { bandwidth: 100_000, latency: 50 });
  return state;
}

export const OWNER = identityOf(
  stateOfAnn().users.find(({ name }) => name === 'ann')!,
  false,
);

const word = (value: number) => {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes.toString('hex');
};

export const PROPERTY = JOB_PROPERTY.values;

export type StateWord = keyof typeof JOB_STATE.values;

export class MinimalComputer extends RunningComputer {
  /** All that was reported; the clock goes on. */
  readonly problems: Error[] = [];
  /** Bytes that a file may have before the disk is full. */
  room = Infinity;

  /** A new computer, or one that goes on with a saved state. */
  constructor(state: ComputerState = stateOfAnn()) {
    super({
      from: state,
      clock: { mode: 'manual', speed: 1 },
      drives: null,
      engine: createEngine,
      transport: createTransport,
    });
    const write = this.disk.write.bind(this.disk);
    this.disk.write = (file, offset, content) => {
      if (offset + content.size > this.room) throw diskError('ENOSPC', file);
      write(file, offset, content);
    };
    this.engine.start();
  }

  override check(): void {
    // Tests look at `problems`.
  }

  override report(error: Error): void {
    this.problems.push(error);
  }

  override trace(line: string): void {
    this.lines.push(`${this.clock.now()} ${line}`);
  }

  /** Puts a file on the disk. */
  put(file: string, bytes: string | Uint8Array): void {
    this.disk.makeFolder(this.disk.folderOf(file));
    this.disk.create(file);
    this.disk.write(file, 0, contentOf(bytes));
    this.disk.setModified(file, 1_700_000_000_000);
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
    const number = String(this.nextNumber()).padStart(3, '0');
    const job = enqueue(this, OWNER, 'job', changes.type ?? 0);
    const fileOf = (remoteName: string, index: number) =>
      newFile(index, { remoteName, localName: `C:\\data\\${number}-${index}.bin`, ranges: null });
    return Object.assign(job, {
      files: urls.map(fileOf),
      notifyFlags: ALL_NOTIFICATIONS,
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, word(value)])),
      ...changes,
    });
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

  text(file: string): string {
    return this.#bytes(file).toString();
  }

  /** The bytes of a file of a job. */
  bytesOf(file: FileState): Buffer {
    return this.#bytes(file.temporaryName);
  }

  #bytes(file: string): Buffer {
    const content = this.disk.content(file);
    return Buffer.from(content.read(0, content.size));
  }
}

/** The HRESULT of a job's error as hexadecimal digits, with its context. */
export const errorOf = (job: JobState) =>
  job.error === null
    ? null
    : `0x${job.error.hresult.toString(16).toUpperCase().padStart(8, '0')} in ${job.error.context}`;
