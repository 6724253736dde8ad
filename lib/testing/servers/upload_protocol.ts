/*
 * Names, numbers and the range syntax of the BITS upload protocol, shared by the server and the client.
 * https://learn.microsoft.com/windows/win32/bits/bits-upload-protocol
 * https://learn.microsoft.com/openspecs/windows_protocols/ms-bup
 */

/** The one protocol that exists: "BITS 1.5 upload". */
export const UPLOAD_PROTOCOL = '{7df0354d-249b-430f-820d-3d2a9bef4931}';

/** The verb of every packet. Node.js sends it, but does not parse it: see `acceptBitsPost()`. */
export const BITS_POST = 'BITS_POST';

/** The requests of the protocol. */
export type PacketType = 'Ping' | 'Create-Session' | 'Fragment' | 'Close-Session' | 'Cancel-Session';

const PACKET_TYPES: readonly PacketType[] = ['Ping', 'Create-Session', 'Fragment', 'Close-Session', 'Cancel-Session'];

/** The type that a `BITS-Packet-Type` header names, in any letter case: the documentation and MC-BUP differ in it. */
export function packetTypeOf(header: string): PacketType | undefined {
  const wanted = header.trim().toLowerCase();
  return PACKET_TYPES.find((type) => type.toLowerCase() === wanted);
}

/** BG_ERROR_CONTEXT, as far as uploads use it. */
export const CONTEXT = { localFile: 4, remoteFile: 5, remoteApplication: 7 } as const;

/** HRESULTs that the two sides exchange, or that the client finds by itself. */
export const HRESULT = {
  accessDenied: 0x80070005,
  invalidArgument: 0x80070057,
  pathNotFound: 0x80070003,
  /** ERROR_DISK_FULL. MC-BUP prints 0x80070112, which is 112 (0x70) in the wrong base. */
  diskFull: 0x80070070,
  /** What MC-BUP lets a server send when its application did not answer in time. */
  noAnswerInTime: 0x80070112,
  insufficientHttpSupport: 0x80200012,
  invalidServerResponse: 0x8020001b,
  localFileChanged: 0x8020001d,
  sessionNotFound: 0x8020001f,
  tooLarge: 0x80200020,
  protocolMismatch: 0x80200022,
  timeout: 0x80072ee2,
  nameNotResolved: 0x80072ee7,
  cannotConnect: 0x80072efd,
  connectionLost: 0x80072efe,
  certificateDate: 0x80072f05,
  certificateName: 0x80072f06,
  certificateAuthority: 0x80072f0d,
  certificateOther: 0x80072f8f,
} as const;

/** BG_E_HTTP_ERROR_…: the HTTP status as an HRESULT. */
export const httpError = (status: number): number => 0x80190000 + status;

/** The bytes that a fragment holds. */
export interface FragmentRange {
  readonly start: number;
  /** The offset behind the last byte. */
  readonly end: number;
  /** Bytes of the whole file. */
  readonly total: number;
}

/**
 * Reads the `Content-Range` of a fragment. Undefined if it is malformed, empty, or beyond what a number holds exactly:
 * there is no valid range for a file without bytes.
 */
export function parseFragmentRange(header: string | undefined): FragmentRange | undefined {
  const match = /^bytes +(\d+)-(\d+)\/(\d+)$/i.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [start, last, total] = match.slice(1).map(Number) as [number, number, number];
  if (![start, last, total].every(Number.isSafeInteger)) return undefined;
  return start <= last && last < total ? { start, end: last + 1, total } : undefined;
}

/** Writes the `Content-Range` of a fragment. */
export const formatFragmentRange = ({ start, end, total }: FragmentRange): string =>
  `bytes ${start}-${end - 1}/${total}`;

/** An HRESULT as the protocol writes it. */
export const formatHresult = (hresult: number): string => `0x${hresult.toString(16).toUpperCase().padStart(8, '0')}`;
