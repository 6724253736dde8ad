import type { BitsJob, BitsManager, CreateJobOptions } from '../../lib';

/** How one URL is answered. May be changed later by serving the same name again. */
export interface Served {
  /** Default: some bytes that the name decides, `size` of them. */
  readonly body?: Buffer;
  /** Default 1000. */
  readonly size?: number;
  /** Default 200; 3xx take `location`. */
  readonly status?: number;
  readonly location?: string;
  /** Default true. false: the whole is sent, whatever range is asked for. */
  readonly ranges?: boolean;
  /** Neither length nor ranges are told. */
  readonly unsized?: boolean;
  /** The connection breaks after so many bytes of the file. */
  readonly cut?: number;
  /** The request is accepted, and not answered. */
  readonly silent?: boolean;
  /** The bytes come in twenty pieces, with pauses: long enough to be seen on the way. */
  readonly slow?: boolean;
}

/** A request that a server got. Header names are in lower case. */
export interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** What of the computer a case may control; which of these a target has: targets.ts. */
export type Control = keyof Controls;

export interface Network {
  disconnect(): void;
  connect(): void;
  /** The kind of network that the computer is connected to. */
  cost(kind: 'unrestricted' | 'roaming' | 'overCap'): void;
  /** Bytes a second for all transfers; null: no limit. */
  bandwidth(rate: number | null): void;
  /** Milliseconds until a server answers. */
  latency(ms: number): void;
}

export interface Power {
  /** Mains power: null. Otherwise the percentage that is left. */
  battery(percent: number | null): void;
  saver(on: boolean): void;
  standby(on: boolean): void;
}

export interface Policies {
  set(values: {
    readonly maxJobsPerUser?: number;
    readonly maxJobsPerMachine?: number;
    readonly maxFilesPerJob?: number;
    readonly maxRangesPerFile?: number;
    /** Bytes a second for background jobs; 0 stops them. */
    readonly bandwidth?: number | null;
    readonly gameMode?: boolean;
    /** Seconds. */
    readonly maxDownloadTime?: number;
    readonly inactivityTimeout?: number;
  }): void;
}

export interface Users {
  /** A program of another user, or of the same one with other rights. `standard` is the name of the one that is there. */
  connect(who: {
    readonly name?: string;
    readonly administrator?: boolean;
    readonly elevated?: boolean;
    readonly system?: boolean;
  }): Promise<BitsManager>;
  logOff(): void;
  logOn(): void;
}

export interface Service {
  stop(): Promise<void>;
  start(): Promise<void>;
  disable(): Promise<void>;
  enable(): Promise<void>;
  crash(): Promise<void>;
}

export interface Machine {
  /** Off, and on again after some time. The programs end. */
  reboot(options?: { readonly down?: number }): Promise<void>;
}

export interface TestClock {
  /** Lets time pass, in milliseconds. */
  advance(ms: number): Promise<void>;
}

export interface Uploads {
  /** A server that takes uploads under this name, and answers with a reply if one is given. */
  serve(name: string, options?: { readonly reply?: Buffer; readonly status?: number }): Promise<string>;
  /** What has arrived under the name; null: nothing that was closed. */
  received(name: string): Buffer | null;
}

export interface Proxy {
  /** A proxy that answers everything with a status. */
  answering(status: number): void;
}

export interface Programs {
  /** Another program registers callbacks on a job, and goes on until it is killed. */
  register(id: string): Promise<{ kill(): Promise<void> }>;
}

/** What a case that lists them in `needs` may use. */
export interface Controls {
  readonly network: Network;
  readonly power: Power;
  readonly policy: Policies;
  readonly users: Users;
  readonly service: Service;
  readonly machine: Machine;
  readonly clock: TestClock;
  readonly uploads: Uploads;
  readonly proxy: Proxy;
  readonly programs: Programs;
}

/** A computer with a service to try, a folder of its own and a server, for one case. */
export interface World extends Controls {
  /** A program's connection. */
  readonly bits: BitsManager;
  /** Of another program of the same user. */
  connect(): Promise<BitsManager>;
  /** A job, which is cancelled afterwards if it is still there. */
  createJob(options?: Partial<CreateJobOptions>): Promise<BitsJob>;

  /** An empty folder, as BITS names it. */
  readonly folder: string;
  /** A path in it. */
  path(name: string): string;
  /** The names in it, sorted; temporary files of BITS are 'BIT.tmp'. */
  names(): Promise<readonly string[]>;
  read(name: string): Promise<Buffer | null>;
  write(name: string, content: Buffer): Promise<void>;
  makeFolder(name: string): Promise<void>;
  /** Opens a file as a program does that lets nobody else have it. */
  hold(name: string): Promise<{ release(): void }>;

  serve(name: string, served?: Served): string;
  /** An address that nobody answers at. */
  readonly nowhere: string;
  asked(name: string): readonly Asked[];
  /** Bytes of the file that the server sent, and how many different ones. */
  fetched(name: string): { readonly total: number; readonly distinct: number };

  /** Waits until a condition is true; false when it is not within so many milliseconds (default 30 s). */
  eventually(condition: () => boolean | Promise<boolean>, within?: number): Promise<boolean>;
  /**
   * Whether a condition stays false for so many milliseconds. A real service, whose time is ours, is watched for half a
   * second at most.
   */
  never(condition: () => boolean | Promise<boolean>, during: number): Promise<boolean>;
}

/** The bytes of a file that nobody gave: the same for the same name. */
export function bytesOf(name: string, size: number): Buffer {
  const body = Buffer.alloc(size);
  let seed = Array.from(name).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  for (let i = 0; i < size; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    body[i] = seed >>> 24;
  }
  return body;
}
