/**
 * The situation of the job when the advice is read. 'waiting': BITS retries by itself (transientError). 'stopped': the
 * job needs to be resumed (error). 'gone': it has been cancelled, as `download()` does when it fails.
 */
export type JobSituation = 'waiting' | 'stopped' | 'gone';

/** Phrases of the table that say that BITS retries, and what replaces them when it does not. */
const AUTOMATIC_RETRY_PHRASES: readonly (readonly [RegExp, string])[] = [
  [
    /^Wait: (?:BITS|it) (?:tries again|goes on)(?: automatically| later| after the retry delay)?/,
    'Resume the job to try again',
  ],
  [/^Nothing: BITS .*\.$/, 'Resume the job to try again.'],
  [/: (?:the job then goes on|BITS then queues every waiting job again) automatically/, ', then resume the job'],
];
/** Phrases of the table that say to resume the job, and what replaces them when it is gone. */
const RESUME_PHRASES: readonly (readonly [RegExp, string])[] = [
  [/^Resume the job to fetch the file again, or cancel it/, 'Fetch the file again'],
  [/^Resume the job(?: to try again)?/, 'Try again'],
  [/(then|and) resume the job/, '$1 try again'],
  [/complete or resume the job again: nothing is lost/, 'try again'],
  [/; resuming (?:the job restarts the clock|cannot help)/, ''],
  [/cancel the job and create a new one/, 'try again'],
];

/** The table's advice, worded for the situation of the job. */
export function adviceFor(action: string, situation: JobSituation): string {
  const replace = (text: string, list: typeof AUTOMATIC_RETRY_PHRASES) =>
    list.reduce((words, [from, to]) => words.replace(from, to), text);
  if (situation === 'waiting') return action;
  const stopped = replace(action, AUTOMATIC_RETRY_PHRASES);
  return situation === 'stopped' ? stopped : replace(stopped, RESUME_PHRASES);
}
