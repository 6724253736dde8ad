import { BitsFile, BitsJob, BitsErrorInfo, BitsManager, BitsPeer, BitsPeerCache, BitsPeerCacheRecord } from '../../lib';
import { BitsClosedError, BitsUnavailableError } from '../../lib';
import * as library from '../../lib';
import { connectTo } from '../../lib/connect';
import { fakeAddon } from '../support/fake_addon';

// A service that never answers anything: every promise of the library settles within its limit and two seconds.

const LIMIT = 3000;
const GRACE = 2000;
const ID = '{01234567-89ab-cdef-0123-456789abcdef}';
const handle = {};

let hangs = false;
const never = () => new Promise<never>(() => undefined);
const { addon } = fakeAddon({
  manager: { createJob: () => ({ id: ID, handle }) },
  job: { enumFiles: () => [handle], getError: () => handle },
  peerCache: { enumRecords: () => [handle], enumPeers: () => [handle] },
});
for (const group of ['manager', 'job', 'file', 'error', 'peerCache', 'record', 'peer'] as const) {
  const methods = addon[group] as unknown as Record<string, (...args: unknown[]) => unknown>;
  Object.assign(addon, {
    [group]: new Proxy(
      {},
      {
        get:
          (_, name: string) =>
          (...args: unknown[]) =>
            hangs ? never() : methods[name]?.(...args),
      },
    ),
  });
}
jest.mock('../../lib/native/load', () => ({
  ...jest.requireActual<object>('../../lib/native/load'),
  loadAddon: () => addon,
}));

jest.mock('node:os', () => ({ ...jest.requireActual<object>('node:os'), tmpdir: () => 'C:\\Temp' })); // where capabilities are asked
jest.mock('../../lib/download/targets', () => ({
  ...jest.requireActual<object>('../../lib/download/targets'),
  ensureSource: () => Promise.resolve(),
}));

const limits = { serviceTimeout: LIMIT, closeTimeout: LIMIT };
const url = 'http://h/f';
const path = 'C:\\f';
const certificate = new Uint8Array(20);

/** Arguments of the methods that need any. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  'BitsManager.createJob': [{ name: 'x', description: 'd', priority: 'low', files: [{ url, path }] }],
  'BitsManager.getJob': [ID],
  'BitsManager.getErrorDescription': [5],
  'BitsManager.describeError': [5],
  'BitsManager.download': [{ url, path, serviceTimeout: LIMIT }],
  'BitsManager.upload': [{ url, path, serviceTimeout: LIMIT }],
  'BitsManager.reap': [{ olderThan: 0 }],
  'BitsJob.addFile': [url, path],
  'BitsJob.addFileSet': [[{ url, path }]],
  'BitsJob.addFileWithRanges': [url, path, [{ offset: 0, length: 5 }]],
  'BitsJob.setDisplayName': ['x'],
  'BitsJob.setDescription': ['x'],
  'BitsJob.setPriority': ['low'],
  'BitsJob.setNotifyFlags': [['jobError']],
  'BitsJob.setNotifyInterface': [null],
  'BitsJob.setMinimumRetryDelay': [5],
  'BitsJob.setNoProgressTimeout': [5],
  'BitsJob.setProxySettings': ['noProxy'],
  'BitsJob.setNotifyCmdLine': [null],
  'BitsJob.setReplyFileName': [path],
  'BitsJob.setCredentials': [{ target: 'server', scheme: 'basic', userName: 'u', password: 'p' }],
  'BitsJob.removeCredentials': ['server', 'basic'],
  'BitsJob.replaceRemotePrefix': ['http://a/', 'http://b/'],
  'BitsJob.setFileACLFlags': [['owner']],
  'BitsJob.setPeerCachingFlags': [[]],
  'BitsJob.setMaximumDownloadTime': [5],
  'BitsJob.setProperty': ['highPerformance', true],
  'BitsJob.getProperty': ['highPerformance'],
  'BitsJob.setClientCertificateByID': ['currentUser', 'MY', certificate],
  'BitsJob.setClientCertificateByName': ['currentUser', 'MY', 'x'],
  'BitsJob.setCustomHeaders': [[['A', 'b']]],
  'BitsJob.setSecurityFlags': [[]],
  'BitsJob.setHttpMethod': ['GET'],
  'BitsJob.setServerCertificateValidationInterface': [null],
  'BitsJob.setHelperTokenFlags': [[]],
  'BitsJob.wait': [{ serviceTimeout: LIMIT }],
  'BitsFile.setRemoteName': [url],
  'BitsFile.setValidationState': [true],
  'BitsFile.setProperty': ['httpResponseHeaders', 'x'],
  'BitsFile.getProperty': ['httpResponseHeaders'],
  'BitsFile.updateDownloadPosition': [5],
  'BitsFile.requestFileRanges': [[{ offset: 0, length: 5 }]],
  'BitsPeerCache.setMaximumCacheSize': [5],
  'BitsPeerCache.setMaximumContentAge': [86_400],
  'BitsPeerCache.setConfigurationFlags': [[]],
  'BitsPeerCache.getRecord': [ID],
  'BitsPeerCache.deleteRecord': [ID],
  'BitsPeerCache.deleteUrl': [url],
};
/** What is internal; in old versions of Node Symbol.asyncDispose is 'undefined'. */
const INTERNAL = new Set([
  'constructor',
  'undefined',
  'waitWith',
  'unregisterCallbacks',
  'registerCallbacks',
  'callbacksWithdrawn',
  'createJobFrom',
  'withoutCallbacks',
]);

