import { checkArray, wrongType, wrongValue, quoted } from '../arguments/checks';

/*
 * One table per BITS enumeration and flag set. The public API uses words instead of numbers; a number without a word,
 * as from a newer Windows, becomes `unknown:17` instead of an error.
 */

/** A BITS enumeration: word -> number. */
export interface EnumTable<W extends string = string> {
  readonly name: string;
  readonly values: Readonly<Record<W, number>>;
}

/**
 * A set of BITS flags: word -> bits. The bits of each of `fields` form one number, so at most one of its words applies.
 */
export interface FlagTable<W extends string = string> extends EnumTable<W> {
  readonly fields: readonly number[];
}

/** A number that this version has no word for, in decimal. */
export type UnknownWord = `unknown:${number}`;
/** Bits that this version has no word for, in hexadecimal. */
export type UnknownBits = `unknown:0x${string}`;

function enumTable<W extends string>(name: string, values: Record<W, number>): EnumTable<W> {
  return { name, values };
}

function flagTable<W extends string>(name: string, values: Record<W, number>, fields: number[] = []): FlagTable<W> {
  return { name, values, fields };
}

/** @see https://learn.microsoft.com/windows/win32/api/bits/ne-bits-bg_job_state */
export const JOB_STATE = enumTable<JobState>('BG_JOB_STATE', {
  queued: 0,
  connecting: 1,
  transferring: 2,
  suspended: 3,
  error: 4,
  transientError: 5,
  transferred: 6,
  acknowledged: 7,
  cancelled: 8,
});
/** State of a job: BG_JOB_STATE. */
export type JobState =
  | 'queued'
  | 'connecting'
  | 'transferring'
  | 'suspended'
  | 'error'
  | 'transientError'
  | 'transferred'
  | 'acknowledged'
  | 'cancelled';

/** @see https://learn.microsoft.com/windows/win32/api/bits/ne-bits-bg_job_priority */
export const JOB_PRIORITY = enumTable<JobPriority>('BG_JOB_PRIORITY', { foreground: 0, high: 1, normal: 2, low: 3 });
/** Priority of a job: BG_JOB_PRIORITY. All but 'foreground' use idle bandwidth only. */
export type JobPriority = 'foreground' | 'high' | 'normal' | 'low';

/** @see https://learn.microsoft.com/windows/win32/api/bits/ne-bits-bg_job_type */
export const JOB_TYPE = enumTable<JobType>('BG_JOB_TYPE', { download: 0, upload: 1, uploadReply: 2 });
/** Kind of a job: BG_JOB_TYPE. */
export type JobType = 'download' | 'upload' | 'uploadReply';

/** Where a job's error happened. @see https://learn.microsoft.com/windows/win32/api/bits/ne-bits-bg_error_context */
export const ERROR_CONTEXT = enumTable<ErrorContext>('BG_ERROR_CONTEXT', {
  none: 0,
  unknown: 1,
  queueManager: 2,
  notification: 3,
  localFile: 4,
  remoteFile: 5,
  transport: 6,
  remoteApplication: 7,
  serverCertificateCallback: 8,
});
/** The context in which a job's error occurred: BG_ERROR_CONTEXT. */
export type ErrorContext =
  | 'none'
  | 'unknown'
  | 'queueManager'
  | 'notification'
  | 'localFile'
  | 'remoteFile'
  | 'transport'
  | 'remoteApplication'
  | 'serverCertificateCallback';

/** @see https://learn.microsoft.com/windows/win32/api/bits/ne-bits-bg_job_proxy_usage */
export const PROXY_USAGE = enumTable<ProxyUsage>('BG_JOB_PROXY_USAGE', {
  preconfig: 0,
  noProxy: 1,
  override: 2,
  autodetect: 3,
});
/** How a job finds its proxy: BG_JOB_PROXY_USAGE. */
export type ProxyUsage = 'preconfig' | 'noProxy' | 'override' | 'autodetect';

