import { once } from 'node:events';
import path from 'node:path';
import { startNode } from '../support/process';

const CHILD = path.join(__dirname, '../support/ending_child.js');
const STEPS = [
  'IBackgroundCopyManager::CreateJob',
  'IBackgroundCopyJob::SetDescription',
  'IBackgroundCopyJob::AddFileSet',
];
const CANCELLED = ['IBackgroundCopyJob::Cancel', 0];

interface Ended {
  readonly code: number | null;
  readonly calls: readonly unknown[];
  readonly stderr: string;
}

async function end(situation: string, method: string): Promise<Ended> {
  const child = await startNode([CHILD, situation, method]);
  const hangs = setTimeout(() => child.kill(), 40_000); // the test then fails, and jest can end
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(hangs);
  return { code, calls: JSON.parse(stdout) as unknown[], stderr };
}

describe('F: a process that ends while a job is being made leaves none', () => {
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

describe('C: a process ends although a call hangs for good', () => {
  const HANGING = ['IBackgroundCopyJob::GetState', 'IClassFactory::CreateInstance', 'IBackgroundCopyJob::AddFileSet'];

  test.each(HANGING)('%s: by process.exit()', async (method) => {
    expect((await end('stuck', method)).code).toBe(7);
  });

  test.each(HANGING)('%s: by itself, when the call has been abandoned', async (method) => {
    expect((await end('abandoned', method)).code).toBe(0);
  });
});
