'use strict';
// The one HTTP server of the tests, the examples and the scripts, in plain JavaScript so that child processes and other
// packages can use it. It answers as BITS wants a server to: HEAD with the length, GET with ranges, and the same
// validators for the same content.
// https://learn.microsoft.com/windows/win32/bits/http-requirements-for-bits-downloads
const { createHash } = require('node:crypto');
const { once } = require('node:events');
const http = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');

const BOUNDARY = 'windows-bits-part';
const EMPTY = Buffer.alloc(0);
const FIRST_MODIFIED = Date.UTC(2026, 0, 1);

class FileServer {
  files = new Map();
  requests = [];
  #unanswered = new Set();
  #server = http.createServer((request, response) => void this.#answer(request, response));

  static async start() {
    const server = new FileServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  url(path) {
    return `http://127.0.0.1:${this.#server.address().port}${path}`;
  }

  fetched(path) {
    const sent = this.requests.filter(({ url }) => url === path).flatMap((request) => request.sent);
    const spans = sent.map(({ start, end }) => [start, end]).sort((a, b) => a[0] - b[0]);
    let distinct = 0;
    let last = 0;
    for (const [start, end] of spans) {
      distinct += Math.max(0, end - Math.max(start, last));
      last = Math.max(last, end);
    }
    return { distinct, total: spans.reduce((sum, [start, end]) => sum + end - start, 0) };
  }

  hangUp(path) {
    for (const response of this.#unanswered) {
      if (response.req.url !== path) continue;
      response.destroy();
      this.#unanswered.delete(response);
    }
  }

  disconnect() {
    this.#server.closeAllConnections();
  }

  async stop() {
    this.disconnect();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request, response) {
    const { method, url, headers } = request;
    const sent = [];
    this.requests.push({ method, url, headers, sent });
    const file = this.files.get(url.split('?')[0]);
    if (file?.silent === true) {
      this.#unanswered.add(response);
      response.once('close', () => this.#unanswered.delete(response)); // the client has gone
      return;
    }
    const refusal = refusalOf(request, file);
    if (refusal !== null) {
      response.writeHead(refusal.status, { 'Content-Length': 0, ...refusal.headers }).end();
      return;
    }
    const { parts, tail, status, headers: told } = contentOf(request, file);
    response.writeHead(status, told);
    if (method === 'GET') {
      for (const { head, ...part } of parts) {
        if (head !== '') response.write(head);
        if (!(await send(response, file, part, sent))) return;
      }
    }
    response.end(tail);
  }
}

/** Why there is no content for a request: a status, and headers; null when there is. */
function refusalOf({ method, headers }, file) {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { Allow: 'GET, HEAD' } };
  if (file === undefined) return { status: 404 };
  if (file.redirect !== undefined) return { status: 302, headers: { Location: file.redirect } };
  if ((file.status ?? 200) !== 200) return { status: file.status };
  const { body = EMPTY } = file;
  if (isChanged(headers, versionOf(body))) return { status: 412 };
  if (askedOf({ method, headers }, file)?.length !== 0) return null;
  return { status: 416, headers: { 'Content-Range': `bytes */${body.length}` } };
}

const isRanged = ({ unsized = false, ranges = true }) => !unsized && ranges;

/** The ranges to send; null: all of it. A range is for GET (RFC 9110, 14.2), and only for the version begun with. */
function askedOf({ method, headers }, file) {
  const { body = EMPTY } = file;
  const counts = isRanged(file) && method === 'GET' && isCurrent(headers['if-range'], versionOf(body));
  return counts ? rangesOf(headers.range, body.length) : null;
}

/** What is sent: the parts, each with what stands before it, and the headers of it all. */
function contentOf(request, file) {
  const { body = EMPTY, unsized = false } = file;
  const version = versionOf(body);
  const asked = askedOf(request, file);
  const spans = asked ?? [{ start: 0, end: body.length }];
  const several = spans.length > 1;
  const parts = spans.map(({ start, end }, i) => ({
    start,
    end,
    head: several ? `${i > 0 ? '\r\n' : ''}${partHead(start, end, body.length)}` : '',
  }));
  const tail = several ? `\r\n--${BOUNDARY}--\r\n` : '';
  const length = parts.reduce((sum, { head, start, end }) => sum + head.length + end - start, tail.length);
  const [first] = spans;
  const headers = {
    ...(isRanged(file) ? { 'Accept-Ranges': 'bytes' } : {}),
    ...(unsized ? {} : { 'Content-Length': length }),
    'Content-Type': several ? `multipart/byteranges; boundary=${BOUNDARY}` : 'application/octet-stream',
    ETag: version.tag,
    'Last-Modified': version.modified,
    ...(asked !== null && !several ? { 'Content-Range': contentRange(first.start, first.end, body.length) } : {}),
  };
  return { parts, tail, status: asked === null ? 200 : 206, headers };
}

/** Sends a part of a file in its pieces; false when the connection broke, or was broken on purpose. */
async function send(response, file, { start, end }, sent) {
  const { body = EMPTY, chunk = body.length, cut = Infinity } = file;
  const span = { start, end: start };
  sent.push(span);
  for (let at = start; at < end; at += chunk) {
    if (at > start && file.delay) await sleep(file.delay); // which may have changed
    if (at >= cut) response.destroy();
    if (response.destroyed) return false;
    span.end = Math.min(at + chunk, end);
    await new Promise((done) => response.write(body.subarray(at, span.end), done)); // also called when the client has gone
  }
  return !response.destroyed;
}

/** What tells one content from another: the same bytes have the same, in every process and at every address. */
function versionOf(body) {
  let version = versions.get(body);
  if (version === undefined) {
    const digest = createHash('sha256').update(body).digest();
    version = {
      tag: `"${digest.toString('hex', 0, 8)}"`,
      modified: new Date(FIRST_MODIFIED + digest.readUIntBE(0, 3) * 1000).toUTCString(),
    };
    versions.set(body, version);
  }
  return version;
}
const versions = new WeakMap();

/** The client wants to go on only with what it has begun with, and that is not there any more. */
function isChanged(headers, { tag, modified }) {
  const match = headers['if-match'];
  if (match !== undefined) return match !== '*' && !match.split(/\s*,\s*/).includes(tag);
  const since = Date.parse(headers['if-unmodified-since']);
  return Date.parse(modified) > since; // false for a date that is none
}

function isCurrent(condition, { tag, modified }) {
  return condition === undefined || condition === tag || condition === modified;
}

/** The ranges that are asked for and exist; null when the whole is wanted. */
function rangesOf(header, size) {
  if (!/^bytes=\s*(\d+-\d*|-\d+)(\s*,\s*(\d+-\d*|-\d+))*$/.test(header ?? '')) return null;
  return header
    .slice('bytes='.length)
    .split(',')
    .map((range) => {
      const [first, last] = range.trim().split('-');
      if (first === '') return { start: Math.max(0, size - Number(last)), end: size };
      return { start: Number(first), end: last === '' ? size : Math.min(Number(last) + 1, size) };
    })
    .filter(({ start, end }) => start < end);
}

function contentRange(start, end, size) {
  return `bytes ${start}-${end - 1}/${size}`;
}

/** BITS takes at most two line ends before the first boundary, and 180 bytes of headers beside these two. */
function partHead(start, end, size) {
  const range = contentRange(start, end, size);
  return `--${BOUNDARY}\r\nContent-Type: application/octet-stream\r\nContent-Range: ${range}\r\n\r\n`;
}

module.exports = { FileServer };
