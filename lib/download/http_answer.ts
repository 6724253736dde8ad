import type { HeaderList } from '../arguments/headers';

/** The last answer of the server about a file. Frozen. */
export interface DownloadedHttp {
  /** 200; or 206, when BITS asked for ranges. */
  readonly status: number;
  /** As received, in order. */
  readonly headers: HeaderList;
}

/**
 * Status and headers of an answer, which BITS tells as one text; null when the text is none. Of several answers (after a
 * redirect, or a 100) the last one counts.
 * @see https://learn.microsoft.com/windows/win32/api/bits5_0/ne-bits5_0-bits_file_property_id
 */
export function parseHttpAnswer(text: string | null): DownloadedHttp | null {
  if (text === null) return null;
  let status: number | null = null;
  let headers: [string, string][] = [];
  for (const line of text.split(/\r?\n/)) {
    const begins = STATUS.exec(line)?.[1];
    const [, name, value] = HEADER.exec(line) ?? [];
    const last = headers.at(-1);
    if (begins !== undefined) [status, headers] = [Number(begins), []];
    else if (name !== undefined && value !== undefined) headers.push([name, value.trim()]);
    else if (last !== undefined && FOLDED.test(line)) last[1] = `${last[1]} ${line.trim()}`.trim();
  }
  if (status === null) return null;
  return Object.freeze({ status, headers: Object.freeze(headers.map((pair) => Object.freeze(pair))) });
}

const STATUS = /^HTTP\/\d+(?:\.\d+)? +(\d{3})(?: |$)/i;
const HEADER = /^([^\s:]+)[ \t]*:(.*)$/;
/** A line that continues the value of the one before. */
const FOLDED = /^[ \t]+\S/;
