import { CODES } from '../../errors/codes';
import type { ScriptedServerState } from '../computer/state';
import { BitsSimulationError } from '../simulation_error';

/*
 * What a URL of `sim.serve()` answers: settings, and how far its script is. All of it is JSON, so that a simulated
 * computer can be saved in the middle of a transfer.
 */

/** Something that happens to a scripted server once it has sent enough. */
export interface ScriptStep {
  /** Bytes of bodies that are sent or uploaded after the step before was over, and before this one begins. Default: 0. */
  readonly after?: number;
  /**
   * 'reset': the connection breaks. 'close': the server closes it. 'stall': nothing comes any more. 'loseAnswer': what
   * was asked is done, but the connection breaks before the answer. A status: the next
   * request is answered with it. An HRESULT: the request fails so. A change: these settings are other ones from now on.
   */
  readonly then:
    | 'reset'
    | 'close'
    | 'stall'
    | 'loseAnswer'
    | { readonly status: number; readonly retryAfter?: number }
    | { readonly hresult: number }
    | { readonly change: ServerSettings };
  /** How many times it happens in a row, once for each request. Default: 1. */
  readonly times?: number;
}

export type CertificateProblem = 'name' | 'date' | 'authority' | 'usage' | 'revoked' | 'revocationUnknown';

/** Whom a scripted server lets in. */
export interface ServerAuth {
  /** 'basic' is as in the world; the others are simulated. */
  readonly scheme: 'basic' | 'digest' | 'ntlm' | 'negotiate' | 'passport';
  readonly userName: string;
  /** Absent: the log-on of the user is enough, which NTLM and Negotiate can prove. */
  readonly password?: string;
  /** A proxy in front of the server asks, with 407. */
  readonly proxy?: boolean;
}

/** Settings of a scripted server. */
export interface ServerSettings {
  /** The text of the file, as UTF-8. */
  readonly body?: string;
  /** The bytes of the file, in base64. */
  readonly bytes?: string;
  /** The size of a file whose bytes are computed, which takes no memory. */
  readonly size?: number;
  /** Other seeds give other bytes. Default: 0. */
  readonly seed?: number;
  /** Whether it answers ranges. Default: true. */
  readonly ranges?: boolean;
  /** Whether it answers HEAD, instead of with 405. Default: true. */
  readonly head?: boolean;
  /** Whether it says how long the file is. Default: true. */
  readonly length?: boolean;
  /** Null: none. Default: made of size and seed. */
  readonly etag?: string | null;
  /** Last-Modified as HTTP writes it; null: none. Default: a fixed date. */
  readonly modified?: string | null;
  /** The status of all answers. Default: 200 and 206. */
  readonly status?: number;
  /** Seconds, in the header Retry-After. */
  readonly retryAfter?: number;
  /** Further headers of answers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where requests are redirected to; `status` says how, 302 by default. */
  readonly redirect?: string;
  readonly auth?: ServerAuth;
  /** Milliseconds until it answers, besides the network's. */
  readonly latency?: number;
  /** Methods besides HEAD and GET that give the file. */
  readonly methods?: readonly string[];
  /** What is wrong with the certificate of an https server. */
  readonly certificateProblem?: CertificateProblem;
  /** The certificate, in base64. */
  readonly certificate?: string;
  /** Whether it asks for a client certificate, required or not: without one the request fails. */
  readonly clientCertificate?: boolean;
  /** It takes uploads by the BITS upload protocol. What was uploaded is the file that it answers with from then on. */
  readonly upload?: boolean;
  /** The body of the reply to an upload-reply job. */
  readonly reply?: string;
  readonly script?: readonly ScriptStep[];
}

/** How far a server is. */
export interface ServerProgress {
  requests: number;
  /** Bytes of bodies that arrived. */
  sent: number;
  /** The bytes that arrived at least once, as disjoint spans in order. */
  spans: { offset: number; length: number }[];
  /** The step of the script that is next, the bytes sent since the one before, and how often it has happened. */
  step: number;
  since: number;
  times: number;
}

/** Counts of a scripted server. */
export interface ServerCounts {
  readonly requests: number;
  readonly bytes: number;
  readonly distinctBytes: number;
}

type Mutable = { -readonly [K in keyof ServerSettings]: ServerSettings[K] } & {
  url: string;
  progress?: ServerProgress;
};

