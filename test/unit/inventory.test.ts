import inventory from '../../data/bits-api.json';
import { BitsFile, BitsJob, BitsErrorInfo, BitsManager, BitsPeer, BitsPeerCache, BitsPeerCacheRecord } from '../../lib';

/** Whose methods are on which class. Newer interfaces of an object are folded into its class. */
const CLASSES: readonly (readonly [pattern: RegExp, Class: { readonly prototype: object }])[] = [
  [/^IBackgroundCopyManager$/, BitsManager],
  [/^IBackgroundCopyJob(HttpOptions)?\d?$|^IBitsTokenOptions$/, BitsJob],
  [/^IBackgroundCopyFile\d?$/, BitsFile],
  [/^IBackgroundCopyError$/, BitsErrorInfo],
  [/^IBitsPeerCacheAdministration$/, BitsPeerCache],
  [/^IBitsPeerCacheRecord$/, BitsPeerCacheRecord],
  [/^IBitsPeer$/, BitsPeer],
];

/** Interfaces that programs do not call: enumerators are arrays here, callbacks are called by BITS. */
const NOT_CALLED = /^IEnum|Callback\d?$/;
/** The interfaces of qmgr.h, which BITS keeps for programs older than itself. */
const OLD = new Set(['IBackgroundCopyQMgr', 'IBackgroundCopyGroup', 'IBackgroundCopyJob1', 'IBackgroundCopyCallback1']);

/** `GetState` is getState, `EnumJobs`, which makes an array, getJobs. */
function nameOf(method: string): string {
  const name = method.replace(/^Enum/, 'Get');
  return name.charAt(0).toLowerCase() + name.slice(1);
}

const methods = inventory.interfaces
  .filter(({ name }) => !NOT_CALLED.test(name) && !OLD.has(name))
  .flatMap(({ name, methods: list }) => list.map((method) => [name, method.name] as const));

test('there is a class for every interface that programs call', () => {
  const without = methods.filter(([name]) => !CLASSES.some(([pattern]) => pattern.test(name)));
  expect(without).toEqual([]);
});

test(`each of the ${methods.length} COM methods has its method in TypeScript`, () => {
  expect(methods.length).toBeGreaterThan(100);
  const missing = methods.filter(([name, method]) => {
    const found = CLASSES.find(([pattern]) => pattern.test(name));
    const prototype = (found?.[1].prototype ?? {}) as Readonly<Record<string, unknown>>;
    return typeof prototype[nameOf(method)] !== 'function';
  });
  expect(missing.map(([name, method]) => `${name}::${method}`)).toEqual([]);
});

test('every enumerator is an array', () => {
  const enumerators = inventory.interfaces.filter(({ name }) => name.startsWith('IEnum') && !/Groups|Jobs1/.test(name));
  expect(enumerators.map(({ name }) => name).sort()).toEqual([
    'IEnumBackgroundCopyFiles',
    'IEnumBackgroundCopyJobs',
    'IEnumBitsPeerCacheRecords',
    'IEnumBitsPeers',
  ]);
});
