/**
 * How the job stands when somebody reads the advice. 'waiting': BITS tries again by itself (transientError). 'stopped':
 * it stays until somebody resumes it (error). 'gone': it has been cancelled, as by `download()` when it fails.
 */
export type Standing = 'waiting' | 'stopped' | 'gone';

/** The table's words for "BITS tries again" and "resume the job", and what they are in another standing. */
const BY_ITSELF: readonly (readonly [RegExp, string])[] = [
  [
    /^Wait: (?:BITS|it) (?:tries again|goes on)(?: automatically| later| after the retry delay)?/,
    'Resume the job to try again',
  ],
  [/^Nothing: BITS .*\.$/, 'Resume the job to try again.'],
  [/: (?:the job then goes on|BITS then queues every waiting job again) automatically/, ', then resume the job'],
];
const BY_RESUMING: readonly (readonly [RegExp, string])[] = [
  [/^Resume the job to fetch the file again, or cancel it/, 'Fetch the file again'],
  [/^Resume the job(?: to try again)?/, 'Try again'],
  [/(then|and) resume the job/, '$1 try again'],
  [/complete or resume the job again: nothing is lost/, 'try again'],
  [/; resuming (?:the job restarts the clock|cannot help)/, ''],
  [/cancel the job and create a new one/, 'try again'],
];

/** The table's advice in words that fit the job. */
export function adviceFor(action: string, standing: Standing): string {
  const replace = (text: string, list: typeof BY_ITSELF) =>
    list.reduce((words, [from, to]) => words.replace(from, to), text);
  if (standing === 'waiting') return action;
  const stopped = replace(action, BY_ITSELF);
  return standing === 'stopped' ? stopped : replace(stopped, BY_RESUMING);
}
