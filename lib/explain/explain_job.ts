import type { ErrorContext, JobState } from '../contract/enums';
import { describe, explain } from '../errors';
import type { Audience, Explanation, FailedFile, UnavailableReason } from '../errors';
import type { JobAction, JobCall, JobExplanation, JobFacts, JobVerdict } from '../errors/job_explanation';
import { adviceFor } from '../errors/advice';
import type { JobSituation } from '../errors/advice';
import { HOST } from '../host';
import { redactUrl } from '../util/redaction';
import { estimateRetry } from './next_retry';
import type { RetryEstimate } from '../errors/job_explanation';

/** How to explain. */
export interface ExplainJobOptions {
  /** The moment of the facts. Default: now. */
  readonly now?: Date | undefined;
  /** Leave URLs as they are. Default false. */
  readonly revealUrls?: boolean | undefined;
}

/** What a state has to say; the rest is the same for all. */
interface StateReport {
  readonly verdict: JobVerdict;
  readonly summary: string;
  readonly blockedBy?: UnavailableReason | undefined;
  readonly actions?: readonly JobAction[];
  readonly remarks?: readonly (string | false)[];
}

/** Facts, and what follows from them in every state. */
interface DerivedFacts {
  readonly facts: JobFacts;
  readonly error: Explanation | null;
  readonly context: JobExplanation['context'];
  /** As shown. */
  readonly file: FailedFile | null;
  readonly retry: RetryEstimate;
  readonly now: Date;
  /** Milliseconds since the last change of the job. */
  readonly idle: number | null;
}

/** Why a job is not moving, and what can be done: joins state, error, retry timing and settings. */
export function explainJob(facts: JobFacts, options: ExplainJobOptions = {}): JobExplanation {
  const known = deriveFacts(facts, options);
  const { error, context, file, retry } = known;
  const { verdict, summary, blockedBy = null, ...account } = reportOf(known);
  const inQueue = verdict !== 'ended';
  const remarks = [...(account.remarks ?? []), ...(inQueue ? settings(facts) : [])].filter((each) => each !== false);
  const actions = (account.actions ?? []).map((action) => Object.freeze({ ...action }));
  const missing = inQueue ? missingFacts(facts) : [];
  return Object.freeze({
    verdict,
    state: facts.state ?? null,
    summary,
    blockedBy,
    error,
    context,
    file,
    retry,
    expires: inQueue ? expiry(facts.modificationTime) : null,
    actions: Object.freeze(actions),
    remarks: Object.freeze(remarks),
    missing: Object.freeze(missing),
    text: [summary, ...remarks, ...actions.map(({ text }) => text), missingText(missing)].filter(Boolean).join(' '),
  });
}

function deriveFacts(
  facts: JobFacts,
  { now = HOST.clock.date(), revealUrls = false }: ExplainJobOptions,
): DerivedFacts {
  const { state, modificationTime } = facts;
  const failed = state === 'error' || state === 'transientError' ? facts.error : undefined;
  return {
    facts,
    error: failed === undefined ? null : explain(failed.hresult),
    context: failed?.context ?? null,
    file: failed?.file ? shownFile(failed.file, revealUrls) : null,
    retry: estimateRetry({ ...facts, hresult: failed?.hresult }),
    now,
    idle: modificationTime ? Math.max(0, now.getTime() - modificationTime.getTime()) : null,
  };
}

function expiry(modified: Date | null | undefined): Date | null {
  return modified ? new Date(modified.getTime() + 90 * DAY) : null;
}

