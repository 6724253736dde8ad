/*
 * From the target of a request to the names of files. Everything is refused that could mean different files to different
 * systems, on every system: what passes on Linux passes on Windows.
 */

/** The path of a request target, still encoded, without the query; undefined if it has none. */
export function rawPathOf(target: string): string | undefined {
  // A client may send the absolute form (RFC 9112, 3.2.2).
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  return path.startsWith('/') ? path : undefined;
}

/** The same, decoded; undefined if it is malformed. */
export function pathOf(target: string): string | undefined {
  const path = rawPathOf(target);
  try {
    return path === undefined ? undefined : decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

const LONGEST_NAME = 255;
/** Separators, streams and drives, wild cards, control characters, and what is still encoded after decoding. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN = /[\\:*?"<>|\u0000-\u001f\u007f]|%[0-9a-f]{2}/i;
// https://learn.microsoft.com/windows/win32/fileio/naming-a-file
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)/i;

/**
 * The folders and the file that a request target names, below the root of the server. Undefined if it names a folder, or
 * anything that is not an ordinary name on every system: `..`, another drive, a stream, a device, a name that ends in a
 * dot or a blank, or that is encoded twice.
 */
export function namesOf(target: string): string[] | undefined {
  const path = pathOf(target);
  if (path === undefined) return undefined;
  const names = path.slice(1).split('/');
  return names.every(isOrdinary) ? names : undefined;
}

function isOrdinary(name: string): boolean {
  if (name === '' || /[. ]$/.test(name) || Buffer.byteLength(name) > LONGEST_NAME) return false;
  return !FORBIDDEN.test(name) && !DEVICE.test(name);
}
