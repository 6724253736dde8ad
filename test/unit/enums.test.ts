import api from '../../data/bits-api.json';
import * as enums from '../../lib/contract/enums';
import {
  COST_FLAGS,
  decode,
  decodeFlags,
  encode,
  encodeFlags,
  JOB_PRIORITY,
  JOB_STATE,
  NOTIFY_FLAGS,
  SECURITY_FLAGS,
  wordsOf,
} from '../../lib/contract/enums';
import type { EnumTable, JobState } from '../../lib/contract/enums';

const camel = (rest: string): string =>
  rest.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Words that are shorter than their symbols. */
const SHORTER: Record<string, string> = {
  BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER: 'queueManager',
  BG_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION: 'notification',
  BG_ERROR_CONTEXT_GENERAL_TRANSPORT: 'transport',
};

/** Groups of the inventory that have no table, and why. */
const WITHOUT_TABLE = ['GROUPPROP', 'Queue Manager constants (deprecated)'];

/** Symbols that have no word: combinations, masks, and names of combinations that TRANSFER_POLICY has. */
const WITHOUT_WORD = /^(BG_COPY_FILE_ALL|BG_HTTP_REDIRECT_POLICY_MASK|BITS_COST_STATE_TRANSFER_.*)$/;

/** Inventory name, table, and how a symbol becomes a word. */
const TABLES: [string, EnumTable, RegExp, string?][] = [
  ['BG_JOB_STATE', enums.JOB_STATE, /^BG_JOB_STATE_/],
  ['BG_JOB_PRIORITY', enums.JOB_PRIORITY, /^BG_JOB_PRIORITY_/],
  ['BG_JOB_TYPE', enums.JOB_TYPE, /^BG_JOB_TYPE_/],
  ['BG_ERROR_CONTEXT', enums.ERROR_CONTEXT, /^BG_ERROR_CONTEXT_/],
  ['BG_JOB_PROXY_USAGE', enums.PROXY_USAGE, /^BG_JOB_PROXY_USAGE_/],
  ['BG_AUTH_TARGET', enums.AUTH_TARGET, /^BG_AUTH_TARGET_/],
  ['BG_AUTH_SCHEME', enums.AUTH_SCHEME, /^BG_AUTH_SCHEME_/],
  ['BG_CERT_STORE_LOCATION', enums.CERT_STORE_LOCATION, /^BG_CERT_STORE_LOCATION_/],
  ['BITS_JOB_TRANSFER_POLICY', enums.TRANSFER_POLICY, /^BITS_JOB_TRANSFER_POLICY_/],
  ['BITS_JOB_PROPERTY_ID', enums.JOB_PROPERTY, /^BITS_JOB_PROPERTY_(ID_)?/],
  ['BITS_FILE_PROPERTY_ID', enums.FILE_PROPERTY, /^BITS_FILE_PROPERTY_ID_/],
  ['Notify flags', enums.NOTIFY_FLAGS, /^BG_NOTIFY_/],
  ['Job enumeration flags', enums.ENUM_FLAGS, /^BG_JOB_ENUM_/],
  ['File ACL flags', enums.FILE_ACL_FLAGS, /^BG_COPY_FILE_/],
  ['HTTP security flags', enums.SECURITY_FLAGS, /^BG_(SSL_|HTTP_(?=REDIRECT))/],
  ['Peer-cache configuration flags', enums.PEER_CACHE_FLAGS, /^BG_|PEERCACHING_/g],
  ['Job peer-cache flags', enums.JOB_PEER_CACHING_FLAGS, /^BG_JOB_|PEERCACHING_/g],
  ['Helper-token flags', enums.HELPER_TOKEN_FLAGS, /^BG_TOKEN_/],
  ['Cost states', enums.COST_FLAGS, /^BITS_COST_(STATE|OPTION)_/],
];

describe('tables against the inventory', () => {
  const groups = new Map<string, { name: string; value: number | string }[]>([
    ...api.enums.map((e) => [e.name, e.values] as const),
    ...api.flags.map((f) => [f.group, f.values] as const),
  ]);

  test('every group has a table or a reason', () => {
    expect([...TABLES.map(([name]) => name), ...WITHOUT_TABLE].sort()).toEqual([...groups.keys()].sort());
  });

  test('every table of the module is compared', () => {
    const tables = Object.values(enums).filter((value) => typeof value === 'object');
    expect(new Set(tables)).toEqual(new Set(TABLES.map(([, table]) => table)));
    expect(tables).toHaveLength(TABLES.length);
  });

  test.each(TABLES)('%s: the same words and numbers, in the same order', (name, table, prefix) => {
    const symbols = (groups.get(name) ?? []).filter((value) => !WITHOUT_WORD.test(value.name));
    const expected = symbols.map(({ name: s, value }) => [
      SHORTER[s] ?? camel(s.replace(prefix, '').replace('REDIRECT_POLICY', 'REDIRECT')),
      Number(value),
    ]);
    expect(Object.entries(table.values)).toEqual(expected);
  });

  test.each(TABLES.filter(([, table]) => !('fields' in table)))('%s: words survive a round trip', (_, table) => {
    for (const word of wordsOf(table)) expect(decode(table, encode(table, 'x', word))).toBe(word);
  });
});

