import { HOST } from '../../lib/host';
import inventory from '../../data/bits-api.json';
import { Connection } from '../../lib/bits/connection';
import type { BitsError } from '../../lib/errors';
import { codeOf, describe as describeCode } from '../../lib/errors';
import { loadAddon } from '../../lib/native/load';
import type { FileHandle, JobHandle, ManagerHandle } from '../../lib/contract/addon';
import { double } from '../support/double';
import type { Call, DoubleMethod, DoubleParameter, InValue, OutValue } from '../support/double';
import { classOf } from '../support/error_classes';
import { rejection } from '../support/outcome';

/*
 * Every method of every interface, generated from the inventory: values in and out at their extremes, one call in the
 * right slot, and every failure that its page documents. The double's vtables are laid out by the inventory, so a method
 * that is bound to the wrong slot, or reads a structure wrongly, shows here.
 */

const addon = loadAddon();
const connection = new Connection(addon, addon.openManager(), HOST);
const JOB = '{e7e2a1c0-5d1f-4f0e-9b1a-0123456789ab}';
const JOBS = [{ id: JOB, files: [{}] }];
const CLSCTX_INPROC_SERVER = 1;

type Group = 'manager' | 'job' | 'file' | 'error' | 'peerCache' | 'record' | 'peer';
const GROUPS: readonly (readonly [RegExp, Group])[] = [
  [/^IBackgroundCopyManager$/, 'manager'],
  [/^IBackgroundCopyJob|^IBitsTokenOptions$/, 'job'],
  [/^IBackgroundCopyFile\d?$/, 'file'],
  [/^IBackgroundCopyError$/, 'error'],
  [/^IBitsPeerCacheAdministration$/, 'peerCache'],
  [/^IBitsPeerCacheRecord$/, 'record'],
  [/^IBitsPeer$/, 'peer'],
];
const groupOf = (method: string) => GROUPS.find(([pattern]) => pattern.test(method.split('::')[0] ?? ''))?.[1];
const nameOf = (method: string) => {
  const name = method.split('::')[1] ?? '';
  return name.charAt(0).toLowerCase() + name.slice(1);
};

const documented = new Map<string, (typeof inventory)['interfaces'][number]['methods'][number]>(
  inventory.interfaces.flatMap(({ name, methods }) =>
    methods.map((method) => [`${name}::${method.name}`, method] as const),
  ),
);
const isBool = (method: string, parameter: string) =>
  documented.get(method)?.params.some(({ name, type }) => name === parameter && /^BOOL\b/.test(type)) === true;

const methods = double.methods().filter(({ method, client }) => !client && groupOf(method) !== undefined);

// ---- values -------------------------------------------------------------------------------------------------------

const VARIANTS = ['plain', 'greatest', 'least', 'missing'] as const;
type Variant = (typeof VARIANTS)[number];

const TEXT: Record<Variant, string | null> = {
  plain: 'Zoë 😀 漢字',
  greatest: '𝔘'.repeat(1000),
  least: '',
  missing: null,
};
const NUMBER: Record<Variant, number> = { plain: 7, greatest: 0xffffffff, least: 0, missing: 1 };
const GREATEST_SAFE = 2n ** 53n - 1n;
const LONG: Record<Variant, bigint> = {
  plain: 2n ** 40n + 5n,
  greatest: GREATEST_SAFE,
  least: 0n,
  missing: 2n ** 64n - 1n,
};
const toNumber = (long: bigint) => (long === 2n ** 64n - 1n ? null : Number(long)); // BG_SIZE_UNKNOWN
const GUIDS: Record<Variant, string> = {
  plain: '{5ce34c0d-0dc9-4c1f-897c-daa1b78cee7c}',
  greatest: '{ffffffff-ffff-ffff-ffff-ffffffffffff}',
  least: '{00000000-0000-0000-0000-000000000000}',
  missing: '{00000000-0000-0000-0000-000000000001}',
};
const TICKS_1970 = 116444736000000000n;
const TIMES: Record<Variant, bigint> = {
  plain: TICKS_1970 + 1767225600000n * 10000n,
  greatest: 2n ** 63n - 1n,
  least: 0n,
  missing: 1n,
};
const toMilliseconds = (ticks: bigint) => (ticks === 0n ? null : Number(ticks - TICKS_1970) / 10000);
const BYTES: Record<Variant, Uint8Array> = {
  plain: Uint8Array.from({ length: 20 }, (_, i) => i),
  greatest: new Uint8Array(20).fill(255),
  least: new Uint8Array(20),
  missing: new Uint8Array(20).fill(1),
};
const RANGES: Record<Variant, readonly (readonly [bigint, bigint])[]> = {
  plain: [
    [2n ** 40n, 5n],
    [0n, 1n],
  ],
  greatest: Array.from({ length: 300 }, (_, i) => [BigInt(i), GREATEST_SAFE] as const),
  least: [[0n, 0n]],
  missing: [[5n, 2n ** 64n - 1n]],
};
const rawRanges = (variant: Variant) =>
  RANGES[variant].map(([offset, length]) => ({ offset: Number(offset), length: toNumber(length) }));