/** The settings that exist: a misspelt one would be ignored in silence. */
const SETTINGS: Readonly<Record<keyof ServerSettings, true>> = {
  body: true,
  bytes: true,
  size: true,
  seed: true,
  ranges: true,
  head: true,
  length: true,
  etag: true,
  modified: true,
  status: true,
  retryAfter: true,
  headers: true,
  redirect: true,
  auth: true,
  latency: true,
  methods: true,
  certificateProblem: true,
  certificate: true,
  clientCertificate: true,
  upload: true,
  reply: true,
  script: true,
};

/** The state of a new scripted server. Throws a BitsSimulationError for settings that do not exist. */
export function scriptedServer(url: string, settings: ServerSettings): ScriptedServerState {
  const unknown = Object.keys(settings).filter((name) => !Object.hasOwn(SETTINGS, name));
  if (unknown.length > 0) throw new BitsSimulationError(`a scripted server has no setting ${unknown.join(', ')}`);
  if (!URL.canParse(url)) throw new BitsSimulationError(`a scripted server needs a URL, not ${url}`);
  return { url, ...structuredClone(settings) };
}

/** Counts of requests and bytes. */
export function countsOf(server: ScriptedServerState): ServerCounts {
  const { requests, sent, spans } = progressOf(server);
  return { requests, bytes: sent, distinctBytes: spans.reduce((sum, { length }) => sum + length, 0) };
}

export const settingsOf = (server: ScriptedServerState): ServerSettings => server as unknown as ServerSettings;

export function progressOf(server: ScriptedServerState): ServerProgress {
  const mutable = server as unknown as Mutable;
  mutable.progress ??= { requests: 0, sent: 0, spans: [], step: 0, since: 0, times: 0 };
  return mutable.progress;
}

/** The step of the script that is next, and how many bytes are to be sent before; undefined: none. */
export function nextStep(server: ScriptedServerState): { readonly step: ScriptStep; readonly in: number } | undefined {
  const { step, since } = progressOf(server);
  const next = settingsOf(server).script?.[step];
  return next === undefined ? undefined : { step: next, in: Math.max(0, (next.after ?? 0) - since) };
}

/** A step has happened once. */
export function stepHappened(server: ScriptedServerState): void {
  const progress = progressOf(server);
  const step = settingsOf(server).script?.[progress.step];
  progress.times++;
  if (progress.times < (step?.times ?? 1)) return;
  progress.step++;
  progress.times = 0;
  progress.since = 0;
}

/** Steps that are due and change settings do so at once. */
export function applyChanges(server: ScriptedServerState): void {
  for (let next = nextStep(server); next?.in === 0; next = nextStep(server)) {
    const { then } = next.step;
    if (typeof then === 'string' || !('change' in then)) return;
    const { script: _, ...settings } = then.change;
    Object.assign(server, settings);
    stepHappened(server);
  }
}

/** HRESULTs of what is wrong with a certificate, and the flag of SetSecurityFlags that ignores it. */
const CERTIFICATE_ERRORS: Readonly<Record<CertificateProblem, { hresult: number; ignoredBy: number }>> = {
  name: { hresult: CODES.ERROR_WINHTTP_SECURE_CERT_CN_INVALID.hresult, ignoredBy: 0x2 },
  date: { hresult: CODES.ERROR_WINHTTP_SECURE_CERT_DATE_INVALID.hresult, ignoredBy: 0x4 },
  authority: { hresult: CODES.ERROR_WINHTTP_SECURE_INVALID_CA.hresult, ignoredBy: 0x8 },
  usage: { hresult: CODES.ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE.hresult, ignoredBy: 0x10 },
  revoked: { hresult: CODES.ERROR_WINHTTP_SECURE_CERT_REVOKED.hresult, ignoredBy: 0 },
  revocationUnknown: { hresult: CODES.ERROR_WINHTTP_SECURE_CERT_REV_FAILED.hresult, ignoredBy: 0 },
};

/** BG_SSL_ENABLE_CRL_CHECK: without it nobody asks whether a certificate was revoked. */
const CRL_CHECK = 0x1;

/** Why a connection to the server fails with these security flags; null: it does not. */
export function certificateError(problem: CertificateProblem, flags: number): number | null {
  const { hresult, ignoredBy } = CERTIFICATE_ERRORS[problem];
  const isRevocation = problem === 'revoked' || problem === 'revocationUnknown';
  if (isRevocation) return (flags & CRL_CHECK) === 0 ? null : hresult;
  return (flags & ignoredBy) === 0 ? hresult : null;
}
