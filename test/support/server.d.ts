import type { IncomingHttpHeaders } from 'node:http';

/** How one path of the server answers; may be changed while it runs. */
export interface Served {
  /** Default 200. */
  status?: number;
  body?: Buffer;
  /** Bytes for each write, with `delay` milliseconds between them. Default: all at once. */
  chunk?: number;
  delay?: number;
  /** Tells no length, and so knows no ranges. */
  unsized?: boolean;
  /** Default true. false: answers with the whole, whatever range is asked for. */
  ranges?: boolean;
  /** Breaks the connection instead of sending what lies behind so many bytes. */
  cut?: number;
  /** Sends the client elsewhere. */
  redirect?: string;
  /** Accepts the request, and does not answer: until `hangUp()`, if the client waits for so long. */
  silent?: boolean;
}

/** What a client asked for. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The bytes of the file that were sent, as they were. */
  readonly sent: readonly { readonly start: number; readonly end: number }[];
}

/**
 * A file server on the loopback interface, as BITS wants one: it answers HEAD with the length and GET with ranges. It
 * records what was asked, since services differ in that: BITS sends HEAD and ranges, Wine's service a single GET.
 */
export class FileServer {
  readonly files: Map<string, Served>;
  readonly requests: Asked[];

  static start(): Promise<FileServer>;

  url(path: string): string;

  /** How many bytes of a file were sent, and how many different ones: equal when nothing was fetched twice. */
  fetched(path: string): { readonly total: number; readonly distinct: number };

  /** Breaks the connections of those who wait for an answer that does not come. */
  hangUp(path: string): void;

  /** Breaks all connections, also those that a client has forgotten. */
  disconnect(): void;

  stop(): Promise<void>;
}