const comRanges = (variant: Variant) => RANGES[variant].map(([InitialOffset, Length]) => ({ InitialOffset, Length }));

/** A property by its bytes, and what the double makes of them: ids 1 (DWORD), 2 (GUID), 5 (UINT64), 3 (BOOL). */
const PROPERTY: Record<Variant, { id: number; bytes: Uint8Array; value: number | bigint | string }> = {
  plain: { id: 5, bytes: bytesOf(2n ** 40n + 5n), value: 2n ** 40n + 5n },
  greatest: { id: 1, bytes: bytesOf(0xffffffffn), value: 0xffffffff },
  least: { id: 3, bytes: bytesOf(0n), value: 0 },
  missing: {
    id: 2,
    value: GUIDS.plain,
    bytes: Uint8Array.of(
      0x0d,
      0x4c,
      0xe3,
      0x5c,
      0xc9,
      0x0d,
      0x1f,
      0x4c,
      0x89,
      0x7c,
      0xda,
      0xa1,
      0xb7,
      0x8c,
      0xee,
      0x7c,
    ),
  },
};
function bytesOf(value: bigint): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

/** The interfaces that the addon's callback objects have. */
const CALLBACKS: Readonly<Record<string, readonly string[]>> = {
  Val: ['IBackgroundCopyCallback', 'IBackgroundCopyCallback2', 'IBackgroundCopyCallback3'],
  certValidationCallback: ['IBackgroundCopyServerCertificateValidationCallback'],
};

// ---- one parameter in, one out ------------------------------------------------------------------------------------

/** What goes to the addon for a parameter, and what the double should record. */
function input(method: string, { name, kind, nullable }: DoubleParameter, variant: Variant): [unknown[], InValue] {
  switch (kind) {
    case 'text': {
      const text = variant === 'missing' && !nullable ? 'x' : TEXT[variant];
      return [[text], text];
    }
    case 'number':
      return isBool(method, name)
        ? [[variant !== 'least'], variant === 'least' ? 0 : 1]
        : numbers(method, name, variant);
    case 'long':
      return [[toNumber(LONG[variant])], LONG[variant]];
    case 'guid':
      return method === 'IBackgroundCopyManager::GetJob' ? [[JOB], JOB] : [[GUIDS[variant]], GUIDS[variant]];
    case 'files': {
      const text = TEXT[variant] ?? 'x';
      return [[[{ remoteName: text, localName: 'C:\\a' }]], [{ RemoteName: text, LocalName: 'C:\\a' }]];
    }
    case 'ranges':
      return [[rawRanges(variant)], comRanges(variant)];
    case 'bytes':
      return [[BYTES[variant]], BYTES[variant]];
    case 'credentials': {
      const text = TEXT[variant];
      // Not the text of anything else: the double looks at the end whether it can still be read later.
      const password = text && `${text} is the ${variant} password`;
      return [[2, 4, text, password], { Target: 2, Scheme: 4, UserName: text, Password: password }];
    }
    case 'jobProperty':
      return [[PROPERTY[variant].bytes], PROPERTY[variant].value];
    case 'fileProperty':
      return [[TEXT[variant] ?? 'x'], TEXT[variant] ?? 'x'];
    case 'object':
      return variant === 'missing' ? [[null], null] : [[() => undefined], CALLBACKS[name] ?? []];
    default:
      throw new Error(`${method}: a parameter of kind ${kind} going in`);
  }
}

function numbers(method: string, name: string, variant: Variant): [unknown[], InValue] {
  const property = name === 'PropertyId' && method.startsWith('IBackgroundCopyJob5');
  const value = property ? PROPERTY[variant].id : NUMBER[variant];
  return [[value], value];
}

