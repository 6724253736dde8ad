import { BITS_POST } from './upload_protocol';

const VERB = Buffer.from(`${BITS_POST} `);
const POST = Buffer.from('POST ');
const HEAD_END = Buffer.from('\r\n\r\n');
/** A head that is longer is not from BITS, and Node.js refuses it, too. */
const LONGEST_HEAD = 65_536;
const NOTHING = Buffer.alloc(0);

/**
 * Finds the request lines in the bytes of one connection and replaces the verb BITS_POST by POST. To do so it has to know
 * where each message ends. Once a message is not delimited by Content-Length, the rest of the connection passes
 * unchanged: BITS always sends the header [MC-BUP 2.2.1]. A body is never searched: it may contain the verb.
 */
export class RequestHeads {
  #state: 'verb' | 'head' | 'body' | 'unchanged' = 'verb';
  /** In 'verb': bytes that may still turn out to be the verb. In 'head': the head so far. */
  #held: Buffer = NOTHING;
  /** In 'body': bytes still to come. */
  #left = 0;

  /** The next bytes from the peer as the parser is to see them. */
  rewrite(chunk: Buffer): Buffer[] {
    const out: Buffer[] = [];
    let rest = chunk;
    while (rest.length > 0) rest = this[this.#state](rest, out);
    return out;
  }

  private verb(chunk: Buffer, out: Buffer[]): Buffer {
    const bytes = Buffer.concat([this.#held, chunk]);
    const known = bytes.subarray(0, VERB.length);
    if (known.equals(VERB.subarray(0, known.length))) {
      if (known.length < VERB.length) {
        this.#held = bytes;
        return NOTHING;
      }
      out.push(POST);
      this.#enterHead();
      return bytes.subarray(VERB.length);
    }
    if (bytes[0] === 13 || bytes[0] === 10) {
      // Parsers skip empty lines in front of a request.
      this.#held = NOTHING;
      out.push(bytes.subarray(0, 1));
      return bytes.subarray(1);
    }
    this.#enterHead();
    return bytes;
  }

  #enterHead(): void {
    this.#held = NOTHING;
    this.#state = 'head';
  }

  private head(chunk: Buffer, out: Buffer[]): Buffer {
    const before = this.#held.length;
    const bytes = Buffer.concat([this.#held, chunk]);
    const at = bytes.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length));
    if (at < 0) {
      out.push(chunk);
      this.#held = bytes;
      if (bytes.length > LONGEST_HEAD) this.#state = 'unchanged';
      return NOTHING;
    }
    const end = at + HEAD_END.length;
    out.push(bytes.subarray(before, end));
    this.#held = NOTHING;
    this.#left = bodyLength(bytes.toString('latin1', 0, at));
    this.#state = this.#left === Infinity ? 'unchanged' : this.#left > 0 ? 'body' : 'verb';
    return bytes.subarray(end);
  }

  private body(chunk: Buffer, out: Buffer[]): Buffer {
    const here = chunk.subarray(0, this.#left);
    out.push(here);
    this.#left -= here.length;
    if (this.#left === 0) this.#state = 'verb';
    return chunk.subarray(here.length);
  }

  private unchanged(chunk: Buffer, out: Buffer[]): Buffer {
    this.#held = NOTHING;
    out.push(chunk);
    return NOTHING;
  }
}

/** Bytes of the body that follows a head; Infinity if only a full parser could tell. */
function bodyLength(head: string): number {
  if (/^CONNECT /.test(head) || /^(transfer-encoding|upgrade)\s*:/im.test(head)) return Infinity;
  const lengths = [...head.matchAll(/^content-length\s*:(.*)$/gim)].map(([, value = '']) => value.trim());
  if (lengths.length === 0) return 0;
  const [length = ''] = lengths;
  return lengths.length === 1 && /^\d{1,15}$/.test(length) ? Number(length) : Infinity;
}
