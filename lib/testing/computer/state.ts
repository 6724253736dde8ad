/*
 * The state of a simulated computer: everything that survives a restart of the program or of the computer, as plain
 * data that JSON can hold. What does not survive (callback objects, transfers under way, timers) is in the objects of
 * computer.ts and the rooms above it. Times are milliseconds since 1970, durations milliseconds unless a name says
 * seconds, as some of BITS' own settings are.
 */

/** Versions of BITS that can be simulated: what an older one lacks answers E_NOINTERFACE. */
export type BitsVersion = (typeof VERSIONS)[number];
export const VERSIONS = ['1.5', '2.0', '2.5', '3.0', '4.0', '5.0', '10.1', '10.2', '10.3'] as const;

/** 'windows': what Microsoft documents. 'wine-8': what the service of Wine 8 does instead, for comparing with it. */
export type ProfileName = (typeof PROFILES)[number];
export const PROFILES = ['windows', 'wine-8'] as const;

export type AccountKind = (typeof ACCOUNT_KINDS)[number];
export const ACCOUNT_KINDS = ['standard', 'administrator', 'localSystem', 'localService', 'networkService'] as const;

export interface UserState {
  /** Security identifier: 'S-1-5-21-…'. */
  readonly sid: string;
  readonly name: string;
  readonly kind: AccountKind;
  /** Interactively. System accounts count as always logged on (semantics: users and network connections). */
  loggedOn: boolean;
}

/** Where a client calls from. A job remembers the identity that made it or took it over. */
export interface Identity {
  readonly sid: string;
  readonly elevated: boolean;
  /** SECURITY_MANDATORY_…_RID: 0x1000 low, 0x2000 medium, 0x3000 high, 0x4000 system. */
  readonly integrity: number;
}

export interface ServiceState {
  startType: 'demand' | 'disabled';
  running: boolean;
  /** When the queue became empty; the service stops two minutes later. Null while it is not empty. */
  idleSince: number | null;
}

/** BITS_COST_STATE: the cost of the network that the computer is connected to. */
export interface NetworkState {
  connected: boolean;
  /** BITS_COST_STATE bits of the current network, for example 0x1 unrestricted, 0x80 roaming. */
  cost: number;
  /** Bytes a second for all transfers together; null: at once. */
  bandwidth: number | null;
  /** Milliseconds until a server answers. */
  latency: number;
  /** A proxy that answers every request with this status instead of passing it on. */
  proxyStatus: number | null;
  /** Whether the name of a server can be resolved. */
  dns: boolean;
}

export interface PowerState {
  battery: boolean;
  /** Percent. */
  level: number;
  saver: boolean;
  standby: boolean;
}

/** Group policy and the registry; null: the default of BITS. */
export interface PolicyState {
  maxJobsPerUser: number;
  maxJobsPerMachine: number;
  maxFilesPerJob: number;
  maxRangesPerFile: number;
  /** Bytes a second for background jobs; 0 stops them; null: no limit. */
  bandwidth: number | null;
  /** Seconds without change after which a job is cancelled: 90 days. */
  inactivityTimeout: number;
  /** Seconds that downloading a job's files may take: 90 days. */
  maxDownloadTime: number;
  gameMode: boolean;
  /** Packaged programs may not transfer at normal priority in the background (0x8020006E). */
  backgroundAccess: boolean;
}

/** A file that a job transfers. */
export interface FileState {
  /** Number of the file within its job, from 0. */
  readonly index: number;
  remoteName: string;
  /** As Resume last wrote it to the disk: SetRemoteName alone does not survive a restart. */
  savedRemoteName: string;
  readonly localName: string;
  /** '' until the transfer of the file begins. */
  temporaryName: string;
  /** Null: BG_SIZE_UNKNOWN. */
  bytesTotal: number | null;
  bytesTransferred: number;
  completed: boolean;
  /** For AddFileWithRanges, and RequestFileRanges of an on-demand job. Length null: to the end. */
  ranges: { offset: number; length: number | null }[] | null;
  filled: { offset: number; length: number }[];
  /** UpdateDownloadPosition. */
  position: number;
  /** SetValidationState; null: never set. */
  valid: boolean | null;
  /** Last-Modified and ETag with the size, and the URL that answered so: other values start the file over. */
  validator: { url: string; size: number | null; modified: string | null; etag: string | null } | null;
  /** BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS: of the last answer. */
  responseHeaders: string | null;
  /** Bytes from peers are never simulated: always 0. */
}

