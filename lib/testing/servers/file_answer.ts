import type { IncomingHttpHeaders } from 'node:http';
import { contentRange, parseRanges } from './byte_ranges';
import type { Span } from './byte_ranges';
import type { Source } from './content';

/** How a file is served, and what is told about it. */
export interface ServingOptions {
  /** Default: a strong tag that depends on the content. `weak` marks it as weak; `false` sends none; a text is sent as it is. */
  readonly etag?: 'weak' | false | `"${string}"` | `W/"${string}"`;
  /** Default: depends on the content; of a file on disk, its time. `false` sends none. */
  readonly lastModified?: Date | false;
  /** Media type. Default: application/octet-stream. */
  readonly type?: string;
  /** More headers of the answers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ignores ranges and sends the whole file instead. */
  readonly ignoreRanges?: boolean;
  /** Sends no Content-Length, and no ranges: BITS refuses such a file with BG_E_MISSING_FILE_SIZE. */
  readonly omitLength?: boolean;
  /** Claims this Content-Encoding, although the content is sent as it is. */
  readonly contentEncoding?: string;
  /** Bytes by which Content-Length is wrong. The connection is closed after such an answer. */
  readonly wrongLength?: number;
  /** Bytes by which both ends of Content-Range are wrong. */
  readonly wrongRange?: number;
  /** Bytes by which the total in Content-Range is wrong. */
  readonly wrongTotal?: number;
}

/** One stretch of a file, and the text that goes in front of it. */
export interface Part extends Span {
  readonly head: string;
}

export interface FileAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Nothing if the status has no body. For HEAD they are what GET would have sent. */
  readonly parts: readonly Part[];
  readonly tail: string;
}

const BOUNDARY = 'windows-bits-part';

/**
 * The answer to HEAD or GET as BITS wants it: Content-Length, ranges, and the same validators for the same content.
 * https://learn.microsoft.com/windows/win32/bits/http-requirements-for-bits-downloads
 */
export function fileAnswer(
  { method, headers }: { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders },
  source: Source,
  options: ServingOptions,
): FileAnswer {
  const validators = validatorsOf(source, options);
  const told = { ...headersOf(validators), ...options.headers };
  const refused = precondition(headers, validators);
  if (refused !== undefined) return empty(refused, refused === 304 ? told : { 'Content-Length': 0 });
  const ranged = options.ignoreRanges !== true && options.omitLength !== true;
  // A range is for GET (RFC 9110, 14.2), and only for the version that the client has begun with.
  const counts = ranged && method === 'GET' && isCurrent(headers['if-range'] as string | undefined, validators);
  const asked = counts ? parseRanges(headers.range, source.size) : undefined;
  if (asked?.length === 0) return empty(416, { 'Content-Length': 0, 'Content-Range': `bytes */${source.size}` });
  return bodyAnswer(asked, source.size, options, ranged ? { 'Accept-Ranges': 'bytes', ...told } : told);
}

const empty = (status: number, headers: FileAnswer['headers']): FileAnswer => ({
  status,
  headers,
  parts: [],
  tail: '',
});

function bodyAnswer(
  asked: readonly Span[] | undefined,
  size: number,
  options: ServingOptions,
  told: FileAnswer['headers'],
): FileAnswer {
  const type = options.type ?? 'application/octet-stream';
  const rangeOf = ({ start, end }: Span) => {
    const off = options.wrongRange ?? 0;
    return contentRange({ start: start + off, end: end + off }, size + (options.wrongTotal ?? 0));
  };
  const several = asked !== undefined && asked.length > 1;
  const spans = asked ?? [{ start: 0, end: size }];
  const parts = spans.map((span, i) => ({
    ...span,
    head: several ? `${i > 0 ? '\r\n' : ''}${partHead(type, rangeOf(span))}` : '',
  }));
  const tail = several ? `\r\n--${BOUNDARY}--\r\n` : '';
  const length = parts.reduce((sum, { head, start, end }) => sum + head.length + end - start, tail.length);
  const headers = {
    ...lengthHeaders(length, options),
    'Content-Type': several ? `multipart/byteranges; boundary=${BOUNDARY}` : type,
    ...(options.contentEncoding === undefined ? {} : { 'Content-Encoding': options.contentEncoding }),
    ...(asked !== undefined && !several ? { 'Content-Range': rangeOf(asked[0]!) } : {}),
    ...told,
  };
  return { status: asked === undefined ? 200 : 206, headers, parts, tail };
}

function lengthHeaders(length: number, { omitLength, wrongLength }: ServingOptions): FileAnswer['headers'] {
  if (omitLength === true) return {};
  if (wrongLength === undefined) return { 'Content-Length': length };
  return { 'Content-Length': length + wrongLength, Connection: 'close' };
}

/** BITS takes at most two line ends before the first boundary, and 180 bytes of headers beside these two. */
const partHead = (type: string, range: string) =>
  `--${BOUNDARY}\r\nContent-Type: ${type}\r\nContent-Range: ${range}\r\n\r\n`;

interface Validators {
  readonly tag: string | undefined;
  readonly modified: string | undefined;
}

function validatorsOf(source: Source, { etag, lastModified }: ServingOptions): Validators {
  const own = etag === undefined ? `"${source.tag}"` : etag === 'weak' ? `W/"${source.tag}"` : etag;
  return {
    tag: own === false ? undefined : own,
    modified: lastModified === false ? undefined : (lastModified ?? source.modified).toUTCString(),
  };
}

const headersOf = ({ tag, modified }: Validators): Record<string, string> => ({
  ...(tag === undefined ? {} : { ETag: tag }),
  ...(modified === undefined ? {} : { 'Last-Modified': modified }),
});

/** The status for a condition that does not hold, in the order of RFC 9110, 13.2.2. */
function precondition(headers: IncomingHttpHeaders, { tag, modified }: Validators): 304 | 412 | undefined {
  const match = headers['if-match'];
  const changedSince = (date: string | undefined) => modified !== undefined && Date.parse(modified) > Date.parse(date!);
  if (match !== undefined) {
    if (!isListed(match, tag, isStrong)) return 412;
  } else if (changedSince(headers['if-unmodified-since'])) return 412; // never for a date that is none
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) return isListed(noneMatch, tag) ? 304 : undefined;
  const since = headers['if-modified-since'];
  const same = since !== undefined && modified !== undefined && Date.parse(modified) <= Date.parse(since);
  return same ? 304 : undefined;
}

const isStrong = (tag: string) => !tag.startsWith('W/');
const opaque = (tag: string) => tag.replace(/^W\//, '');

function isListed(list: string, tag: string | undefined, suits: (tag: string) => boolean = () => true): boolean {
  if (list.trim() === '*') return true;
  if (tag === undefined || !suits(tag)) return false;
  return list.split(',').some((item) => suits(item.trim()) && opaque(item.trim()) === opaque(tag));
}

/** Whether `If-Range` names this version. A weak tag never does (RFC 9110, 13.1.5). */
function isCurrent(condition: string | undefined, { tag, modified }: Validators): boolean {
  if (condition === undefined) return true;
  return condition === modified || (condition === tag && isStrong(condition));
}
