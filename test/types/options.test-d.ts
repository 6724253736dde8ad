/*
 * What the types of options and of people's fakes promise, under exactOptionalPropertyTypes; see errors.test-d.ts. The
 * same is compiled against the packed declarations (tools/package/types.test.mjs).
 */
import events from 'node:events';
import type {
  BitsFile,
  BitsFileLike,
  BitsJob,
  BitsErrorInfoLike,
  BitsJobLike,
  BitsManager,
  BitsManagerLike,
  BitsPeerCacheLike,
  ConnectOptions,
  CreateJobOptions,
  Credentials,
  DownloadFile,
  DownloadManyOptions,
  DownloadOneOptions,
  DownloadOptions,
  FinishOptions,
  JobSnapshot,
  ListenOptions,
  NotifyCallbacks,
  NotifyCommandOptions,
  ReapOptions,
  RestoreOptions,
  UploadOptions,
  WaitOptions,
  WatchOptions,
} from '../../lib';

declare const bits: BitsManager;
declare const job: BitsJob;
declare const file: BitsFile;
declare function use(...values: readonly unknown[]): void;

/** Names of optional properties that may be left out, but not be undefined. */
type Strict<T> = {
  [K in keyof T]-?: object extends Pick<T, K> ? (Readonly<Record<K, undefined>> extends Pick<T, K> ? never : K) : never;
}[keyof T];
declare function lenient<T>(proof: [Strict<T>] extends [never] ? true : Strict<T>): void;

// optional properties of all options may be undefined.
lenient<ConnectOptions>(true);
lenient<CreateJobOptions>(true);
lenient<Credentials>(true);
lenient<DownloadFile>(true);
lenient<DownloadOneOptions>(true);
lenient<DownloadManyOptions>(true);
lenient<FinishOptions>(true);
lenient<ListenOptions>(true);
lenient<NotifyCallbacks>(true);
lenient<NotifyCommandOptions>(true);
lenient<ReapOptions>(true);
lenient<RestoreOptions>(true);
lenient<UploadOptions>(true);
lenient<WaitOptions>(true);
lenient<WatchOptions>(true);
// @ts-expect-error -- `lenient` itself can say no
lenient<{ readonly a?: string }>(true);

// a download is of one file or of several.
export const one: DownloadOptions = { url: 'http://h/a', path: 'C:\\a', sha256: undefined, timeout: undefined };
export const many: DownloadOptions = { files: [{ url: 'http://h/a', path: 'C:\\a' }], key: 'k' };
// @ts-expect-error -- nothing to download
export const none: DownloadOptions = {};
// @ts-expect-error -- nowhere to put it
export const nowhere: DownloadOptions = { url: 'http://h/a' };
// @ts-expect-error -- both a file and files
export const both: DownloadOptions = { files: [{ url: 'http://h/a', path: 'C:\\a' }], url: 'http://h/a' };
// @ts-expect-error -- both a whole file and files
export const all: DownloadOptions = { files: [{ url: 'http://h/a', path: 'C:\\a' }], url: 'http://h/a', path: 'C:\\a' };

// an iterator and a job that are Node's.
export async function iterate(): Promise<void> {
  await using snapshots = job.watch();
  use((await snapshots.next()).value?.state);
  for await (const { bytes } of snapshots) use(bytes);
  const emitter: NodeJS.EventEmitter = job;
  use(emitter, await events.once(job, 'transferred'), events.on(job, 'progress', { signal: AbortSignal.timeout(1) }));
  job.on('error', (error, { snapshot }) => use(error.message, snapshot?.state));
  job.on('progress', ({ snapshot }) => use(snapshot.bytes));
  // @ts-expect-error -- no such event
  job.on('done', () => undefined);
}

// the classes are what their interfaces say, and plain objects can be.
export const real: [BitsManagerLike, BitsJobLike, BitsFileLike, BitsPeerCacheLike] = [bits, job, file, bits.peerCache];
export async function realError(): Promise<BitsErrorInfoLike> {
  return job.getError();
}

async function program(manager: Pick<BitsManagerLike, 'createJob' | 'getJobs' | 'getSnapshots'>): Promise<string> {
  const made = await manager.createJob({ name: 'x' });
  made.on('progress', ({ snapshot }) => use(snapshot.bytes)).once('transferred', () => undefined);
  const costs = await made.getProperty('costFlags');
  use(costs, ...(await made.getFiles()).map((each) => each.getLocalName()));
  for (const { file: each, completed } of await made.getFileSnapshots()) use(each.getLocalName(), completed);
  for (const { job: each, snapshot } of await manager.getSnapshots()) use(each.id, snapshot.state);
  return made.id;
}

type Used = Pick<BitsJobLike, 'id' | 'resume' | 'snapshot'>;
export async function fakes(snapshot: JobSnapshot, rest: Omit<BitsJobLike, keyof Used>): Promise<void> {
  const fakeFile: Pick<BitsFileLike, 'getLocalName'> = { getLocalName: () => Promise.resolve('C:\\a') };
  const used: Used = { id: '{}', resume: () => Promise.resolve(), snapshot: () => Promise.resolve(snapshot) };
  const fake: BitsJobLike = { ...rest, ...used };
  const getSnapshots = () => Promise.resolve([{ job: fake, snapshot }]);
  await program({ createJob: () => Promise.resolve(fake), getJobs: () => Promise.resolve([fake]), getSnapshots });
  await program(bits);
  use(fakeFile);
  // @ts-expect-error -- a job without methods
  await program({ createJob: () => Promise.resolve({ id: '{}' }), getJobs: () => Promise.resolve([]), getSnapshots });
}