const STRUCTS: Readonly<Record<string, Readonly<Record<string, 'long' | 'number' | 'bool' | 'time'>>>> = {
  BG_JOB_PROGRESS: { BytesTotal: 'long', BytesTransferred: 'long', FilesTotal: 'number', FilesTransferred: 'number' },
  BG_JOB_REPLY_PROGRESS: { BytesTotal: 'long', BytesTransferred: 'long' },
  BG_FILE_PROGRESS: { BytesTotal: 'long', BytesTransferred: 'long', Completed: 'bool' },
  BG_JOB_TIMES: { CreationTime: 'time', ModificationTime: 'time', TransferCompletionTime: 'time' },
};

function struct(of: string, variant: Variant): [OutValue, unknown] {
  const given: Record<string, OutValue> = {};
  const expected: Record<string, unknown> = {};
  for (const [field, kind] of Object.entries(STRUCTS[of] ?? {})) {
    const name = field.charAt(0).toLowerCase() + field.slice(1);
    if (kind === 'long') [given[field], expected[name]] = [LONG[variant], toNumber(LONG[variant])];
    else if (kind === 'time') [given[field], expected[name]] = [TIMES[variant], toMilliseconds(TIMES[variant])];
    else if (kind === 'bool') [given[field], expected[name]] = [variant === 'least' ? 0 : 1, variant !== 'least'];
    else [given[field], expected[name]] = [NUMBER[variant], NUMBER[variant]];
  }
  return [given, expected];
}

const handle = expect.anything() as unknown;

/** What the double gives out for a parameter, and what should come of it. */
function output(method: string, { name, kind, of = '' }: DoubleParameter, variant: Variant): [OutValue, unknown] {
  switch (kind) {
    case 'text':
      return [TEXT[variant], TEXT[variant]];
    case 'number':
      return isBool(method, name)
        ? [variant === 'least' ? 0 : 1, variant !== 'least']
        : [NUMBER[variant], NUMBER[variant]];
    case 'long':
      return [LONG[variant], toNumber(LONG[variant])];
    case 'guid':
      return [GUIDS[variant], GUIDS[variant]];
    case 'time':
      return [TIMES[variant], toMilliseconds(TIMES[variant])];
    case 'struct':
      return struct(of, variant);
    case 'ranges':
      return variant === 'missing' ? [null, []] : [comRanges(variant), rawRanges(variant)];
    case 'bytes':
      return variant === 'missing' ? [null, new Uint8Array(0)] : [BYTES[variant], BYTES[variant]];
    case 'jobProperty':
      return [PROPERTY[variant].value, PROPERTY[variant].bytes];
    case 'fileProperty':
      return [TEXT[variant], TEXT[variant]];
    case 'object':
      return [undefined, handle];
    default:
      throw new Error(`${method}: a parameter of kind ${kind} coming out`);
  }
}

/** Where the addon gives more, or in another form, than the parameters one by one. */
const RESULTS: Readonly<Record<string, (results: unknown[], variant: Variant) => unknown>> = {
  'IBackgroundCopyManager::CreateJob': ([id]) => ({ id, handle }),
  'IBackgroundCopyManager::GetJob': () => ({ id: JOB, handle }),
  'IBackgroundCopyManager::EnumJobs': () => [{ id: JOB, handle }],
  'IBackgroundCopyJob::EnumFiles': () => [handle],
  'IBackgroundCopyJob::GetNotifyInterface': () => 0, // nobody has registered
  'IBackgroundCopyJobHttpOptions::GetClientCertificate': ([storeLocation, storeName, hash, subjectName]) => ({
    storeLocation,
    storeName,
    hash,
    subjectName,
  }),
  'IBitsPeerCacheAdministration::EnumPeers': () => [handle],
  'IBitsPeerCacheAdministration::EnumRecords': () => [handle],
};
/** Calls that come with others, to walk the enumerator and to know its jobs. */
const CREDENTIALS = /::SetCredentials$/;
const COMPANIONS = /^IEnum\w+::Next$|^IBackgroundCopyJob::GetId$/;

// ---- the suite ----------------------------------------------------------------------------------------------------

const ANYWHERE = [0x8007000e, 0x800706ba, 0x8020ffff]; // E_OUTOFMEMORY, RPC_S_SERVER_UNAVAILABLE, one nobody knows

let manager: ManagerHandle;
let kept: JobHandle | undefined;
const counts = { methods: 0, successes: 0, failures: 0 };

beforeAll(async () => {
  double.start();
  startAfresh();
  manager = addon.openManager(double.clsid, CLSCTX_INPROC_SERVER);
  await addon.manager.connect(manager);
});