/** @see https://learn.microsoft.com/windows/win32/api/bits1_5/ne-bits1_5-bg_auth_target */
export const AUTH_TARGET = enumTable<AuthTarget>('BG_AUTH_TARGET', { server: 1, proxy: 2 });
/** What the credentials are for: BG_AUTH_TARGET. */
export type AuthTarget = 'server' | 'proxy';

/** @see https://learn.microsoft.com/windows/win32/api/bits1_5/ne-bits1_5-bg_auth_scheme */
export const AUTH_SCHEME = enumTable<AuthScheme>('BG_AUTH_SCHEME', {
  basic: 1,
  digest: 2,
  ntlm: 3,
  negotiate: 4,
  passport: 5,
});
/** The authentication scheme: BG_AUTH_SCHEME. */
export type AuthScheme = 'basic' | 'digest' | 'ntlm' | 'negotiate' | 'passport';

/** @see https://learn.microsoft.com/windows/win32/api/bits2_5/ne-bits2_5-bg_cert_store_location */
export const CERT_STORE_LOCATION = enumTable<CertStoreLocation>('BG_CERT_STORE_LOCATION', {
  currentUser: 0,
  localMachine: 1,
  currentService: 2,
  services: 3,
  users: 4,
  currentUserGroupPolicy: 5,
  localMachineGroupPolicy: 6,
  localMachineEnterprise: 7,
});
/** Where a certificate store is: BG_CERT_STORE_LOCATION. */
export type CertStoreLocation =
  | 'currentUser'
  | 'localMachine'
  | 'currentService'
  | 'services'
  | 'users'
  | 'currentUserGroupPolicy'
  | 'localMachineGroupPolicy'
  | 'localMachineEnterprise';

/** @see https://learn.microsoft.com/windows/win32/api/bits5_0/ne-bits5_0-bits_job_transfer_policy */
export const TRANSFER_POLICY = enumTable<TransferPolicy>('BITS_JOB_TRANSFER_POLICY', {
  always: 0x800000ff,
  notRoaming: 0x8000007f,
  noSurcharge: 0x8000006f,
  standard: 0x80000067,
  unrestricted: 0x80000021,
});
/** On which networks a job may transfer, by their cost. */
export type TransferPolicy = 'always' | 'notRoaming' | 'noSurcharge' | 'standard' | 'unrestricted';

/** @see https://learn.microsoft.com/windows/win32/api/bits5_0/ne-bits5_0-bits_job_property_id */
export const JOB_PROPERTY = enumTable<JobProperty>('BITS_JOB_PROPERTY_ID', {
  costFlags: 1,
  notificationClsid: 2,
  dynamicContent: 3,
  highPerformance: 4,
  maxDownloadSize: 5,
  useStoredCredentials: 7,
  minimumNotificationIntervalMs: 9,
  onDemandMode: 10,
});
/** Properties of a job: BITS_JOB_PROPERTY_ID. */
export type JobProperty =
  | 'costFlags'
  | 'notificationClsid'
  | 'dynamicContent'
  | 'highPerformance'
  | 'maxDownloadSize'
  | 'useStoredCredentials'
  | 'minimumNotificationIntervalMs'
  | 'onDemandMode';

/** @see https://learn.microsoft.com/windows/win32/api/bits5_0/ne-bits5_0-bits_file_property_id */
export const FILE_PROPERTY = enumTable<FileProperty>('BITS_FILE_PROPERTY_ID', { httpResponseHeaders: 1 });
/** Properties of a file: BITS_FILE_PROPERTY_ID. */
export type FileProperty = 'httpResponseHeaders';

/** @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-setnotifyflags */
export const NOTIFY_FLAGS = flagTable<NotifyFlag>('BG_NOTIFY', {
  jobTransferred: 0x1,
  jobError: 0x2,
  disable: 0x4,
  jobModification: 0x8,
  fileTransferred: 0x10,
  fileRangesTransferred: 0x20,
});
/** The events that BITS reports: BG_NOTIFY. */
export type NotifyFlag =
  'jobTransferred' | 'jobError' | 'disable' | 'jobModification' | 'fileTransferred' | 'fileRangesTransferred';

