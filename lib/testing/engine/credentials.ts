import { AUTH_SCHEME, AUTH_TARGET } from '../../contract/enums';
import type { Computer } from '../computer/computer';
import type { CredentialState, JobState } from '../computer/state';
import { usesStoredCredentials } from '../service/job_properties';

/*
 * Answers to challenges of servers and proxies ("Authentication", SetCredentials): without credentials a challenge ends
 * the job. Basic is as in the world; the other schemes are simulated: what is sent is only understood by scripted servers.
 */

const SCHEME = AUTH_SCHEME.values;

/** The names of schemes in challenges. */
const SCHEME_NAMES: Readonly<Record<string, number>> = {
  basic: SCHEME.basic,
  digest: SCHEME.digest,
  ntlm: SCHEME.ntlm,
  negotiate: SCHEME.negotiate,
  'passport1.4': SCHEME.passport,
};

const NAME_OF: Readonly<Record<number, string>> = {
  [SCHEME.basic]: 'Basic',
  [SCHEME.digest]: 'Digest',
  [SCHEME.ntlm]: 'NTLM',
  [SCHEME.negotiate]: 'Negotiate',
  [SCHEME.passport]: 'Passport1.4',
};

/** Schemes for which no name and no password means those of the user's log-on. */
const hasImplicit = ({ scheme }: CredentialState): boolean => scheme === SCHEME.ntlm || scheme === SCHEME.negotiate;

const isImplicit = (credential: CredentialState): boolean =>
  hasImplicit(credential) && credential.userName === null && credential.password === null;

/** The schemes that the challenges of an answer offer, in their order. */
export function offeredSchemes(challenges: readonly string[]): number[] {
  const words = challenges
    .flatMap((challenge) => challenge.split(','))
    .map((part) => part.trim().split(/[\s=]/)[0] ?? '');
  return words.flatMap((word) => SCHEME_NAMES[word.toLowerCase()] ?? []);
}

/** The credentials of a job for a server or proxy that offers these schemes. */
export function credentialFor(
  job: JobState,
  target: 'server' | 'proxy',
  offered: readonly number[],
): CredentialState | null {
  const fits = (credential: CredentialState, of: 'server' | 'proxy') =>
    credential.target === AUTH_TARGET.values[of] && offered.includes(credential.scheme);
  const own = job.credentials.find((credential) => fits(credential, target));
  if (own !== undefined) return own;
  // Implicit credentials for a proxy are used for the server as well ("Authentication").
  if (target === 'server') return job.credentials.find((one) => fits(one, 'proxy') && isImplicit(one)) ?? null;
  const scheme = offered.find((one) => one === SCHEME.ntlm || one === SCHEME.negotiate);
  if (!usesStoredCredentials(job) || scheme === undefined) return null;
  return { target: AUTH_TARGET.values.proxy, scheme, userName: null, password: null };
}

/** The value of an Authorization header. */
export function authorization(
  computer: Computer,
  job: JobState,
  { scheme, userName, password }: CredentialState,
): string {
  const owner = computer.state.users.find(({ sid }) => sid === job.owner.sid)?.name ?? '';
  const text = userName === null && password === null ? owner : `${userName ?? ''}:${password ?? ''}`;
  return `${NAME_OF[scheme] ?? 'Basic'} ${Buffer.from(text).toString('base64')}`;
}