export interface ErrorState {
  readonly context: number;
  /** Unsigned 32-bit. */
  readonly hresult: number;
  /** Index of the file; null: BG_E_FILE_NOT_AVAILABLE. */
  readonly file: number | null;
  /** Null: BG_E_PROTOCOL_NOT_AVAILABLE. */
  readonly protocol: string | null;
}

export interface CredentialState {
  readonly target: number;
  readonly scheme: number;
  readonly userName: string | null;
  readonly password: string | null;
}

/** What an upload job knows of its session at the server; see servers/upload_client.ts. */
export type UploadSessionState = Readonly<Record<string, unknown>>;

export interface JobState {
  readonly id: string;
  readonly type: number;
  owner: Identity;
  displayName: string;
  description: string;
  priority: number;
  state: number;
  files: FileState[];
  error: ErrorState | null;
  errorCount: number;
  creationTime: number;
  modificationTime: number;
  transferCompletionTime: number | null;
  notifyFlags: number;
  notifyCmdLine: [program: string | null, parameters: string | null];
  /** Seconds. */
  minimumRetryDelay: number;
  /** Seconds. */
  noProgressTimeout: number;
  /** Seconds; 0xFFFFFFFF: not set. */
  maximumDownloadTime: number;
  proxy: { usage: number; list: string | null; bypass: string | null };
  credentials: CredentialState[];
  replyFileName: string | null;
  replyData: string | null;
  reply: { bytesTotal: number | null; bytesTransferred: number };
  upload: UploadSessionState | null;
  fileAclFlags: number;
  peerCachingFlags: number;
  customHeaders: string | null;
  headersWriteOnly: boolean;
  securityFlags: number;
  httpMethod: string;
  clientCertificate: {
    storeLocation: number;
    storeName: string;
    /** Hexadecimal. */
    hash: string;
    subjectName: string | null;
  } | null;
  helperTokenFlags: number;
  helperTokenSid: string | null;
  /** The 16 bytes of BITS_JOB_PROPERTY_VALUE in hexadecimal, by BITS_JOB_PROPERTY_ID; absent: the default. */
  properties: { [id: number]: string };
  /** Whether Resume was ever called. */
  resumed: boolean;
  /** When the job is tried again; null: no date (it waits for a condition, or does not wait). */
  nextRetry: number | null;
  /** When it last made progress; for the no-progress time-out. */
  lastProgress: number;
  /** Since when it waits for a condition, such as a network: that time counts for no time-out. Absent: it does not. */
  blockedSince?: number;
  /** Since when it is CONNECTING or TRANSFERRING, for the maximum download time; null: it is neither. */
  startedTransfer: number | null;
  /** Milliseconds spent in those states before, since Resume. Absent: none. */
  transferTime?: number;
  /** When bytes moved or a client last did something with the job, for the inactivity policy. Absent: its last change. */
  lastActivity?: number;
  /** Whether SetServerCertificateValidationInterface is in force: the callback itself does not survive a restart. */
  certificateCallback?: boolean;
}

/** Who may write in a folder and in those below it: everybody, administrators, or one user (a security identifier). */
export interface FolderRights {
  /** With '\\' and without one at the end, but for a drive: 'C:'. */
  readonly folder: string;
  readonly writers: 'everybody' | 'administrators' | (string & {});
}

/** A URL that `sim.serve()` answers. */
export interface ScriptedServerState {
  readonly url: string;
  readonly [setting: string]: unknown;
}

export const STATE_FORMAT = 'windows-bits-simulation/1';

export interface ComputerState {
  readonly format: typeof STATE_FORMAT;
  readonly profile: ProfileName;
  readonly version: BitsVersion;
  readonly seed: number;
  /** State of the random generator, and numbers for ids and temporary names. */
  random: number;
  counter: number;
  /** The time of day, in milliseconds since 1970. */
  time: number;
  /** When the computer was started. */
  booted: number;
  on: boolean;
  users: UserState[];
  service: ServiceState;
  network: NetworkState;
  power: PowerState;
  policy: PolicyState;
  jobs: JobState[];
  /** The states in which jobs have left the queue, by their id. Absent: none has. */
  ended?: { [id: string]: number };
  servers: ScriptedServerState[];
  rights: FolderRights[];
  /** Files in memory; absent with a disk that is a folder of this computer. */
  disk?: unknown;
  /** Peer cache settings. */
  peerCache: { maximumSize: number; maximumAge: number; flags: number };
}
