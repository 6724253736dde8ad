/** What stands in for a secret. */
const REDACTED = '***';
const SHORT = 80;
// The scheme is optional and any number of slashes will do: malformed URLs such as 'me:pw@host/x' and
// 'https:/me:pw@host' end up in error messages too.
const URL_PARTS = /^([a-z][a-z0-9+.-]+:\/+|https?:|ftp:)?([^/\\?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/is;
const PATH = /^([a-z]:[\\/]|\\\\)/i;
// The length of the scheme is limited, because otherwise a long text without a URL takes quadratic time. A quote can be
// part of a password; at the end it counts as punctuation, as do a full stop, a comma and a bracket.
const URL_IN_TEXT = /[a-z][a-z0-9+.-]{1,31}:\/\/[^\s"<>\p{Cc}]+/giu;
const PUNCTUATION = /[')\],.;:!]{1,8}$/;

/**
 * A URL without its secrets: user-info, query and fragment become `***`. Signed URLs carry their key in the query, so
 * the whole query goes, names included. Works on malformed URLs too. UNC and local paths have no such parts and are
 * returned as they are.
 *
 * @example redactUrl('https://me:pw@host/a.zip?sig=1') // 'https://***@host/a.zip?***'
 */
export function redactUrl(url: string): string {
  const parts = PATH.test(url) ? null : URL_PARTS.exec(url);
  if (parts === null) return url;
  const [, scheme = '', authority = '', path = '', query, fragment] = parts;
  return (
    scheme +
    redactUserInfo(authority, path) +
    (query === undefined ? '' : `?${REDACTED}`) +
    (fragment === undefined ? '' : `#${REDACTED}`)
  );
}

/** The URL redacted and cut to 80 characters, for messages. */
export function shortUrl(url: string): string {
  const redacted = redactUrl(url);
  return redacted.length <= SHORT ? redacted : `${redacted.slice(0, SHORT - 1)}…`;
}

/** Free text with every URL in it redacted. */
export function redactText(text: string): string {
  return text.replace(URL_IN_TEXT, (found) => {
    const after = PUNCTUATION.exec(found)?.[0] ?? '';
    return redactUrl(found.slice(0, found.length - after.length)) + after;
  });
}

function redactUserInfo(authority: string, path: string): string {
  const at = authority.lastIndexOf('@');
  if (at >= 0) return `${REDACTED}@${authority.slice(at + 1)}${path}`;
  // 'http://user:pa/ss@host/': an unescaped slash in the password makes 'user:pa' look like host and port. A port is
  // digits (or, for IPv6, follows a bracket); anything else before a later '@' counts as a password.
  const rest = authority + path;
  const late = rest.lastIndexOf('@');
  const hostLike = /^(\[[^\]]*\]|[^:]*)(:\d*)?$/.test(authority);
  return hostLike || late < 0 ? rest : `${REDACTED}@${rest.slice(late + 1)}`;
}
