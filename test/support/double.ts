/*
 * The COM double: a COM server of this process that implements every BITS interface (test/double/, C++). The addon
 * reaches it by the same code as BITS. Every method can be scripted, and every call is recorded with the slot of the
 * vtable that it came in by. The vtables are laid out by data/bits-api.json, not by the headers the addon is compiled
 * with.
 *
 *   const bits = await double.connect();
 *   double.script('IBackgroundCopyJob::GetState', { out: [6] });
 *   …
 *   expect(double.calls()).toEqual([…]);
 *
 * Methods are named by the interface that declares them: 'IBackgroundCopyJob::Resume', 'IBackgroundCopyJob2::…'. The
 * class factory is there as well: 'IClassFactory::CreateInstance', once for each connection; and so is
 * 'IUnknown::QueryInterface', for each interface of BITS that an object is asked for (recorded by `queries`, not `calls`).
 *
 * Values, incoming (`Call.args`, by the parameter's name in the inventory) and outgoing (`Answer.out`, in the order of
 * the parameters). A count (cFileCount, RangeCount, pLength, pceltFetched …) is no value of its own: it goes with what
 * it counts, and appears neither in `args` nor in `out`.
 *
 *   type in the inventory           args                                       out (when not given)
 *   LPCWSTR, WCHAR *, LPWSTR *      string, null for NULL                      string, null for NULL ('')
 *   DWORD, ULONG, BOOL, HRESULT,    number, 0 to 0xFFFFFFFF: a BOOL is         number (0)
 *     enumerations                  what was passed, 0 or 1 by right
 *   UINT64                          bigint                                     number, bigint or 'max' (0)
 *   GUID, REFGUID                   '{lower-case}'                             the same (zeros)
 *   FILETIME *                      -                                          like UINT64, 100 ns since 1601 (0)
 *   BG_JOB_PROGRESS * and others    -                                          { BytesTotal: 5n, … } (0 if missing)
 *   BG_FILE_INFO * with count       [{ RemoteName, LocalName }], null          -
 *   BG_FILE_RANGE * with count      [{ InitialOffset, Length }] of bigint      the same, numbers will do, null (null)
 *   byte *                          Uint8Array, null                           Uint8Array, null (null)
 *   BG_AUTH_CREDENTIALS *           { Target, Scheme, UserName, Password }     -
 *   BITS_JOB_PROPERTY_VALUE         by the property's id: number, bigint       the same (zeros)
 *                                   (also for unknown ids) or GUID
 *   BITS_FILE_PROPERTY_VALUE        string, null                               string, null ('')
 *   IUnknown * (callbacks)          names of the client's interfaces, null     undefined, null: what was set, or NULL;
 *                                                                              { QueryInterface: hresult, delayMs: n }:
 *                                                                              an object of another program
 *   other interfaces                -                                          undefined: an object, null: NULL
 *
 * When a method fails, what it gives out is NULL and zero, unless `out` says otherwise.
 *
 * What the double does by itself: CreateJob and `setJobs` make jobs, GetJob finds them by id (BG_E_NOT_FOUND), the
 * enumerators list what there is, the Add… methods add files, GetId tells the id, and the client's callback objects
 * are kept for `fire`. Everything else does nothing, with S_OK.
 */
import v8 from 'node:v8';
import vm from 'node:vm';
import type { BitsManager } from '../../lib';
import { connectTo } from '../../lib/connect';
import { loadAddon } from '../../lib/native/load';
import type { ConnectionLimits } from '../../lib/util/limits';
import { until } from './until';

export type OutValue =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly OutValue[]
  | { readonly [field: string]: OutValue };

export type InValue =
  null | number | bigint | string | Uint8Array | readonly InValue[] | { readonly [field: string]: InValue };

/** How a method is to answer. */
export interface Answer {
  /** Default S_OK, or what the double itself finds right. */
  readonly hresult?: number;
  readonly out?: readonly OutValue[];
  /** Only calls of this job, its files and its errors. Such an answer goes before one for all. */
  readonly job?: string;
  /** Only for so many calls. Such an answer goes before one without, and several are used up in their order. */
  readonly times?: number;
  readonly delayMs?: number;
  /** Waits for `release`, then answers. */
  readonly block?: boolean;
  /** The connection breaks in this call, as with `disconnectAll({ hresult })`. */
  readonly disconnect?: boolean;
}

