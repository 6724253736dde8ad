import fs from 'node:fs';
import type { NativeAddon, NativeFailure, NativeNewJob, NativeNewRanges } from '../../lib/contract/addon';

/*
 * A BITS service behind the raw contract, as far as downloads need one, on any system. It fetches from `served`, keeps
 * what has arrived under temporary names, and moves it at Complete. Files are real: run in a folder of your own, where
 * 'C:\t\x' is just a name.
 */

/** What a source answers: its content, or how a job fails at it. */
export type Source = Buffer | { readonly hresult: number; readonly context?: number; readonly transient?: boolean };

export const STATE = {
  suspended: 3,
  error: 4,
  transientError: 5,
  transferred: 6,
  acknowledged: 7,
  cancelled: 8,
} as const;
const CONTEXT_REMOTE_FILE = 5;

export class FakeFile {
  completed = false;
  answer: string | null = null;
  readonly temporary: string;

  constructor(
    readonly job: FakeJob,
    public remote: string,
    readonly local: string,
    readonly ranges: readonly object[] = [],
  ) {
    this.temporary = `BIT${job.id.slice(1, 9)}${job.files.length}.tmp`;
  }
}

export class FakeJob {
  readonly id: string;
  state: number = STATE.suspended;
  readonly files: FakeFile[] = [];
  description = '';
  priority = 3;
  headers: string | null = null;
  writeOnly = false;
  minimumRetryDelay = 600;
  noProgressTimeout = 1_209_600;
  dynamicContent = false;
  errorCount = 0;
  error: { hresult: number; context: number; file: FakeFile } | null = null;

  constructor(
    readonly service: FakeBits,
    readonly name: string,
    readonly type: number,
  ) {
    this.id = `{0000000${service.jobs.length}-0000-0000-0000-000000000000}`;
  }

  /** Transfers what can be had. */
  run(): void {
    if (this.state !== 2) return;
    for (const file of this.files.filter(({ completed }) => !completed)) {
      const source = this.service.served.get(file.remote) ?? { hresult: 0x80190194 };
      if (Buffer.isBuffer(source)) {
        fs.writeFileSync(file.temporary, source);
        file.completed = true;
        continue;
      }
      const { hresult, context = CONTEXT_REMOTE_FILE, transient = false } = source;
      this.error = { hresult, context, file };
      this.errorCount++;
      this.state = transient ? STATE.transientError : STATE.error;
      return;
    }
    this.state = STATE.transferred;
  }
}

export class FakeBits {
  readonly jobs: FakeJob[] = [];
  readonly served = new Map<string, Source>();
  /** Calls so far: 'job.resume'. */
  readonly calls: string[] = [];
  /** Jobs that are resumed go on only when told: `job.run()`. */
  held = false;
  /** What GetLocalName tells of a name. */
  toldName = (local: string): string => local;
  /** The order in which files are listed. */
  listed = (files: readonly FakeFile[]): readonly FakeFile[] => files;
  temporaryNames = true;
  /** As Wine does: every job is a download. */
  ignoresType = false;
  wine: string | null = null;
  /** Answers that go before the service's own: 'job.complete'. A number is a failure; undefined: as usual. */
  readonly answers = new Map<string, () => unknown>();

  get active(): FakeJob[] {
    return this.jobs.filter(({ state }) => state < STATE.acknowledged);
  }

