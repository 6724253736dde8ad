import { checkText, readArgument, outOfRange, quoted, wrongType, wrongValue } from './checks';
import { shortUrl } from '../util/redaction';

/**
 * Most characters of a remote name.
 * @see https://learn.microsoft.com/windows/win32/api/bits/ns-bits-bg_file_info
 */
export const MAX_REMOTE_NAME = 2200;

/**
 * Most characters of a local name: MAX_PATH (260) counts the terminating NUL.
 * @see https://learn.microsoft.com/windows/win32/api/bits/ns-bits-bg_file_info
 */
export const MAX_LOCAL_NAME = 259;

/**
 * Most characters of a folder's name: a file with a name of 8.3 characters must fit in, such as the `BIT….tmp` of BITS.
 * @see https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createdirectoryw
 */
const MAX_FOLDER = 247;

/**
 * Names of devices, in every folder and with any extension.
 * @see https://learn.microsoft.com/windows/win32/fileio/naming-a-file
 */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[1-9\u00b9\u00b2\u00b3]) *(?:\.|$)/i;

const SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i;
const HTTP_WITHOUT_HOST = /^https?:\/\/(?:[^/?#]*@)?(?:[:/?#]|$)/i;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0001-\u001f\u007f]/;
// eslint-disable-next-line no-control-regex -- Windows reserves the control characters in names
const RESERVED = /[<>:"|?*\u0001-\u001f]/;
const DRIVE = /^[a-z]:\\/i;
const UNC = /^\\\\([^\\]+)\\([^\\]+)\\/;

/**
 * A remote name as BITS takes it: `http(s)://`, `file://`, another scheme (BITS answers for that), a UNC path or an
 * absolute local path. A `URL` object counts as its `href`. Rejects with TypeError: empty, without scheme, without
 * host, with control characters; with RangeError: longer than 2200 UTF-16 units. Messages show the URL masked.
 */
export function checkUrl(value: unknown, argument: string): string {
  const given = typeof value === 'string' ? value : readArgument(argument, () => hrefOf(value));
  if (given === undefined) throw wrongType(argument, 'a URL', value);
  const url = checkText(given, argument, { max: MAX_REMOTE_NAME, allowEmpty: false });
  const control = url.search(CONTROL);
  if (control >= 0) throw wrongValue(argument, 'not contain control characters', `one at position ${control}`);
  if (HTTP_WITHOUT_HOST.test(url)) throw wrongValue(argument, 'have a host', quotedUrl(url));
  if (!SCHEME.test(url) && !DRIVE.test(url.replaceAll('/', '\\')) && !UNC.test(url)) {
    throw wrongValue(argument, 'be an absolute URL (https://…), a UNC path or an absolute path', quotedUrl(url));
  }
  return url;
}

/**
 * A local file name as BITS takes it: `X:\…` or `\\server\share\…`, naming a file. Forward slashes are accepted and
 * returned as backslashes (BITS itself wants backslashes). Rejects with TypeError: relative, `\\?\` and `\\.\`
 * prefixes, alternate streams, reserved characters, names of devices (CON, COM1.txt …), a part that ends in a dot or a
 * space (Windows drops those), a name that ends in a backslash; with RangeError: longer than 259 UTF-16 units, or with a
 * folder of more than 247. Whether the folder exists is for BITS to say: it may be one that only the job's owner can see.
 */
export function checkLocalPath(value: unknown, argument: string): string {
  const given = checkText(value, argument, { max: MAX_LOCAL_NAME, allowEmpty: false });
  const shown = quoted(given);
  const path = given.replaceAll('/', '\\');
  const parts = path.slice(checkRoot(path, argument, shown).length).split('\\');
  const name = parts.at(-1) ?? '';
  if (name === '' || isDots(name)) throw wrongValue(argument, 'name a file, not a folder', shown);
  for (const part of parts) checkSegment(part, argument, shown);
  const folder = path.length - name.length - 1;
  if (folder > MAX_FOLDER) {
    throw outOfRange(argument, `have a folder of at most ${MAX_FOLDER} characters`, `${folder} characters`);
  }
  return path;
}

/** Where the path begins, `C:\` or `\\server\share\`. Behind it nothing that Windows keeps for itself. */
function checkRoot(path: string, argument: string, shown: string): string {
  if (/^\\\\[?.]\\/.test(path)) throw wrongValue(argument, `not start with ${path.slice(0, 4)}`, shown);
  const root = (DRIVE.exec(path) ?? UNC.exec(path))?.[0];
  if (root === undefined) {
    throw wrongValue(argument, 'be an absolute path (C:\\folder\\file or \\\\server\\share\\file)', shown);
  }
  const reserved = RESERVED.exec(DRIVE.test(path) ? path.slice(2) : path)?.[0];
  if (reserved === ':') throw wrongValue(argument, 'not contain a colon after the drive (alternate streams)', shown);
  if (reserved !== undefined) {
    throw wrongValue(argument, `not contain the reserved character ${JSON.stringify(reserved)}`, shown);
  }
  return root;
}

function checkSegment(part: string, argument: string, shown: string): void {
  if (DEVICE.test(part)) {
    throw wrongValue(argument, `not contain ${quoted(part)}, which is the name of a device`, shown);
  }
  if (/[. ]$/.test(part) && !isDots(part)) {
    throw wrongValue(argument, `not contain ${quoted(part)}, which ends in a dot or a space`, shown);
  }
}

function isDots(part: string): boolean {
  return part === '.' || part === '..';
}

function quotedUrl(url: string): string {
  return `'${shortUrl(url)}'`;
}

/** By form, not by instanceof: the URL may come from another realm. */
function hrefOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Object.prototype.toString.call(value) !== '[object URL]')
    return undefined;
  const { href } = value as { readonly href?: unknown };
  return typeof href === 'string' ? href : undefined;
}