/** One call that the double received. */
export interface Call {
  /** Calls are numbered in the order in which they began. */
  readonly number: number;
  readonly method: string;
  /** Place in the vtable, counted from QueryInterface = 0. */
  readonly slot: number;
  /** Every object the double hands out has a number of its own; 0 for the class factory. */
  readonly object: number;
  /** 'manager', 'job', 'file', 'error', 'peer', 'record', 'enumJobs', 'enumFiles', 'enumPeers', 'enumRecords' */
  readonly kind: string | null;
  readonly job: string | null;
  readonly args: { readonly [name: string]: InValue };
  /** What was answered, unsigned; null while the call is under way. */
  readonly hresult: number | null;
  readonly thread: number;
}

/** One QueryInterface, except for IUnknown. */
export interface Query {
  readonly object: number;
  readonly kind: string;
  readonly job: string | null;
  readonly iid: string;
  /** null when it is none of BITS (COM's own questions). */
  readonly interface: string | null;
  readonly hresult: number;
}

/** Answers of one object: the outgoing values by the method's name. A script goes before them. */
export type Answers = { readonly [method: string]: readonly OutValue[] };

export interface DoubleFile {
  readonly answers?: Answers;
}
export interface DoublePeer {
  readonly answers?: Answers;
}
export interface DoubleRecord {
  readonly id: string;
  readonly answers?: Answers;
}
export interface DoubleJob {
  readonly id: string;
  readonly answers?: Answers;
  readonly files?: readonly DoubleFile[];
}

export interface Counts {
  /** COM objects alive, by kind; a kind with none is absent. */
  readonly objects: { readonly [kind: string]: number };
  /** References to them. */
  readonly references: number;
  /** Blocks of memory handed out that nobody has freed. */
  readonly blocks: number;
  /** Callback objects of clients that the double keeps. */
  readonly clients: number;
  /** Passwords that can still be read where they were passed. */
  readonly passwords: number;
}

/** What this process holds. */
export interface ProcessNumbers {
  readonly handles: number;
  readonly threads: number;
  readonly privateBytes: number;
  readonly workingSet: number;
}

/** A method as the double sees it. Counts are left out. */
export interface DoubleMethod {
  readonly method: string;
  readonly slot: number;
  /** Implemented by the client: can be fired, not scripted. */
  readonly client: boolean;
  readonly in: readonly DoubleParameter[];
  readonly out: readonly DoubleParameter[];
}
export interface DoubleParameter {
  readonly name: string;
  readonly kind:
    | 'text'
    | 'number'
    | 'long'
    | 'guid'
    | 'time'
    | 'struct'
    | 'files'
    | 'ranges'
    | 'bytes'
    | 'credentials'
    | 'jobProperty'
    | 'fileProperty'
    | 'object';
  readonly nullable: boolean;
  /** The structure or interface. */
  readonly of?: string;
}

interface NativeDouble {
  /** To be opened with CLSCTX_INPROC_SERVER. */
  readonly clsid: string;
  /** Registers the class; again is harmless. */
  start(): void;
  stop(): void;
  /** As if nothing had been scripted, made or called. What is blocked goes on; objects handed out stay usable. */
  reset(): void;

  /** Scripts a method. An answer without `times` takes the place of the former one (for the same job). */
  script(method: string, answer: Answer): void;
  /** Takes all answers for a method back. */
  unscript(method: string): void;
  /** From now on no object has this interface: QueryInterface answers E_NOINTERFACE or `hresult`. */
  without(interfaceName: string, hresult?: number): void;

  /** The jobs there are. A job that was there keeps its callback objects. */
  setJobs(jobs: readonly DoubleJob[]): void;
  setFiles(job: string, files: readonly DoubleFile[]): void;
  setPeers(peers: readonly DoublePeer[]): void;
  setRecords(records: readonly DoubleRecord[]): void;

  /** The calls since the last time, in the order in which they began. */
  calls(): Call[];
  /** The interfaces asked for since the last time. */
  queries(): Query[];

  /** The methods of the calls that wait. */
  blocked(): string[];
  /** Lets the calls of a method (default: all) go on; later ones do not wait any more. */
  release(method?: string): void;