/** Whether a method is async, or a getter of the kind that gives a promise. */
function promises(at: object, name: string): boolean {
  const { value, get } = Object.getOwnPropertyDescriptor(at, name) ?? {};
  return get === undefined
    ? Object.prototype.toString.call(value) === '[object AsyncFunction]'
    : name === 'capabilities';
}

/** The names of the async methods of an object, of all its classes. */
function namesOf(object: object): string[] {
  const names = new Set<string>();
  for (let at: object = object; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const name of Object.getOwnPropertyNames(at)) if (!INTERNAL.has(name) && promises(at, name)) names.add(name);
  }
  return [...names];
}

async function things(): Promise<Readonly<Record<string, object>>> {
  hangs = false;
  const bits = await connectTo(addon, { limits: limits });
  const job = await bits.createJob({ name: 'x' });
  const [file] = await job.getFiles();
  const [record] = await bits.peerCache.getRecords();
  const [peer] = await bits.peerCache.getPeers();
  const error = await job.getError();
  hangs = true;
  return {
    BitsManager: bits,
    BitsJob: job,
    BitsFile: file!,
    BitsErrorInfo: error,
    BitsPeerCache: bits.peerCache,
    BitsPeerCacheRecord: record!,
    BitsPeer: peer!,
  };
}

/** What a promise has become when the time is over. */
async function outcomeWithin(time: number, promise: Promise<unknown>): Promise<unknown> {
  let outcome: unknown = 'pending';
  promise.then(
    (value) => {
      outcome = { value };
    },
    (error: unknown) => {
      outcome = error;
    },
  );
  for (let passed = 0; passed < time; passed += 100) await jest.advanceTimersByTimeAsync(100);
  return outcome;
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const CLASSES = { BitsManager, BitsJob, BitsFile, BitsErrorInfo, BitsPeerCache, BitsPeerCacheRecord, BitsPeer };
const cases = Object.entries(CLASSES).flatMap(([name, { prototype }]) => {
  return namesOf(prototype).map((method) => [name, method] as const);
});

test('the methods are found', () => {
  expect(cases.length).toBeGreaterThan(90);
});

test.each(cases)('%s.%s', async (name, method) => {
  const object = (await things())[name] as Record<string, unknown>;
  const member = object[method];
  const result =
    typeof member === 'function'
      ? (member as (...args: unknown[]) => unknown).apply(object, [...(ARGUMENTS[`${name}.${method}`] ?? [])])
      : member;
  const outcome = await outcomeWithin(LIMIT + GRACE, result as Promise<unknown>);
  if (method === 'close') expect(outcome).toEqual({ value: undefined });
  else expect(outcome).toBeInstanceOf(BitsUnavailableError);
});

test('connect()', async () => {
  hangs = true;
  const outcome = await outcomeWithin(LIMIT + GRACE, library.connect({ serviceTimeout: LIMIT }));
  expect(outcome).toMatchObject({ code: 'BITS_NO_ANSWER' });
  expect((outcome as Error).message).toMatch(/^connecting to BITS: /);
});

test.each([
  ['serviceTimeout', 'BITS_NO_ANSWER'],
  ['timeout', 'BITS_TIMEOUT'],
])('the free download() with %s', async (limit, code) => {
  hangs = true;
  const outcome = await outcomeWithin(LIMIT + GRACE, library.download({ url, path, [limit]: LIMIT }));
  expect(outcome).toMatchObject({ code });
});

test.each(['connect', 'close'])('nothing keeps the process alive after %s', async (end) => {
  const { BitsManager: bits, BitsJob: job } = (await things()) as { BitsManager: BitsManager; BitsJob: BitsJob };
  if (end === 'connect') await outcomeWithin(LIMIT + GRACE, library.connect({ serviceTimeout: LIMIT }));
  const calls = [job.getState(), job.cancel(), bits.getJobs(), job.wait()].map((call) =>
    call.catch((error: unknown) => error),
  );
  await outcomeWithin(LIMIT + GRACE, bits.close());
  expect(jest.getTimerCount()).toBe(0);
  for (const error of await Promise.all(calls)) {
    expect(error instanceof BitsClosedError || error instanceof BitsUnavailableError).toBe(true);
  }
});

test('watch() and events', async () => {
  const { BitsJob: job } = (await things()) as { BitsJob: BitsJob };
  const event = new Promise((resolve) => job.on('error', (error, { snapshot }) => resolve({ error, snapshot })));
  const watching = job.watch()[Symbol.asyncIterator]().next();
  const [told, seen] = await Promise.all([outcomeWithin(LIMIT + GRACE, event), outcomeWithin(LIMIT + GRACE, watching)]);
  expect(told).toMatchObject({ value: { snapshot: null, error: { code: 'BITS_NO_ANSWER' } } });
  expect(seen).toMatchObject({ code: 'BITS_NO_ANSWER' });
});

test('without a limit a call waits as long as it takes; the default is a minute', async () => {
  for (const [serviceTimeout, settled] of [
    [Infinity, 'pending'],
    [undefined, { code: 'BITS_NO_ANSWER' }],
  ] as const) {
    hangs = false;
    const bits = await library.connect(serviceTimeout === undefined ? {} : { serviceTimeout });
    hangs = true;
    const jobs = bits.getJobs();
    expect(await outcomeWithin(59_000, jobs)).toBe('pending');
    const later = await outcomeWithin(3000, jobs);
    if (settled === 'pending') expect(later).toBe('pending');
    else expect(later).toMatchObject(settled);
  }
});

test.each([{ serviceTimeout: -1 }, { serviceTimeout: '5' }, { closeTimeout: NaN }])(
  'bad limits are refused by name: %p',
  async (options) => {
    const [name] = Object.keys(options);
    await expect(library.connect(options as never)).rejects.toThrow(`options.${name}`);
  },
);