  readonly addon = {
    openManager: () => ({}),
    releaseManager: () => undefined,
    abandon: () => undefined,
    systemInfo: () => ({ windows: '10.0.19045', wine: this.wine, elevated: false, restrictedToken: false }),
    manager: this.#group('manager', {
      interfaces: () => ['IBackgroundCopyManager'],
      createJob: (name: string, type: number, rest: NativeNewJob) => {
        const job = this.#make(name, type, rest);
        return { id: job.id, handle: job };
      },
      probe: (name: string, rest: NativeNewJob, properties: number[]) => {
        this.#make(name, 0, rest).state = STATE.cancelled;
        return { job: ['IBackgroundCopyJob', 'IBackgroundCopyJob5'], file: this.#fileInterfaces, properties };
      },
      enumJobs: () => this.jobs.map((job) => ({ id: job.id, handle: job })),
      jobSnapshots: () => this.jobs.map((job) => ({ id: job.id, handle: job, snapshot: this.#snapshot(job) })),
      jobChanges: (jobs: readonly FakeJob[]) =>
        jobs.map((job, index) => ({
          index,
          stamp: 0,
          snapshot: this.answers.has('job.snapshot') ? null : this.#snapshot(job),
        })),
      getJob: (id: string) => {
        const job = this.jobs.find((each) => each.id === id) ?? fail(0x80200001, 'IBackgroundCopyManager::GetJob');
        return { id: job.id, handle: job };
      },
    }),
    job: this.#group('job', {
      snapshot: (job: FakeJob) => this.#snapshot(job),
      fileSnapshots: (job: FakeJob) =>
        this.listed(job.files).map((file) => ({
          handle: file,
          remoteName: file.remote,
          localName: this.toldName(file.local),
          temporaryName: this.temporaryNames ? file.temporary : null,
          ...this.#fileProgress(file),
          validationState: this.temporaryNames ? false : null,
        })),
      getState: (job: FakeJob) => job.state,
      getType: (job: FakeJob) => (this.ignoresType ? 0 : job.type),
      getProgress: (job: FakeJob) => this.#progress(job),
      getError: (job: FakeJob) =>
        job.error === null ? fail(0x8020000f, 'IBackgroundCopyJob::GetError') : { ...job.error },
      addFile: (job: FakeJob, remote: string, local: string) => {
        job.files.push(new FakeFile(job, remote, local));
      },
      enumFiles: (job: FakeJob) => this.listed(job.files),
      resume: (job: FakeJob) => {
        if (job.state >= STATE.acknowledged) fail(0x80200002, 'IBackgroundCopyJob::Resume');
        if (job.state === STATE.transferred) return;
        job.state = 2;
        if (!this.held)
          setImmediate(() => {
            job.run();
          });
      },
      suspend: (job: FakeJob) => {
        if (job.state < STATE.acknowledged) job.state = STATE.suspended;
      },
      cancel: (job: FakeJob) => {
        if (job.state >= STATE.acknowledged) fail(0x80200002, 'IBackgroundCopyJob::Cancel');
        job.state = STATE.cancelled;
        for (const { temporary } of job.files) fs.rmSync(temporary, { force: true });
      },
      complete: (job: FakeJob) => {
        if (job.state >= STATE.acknowledged) fail(0x80200002, 'IBackgroundCopyJob::Complete');
        for (const { temporary, local, completed } of job.files) {
          if (!completed) continue;
          fs.renameSync(temporary, local);
          const told = this.toldName(local); // another name of the same file
          if (told !== local) fs.copyFileSync(local, told);
        }
        job.state = STATE.acknowledged;
      },
      getMinimumRetryDelay: (job: FakeJob) => job.minimumRetryDelay,
      getNoProgressTimeout: (job: FakeJob) => job.noProgressTimeout,
      getCustomHeaders: (job: FakeJob) =>
        job.writeOnly ? fail(0x80070005, 'IBackgroundCopyJobHttpOptions::GetCustomHeaders') : job.headers,
      getProperty: (job: FakeJob) => Uint8Array.of(Number(job.dynamicContent), ...new Uint8Array(15)),
      getNotifyInterface: () => 0,
      getNotifyFlags: () => 3,
      getNotifyCmdLine: () => [null, null],
    }),
    file: this.#group('file', {
      interfaces: () => this.#fileInterfaces,
      getLocalName: ({ local }: FakeFile) => this.toldName(local),
      getRemoteName: ({ remote }: FakeFile) => remote,
      getFileRanges: ({ ranges }: FakeFile) => ranges,
      getTemporaryName: ({ temporary }: FakeFile) => temporary,
      getProgress: (file: FakeFile) => this.#fileProgress(file),
      getProperty: ({ answer }: FakeFile) => answer,
      setRemoteName: (file: FakeFile, remote: string) => {
        file.remote = remote;
      },
      setValidationState: (file: FakeFile, valid: boolean) => {
        if (valid) return;
        file.completed = false;
        file.job.state = STATE.error;
        file.job.error = { hresult: 0x80200053, context: CONTEXT_REMOTE_FILE, file };
      },
    }),
    error: this.#group('error', {
      getError: ({ context, hresult }: { context: number; hresult: number }) => [context, hresult],
      getFile: ({ file }: { file: FakeFile }) => file,
      getErrorDescription: () => null,
      getProtocol: () => 'http',
    }),
  } as unknown as NativeAddon;

  get #fileInterfaces(): string[] {
    return ['IBackgroundCopyFile', ...(this.temporaryNames ? ['IBackgroundCopyFile3'] : [])];
  }

  #snapshot(job: FakeJob) {
    return {
      state: job.state,
      progress: this.#progress(job),
      type: job.type,
      priority: job.priority,
      times: null,
      errorCount: job.errorCount,
      displayName: job.name,
      description: job.description,
      owner: 'S-1',
    };
  }

  #fileProgress({ completed }: FakeFile) {
    return { bytesTotal: 4, bytesTransferred: completed ? 4 : 1, completed };
  }

  #make(name: string, type: number, rest: NativeNewJob): FakeJob {
    const job = new FakeJob(this, name, type);
    this.jobs.push(job);
    const { files = [], ranges = [], customHeaders = null, writeOnlyHeaders, ...settings } = rest;
    const given = Object.entries(settings).filter(([, value]) => value !== undefined);
    Object.assign(job, { ...Object.fromEntries(given), headers: customHeaders, writeOnly: writeOnlyHeaders === true });
    for (const file of [...files, ...ranges]) {
      job.files.push(new FakeFile(job, file.remoteName, file.localName, (file as Partial<NativeNewRanges>).ranges));
    }
    return job;
  }

  #progress({ files }: FakeJob) {
    const done = files.filter(({ completed }) => completed).length;
    return { bytesTotal: null, bytesTransferred: 4 * done, filesTotal: files.length, filesTransferred: done };
  }

  #group(group: string, methods: Record<string, (...args: never[]) => unknown>): object {
    return new Proxy(methods, {
      get:
        (_, method: string) =>
        (...args: never[]) => {
          const name = `${group}.${method}`;
          this.calls.push(name);
          return Promise.resolve().then(() => {
            const answer = this.answers.get(name)?.();
            if (typeof answer === 'number') fail(answer, `I${group}::${method}`);
            if (answer !== undefined) return answer;
            const result = methods[method]?.(...(group === 'manager' ? args.slice(1) : args));
            return result === undefined ? 0 : result;
          });
        },
    });
  }
}

function fail(hresult: number, method: string): never {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- that is what the addon rejects with
  throw { hresult, method, kind: 'call' } satisfies NativeFailure;
}
