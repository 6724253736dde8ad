import type { IncomingMessage } from 'node:http';
import { checkText, wrongType } from '../../arguments/checks';
import type { Clock } from '../../host';
import type { Refusal } from './access';
import type { Address } from './listening';
import type { PacketSettings } from './upload_packets';
import type { PacketType } from './upload_protocol';
import type { ReplyFunction, ReplyUrlForm, UploadedFile } from './upload_reply';
import type { UploadDisk } from './upload_store';

/** What the decision about a packet of an upload can depend on. */
export interface PacketInfo {
  /** 'Reply' is the GET of an upload's reply. */
  readonly packet: PacketType | 'Reply';
  /** Whether the packet belongs to a session of this server. Its id cannot be guessed: the client has been let in before. */
  readonly knownSession: boolean;
}

/** Decides about a packet: `true` lets it in. `basicAccess()` and the like can be used as well. */
export type UploadAccess = (request: IncomingMessage, info: PacketInfo) => true | Refusal | Promise<true | Refusal>;

/** Options of {@link createUploadServer}. */
export interface UploadServerOptions extends Address {
  /** The folder that uploads go to; it is created if necessary. `/a/b.txt` becomes `a/b.txt` in it. */
  readonly folder: string;
  /**
   * Folder for unfinished uploads, on the same volume. Default: `.bits-uploads` in `folder`. A server that is started with
   * the same folders goes on with the uploads of its predecessor; no two may use it at the same time.
   */
  readonly stateFolder?: string;
  /** Replaces files that exist. Default: false, they are refused with 403. */
  readonly overwrite?: boolean;
  /** Creates folders named in the URL. Default: false, they are refused with 404. */
  readonly createFolders?: boolean;
  /** Largest file in bytes; larger ones are refused with BG_E_TOO_LARGE. Default: no limit. */
  readonly maxSize?: number;
  /** Largest fragment in bytes; larger ones are refused with 413. Default: 16 MiB. BITS sends at most 13 MB. */
  readonly maxFragment?: number;
  /** Most unfinished uploads at a time; more are refused with 503. Default: 1000. */
  readonly maxSessions?: number;
  /** An upload expires when so many milliseconds have passed since its last packet. Default: 14 days, as with IIS. */
  readonly sessionTimeout?: number;
  /** Who may upload. Default: everybody who reaches the server. */
  readonly access?: UploadAccess;
  /** Name that BITS is to send all further packets to, for a farm of servers that share no storage. It may have a port. */
  readonly hostId?: string;
  /** Seconds after which BITS gives up on `hostId` when it cannot reach it, and goes back to the name in the job's URL. */
  readonly hostIdFallbackTimeout?: number;
  /**
   * Makes the reply of upload-reply jobs. It gets the complete upload before it has its name. Unlike with IIS, the file
   * is published whatever the reply is.
   */
  readonly reply?: ReplyFunction;
  /** Milliseconds after which the client is told to ask again (408). Default: 5 minutes; BITS waits no longer. */
  readonly replyTimeout?: number;
  /** How the URL of a reply is written. Default: 'relative'. */
  readonly replyUrl?: ReplyUrlForm;
  /** Called with each file once it has been published. A file can be reported twice if the server stops at that moment. */
  readonly onUpload?: (upload: UploadedFile) => void | Promise<void>;
  /** Called with errors of the disk, and of `onUpload`. The client is answered 500 and repeats the packet later. */
  readonly onError?: (error: unknown) => void;
  /** The time in milliseconds since 1970, for the expiry of sessions. Default: the time of day. */
  readonly now?: () => number;
  /** Default: true. `false` opens no port: mount `handler` in a server of your own. */
  readonly listen?: boolean;
  /** @internal */
  readonly clock?: Clock;
  /** @internal */
  readonly disk?: UploadDisk;
}

/** What goes wrong with a packet. */
export interface UploadFault {
  /** The packets concerned. Default: all. */
  readonly packet?: PacketType;
  /** Breaks the connection before the packet has any effect. */
  readonly drop?: boolean;
  /** Breaks the connection after so many bytes of a fragment have arrived. */
  readonly cutAfter?: number;
  /** The packet has its effect, but the connection breaks before the acknowledgement. */
  readonly loseAck?: boolean;
  /** Refuses the packet with this HTTP status. */
  readonly status?: number;
  /** With `status`: the HRESULT in BITS-Error-Code. */
  readonly hresult?: number;
  /** With `status`: BG_ERROR_CONTEXT in BITS-Error-Context, 5 (the server) or 7 (the server application). */
  readonly context?: number;
  /** With `status`: more headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A packet that an {@link UploadServer} has received. */
export interface UploadPacket {
  /** Undefined if the packet is none that the protocol knows. */
  readonly packet: PacketType | undefined;
  /** The target of the request line, as it was received. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: IncomingMessage['headers'];
  /** The status that was answered; undefined as long as none was. */
  readonly status: number | undefined;
}

const MIB = 1_048_576;

/** Throws TypeError unless there is a folder, without which nothing works: JavaScript lets it be left out. */
export function checkFolder(options: unknown): string {
  if (typeof options !== 'object' || options === null) throw wrongType('options', 'an object', options);
  return checkText((options as Partial<UploadServerOptions>).folder, 'options.folder', { allowEmpty: false });
}

/** The options with their defaults, as far as the packets depend on them. */
export function packetSettings(
  options: UploadServerOptions,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Omit<PacketSettings, 'root' | 'stateFolder'> {
  const { hostId, reply } = options;
  return {
    createFolders: options.createFolders ?? false,
    overwrite: options.overwrite ?? false,
    maxSize: options.maxSize ?? Infinity,
    maxFragment: options.maxFragment ?? 16 * MIB,
    maxSessions: options.maxSessions ?? 1000,
    host: hostId === undefined ? undefined : { id: hostId, fallbackTimeout: options.hostIdFallbackTimeout },
    reply: reply === undefined ? undefined : { reply, timeout: options.replyTimeout ?? 300_000, clock, signal },
    replyUrl: options.replyUrl ?? 'relative',
    onUpload: options.onUpload,
  };
}