/** @see https://learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopymanager-enumjobs */
export const ENUM_FLAGS = flagTable<EnumFlag>('BG_JOB_ENUM', { allUsers: 0x1 });
export type EnumFlag = 'allUsers';

/** @see https://learn.microsoft.com/windows/win32/api/bits2_0/nf-bits2_0-ibackgroundcopyjob3-setfileaclflags */
export const FILE_ACL_FLAGS = flagTable<FileAclFlag>('BG_COPY_FILE', { owner: 0x1, group: 0x2, dacl: 0x4, sacl: 0x8 });
/** Which parts of the security descriptor a file keeps: BG_COPY_FILE. */
export type FileAclFlag = 'owner' | 'group' | 'dacl' | 'sacl';

/**
 * Security flags. The redirect policy is a field of three bits, so at most one of its words applies. Without one it is
 * `redirectAllowSilent`, the default, whose number is 0: it is accepted but never reported.
 * @see https://learn.microsoft.com/windows/win32/api/bits2_5/nf-bits2_5-ibackgroundcopyjobhttpoptions-setsecurityflags
 */
export const SECURITY_FLAGS = flagTable<SecurityFlag>(
  'BG_SSL and BG_HTTP_REDIRECT_POLICY',
  {
    enableCrlCheck: 0x1,
    ignoreCertCnInvalid: 0x2,
    ignoreCertDateInvalid: 0x4,
    ignoreUnknownCa: 0x8,
    ignoreCertWrongUsage: 0x10,
    redirectAllowSilent: 0,
    redirectAllowReport: 0x100,
    redirectDisallow: 0x200,
    redirectAllowHttpsToHttp: 0x800,
  },
  [0x700],
);
/** Whether redirects are followed, and which certificate errors are ignored. */
export type SecurityFlag =
  | 'enableCrlCheck'
  | 'ignoreCertCnInvalid'
  | 'ignoreCertDateInvalid'
  | 'ignoreUnknownCa'
  | 'ignoreCertWrongUsage'
  | 'redirectAllowSilent'
  | 'redirectAllowReport'
  | 'redirectDisallow'
  | 'redirectAllowHttpsToHttp';

/** @see https://learn.microsoft.com/windows/win32/api/bits3_0/nf-bits3_0-ibackgroundcopyjob4-setpeercachingflags */
export const JOB_PEER_CACHING_FLAGS = flagTable<JobPeerCachingFlag>('BG_JOB_ENABLE_PEERCACHING', {
  enableClient: 0x1,
  enableServer: 0x2,
  disableBranchCache: 0x4,
});
/** What a job may share with other computers. */
export type JobPeerCachingFlag = 'enableClient' | 'enableServer' | 'disableBranchCache';

/**
 * Deprecated by Microsoft with the peer cache.
 * @see https://learn.microsoft.com/windows/win32/api/bits3_0/nn-bits3_0-ibitspeercacheadministration
 */
export const PEER_CACHE_FLAGS = flagTable<PeerCacheFlag>('BG_ENABLE_PEERCACHING', {
  enableClient: 0x1,
  enableServer: 0x2,
  disableBranchCache: 0x4,
});
/** What the peer cache of the computer may do. */
export type PeerCacheFlag = 'enableClient' | 'enableServer' | 'disableBranchCache';

/** @see https://learn.microsoft.com/windows/win32/api/bits4_0/nf-bits4_0-ibitstokenoptions-sethelpertokenflags */
export const HELPER_TOKEN_FLAGS = flagTable<HelperTokenFlag>('BG_TOKEN', { localFile: 0x1, network: 0x2 });
/** What a helper token is used for: BG_TOKEN. */
export type HelperTokenFlag = 'localFile' | 'network';

