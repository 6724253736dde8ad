import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { double } from '../support/double';

// One process, several environments: the main thread, workers, and vm contexts that load the addon anew in each.

const SCRIPT = path.join(__dirname, '../support/contexts.js');
// eslint-disable-next-line @typescript-eslint/no-require-imports -- JavaScript, since a worker runs it too
const { countJobs } = require(SCRIPT) as { countJobs(asked: object): Promise<number[]> };
const IDS = ['{00000000-0000-0000-0000-000000000001}', '{00000000-0000-0000-0000-000000000002}'];
const asked = { contexts: 3, clsid: double.clsid };

beforeAll(() => double.start());
beforeEach(() => {
  double.reset();
  double.setJobs(IDS.map((id) => ({ id })));
});
afterAll(() => double.stop());

async function inWorkers(count: number): Promise<unknown[]> {
  const workers = Array.from({ length: count }, () => new Worker(SCRIPT, { workerData: asked }));
  const answers = await Promise.all(workers.map((worker) => once(worker, 'message')));
  await Promise.all(workers.map((worker) => worker.terminate()));
  return answers.map(([counts]) => counts as unknown);
}

test('the main thread and three workers at once, each with three contexts', async () => {
  const answers = await Promise.all([countJobs(asked), inWorkers(3)]);
  expect(answers).toEqual([
    [2, 2, 2],
    [
      [2, 2, 2],
      [2, 2, 2],
      [2, 2, 2],
    ],
  ]);
});

test('loaded ten times more, in fresh contexts and workers; calls work after that, and nothing is held', async () => {
  for (let i = 0; i < 10; i++) {
    expect(await countJobs(asked)).toEqual([2, 2, 2]);
    expect(await inWorkers(1)).toEqual([[2, 2, 2]]);
  }
  await double.untilReleased();
});