describe('decode and encode', () => {
  test('decode', () => {
    const state: JobState | `unknown:${number}` = decode(JOB_STATE, 5);
    expect(state).toBe('transientError');
    expect(decode(JOB_STATE, 17)).toBe('unknown:17');
  });

  test('encode', () => expect(encode(JOB_PRIORITY, 'priority', 'low')).toBe(3));

  test.each([
    ['lowest', 'ERR_INVALID_ARG_VALUE', "Received 'lowest'"],
    ['unknown:17', 'ERR_INVALID_ARG_VALUE', 'unknown:17'],
    ['toString', 'ERR_INVALID_ARG_VALUE', 'toString'],
    ['__proto__', 'ERR_INVALID_ARG_VALUE', '__proto__'],
    [3, 'ERR_INVALID_ARG_TYPE', 'Received 3'],
    [undefined, 'ERR_INVALID_ARG_TYPE', 'Received undefined'],
  ])('encode refuses %p', (word, code, tail) => {
    expect(() => encode(JOB_PRIORITY, 'priority', word)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        code,
        argument: 'priority',
        message: expect.stringMatching(/"priority".*one of 'foreground', 'high', 'normal', 'low'/) as string,
      }) as Error,
    );
    expect(() => encode(JOB_PRIORITY, 'priority', word)).toThrow(tail);
  });
});

describe('flags', () => {
  test.each([
    [NOTIFY_FLAGS, 0, []],
    [NOTIFY_FLAGS, 0x11, ['jobTransferred', 'fileTransferred']],
    [NOTIFY_FLAGS, 0x41, ['jobTransferred', 'unknown:0x40']],
    [SECURITY_FLAGS, 0x0, []],
    [SECURITY_FLAGS, 0x100, ['redirectAllowReport']],
    [SECURITY_FLAGS, 0xa08, ['ignoreUnknownCa', 'redirectDisallow', 'redirectAllowHttpsToHttp']],
    [SECURITY_FLAGS, 0x301, ['enableCrlCheck', 'unknown:0x300']],
    [SECURITY_FLAGS, 0x400, ['unknown:0x400']],
    [COST_FLAGS, 0x80000021, ['unrestricted', 'overcapThrottled', 'ignoreCongestion']],
    [COST_FLAGS, 0x80000000 | 0, ['ignoreCongestion']],
  ])('%# decodes and encodes back', (table, bits, words) => {
    expect(decodeFlags(table as enums.FlagTable, bits)).toEqual(words);
    expect(encodeFlags(table as enums.FlagTable, 'flags', words)).toBe(bits >>> 0);
  });

  test('the default redirect policy is accepted, repeated words are harmless', () => {
    expect(encodeFlags(SECURITY_FLAGS, 'flags', ['redirectAllowSilent', 'enableCrlCheck', 'enableCrlCheck'])).toBe(1);
  });

  test.each([
    ['jobError', 'TypeError', /"flags" argument must be an array of 'jobTransferred'/],
    [['jobErorr'], 'TypeError', /"flags\[0\]" argument must be one of .*Received 'jobErorr'/],
    [['unknown:0xZZ'], 'TypeError', /"flags\[0\]"/],
    [[1], 'TypeError', /"flags\[0\]".*Received 1/],
  ])('encodeFlags refuses %p', (words, name, message) => {
    expect(() => encodeFlags(NOTIFY_FLAGS, 'flags', words)).toThrow(
      expect.objectContaining({
        name,
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  test.each([
    [['redirectDisallow', 'redirectAllowReport']],
    [['redirectAllowSilent', 'redirectDisallow']],
    [['redirectDisallow', 'unknown:0x100']],
  ])('contradictory redirect policies are refused: %p', (words) => {
    expect(() => encodeFlags(SECURITY_FLAGS, 'flags', words)).toThrow(/must not combine/);
  });
});
