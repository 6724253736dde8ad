import { expectedOn } from './expected_on';

/*
 * What the documentation does not settle is asked, and the answers are printed: docs/windows-questions.md says what
 * depends on each. Tests accept every answer that the library is right with.
 */
const answers: [question: string, answer: unknown][] = [];

/** Notes what this service answered. */
export function note(question: string, answer: unknown): void {
  answers.push([question, answer]);
}

/** Prints the answers of a test file, for the log of the workflow. */
export function printAnswers(): void {
  if (answers.length === 0) return;
  const service = expectedOn({ windows: 'Windows', wine: 'Wine' });
  const lines = answers.splice(0).map(([question, answer]) => `  ${question}: ${JSON.stringify(answer)}\n`);
  process.stderr.write(`Answers of ${service} (docs/windows-questions.md)\n${lines.join('')}`);
}