  /**
   * The connection breaks: every object there is answers `hresult` (default RPC_S_SERVER_UNAVAILABLE), also to calls
   * that wait just now. Only the class factory gives a new manager. Callback objects are let go; jobs not in `keep`
   * (default: all) do not exist any more.
   */
  disconnectAll(options?: { readonly hresult?: number; readonly keep?: readonly string[] }): void;

  fire(callback: string, job: string, args: { readonly [name: string]: OutValue }): number;
  outcome(ticket: number): number | undefined;

  counts(): Counts;
  process(): ProcessNumbers;

  /** Memory runs out: the addon gets no block of so many bytes or more. `null`: it has all it wants again. */
  limitAllocations(bytes: number | null): void;

  /** Every method of the inventory, as the double understands it. */
  methods(): DoubleMethod[];
  /** What the compiler took from the BITS headers: the interface ids, and the slot that each method is called by. */
  abi(): { readonly [name: string]: { readonly iid: string; readonly slots: { readonly [method: string]: number } } };
}

// eslint-disable-next-line @typescript-eslint/no-require-imports -- a binary
const load = () => require('../../build/test/bits_double.node') as NativeDouble;
const { fire, outcome, ...native } = load();
const LIMIT = 10_000;

/** The double of this process. A test file begins with `double.start()`, each of its tests with `double.reset()`. */
export const double = {
  ...native,

  /** A manager of the library, connected to the double, which stands for Windows also where Wine runs it. */
  connect(limits?: ConnectionLimits): Promise<BitsManager> {
    const addon = loadAddon();
    const systemInfo = () => ({ ...addon.systemInfo(), wine: null });
    const onWindows = Object.create(addon, { systemInfo: { value: systemInfo } }) as typeof addon;
    return connectTo(onWindows, { clsid: native.clsid, context: 1, ...(limits === undefined ? {} : { limits }) });
  },

  /** Resolves once a call of the method waits. */
  async untilBlocked(method: string): Promise<void> {
    await until(() => native.blocked().includes(method), { what: `a blocked call of ${method}`, limit: LIMIT });
  },

  /**
   * Calls the job's callback object, on a thread of its own, and resolves with its HRESULT (or QueryInterface's, when
   * the object does not have the interface). Objects are made; the rest of the arguments goes by the parameter's name:
   * `fire('FileRangesTransferred', id, { ranges: [{ InitialOffset: 0, Length: 5 }] })`.
   */
  async fire(callback: string, job: string, args: { readonly [name: string]: OutValue } = {}): Promise<number> {
    const ticket = fire(callback, job, args);
    let hresult: number | undefined;
    const hasAnswered = () => (hresult = outcome(ticket)) !== undefined;
    await until(hasAnswered, { what: `an answer to ${callback}`, limit: Infinity, every: 1 });
    return hresult!;
  },

  /** Like `fire`, but this thread does nothing else until it has been answered. */
  fireAtOnce(callback: string, job: string, args: { readonly [name: string]: OutValue } = {}): number {
    const ticket = fire(callback, job, args);
    for (;;) {
      const hresult = outcome(ticket);
      if (hresult !== undefined) return hresult;
    }
  },

  /** Resolves once nothing of the double is held any more, collecting garbage meanwhile; rejects with what is left. */
  async untilReleased(): Promise<void> {
    const released = () => {
      collectGarbage();
      const { objects, references, blocks } = native.counts();
      return Object.keys(objects).length === 0 && references === 0 && blocks === 0;
    };
    const what = () => `everything to be released: ${JSON.stringify(native.counts())}`;
    await until(released, { what, limit: LIMIT, every: 5 });
  },
};

let collect: (() => void) | undefined;

export function collectGarbage(): void {
  if (collect === undefined) {
    v8.setFlagsFromString('--expose-gc');
    collect = vm.runInNewContext('gc') as () => void;
  }
  collect();
}

/** What the process holds once garbage has been collected and the proxies have been released. */
export async function held(): Promise<ProcessNumbers> {
  // Proxies are released one after another, on a thread of their own: wait until nothing falls any more.
  let now = double.process();
  let steady = -1;
  const isSteady = () => {
    const { handles } = now;
    now = double.process();
    steady = now.handles < handles ? 0 : steady + 1;
    collectGarbage();
    return steady === 4;
  };
  await until(isSteady, { what: () => `${now.handles} handles to be all that are held`, limit: 60_000, every: 100 });
  return now;
}
