import type { ErrorContext, JobState } from '../contract/enums';
import { describe, explain } from '../errors';
import type { Audience, Explanation, FailedFile, UnavailableReason } from '../errors';
import type { JobAction, JobCall, JobExplanation, JobFacts, JobVerdict } from '../errors/job_explanation';
import { adviceFor } from '../errors/advice';
import type { JobSituation } from '../errors/advice';
import { CONTEXT_PHRASES } from '../errors/context_phrases';
import { redactUrl } from '../util/redaction';
import { estimateRetry } from './next_retry';
import type { RetryEstimate } from '../errors/job_explanation';

/** How to explain a job. */
export interface ExplainJobOptions {
  /** When the facts were read. */
  readonly now: Date;
  /** Leave URLs as they are. Default false. */
  readonly revealUrls?: boolean | undefined;
}

/** The part of an explanation that depends on the state. */
interface StateReport {
  readonly verdict: JobVerdict;
  readonly summary: string;
  readonly blockedBy?: UnavailableReason | undefined;
  readonly actions?: readonly JobAction[];
  readonly remarks?: readonly (string | false)[];
}

/** The facts, and what follows from them in every state. */
interface DerivedFacts {
  readonly facts: JobFacts;
  readonly error: Explanation | null;
  readonly context: JobExplanation['context'];
  /** As shown: redacted unless URLs are revealed. */
  readonly file: FailedFile | null;
  readonly retry: RetryEstimate;
  readonly now: Date;
  /** Milliseconds since the last change of the job. */
  readonly idle: number | null;
}

