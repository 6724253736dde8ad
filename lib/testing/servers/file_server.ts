import type http from 'node:http';
import path from 'node:path';
import { HOST } from '../../host';
import type { Clock } from '../../host';
import type { Access, Refusal } from './access';
import { SpanSet } from './byte_ranges';
import type { Span } from './byte_ranges';
import { openContent } from './content';
import type { Content, Source } from './content';
import { Faults } from './faults';
import type { OrderedFault } from './faults';
import { fileAnswer } from './file_answer';
import type { ServingOptions } from './file_answer';
import { Listening } from './listening';
import type { Address, RequestHandler } from './listening';
import { sendFile } from './send_file';
import type { Interruption } from './send_file';
import { namesOf, pathOf } from './url_path';

/** A file of a {@link FileServer}. */
export interface ServedFile extends ServingOptions {
  readonly content: Content;
  /** Who may read it. Default: everybody. */
  readonly access?: Access;
  /** Speed of each answer. Default: as fast as the connection takes it. */
  readonly bytesPerSecond?: number;
}

/** What goes wrong with an answer. Fields can be combined; those of {@link ServingOptions} replace the file's own. */
export interface FileFault extends ServingOptions {
  /** The requests concerned. Default: all. */
  readonly method?: 'GET' | 'HEAD';
  /** Breaks the connection instead of answering. */
  readonly drop?: boolean;
  /** Takes the request and never answers. */
  readonly silent?: boolean;
  /** Answers with this status and without content. */
  readonly status?: number;
  /** With `status`: `Retry-After`, in seconds or as a time. */
  readonly retryAfter?: number | Date;
  /** Breaks the connection after so many bytes of the body; 0: after the head. */
  readonly cutAfter?: number;
  /** Sends nothing more after so many bytes of the body, but keeps the connection open. */
  readonly stallAfter?: number;
  /** Replaces the file once so many bytes of the body have been sent; the answer goes on with the new content. */
  readonly change?: { readonly after: number; readonly content: Content };
}

/** A request that a {@link FileServer} has received. */
export interface FileRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  /** The target of the request line, as it was received. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: http.IncomingHttpHeaders;
  /** The status that was answered; undefined as long as none was. */
  readonly status: number | undefined;
}

/** Options of {@link createFileServer}. */
export interface FileServerOptions extends Address {
  /** Files to begin with, by path (`/folder/name.ext`): their content, or content and more. */
  readonly files?: Readonly<Record<string, Content | ServedFile>>;
  /** Serves the files below this folder, too, where no other file has the path. */
  readonly folder?: string;
  /** Who may read at all. Default: everybody. */
  readonly access?: Access;
  /** Speed of each answer. Default: as fast as the connection takes it. */
  readonly bytesPerSecond?: number;
  /** Default: true. `false` opens no port: mount `handler` in a server of your own. */
  readonly listen?: boolean;
  /** @internal */
  readonly clock?: Clock;
}

interface Redirect {
  readonly location: string;
  readonly status: number;
}

type Resource = ServedFile | Redirect;

/**
 * An HTTP server for tests: it serves files as BITS wants them, fails on demand, and counts. Create it with
 * {@link createFileServer}.
 */
export class FileServer implements AsyncDisposable {
  readonly #files = new Map<string, ServedFile>();
  readonly #redirects = new Map<string, Redirect>();
  readonly #faults = new Faults<FileFault, { readonly path: string; readonly method: string }>();
  #requests: FileRequest[] = [];
  readonly #open = new Map<http.ServerResponse, string>();
  readonly #sent = new Map<string, { total: number; readonly distinct: SpanSet }>();
  #listening: Listening | undefined;

  /**
   * Answers a request: `http.createServer(server.handler)`, or `app.use(server.handler)` with Express. Requests for files
   * that it does not have go to `next`, if there is one.
   */
  readonly handler: RequestHandler;