/** Network costs. @see https://learn.microsoft.com/windows/win32/bits/bits-cost-state */
export const COST_FLAGS = flagTable<CostFlag>('BITS_COST_STATE', {
  unrestricted: 0x1,
  cappedUsageUnknown: 0x2,
  belowCap: 0x4,
  nearCap: 0x8,
  overcapCharged: 0x10,
  overcapThrottled: 0x20,
  usageBased: 0x40,
  roaming: 0x80,
  ignoreCongestion: 0x80000000,
  reserved: 0x40000000,
});
/** States of a network's cost: BITS_COST_STATE. */
export type CostFlag =
  | 'unrestricted'
  | 'cappedUsageUnknown'
  | 'belowCap'
  | 'nearCap'
  | 'overcapCharged'
  | 'overcapThrottled'
  | 'usageBased'
  | 'roaming'
  | 'ignoreCongestion'
  | 'reserved';

/** The words of a table, in the order of the table. */
export function wordsOf<W extends string>(table: EnumTable<W>): W[] {
  return Object.keys(table.values) as W[];
}

/** The word of a number, or `unknown:17`. */
export function decode<W extends string>(table: EnumTable<W>, value: number): W | UnknownWord {
  return wordsOf(table).find((word) => table.values[word] === value) ?? `unknown:${value}`;
}

/** The number of a word. Throws a TypeError that lists the words if it is none of them. */
export function encode<W extends string>(table: EnumTable<W>, argument: string, word: unknown): number {
  if (typeof word === 'string' && Object.hasOwn(table.values, word)) return table.values[word as W];
  throw notOneOf(table, argument, word);
}

/** The words of a set of bits, in the order of the table; bits without a word are combined at the end. */
export function decodeFlags<W extends string>(table: FlagTable<W>, value: number): (W | UnknownBits)[] {
  const words: (W | UnknownBits)[] = [];
  let rest = value >>> 0;
  for (const word of wordsOf(table)) {
    const bits = table.values[word];
    const mask = fieldOf(table, bits) ?? bits;
    if (bits === 0 || (value & mask) >>> 0 !== bits) continue;
    words.push(word);
    rest = (rest & ~mask) >>> 0;
  }
  if (rest !== 0) words.push(`unknown:0x${rest.toString(16)}`);
  return words;
}

/**
 * The bits of a list of words. Accepts `unknown:0x40` from decodeFlags, so that reading flags, changing one and writing
 * them back does not drop the flags of a newer Windows.
 */
export function encodeFlags<W extends string>(table: FlagTable<W>, argument: string, words: unknown): number {
  let value = 0;
  const taken = new Map<number, string>();
  checkArray(
    words,
    argument,
    (word, name) => {
      const bits = unknownBits(word) ?? encode(table, name, word);
      const field = fieldOf(table, bits);
      const other = field === undefined ? undefined : taken.get(field);
      if (field !== undefined && other !== undefined && other !== word) {
        throw wrongValue(argument, `not combine '${other}' with ${quoted(String(word))}`);
      }
      if (field !== undefined) taken.set(field, String(word));
      value = (value | bits) >>> 0;
    },
    `an array of ${listOf(table)}`,
  );
  return value;
}

/** The field that holds these bits. A zero among the words belongs to the table's only field. */
function fieldOf(table: FlagTable, bits: number): number | undefined {
  return bits === 0 ? table.fields[0] : table.fields.find((field) => (field & bits) !== 0);
}

function unknownBits(word: unknown): number | undefined {
  const digits = typeof word === 'string' ? /^unknown:0x([0-9a-f]{1,8})$/.exec(word)?.[1] : undefined;
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

function listOf(table: EnumTable): string {
  return wordsOf(table)
    .map((word) => `'${word}'`)
    .join(', ');
}

function notOneOf(table: EnumTable, argument: string, value: unknown): Error {
  return typeof value === 'string'
    ? wrongValue(argument, `be one of ${listOf(table)}`, quoted(value))
    : wrongType(argument, `one of ${listOf(table)}`, value);
}
