import { checkText, quoted, wrongValue } from '../../arguments/checks';
import { CODES } from '../../errors/codes';
import type { ScriptedServerState } from '../computer/state';
import { checkServerSettings, FILE_SETTINGS } from './server_settings';
import type { CertificateProblem, ServerSettings, StoredSettings, StoredStep } from './server_settings';

/*
 * What a URL of `sim.serve()` answers: settings, and how far its script is. All of it is JSON, so that a simulated
 * computer can be saved in the middle of a transfer.
 */

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

/** The state of a new scripted server. Throws TypeError or RangeError for wrong settings, and for what is no URL. */
export function scriptedServer(url: string, settings: ServerSettings): ScriptedServerState {
  const pattern = checkText(url, 'url');
  if (!URL.canParse(pattern)) throw wrongValue('url', 'be a URL, or the beginning of one and a *', quoted(pattern));
  return { url: pattern, ...checkServerSettings(settings, 'settings') };
}

/** Counts of requests and bytes. */
export function countsOf(server: ScriptedServerState): ServerCounts {
  const { requests, sent, spans } = progressOf(server);
  return { requests, bytes: sent, distinctBytes: spans.reduce((sum, { length }) => sum + length, 0) };
}

export const settingsOf = (server: ScriptedServerState): StoredSettings => server as unknown as StoredSettings;

export function progressOf(server: ScriptedServerState): ServerProgress {
  const mutable = server as unknown as { progress?: ServerProgress };
  mutable.progress ??= { requests: 0, sent: 0, spans: [], step: 0, since: 0, times: 0 };
  return mutable.progress;
}

/** The step of the script that is next, and how many bytes are to be sent before; undefined: none. */
export function nextStep(server: ScriptedServerState): { readonly step: StoredStep; readonly in: number } | undefined {
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
    change(server, then.change);
    stepHappened(server);
  }
}

/** Another file takes the place of the one before, whichever of the settings that was. */
function change(server: ScriptedServerState, settings: StoredSettings): void {
  const isOtherFile = FILE_SETTINGS.some((name) => settings[name] !== undefined);
  const noFile = Object.fromEntries(FILE_SETTINGS.map((name) => [name, undefined]));
  Object.assign(server, isOtherFile && noFile, settings);
}

/** Steps of the script that did not happen a single time, each as a line. */
export function stepsLeft(server: ScriptedServerState): readonly string[] {
  const { script = [] } = settingsOf(server);
  const { step: next, times } = progressOf(server);
  const first = times > 0 ? next + 1 : next;
  return script.slice(first).map((step, i) => `step ${first + i + 1} of the script of ${server.url}: ${shown(step)}`);
}

/** A step without the contents and passwords that it may have. */
function shown({ after = 0, then }: StoredStep): string {
  const what = typeof then === 'string' ? then : Object.keys(then)[0];
  const value = typeof then === 'string' || 'change' in then ? '' : ` ${String(Object.values(then)[0])}`;
  return `${what}${value}, after ${after} bytes`;
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
