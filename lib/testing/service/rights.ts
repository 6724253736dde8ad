import type { Computer } from '../computer/computer';
import type { AccountKind, Identity, JobState } from '../computer/state';
import { fail, need } from './failure';

/*
 * Who may do what. Microsoft: "BITS Security, Tokens, and Administrator Accounts" (user-account-control-and-bits),
 * "Users and Network Connections", "Service Accounts and BITS", "Group Policies", and the methods' pages.
 */

function kindOf({ state }: Computer, { sid }: Identity): AccountKind {
  return state.users.find((user) => user.sid === sid)?.kind ?? 'standard';
}

/** An administrator's program that is not elevated runs as a standard user (User Account Control). */
export function isAdministrator(computer: Computer, identity: Identity): boolean {
  const kind = kindOf(computer, identity);
  return kind === 'localSystem' || (kind === 'administrator' && identity.elevated);
}

function isServiceAccount(computer: Computer, identity: Identity): boolean {
  return ['localSystem', 'localService', 'networkService'].includes(kindOf(computer, identity));
}

/** The limits of jobs, files and ranges are for standard users: "Group Policies", MaxJobsPerUser and the like. */
export function isExemptFromLimits(computer: Computer, identity: Identity): boolean {
  return isAdministrator(computer, identity) || isServiceAccount(computer, identity);
}

/** Files can be added, and jobs run, only while the owner is logged on. Service accounts always are. */
export function isLoggedOn(computer: Computer, identity: Identity): boolean {
  if (isServiceAccount(computer, identity)) return true;
  return computer.state.users.find(({ sid }) => sid === identity.sid)?.loggedOn ?? false;
}

/** Only the owner may set these, or read them; an administrator may not. "Setting and Retrieving the Properties". */
const FOR_THE_OWNER: ReadonlySet<string> = new Set([
  'job.setCredentials',
  'job.removeCredentials',
  'job.setClientCertificateByID',
  'job.setClientCertificateByName',
  'job.removeClientCertificate',
  'job.getClientCertificate',
  'job.setCustomHeaders',
  'job.getCustomHeaders',
  'job.makeCustomHeadersWriteOnly',
]);

/** Whether a method only reads: 'job.getState', 'file.isDownloadedFromPeer'. */
export function isReading(call: string): boolean {
  return /\.(?:get|enum|is|interfaces|snapshot)/.test(call);
}

/** Fails unless the caller may use the job at all: as its owner, elevated if the owner was, or as an administrator. */
export function checkAccess(computer: Computer, caller: Identity, { owner }: JobState): void {
  if (caller.sid === owner.sid) need(caller.elevated || !owner.elevated, 'E_ACCESSDENIED');
  else need(isAdministrator(computer, caller), 'E_ACCESSDENIED');
}

/** Fails unless the caller may make this call on the job. */
export function checkRights(computer: Computer, caller: Identity, call: string, job: JobState): void {
  checkAccess(computer, caller, job);
  // A client cannot modify jobs of a token with a higher integrity level.
  if (!isReading(call)) need(caller.integrity >= job.owner.integrity, 'E_ACCESSDENIED');
  if (!FOR_THE_OWNER.has(call) || caller.sid === job.owner.sid) return;
  // RPC cannot pass on the empty results of GetClientCertificate; its page names this code for a missing right.
  fail(call === 'job.getClientCertificate' ? 'RPC_X_BAD_STUB_DATA' : 'E_ACCESSDENIED');
}