afterAll(async () => {
  // Every block of memory that the double handed out is freed, and every reference released.
  addon.releaseManager(manager);
  kept = undefined;
  double.setJobs([]);
  await double.untilReleased();
  expect(double.counts()).toMatchObject({ objects: {}, references: 0, blocks: 0, clients: 0 });
  console.log(`${counts.methods} methods, ${counts.successes} calls that succeed, ${counts.failures} that fail`);
});

function startAfresh(): void {
  double.reset();
  double.setJobs(JOBS);
  double.setPeers([{}]);
  double.setRecords([{ id: GUIDS.plain }]);
  kept = undefined;
}

/** The object that a method belongs to, anew where a broken connection has made it useless. */
async function target(group: Group): Promise<unknown> {
  const job = async (): Promise<JobHandle> => (await addon.manager.getJob(manager, JOB)).handle;
  const file = async (): Promise<FileHandle | undefined> => (await addon.job.enumFiles(await job()))[0];
  switch (group) {
    case 'manager':
    case 'peerCache':
      return manager;
    case 'job':
      return (kept ??= await job());
    case 'file':
      return file();
    case 'error':
      return addon.job.getError(await job());
    case 'record':
      return (await addon.peerCache.enumRecords(manager))[0];
    default:
      return (await addon.peerCache.enumPeers(manager))[0];
  }
}

async function invoke({ method }: DoubleMethod, args: readonly unknown[]): Promise<unknown> {
  const group = groupOf(method) ?? 'job';
  const on = await target(group);
  const function_ = (addon[group] as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[
    nameOf(method)
  ];
  if (function_ === undefined) throw new Error(`the addon has no ${group}.${nameOf(method)}`);
  double.calls();
  return connection.call(() => function_(on, ...args));
}

function inputs(
  { method, in: parameters }: DoubleMethod,
  variant: Variant,
): { args: unknown[]; recorded: Call['args'] } {
  const args: unknown[] = [];
  const recorded: Record<string, InValue> = {};
  for (const parameter of parameters) {
    const [passed, seen] = input(method, parameter, variant);
    args.push(...passed);
    recorded[parameter.name] = seen;
  }
  return { args, recorded };
}

describe.each(methods.map((method) => [method.method, method] as const))('%s', (name, method) => {
  counts.methods += 1;

  afterEach(() => {
    double.unscript(name);
    double.setJobs(JOBS); // without those that CreateJob has made
  });

  test.each(VARIANTS)('%s values', async (variant) => {
    const { args, recorded } = inputs(method, variant);
    const outputs = method.out.map((parameter) => output(name, parameter, variant));
    const withoutText = variant === 'missing' && method.out.some(({ kind }) => kind === 'text');
    double.script(name, { out: outputs.map(([given]) => given), hresult: withoutText ? 1 : 0 }); // S_FALSE and NULL

    if (CREDENTIALS.test(name)) startAfresh(); // the double forgets the passwords of earlier calls
    const result = await invoke(method, args);
    if (CREDENTIALS.test(name)) expect(double.counts().passwords).toBe(0); // wiped where it was passed
    const results = outputs.map(([, expected]) => expected);
    const plain = results.length === 0 ? 0 : results.length === 1 ? results[0] : results;
    expect(result).toEqual(RESULTS[name]?.(results, variant) ?? plain);

    const calls = double.calls().filter((call) => call.method === name || !COMPANIONS.test(call.method));
    expect(calls).toEqual([expect.objectContaining({ method: name, slot: method.slot, args: recorded })]);
    counts.successes += 1;
  });

  const failures = (documented.get(name)?.hresults ?? [])
    .map(({ value }) => Number(value))
    .filter((hr) => hr >= 0x80000000);
  test.each([...new Set([...failures, ...ANYWHERE])].map((hresult) => [codeOf(hresult), hresult] as const))(
    'fails with %s',
    async (code, hresult) => {
      double.script(name, { hresult });
      // The addon asks whether the service answers anything else: a broken registration looks the same.
      if (name === 'IBackgroundCopyJob::GetNotifyInterface') double.script('IBackgroundCopyJob::GetState', { hresult });
      const error = await rejection(invoke(method, inputs(method, 'plain').args)).finally(() => {
        double.unscript('IBackgroundCopyJob::GetState');
      });
      expect(error).toBeInstanceOf(classOf(describeCode(hresult).family));
      expect(error).toMatchObject({ code, hresult, method: name });
      expect((error as BitsError).message).toMatch(/^[^\n]+ \([^)]+, 0x[0-9A-F]{8}\)$/);
      counts.failures += 1;
    },
  );
});