/** Explains why a job is not progressing and what can be done, from its state, error, retry timing and settings. */
export function explainJob(facts: JobFacts, options: ExplainJobOptions): JobExplanation {
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

function deriveFacts(facts: JobFacts, { now, revealUrls = false }: ExplainJobOptions): DerivedFacts {
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
/** Codes after which resuming is pointless: a new job is needed. */
const FINAL: ReadonlySet<string> = new Set(['BG_E_LOCAL_FILE_CHANGED', 'BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED']);

const RESUME_NOW = action('To retry at once, resume it.', ['app', 'script'], 'resume');
const CANCEL = action('To give up, cancel it.', ['app', 'script'], 'cancel');

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
      summary: `The job ${lasting(idle, 'is waiting for its turn', 'has been waiting for its turn')}.`,
      remarks: [
        attempts(facts),
        facts.priority !== 'foreground' &&
          'BITS transfers background jobs one at a time, and only while their owner is logged on.',
      ],
      actions: raisePriority(facts),
    };
  },

  connecting: ({ facts, idle }) => ({
    verdict: 'moving',
    summary: `BITS ${lasting(idle, 'is connecting to the server', 'has been trying to connect to the server')}.`,
    remarks: [attempts(facts)],
    actions:
      idle === null || idle < 2 * MINUTE
        ? []
        : [
            action('Check that the server and the proxy can be reached from the account that owns the job.', [
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
        summary: 'The job is suspended and has no files.',
        actions: [action('Add a file.', ['app'], 'addFile'), action('Then resume the job.', ['app'], 'resume')],
      };
    }
    if (facts.onDemand === true) {
      const request = action('Request ranges with file.requestFileRanges().', ['app']);
      return { verdict: 'stopped', summary: 'The job waits for ranges to be requested.', actions: [request] };
    }
    return {
      verdict: 'stopped',
      summary: `The job is suspended${progress(facts)}: it was never resumed, or it has been suspended.`,
      actions: [action('Resume it.', ['app', 'script'], 'resume')],
    };
  },

  error: (known) => {
    const { facts, error, file } = known;
    const { type, filesTransferred = 0, noProgressTimeout } = facts;
    const again =
      error?.code !== null && error?.code !== undefined && FINAL.has(error.code)
        ? action('Resuming cannot help: create a new job.', ['app'])
        : action(
            resumes(known)
              ? 'Resuming keeps what has been transferred.'
              : 'Then resume the job: what has been transferred is kept.',
            ['app', 'script'],
            'resume',
          );
    const keep =
      type === 'download' && filesTransferred > 0
        ? [
            action(
              `To keep only what is finished (${count(filesTransferred, 'file')}), complete it.`,
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
        'BITS does not retry it: it has to be resumed or cancelled.',
        attempts(facts),
        noProgressTimeout === 0 && 'With a no-progress timeout of 0 every error is final.',
      ],
      actions: [...advice(error, 'stopped'), again, ...keep, CANCEL],
    };
  },

  transientError: ({ facts, error, file, retry, now }) => {
    const { noProgressTimeout } = facts;
    const never = !retry.automatic;
    const timeout = noProgressTimeout === undefined ? 'the no-progress timeout' : duration(noProgressTimeout);
    const shorten = action('Set the retry delay below the no-progress timeout.', ['app'], 'setMinimumRetryDelay');
    return {
      verdict: never ? 'stopped' : 'waiting',
      blockedBy: error?.reason,
      summary: `The job is held up${where(facts, file)}: ${why(error)}.`,
      remarks: [
        nextAttempt(facts, retry, now),
        attempts(facts),
        `After ${timeout} without progress it fails permanently.`,
        facts.notifyFlags !== undefined &&
          !facts.notifyFlags.includes('jobModification') &&
          'BITS reports this state only to modification callbacks, which the job has not requested.',
      ],
      actions: [...advice(error, never ? 'stopped' : 'waiting'), ...(never ? [shorten] : []), RESUME_NOW],
    };
  },

  transferred: ({ facts }) => ({
    verdict: 'ready',
    summary:
      facts.type === 'upload'
        ? 'Everything has been sent; the job waits to be completed.'
        : 'Everything has been transferred; the job waits to be completed, and the files have temporary names until then.',
    actions: [action('Complete it.', ['app', 'script'], 'complete')],
    remarks: ['If completing fails because a file is in use, nothing is lost: complete it again.'],
  }),

  acknowledged: () => ({ verdict: 'ended', summary: 'The job was completed and has left the queue.' }),
  cancelled: () => ({
    verdict: 'ended',
    summary: 'The job was cancelled and has left the queue; what it had transferred is deleted.',
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

/** Whether the advice already says to resume the job. */
function resumes({ error }: DerivedFacts): boolean {
  return error !== null && /\bresume the job/i.test(adviceFor(error.action, 'stopped'));
}

function why(error: Explanation | null): string {
  if (error === null || error.hresult === null) return 'the error is not available';
  return `${describe(error.hresult).summary} (${error.code ?? ''}, ${error.hex ?? ''})`;
}

function nextAttempt({ minimumRetryDelay }: JobFacts, { automatic, waitsFor, next }: RetryEstimate, now: Date): string {
  if (!automatic) return 'BITS does not retry: the retry delay is longer than the no-progress timeout.';
  if (waitsFor === 'condition') return 'BITS continues by itself as soon as that ends.';
  if (next !== null) {
    const left = next.getTime() - now.getTime();
    return `BITS retries by itself ${left < 1000 ? 'about now' : `in about ${duration(left)}`}.`;
  }
  const every = minimumRetryDelay === undefined ? '' : ` every ${duration(minimumRetryDelay)}`;
  return `BITS retries by itself${every}.`;
}

function where({ error }: JobFacts, file: FailedFile | null): string {
  const context = error?.context;
  if (context === undefined) return '';
  const name = context === 'localFile' ? file?.localName : context === 'remoteFile' ? file?.remoteName : undefined;
  const phrase = Object.hasOwn(CONTEXT_PHRASES, context)
    ? CONTEXT_PHRASES[context as ErrorContext]
    : ` in context ${context}`;
  return name === undefined ? phrase : `${phrase} ${name}`;
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

/** Accounts that always count as logged on and have no user settings. */
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
    ownerElevated === true && 'It was created by an elevated process, and only an elevated one can change it.',
  ];
}

function networkSettings({ priority, costPolicy }: JobFacts): (string | false)[] {
  const costs = typeof costPolicy === 'string' ? costPolicy : costPolicy?.join(', ');
  return [
    priority !== undefined &&
      (priority === 'foreground'
        ? 'Its priority is foreground: it competes with other programs for the network.'
        : `Its priority is ${priority}: it uses only idle bandwidth.`),
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

/** What goes on, with how long it has gone on for where that is worth saying. */
function lasting(idle: number | null, present: string, perfect: string): string {
  const time = forTime(idle);
  return time === '' ? present : perfect + time;
}

function forTime(idle: number | null): string {
  return idle === null || idle < MINUTE ? '' : ` for ${duration(idle)}`;
}

/** A duration in the largest fitting unit: '90 seconds', '10 minutes', '14 days'. */
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
