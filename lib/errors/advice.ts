/**
 * How the job stands when somebody reads the advice. 'waiting': BITS tries again by itself (transientError). 'stopped':
 * it stays until somebody resumes it (error). 'gone': it has been cancelled, as by `download()` when it fails.
 */
export type JobSituation = 'waiting' | 'stopped' | 'gone';

/** The table's words for "BITS tries again" and "resume the job", and what they are in another standing. */
const AUTOMATIC_RETRY_PHRASES: readonly (readonly [RegExp, string])[] = [
  [
    /^Wait: (?:BITS|it) (?:tries again|goes on)(?: by itself| later| after the retry delay)?/,
    'Resume the job to try again',
  ],
  [/^Nothing: BITS .*\.$/, 'Resume the job to try again.'],
  [/: (?:the job then goes on|every waiting job then goes back to the queue) by itself/, ', then resume the job'],
];
const RESUME_PHRASES: readonly (readonly [RegExp, string])[] = [
  [/^Resume the job to fetch the file again, or cancel it/, 'Fetch the file again'],
  [/^Resume the job(?: to try again)?/, 'Try again'],
  [/(then|and) resume the job/, '$1 try again'],
  [/complete or resume the job again: nothing is lost/, 'try again'],
  [/; resuming (?:the job restarts the clock|cannot help)/, ''],
  [/cancel the job and make a new one/, 'try again'],
];

/** The table's advice in words that fit the job. */
export function adviceFor(action: string, situation: JobSituation): string {
  const replace = (text: string, list: typeof AUTOMATIC_RETRY_PHRASES) =>
    list.reduce((words, [from, to]) => words.replace(from, to), text);
  if (situation === 'waiting') return action;
  const stopped = replace(action, AUTOMATIC_RETRY_PHRASES);
  return situation === 'stopped' ? stopped : replace(stopped, RESUME_PHRASES);
}
