// Runs files of node:test, one after the other, each in a process of its own; shows what they report, and counts.
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { finished } from 'node:stream/promises';

/** Gives the counts of tests; suites are not counted besides what is in them. */
export async function runNodeTests(files) {
  const counts = { passed: 0, failed: 0 };
  const count = (outcome) => (event) => {
    if (event.details.type !== 'suite') counts[outcome]++;
  };
  const events = run({ files, concurrency: false }).on('test:pass', count('passed')).on('test:fail', count('failed'));
  const report = events.pipe(new spec());
  report.pipe(process.stdout, { end: false });
  await finished(report);
  return counts;
}