  /** @internal */
  constructor(private readonly options: FileServerOptions) {
    for (const [at, file] of Object.entries(options.files ?? {})) this.put(at, file);
    this.handler = (request, response, next) => {
      this.#handle(request, response, next).catch((error: unknown) => {
        response.destroy(error as Error);
      });
    };
  }

  /** @internal */
  async listen(): Promise<void> {
    this.#listening = await Listening.start(this.handler, this.options);
  }

  /** The full URL of a path. Throws Error if the server does not listen. */
  url(pathname: string): string {
    if (this.#listening === undefined)
      throw new Error('this server does not listen: it was created with listen: false');
    return new URL(pathname, this.#listening.origin).href;
  }

  /** Serves a file at a path from now on, in place of what was there. */
  put(pathname: string, file: Content | ServedFile): void {
    const served = typeof file === 'object' && 'content' in file ? file : { content: file };
    this.#files.set(pathname, served);
    this.#redirects.delete(pathname);
  }

  /** Removes the file, or the redirect, at a path. */
  remove(pathname: string): void {
    this.#files.delete(pathname);
    this.#redirects.delete(pathname);
  }

  /** Redirects a path to a path or URL. With a list it is a chain: to the first, from there to the second, and so on. */
  redirect(from: string, to: string | readonly string[], status = 302): void {
    let at = from;
    for (const location of [to].flat()) {
      this.#redirects.set(at, { location, status });
      at = location;
    }
  }

  /**
   * Orders a fault for a path, or for all (`*`): for the next request, for the next `times` requests, or for all of them
   * (`Infinity`). Throws RangeError if `times` is none of these.
   */
  fail(pathname: string, fault: FileFault, times = 1): OrderedFault {
    const { method } = fault;
    const applies = (request: { readonly path: string; readonly method: string }) =>
      (pathname === '*' || request.path === pathname) && (method === undefined || request.method === method);
    return this.#faults.add(fault, applies, times);
  }

  /** Faults that have been ordered and have not struck as often as was ordered. */
  get unusedFaults(): readonly FileFault[] {
    return this.#faults.unused;
  }

  /** Takes all faults back. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** The requests so far, the first one first. */
  get requests(): readonly FileRequest[] {
    return this.#requests;
  }

  /** How many requests there were: of a method, for a path, or in all. */
  count(of: { readonly method?: string; readonly path?: string } = {}): number {
    return this.#requests.filter(({ method, path: at }) => (of.method ?? method) === method && (of.path ?? at) === at)
      .length;
  }

  /** Bytes of a file that have been sent: all of them, and without those that were sent before. */
  sent(pathname: string): { readonly total: number; readonly distinct: number } {
    const sent = this.#sent.get(pathname);
    return { total: sent?.total ?? 0, distinct: sent?.distinct.size ?? 0 };
  }

  /** Forgets the requests and the bytes that were counted. */
  forget(): void {
    this.#requests = [];
    this.#sent.clear();
  }

  /** Breaks the answers under way: those for a path, or all. */
  hangUp(pathname?: string): void {
    for (const [response, at] of this.#open) if (pathname === undefined || pathname === at) response.destroy();
  }

  /** Breaks all connections. New ones are accepted. */
  disconnect(): void {
    this.hangUp();
    this.#listening?.disconnect();
  }

  /** Breaks all connections and frees the port. */
  async close(): Promise<void> {
    this.hangUp();
    await this.#listening?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse, next?: () => void): Promise<void> {
    const at = pathOf(request.url!) ?? request.url!;
    const resource = this.#find(at, request.url!);
    if (next !== undefined && resource === undefined) {
      next();
      return;
    }
    const record = this.#record(request, response, at);
    const fault = this.#faults.take(record) ?? {};
    if (fault.drop === true) response.destroy();
    else if (fault.silent !== true) record.status = await this.#answer(request, response, at, { resource, fault });
  }

  #record(request: http.IncomingMessage, response: http.ServerResponse, at: string) {
    const { method = '', url = '', headers } = request;
    const record = { method, path: at, url, headers, status: undefined as number | undefined };
    this.#requests.push(record);
    this.#open.set(response, at);
    response.once('close', () => this.#open.delete(response));
    return record;
  }

  #find(at: string, url: string): Resource | undefined {
    const { folder } = this.options;
    const there = this.#redirects.get(at) ?? this.#files.get(at);
    const names = there === undefined && folder !== undefined ? namesOf(url) : undefined;
    return names === undefined ? there : { content: { file: path.join(folder!, ...names) } };
  }

  /** Resolves with the status as soon as the head is on its way. */
  async #answer(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    at: string,
    { resource, fault }: { readonly resource: Resource | undefined; readonly fault: FileFault },
  ): Promise<number> {
    const { status } = fault;
    if (status !== undefined) return refuse(response, { status, headers: { ...retryAfter(fault), ...fault.headers } });
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refuse(response, { status: 405, headers: { Allow: 'GET, HEAD' } });
    }
    const own = resource !== undefined && 'content' in resource ? resource.access : undefined;
    for (const access of [this.options.access, own]) {
      const decision = (await access?.(request)) ?? true;
      if (decision !== true) return refuse(response, decision);
    }
    if (resource === undefined) return refuse(response, { status: 404 });
    if ('content' in resource) return this.#send(request, response, at, { ...resource, ...fault });
    return refuse(response, { status: resource.status, headers: { Location: resource.location } });
  }

  async #send(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    at: string,
    file: ServedFile & FileFault,
  ): Promise<number> {
    const source = await openOrUndefined(file.content);
    if (source === undefined) return refuse(response, { status: 404 });
    const answer = fileAnswer(request, source, file);
    response.writeHead(answer.status, answer.headers);
    if (request.method === 'HEAD') {
      response.end();
      await source.close();
      return answer.status;
    }
    const flow = {
      bytesPerSecond: file.bytesPerSecond ?? this.options.bytesPerSecond,
      interruption: this.#interruptionOf(at, file),
      onSent: (span: Span) => this.#count(at, span),
    };
    void sendFile(response, source, answer, flow, this.options.clock ?? HOST.clock)
      .catch((error: unknown) => response.destroy(error as Error))
      .finally(() => source.close());
    return answer.status;
  }

  #count(at: string, span: Span): void {
    const sent = this.#sent.get(at) ?? { total: 0, distinct: new SpanSet() };
    this.#sent.set(at, sent);
    sent.total += span.end - span.start;
    sent.distinct.add(span);
  }

  #interruptionOf(at: string, { cutAfter, stallAfter, change }: FileFault): Interruption | undefined {
    if (cutAfter !== undefined) return { after: cutAfter, then: 'cut' };
    if (stallAfter !== undefined) return { after: stallAfter, then: 'stall' };
    if (change === undefined) return undefined;
    const replace = () => {
      this.put(at, { ...this.#files.get(at), content: change.content });
      return openContent(change.content);
    };
    return { after: change.after, then: replace };
  }
}

function refuse(response: http.ServerResponse, { status, headers }: Refusal): number {
  response.writeHead(status, { 'Content-Length': 0, ...headers }).end();
  return status;
}

async function openOrUndefined(content: Content): Promise<Source | undefined> {
  try {
    return await openContent(content);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

function retryAfter({ retryAfter: when }: FileFault): Record<string, string> {
  if (when === undefined) return {};
  return { 'Retry-After': typeof when === 'number' ? String(when) : when.toUTCString() };
}

/**
 * Starts a file server for tests, by default on a free port of this computer: `await using server = await
 * createFileServer({ files: { '/a.bin': { size: 1e9, seed: 1 } } })`. It answers HEAD and GET with Content-Length, ranges
 * (also several at once) and validators, so that real BITS downloads from it.
 *
 * Rejects with the error of `node:net` if the port cannot be opened.
 * @see https://learn.microsoft.com/windows/win32/bits/http-requirements-for-bits-downloads
 */
export async function createFileServer(options: FileServerOptions = {}): Promise<FileServer> {
  const server = new FileServer(options);
  if (options.listen !== false) await server.listen();
  return server;
}