function reportOf(known: DerivedFacts): StateReport {
  const { state } = known.facts;
  if (state === undefined) return { verdict: 'unknown', summary: 'The state of the job is not available.' };
  if (Object.hasOwn(STATE_REPORTS, state)) return STATE_REPORTS[state as JobState](known);
  const number = state.replace('unknown:', '');
  const summary = `The job is in the state ${number}, which this version of the library does not know.`;
  return { verdict: 'unknown', summary, actions: [action('Update the library.', ['app'])] };
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Codes after which resuming cannot help: a new job is needed. */
const FINAL: ReadonlySet<string> = new Set(['BG_E_LOCAL_FILE_CHANGED', 'BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED']);

const RESUME_NOW = action('To try at once, resume it.', ['app', 'script'], 'resume');
const CANCEL = action('To give it up, cancel it.', ['app', 'script'], 'cancel');

const STATE_REPORTS: Readonly<Record<JobState, (known: DerivedFacts) => StateReport>> = {
  queued: ({ facts, idle }) => {
    if (facts.ownerLoggedOn === false) {
      return {
        verdict: 'waiting',
        blockedBy: 'notLoggedOn',
        summary: 'The job waits for its owner: BITS transfers only while the owner is logged on.',
        actions: [action('Log the owner on, or let a system account own the job.', ['admin', 'script'])],
      };
    }
    return {
      verdict: 'waiting',
      summary: `The job waits for its turn${forTime(idle)}.`,
      remarks: [
        attempts(facts),
        facts.priority !== 'foreground' &&
          'Background jobs take turns, one at a time, and go on only while their owner is logged on.',
      ],
      actions: raisePriority(facts),
    };
  },

  connecting: ({ facts, idle }) => ({
    verdict: 'moving',
    summary: `BITS is connecting to the server${forTime(idle)}.`,
    remarks: [attempts(facts)],
    actions:
      idle === null || idle < 2 * MINUTE
        ? []
        : [
            action('Check that server and proxy answer, as the account that owns the job.', [
              'script',
              'admin',
              'server',
            ]),
          ],
  }),

  transferring: ({ facts, idle }) => {
    const still = idle !== null && idle >= 5 * MINUTE;
    return {
      verdict: 'moving',
      summary: `The job is transferring${progress(facts)}${still ? `, without a change${forTime(idle)}` : ''}.`,
      actions: still ? raisePriority(facts) : [],
    };
  },

  suspended: ({ facts }) => {
    if (facts.filesTotal === 0) {
      return {
        verdict: 'stopped',
        summary: 'The job has no files, and is suspended.',
        actions: [action('Add a file.', ['app'], 'addFile'), action('Then resume the job.', ['app'], 'resume')],
      };
    }
    if (facts.onDemand === true) {
      const request = action('Ask for ranges with file.requestFileRanges().', ['app']);
      return { verdict: 'stopped', summary: 'The job waits until ranges are asked for.', actions: [request] };
    }
    return {
      verdict: 'stopped',
      summary: `The job is suspended${progress(facts)}: it was never resumed, or somebody suspended it.`,
      actions: [action('Resume it.', ['app', 'script'], 'resume')],
    };
  },

  error: (known) => {
    const { facts, error, file } = known;
    const { type, filesTransferred = 0, noProgressTimeout } = facts;
    const again =
      error?.code !== null && error?.code !== undefined && FINAL.has(error.code)
        ? action('Resuming cannot help: make a new job.', ['app'])
        : action(
            resumes(known)
              ? 'What has arrived is kept when it is resumed.'
              : 'Then resume the job: what has arrived is kept.',
            ['app', 'script'],
            'resume',
          );
    const keep =
      type === 'download' && filesTransferred > 0
        ? [
            action(
              `To keep just what is finished (${count(filesTransferred, 'file')}), complete it.`,
              ['app'],
              'complete',
            ),
          ]
        : [];
    return {
      verdict: 'stopped',
      blockedBy: error?.reason,
      summary: `The job failed${where(facts, file)}: ${why(error)}.`,
      remarks: [
        'It waits for somebody to act.',
        attempts(facts),
        noProgressTimeout === 0 && 'With a no-progress timeout of 0 every error is final.',
      ],
      actions: [...advice(error, 'stopped'), again, ...keep, CANCEL],
    };
  },

  transientError: ({ facts, error, file, retry, now }) => {
    const { noProgressTimeout } = facts;
    const never = !retry.automatic;
    const timeout = noProgressTimeout === undefined ? 'the no-progress timeout' : duration(noProgressTimeout * 1000);
    const shorten = action('Set the retry delay below the no-progress timeout.', ['app'], 'setMinimumRetryDelay');
    return {
      verdict: never ? 'stopped' : 'waiting',
      blockedBy: error?.reason,
      summary: `The job is held up${where(facts, file)}: ${why(error)}.`,
      remarks: [
        nextAttempt(facts, retry, now),
        attempts(facts),
        `After ${timeout} without progress it fails for good.`,
        facts.notifyFlags !== undefined &&
          !facts.notifyFlags.includes('jobModification') &&
          'No callback tells of this state, except modification callbacks, which the job does not ask for.',
      ],
      actions: [...advice(error, never ? 'stopped' : 'waiting'), ...(never ? [shorten] : []), RESUME_NOW],
    };
  },

  transferred: ({ facts }) => ({
    verdict: 'ready',
    summary:
      facts.type === 'upload'
        ? 'Everything has been sent; the job waits to be completed.'
        : 'Everything has arrived; the job waits to be completed, and the files have temporary names until then.',
    actions: [action('Complete it.', ['app', 'script'], 'complete')],
    remarks: ['If completing fails because a file is in use, nothing is lost: complete it again.'],
  }),

  acknowledged: () => ({ verdict: 'ended', summary: 'The job was completed, and has left the queue.' }),
  cancelled: () => ({
    verdict: 'ended',
    summary: 'The job was cancelled, and has left the queue; what had arrived is deleted.',
  }),
};

function action(text: string, audience: readonly Audience[], call?: JobCall): JobAction {
  return { text, audience: Object.freeze([...audience]), ...(call === undefined ? {} : { call }) };
}

function raisePriority({ priority }: JobFacts): JobAction[] {
  if (priority === undefined || priority === 'foreground') return [];
  return [action('If somebody is waiting, set its priority to foreground.', ['app', 'script'], 'setPriority')];
}

function advice(error: Explanation | null, standing: JobSituation): JobAction[] {
  return error === null ? [] : [action(adviceFor(error.action, standing), error.audience)];
}

/** Whether the advice says to resume the job. */
function resumes({ error }: DerivedFacts): boolean {
  return error !== null && /\bresume the job/i.test(adviceFor(error.action, 'stopped'));
}

function why(error: Explanation | null): string {
  if (error === null || error.hresult === null) return 'the error is not available';
  return `${describe(error.hresult).summary} (${error.code ?? ''}, ${error.hex ?? ''})`;
}

function nextAttempt({ minimumRetryDelay }: JobFacts, { automatic, waitsFor, next }: RetryEstimate, now: Date): string {
  if (!automatic) return 'BITS does not try again: the retry delay is longer than the no-progress timeout.';
  if (waitsFor === 'condition') return 'BITS goes on by itself as soon as that ends.';
  if (next !== null) {
    const left = next.getTime() - now.getTime();
    return `BITS tries again by itself ${left < 1000 ? 'about now' : `in about ${duration(left)}`}.`;
  }
  const every = minimumRetryDelay === undefined ? '' : ` every ${duration(minimumRetryDelay * 1000)}`;
  return `BITS tries again by itself${every}.`;
}

const PLACES: Readonly<Record<ErrorContext, string>> = {
  none: '',
  unknown: '',
  queueManager: ' in the queue manager of BITS',
  notification: ' while it told its program',
  localFile: ' at the local file',
  remoteFile: ' at the remote file',
  transport: ' on the way to the server',
  remoteApplication: ' in the application on the server',
  serverCertificateCallback: ' in the certificate callback',
};

function where({ error }: JobFacts, file: FailedFile | null): string {
  const context = error?.context;
  if (context === undefined) return '';
  const name = context === 'localFile' ? file?.localName : context === 'remoteFile' ? file?.remoteName : undefined;
  const place = Object.hasOwn(PLACES, context) ? PLACES[context as ErrorContext] : ` in context ${context}`;
  return name === undefined ? place : `${place} ${name}`;
}

function attempts({ errorCount = 0 }: JobFacts): string | false {
  return errorCount > 0 && `It has failed ${errorCount === 1 ? 'once' : `${errorCount} times`} so far.`;
}

function progress({ bytesTotal, bytesTransferred, filesTotal, filesTransferred }: JobFacts): string {
  if (bytesTransferred === undefined) return '';
  const files =
    filesTotal === undefined || filesTransferred === undefined || filesTotal < 2
      ? ''
      : `, ${filesTransferred} of ${filesTotal} files`;
  if (bytesTotal === undefined || bytesTotal === null) return ` (${bytesTransferred} bytes so far${files})`;
  const percent = bytesTotal === 0 ? '' : `, ${Math.floor((100 * bytesTransferred) / bytesTotal)} %`;
  return ` (${bytesTransferred} of ${bytesTotal} bytes${percent}${files})`;
}

/** Accounts that always count as logged on, and have no settings of a user. */
const SYSTEM_ACCOUNTS: Readonly<Record<string, string>> = {
  'S-1-5-18': 'LocalSystem',
  'S-1-5-19': 'LocalService',
  'S-1-5-20': 'NetworkService',
};

function settings(facts: JobFacts): (string | false)[] {
  const { state, notifyFlags, notifyCommand, owner, ownerElevated } = facts;
  return [
    ...(state === 'transferred' ? [] : networkSettings(facts)),
    notifyFlags?.includes('disable') === true && 'Its notifications are switched off.',
    notifyCommand === true && 'It starts a program when it is transferred or fails.',
    owner !== undefined && ownership(owner),
    ownerElevated === true && 'It was made by an elevated process, and only an elevated one can change it.',
  ];
}

function networkSettings({ priority, costPolicy }: JobFacts): (string | false)[] {
  const costs = typeof costPolicy === 'string' ? costPolicy : costPolicy?.join(', ');
  return [
    priority !== undefined &&
      (priority === 'foreground'
        ? 'Its priority is foreground: it shares the network with other programs.'
        : `Its priority is ${priority}: it uses what other programs leave of the network.`),
    costs !== undefined && costs !== 'always' && `It transfers only on networks whose cost is allowed (${costs}).`,
  ];
}

function ownership(owner: string): string {
  const system = Object.hasOwn(SYSTEM_ACCOUNTS, owner) ? SYSTEM_ACCOUNTS[owner] : undefined;
  return system === undefined
    ? `It belongs to ${owner}.`
    : `It belongs to ${system}, which has no proxy settings and no mapped drives of a user.`;
}

const EXPECTED = [
  'state',
  'type',
  'errorCount',
  'minimumRetryDelay',
  'noProgressTimeout',
  'modificationTime',
  'bytesTransferred',
  'filesTotal',
  'priority',
  'costPolicy',
  'notifyFlags',
  'owner',
] as const satisfies readonly (keyof JobFacts)[];

function missingFacts(facts: JobFacts): (keyof JobFacts)[] {
  const failed = facts.state === 'error' || facts.state === 'transientError';
  return [...EXPECTED, ...(failed ? ['error' as const] : [])].filter((name) => facts[name] === undefined);
}

function missingText(missing: readonly string[]): string {
  const words = missing.map((name) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
  return words.length === 0 ? '' : `Not available from this BITS: ${words.join(', ')}.`;
}

function shownFile({ remoteName, localName }: FailedFile, revealUrls: boolean): FailedFile {
  return Object.freeze({ remoteName: revealUrls ? remoteName : redactUrl(remoteName), localName });
}

function forTime(idle: number | null): string {
  return idle === null || idle < MINUTE ? '' : ` for ${duration(idle)}`;
}

/** A time in the largest unit that fits: '90 seconds', '10 minutes', '14 days'. */
function duration(milliseconds: number): string {
  const units: [string, number][] = [
    ['day', DAY],
    ['hour', 60 * MINUTE],
    ['minute', MINUTE],
  ];
  const [unit, size] = units.find(([, length]) => milliseconds >= 2 * length) ?? ['second', 1000];
  return count(Math.round(milliseconds / size), unit);
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
