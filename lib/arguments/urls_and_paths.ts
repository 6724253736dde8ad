import { checkText, readArgument, outOfRange, quoted, wrongType, wrongValue } from './checks';
import { shortUrl } from '../util/redaction';

/**
 * The longest remote name in characters.
 * @see https://learn.microsoft.com/windows/win32/api/bits/ns-bits-bg_file_info
 */
export const MAX_REMOTE_NAME = 2200;

/**
 * The longest local name in characters: MAX_PATH (260) includes the terminating NUL.
 * @see https://learn.microsoft.com/windows/win32/api/bits/ns-bits-bg_file_info
 */
export const MAX_LOCAL_NAME = 259;

/**
 * The longest folder path in characters: a file with an 8.3 name, such as BITS' `BIT….tmp`, must fit in.
 * @see https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createdirectoryw
 */
const MAX_FOLDER = 247;

/**
 * Device names, which are reserved in every folder and with any extension.
 * @see https://learn.microsoft.com/windows/win32/fileio/naming-a-file
 */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[1-9\u00b9\u00b2\u00b3]) *(?:\.|$)/i;

const SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i;
const HTTP_WITHOUT_HOST = /^https?:\/\/(?:[^/?#]*@)?(?:[:/?#]|$)/i;
// eslint-disable-next-line no-control-regex -- matches control characters on purpose
const CONTROL = /[\u0001-\u001f\u007f]/;
// eslint-disable-next-line no-control-regex -- Windows reserves the control characters in names
const RESERVED = /[<>:"|?*\u0001-\u001f]/;
const DRIVE = /^[a-z]:\\/i;
const UNC = /^\\\\([^\\]+)\\([^\\]+)\\/;

/**
 * Checks a remote name: `http(s)://`, `file://`, another scheme (BITS decides about those), a UNC path or an absolute
 * local path. A `URL` object stands for its `href`. Throws TypeError if it is empty, has no scheme, no host or control
 * characters, and RangeError above 2200 UTF-16 units. Messages show the URL redacted.
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

/** How many simulations take the system's own paths. */
let withSystemPaths = 0;

/**
 * Makes absolute paths of Linux and macOS acceptable as local names, for a simulation that writes real files. Returns a
 * function that takes it back. @internal
 */
export function acceptSystemPaths(): () => void {
  withSystemPaths++;
  return () => withSystemPaths--;
}

/** A full path of Linux or macOS, naming a file. */
const isSystemPath = (path: string): boolean => withSystemPaths > 0 && /^\/(?:.*[^/])$/.test(path);

/**
 * Checks a local file name: `X:\…` or `\\server\share\…`, naming a file. Forward slashes are accepted and returned as
 * backslashes, which BITS requires. Throws TypeError for relative paths, `\\?\` and `\\.\` prefixes, alternate streams,
 * reserved characters, device names (CON, COM1.txt …), names that end in a dot or a space (Windows drops those), and
 * paths that end in a backslash; RangeError above 259 UTF-16 units, or 247 for the folder. Whether the folder exists is
 * left to BITS: it may be one that only the job's owner can see.
 */
export function checkLocalPath(value: unknown, argument: string): string {
  const given = checkText(value, argument, { max: MAX_LOCAL_NAME, allowEmpty: false });
  if (isSystemPath(given)) return given;
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

/** Returns the root of a path, `C:\` or `\\server\share\`. Checks that no reserved characters follow. */
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

/** The href of a URL object. Not by instanceof: it may come from another realm. */
function hrefOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Object.prototype.toString.call(value) !== '[object URL]')
    return undefined;
  const { href } = value as { readonly href?: unknown };
  return typeof href === 'string' ? href : undefined;
}
