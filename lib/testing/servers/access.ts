import type { IncomingMessage } from 'node:http';

/** Why a request is refused. */
export interface Refusal {
  /** HTTP status, usually 401 or 403. */
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Decides about a request: `true` lets it in. */
export type Access = (request: IncomingMessage) => true | Refusal | Promise<true | Refusal>;

/** HTTP Basic authentication with one user name and password. */
export function basicAccess(user: string, password: string, realm = 'test'): Access {
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const refusal = { status: 401, headers: { 'WWW-Authenticate': `Basic realm="${realm}"` } };
  return ({ headers }) => headers.authorization === wanted || refusal;
}

/**
 * `Authorization: Bearer …` with one of the tokens given. They are asked for anew with each request, so that a token can
 * be revoked (`tokens.delete(token)` of a Set) or expire (`new Tokens()`).
 */
export function bearerAccess(tokens: { has(token: string): boolean }): Access {
  return ({ headers }) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    if (token !== undefined && tokens.has(token)) return true;
    const challenge = token === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
    return { status: 401, headers: { 'WWW-Authenticate': challenge } };
  };
}

/** All of these headers with these values; otherwise 403. */
export function headerAccess(wanted: Readonly<Record<string, string>>): Access {
  return ({ headers }) =>
    Object.entries(wanted).every(([name, value]) => headers[name.toLowerCase()] === value) || { status: 403 };
}

/** Tokens that expire and can be revoked, for `bearerAccess()`. */
export class Tokens {
  readonly #expiry = new Map<string, number>();
  #issued = 0;

  /** `now` gives the time in milliseconds; any origin will do. */
  constructor(private readonly now: () => number) {}

  /** A new token that is valid for so many milliseconds. */
  issue(lifetime = Infinity): string {
    this.#issued += 1;
    const token = `token-${this.#issued}`;
    this.#expiry.set(token, this.now() + lifetime);
    return token;
  }

  revoke(token: string): void {
    this.#expiry.delete(token);
  }

  has(token: string): boolean {
    return (this.#expiry.get(token) ?? -Infinity) > this.now();
  }
}
