import type { KnownCode } from '../../errors/codes';
import type { JobState } from '../computer/state';
import { fail } from './failure';
import { hasEnded, isActive, STATE, TYPE } from './job_kinds';

/*
 * Which call is allowed in which state: the table of "Life Cycle of a BITS Job" and of the methods' pages
 * (https://learn.microsoft.com/windows/win32/bits/life-cycle-of-a-bits-job). What else a call depends on, such as the
 * first Resume, is where the call is. Calls without a row are allowed in every state: they only read.
 */

/** What a state answers: 'ok', or a failure. With '?' in front: no page says it, and it follows from the others. */
export type Cell = 'ok' | '?ok' | KnownCode | `?${KnownCode}`;

export interface LegalityRow {
  /** Methods of the addon: 'job.resume'. */
  readonly calls: readonly string[];
  /** The row is for these types of job only. */
  readonly types?: readonly number[];
  /** What jobs of other types answer, in every state. Absent: another row tells. */
  readonly otherwise?: KnownCode;
  /** In this order: suspended; queued, connecting, transferring; transient error; error; transferred; ended. */
  readonly cells: readonly [Cell, Cell, Cell, Cell, Cell, Cell];
}

const INVALID = 'BG_E_INVALID_STATE';
const NO_ERROR = 'BG_E_ERROR_INFORMATION_UNAVAILABLE';
const ACTIVE = 'BG_E_READ_ONLY_WHEN_JOB_ACTIVE';
const DOWNLOAD = [TYPE.download];
const UPLOADS = [TYPE.upload, TYPE.uploadReply];
const UPLOAD_REPLY = [TYPE.uploadReply];
const UNTIL_THE_END: LegalityRow['cells'] = ['ok', 'ok', 'ok', 'ok', 'ok', INVALID];
/** The page of the method does not speak of ended jobs. */
const UNTIL_THE_END_IT_SEEMS: LegalityRow['cells'] = ['ok', 'ok', 'ok', 'ok', 'ok', '?BG_E_INVALID_STATE'];

export const LEGALITY: readonly LegalityRow[] = [
  { calls: ['job.resume'], cells: ['ok', 'ok', 'ok', 'ok', '?ok', INVALID] },
  { calls: ['job.suspend'], cells: ['ok', 'ok', 'ok', '?ok', '?ok', INVALID] },
  { calls: ['job.cancel'], cells: UNTIL_THE_END },
  { calls: ['job.complete'], types: DOWNLOAD, cells: UNTIL_THE_END },
  { calls: ['job.complete'], types: UPLOADS, cells: [INVALID, INVALID, INVALID, INVALID, 'ok', INVALID] },
  { calls: ['job.addFile', 'job.addFileSet'], cells: UNTIL_THE_END_IT_SEEMS },
  { calls: ['job.addFileWithRanges'], types: DOWNLOAD, otherwise: 'E_NOTIMPL', cells: UNTIL_THE_END },
  {
    calls: ['job.replaceRemotePrefix', 'file.setRemoteName'],
    types: DOWNLOAD,
    otherwise: 'E_NOTIMPL',
    cells: UNTIL_THE_END,
  },
  {
    calls: [
      'job.setDisplayName',
      'job.setDescription',
      'job.setPriority',
      'job.setNotifyFlags',
      'job.setNotifyInterface',
      'job.setMinimumRetryDelay',
      'job.setNoProgressTimeout',
      'job.setProxySettings',
      'job.setNotifyCmdLine',
      'job.takeOwnership',
      'job.setCustomHeaders',
      'job.setClientCertificateByID',
      'job.setClientCertificateByName',
      'job.removeClientCertificate',
    ],
    cells: UNTIL_THE_END,
  },
  {
    calls: [
      'job.setSecurityFlags',
      'job.setPeerCachingFlags',
      'job.setMaximumDownloadTime',
      'job.setCredentials',
      'job.removeCredentials',
      'job.setHelperTokenFlags',
      'job.setHelperToken',
      'job.clearHelperToken',
      'job.setProperty',
      'job.setHttpMethod',
      'job.makeCustomHeadersWriteOnly',
      'file.setValidationState',
      'file.setProperty',
      'file.updateDownloadPosition',
      'file.requestFileRanges',
    ],
    cells: UNTIL_THE_END_IT_SEEMS,
  },
  { calls: ['job.setFileACLFlags'], cells: ['ok', 'ok', 'ok', 'ok', INVALID, INVALID] },
  {
    calls: ['job.setReplyFileName'],
    types: UPLOAD_REPLY,
    otherwise: 'E_NOTIMPL',
    cells: ['ok', 'ok', 'ok', 'ok', INVALID, INVALID],
  },
  {
    // The table of the page wants the transferred state; its remarks allow the call after Complete.
    calls: ['job.getReplyData'],
    types: UPLOAD_REPLY,
    otherwise: 'E_NOTIMPL',
    cells: [INVALID, INVALID, INVALID, INVALID, 'ok', '?BG_E_INVALID_STATE'],
  },
  {
    calls: ['job.getError'],
    cells: [NO_ERROR, NO_ERROR, 'ok', 'ok', NO_ERROR, '?BG_E_ERROR_INFORMATION_UNAVAILABLE'],
  },
  {
    calls: ['job.setServerCertificateValidationInterface'],
    cells: ['ok', ACTIVE, ACTIVE, 'ok', 'ok', '?BG_E_INVALID_STATE'],
  },
];

function columnOf(job: JobState): number {
  if (hasEnded(job)) return 5;
  if (isActive(job)) return 1;
  return [STATE.suspended, -1, STATE.transientError, STATE.error, STATE.transferred].indexOf(job.state);
}

const ROWS = new Map<string, LegalityRow[]>();
for (const row of LEGALITY) {
  for (const call of row.calls) ROWS.set(call, [...(ROWS.get(call) ?? []), row]);
}

/** Fails as the job's type and state say. */
export function checkLegality(call: string, job: JobState): void {
  const rows = ROWS.get(call) ?? [];
  const row = rows.find(({ types }) => types === undefined || types.includes(job.type));
  const cell = row === undefined ? (rows[0]?.otherwise ?? 'ok') : row.cells[columnOf(job)]!;
  const code = cell.replace('?', '') as KnownCode | 'ok';
  if (code !== 'ok') fail(code);
}
