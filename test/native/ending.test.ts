import path from 'node:path';
import { runToEnd } from '../support/process';

const CHILD = path.join(__dirname, '../support/ending_child.js');
const STEPS = [
  'IBackgroundCopyManager::CreateJob',
  'IBackgroundCopyJob::SetDescription',
  'IBackgroundCopyJob::AddFileSet',
];
const CANCELLED = ['IBackgroundCopyJob::Cancel', 0];

async function end(situation: string, method: string) {
  const { code, stdout, stderr } = await runToEnd([CHILD, situation, method], 25_000);
  return { code, calls: JSON.parse(stdout) as unknown[], stderr };
}

describe('a process that ends while a job is being made leaves no job', () => {
  test.each(STEPS)('process.exit() during %s', async (step) => {
    const { code, calls } = await end('slow', step);
    expect(code).toBe(7);
    expect(calls.at(-1)).toEqual(CANCELLED);
  });

  test('an exception that nobody catches', async () => {
    const { code, calls, stderr } = await end('thrown', 'IBackgroundCopyJob::AddFileSet');
    expect(code).toBe(1);
    expect(stderr).toContain('thrown on purpose');
    expect(calls.at(-1)).toEqual(CANCELLED);
  });
});

describe('a process ends although a call hangs for good', () => {
  const HANGING = ['IBackgroundCopyJob::GetState', 'IClassFactory::CreateInstance', 'IBackgroundCopyJob::AddFileSet'];

  test.each(HANGING)('%s: by process.exit()', async (method) => {
    expect((await end('stuck', method)).code).toBe(7);
  });

  test.each(HANGING)('%s: by itself, when the call has been abandoned', async (method) => {
    expect((await end('abandoned', method)).code).toBe(0);
  });
});
