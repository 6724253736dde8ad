import type { NativeAddon, NativeFailure } from '../../lib/contract/addon';

type Group = 'manager' | 'job' | 'file' | 'error' | 'peerCache' | 'record' | 'peer';
type Answers = { readonly [G in Group]?: Readonly<Record<string, (...args: never[]) => unknown>> };

/** A call that a fake addon got: 'job.resume' and the arguments behind the handle. */
export type FakeCall = readonly [method: string, ...args: unknown[]];

/** What is answered where 0 is no answer: as by a new job, and that every job has to be read by itself. */
const DEFAULTS: Readonly<Record<string, (...args: never[]) => unknown>> = {
  getNotifyCmdLine: () => [null, null],
  jobChanges: (jobs: readonly unknown[]) => jobs.map((_, index) => ({ index, stamp: 0, snapshot: null })),
};

/**
 * The addon's contract without Windows: methods answer as told, and otherwise with success. Every call is
 * noted in `calls`.
 */
export function fakeAddon(answers: Answers = {}): { readonly addon: NativeAddon; readonly calls: FakeCall[] } {
  const calls: FakeCall[] = [];
  const group = (name: Group) =>
    new Proxy(
      {},
      {
        get:
          (_, method: string) =>
          (_handle: unknown, ...args: never[]) => {
            calls.push([`${name}.${method}`, ...args]);
            return Promise.resolve().then(() => (answers[name]?.[method] ?? DEFAULTS[method])?.(...args) ?? 0);
          },
      },
    );
  const addon = {
    openManager: () => ({}),
    releaseManager: () => undefined,
    abandon: () => undefined,
    systemInfo: () => ({ windows: '10.0.19045', wine: null, elevated: false, restrictedToken: false }),
    manager: group('manager'),
    job: group('job'),
    file: group('file'),
    error: group('error'),
    peerCache: group('peerCache'),
    record: group('record'),
    peer: group('peer'),
  };
  return { addon: addon as unknown as NativeAddon, calls };
}

/** What the addon tells of a job in one go: one without any peculiarities, but for what is given. */
export function fakeSnapshot(given: object = {}): object {
  return {
    state: 2,
    type: 0,
    priority: 1,
    times: null,
    errorCount: 0,
    displayName: 'x',
    description: '',
    owner: null,
    progress: { bytesTotal: null, bytesTransferred: 0, filesTotal: 1, filesTransferred: 0 },
    ...given,
  };
}

/** An answer: the call fails. */
export function failing(method: string, hresult: number, kind: NativeFailure['kind'] = 'call'): () => never {
  return () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- that is what the addon rejects with
    throw { hresult, method, kind } satisfies NativeFailure;
  };
}
