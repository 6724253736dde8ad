import { once } from 'node:events';
import path from 'node:path';
import { setImmediate, setInterval } from 'node:timers';
import { Worker } from 'node:worker_threads';
import { double } from '../support/double';
import { useDouble } from '../support/use_double';

// Results and callbacks are delivered in portions of 2 milliseconds, with a turn of the event loop between them.

const ID = '{b0a710e5-5d1f-4f0e-9b1a-0123456789ab}';
const GET_TYPE = 'IBackgroundCopyJob::GetType';
const GET_OWNER = 'IBackgroundCopyJob::GetOwner';
const NOT_TRUSTED = 0x800b0004; // TRUST_E_SUBJECT_NOT_TRUSTED
const COUNT = 30;
/** Of deliveries that keep JavaScript busy for a millisecond each: the portion is over before the fourth. */
const MOST = 3;

const at = useDouble([{ id: ID, files: [{}] }]);

/** This thread does nothing else until then. */
function block(condition: () => boolean): void {
  while (!condition());
}

function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  block(() => performance.now() >= end);
}

/** Waits, blocking, for a call that the double blocks: those before it in the queue have been answered. */
const blockUntilCalled = (method: string) => block(() => double.blocked().includes(method));

/** Counts the turns of the event loop while `work` runs. */
async function countingTurns(work: (turn: () => number) => Promise<unknown>): Promise<void> {
  let turn = 0;
  let on = true;
  const next = () => {
    turn++;
    if (on) setImmediate(next);
  };
  setImmediate(next);
  await work(() => turn);
  on = false;
}

/** How often each value occurs. */
function occurrences(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}

/** All are answered before the first is delivered. `each` is called with the number of each that has been delivered. */
async function piledUp(each: (i: number) => void): Promise<void> {
  double.script(GET_TYPE, { block: true });
  const calls = Array.from({ length: COUNT }, (_, i) => at.job.getState().then(() => each(i)));
  const last = at.job.getType();
  blockUntilCalled(GET_TYPE);
  double.release(GET_TYPE);
  await Promise.all([...calls, last]);
}

describe('many answers at once', () => {
  test('are delivered over several turns of the event loop, in order', async () => {
    const delivered: { i: number; turn: number }[] = [];
    await countingTurns((turn) =>
      piledUp((i) => {
        delivered.push({ i, turn: turn() });
        busy(1);
      }),
    );
    expect(delivered.map(({ i }) => i)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
    expect(Math.max(...occurrences(delivered.map(({ turn }) => turn)))).toBeLessThanOrEqual(MOST);
  });

  test('timers have their turn in between', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const ticksBefore: number[] = [];
    await piledUp(() => {
      ticksBefore.push(ticks);
      busy(1);
    });
    clearInterval(timer);
    expect(Math.max(...occurrences(ticksBefore))).toBeLessThanOrEqual(MOST);
  });

  test('what is answered while others are delivered waits for its turn, too', async () => {
    const turns: number[] = [];
    await countingTurns(async (turn) => {
      let next = at.job.getState();
      for (let i = 0; i < COUNT; i++) {
        await next;
        turns.push(turn());
        next = at.job.getState();
        busy(1);
      }
      await next;
    });
    expect(Math.max(...occurrences(turns))).toBeLessThanOrEqual(MOST);
  });
});

test.each([0, 1])('callbacks and results keep their order, each keeping JavaScript busy for %i ms', async (pause) => {
  const seen: string[] = [];
  const see = (what: string) => () => {
    seen.push(what);
    busy(pause);
  };
  await at.job.setNotifyInterface({ jobTransferred: see('transferred'), jobModification: see('modification') });
  double.script(GET_TYPE, { block: true });
  double.script(GET_OWNER, { block: true });
  const calls = [
    at.job.getState().then(see('state')),
    at.job.getType().then(see('type')),
    at.job.getDisplayName().then(see('name')),
    at.job.getOwner().then(see('owner')),
  ];
  blockUntilCalled(GET_TYPE);
  expect(double.fireAtOnce('JobTransferred', ID)).toBe(0);
  double.release(GET_TYPE);
  blockUntilCalled(GET_OWNER);
  expect(double.fireAtOnce('JobModification', ID)).toBe(0);
  double.release(GET_OWNER);
  await Promise.all(calls);
  expect(seen).toEqual(['state', 'transferred', 'type', 'name', 'modification', 'owner']);
});

describe('an environment that ends with many results undelivered', () => {
  const count = 1000;

  /** A worker that has `count` results, a callback and a question to deliver, and waits at the gate. */
  async function piledUpWorker() {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    double.script(GET_OWNER, { block: true });
    const worker = new Worker(path.join(__dirname, '../support/piling_worker.js'), {
      workerData: { clsid: double.clsid, id: ID, count, gate },
    });
    await once(worker, 'message');
    expect(await double.fire('JobModification', ID)).toBe(0);
    const judged = double.fire('ValidateServerCertificate', ID, {
      certData: Uint8Array.of(1),
      certEncodingType: 1,
      certStoreData: Uint8Array.of(1),
    });
    await double.untilBlocked(GET_OWNER);
    double.release(GET_OWNER);
    return { worker, gate, judged };
  }

  /** Nothing of it is left; and this environment works. */
  async function expectNothingLeft(judged: Promise<number>): Promise<void> {
    expect(await judged).toBe(NOT_TRUSTED);
    expect(await at.job.getState()).toBe('queued');
    await at.bits.close();
    double.reset();
    await double.untilReleased();
  }

  test('from outside', async () => {
    const { worker, judged } = await piledUpWorker();
    await worker.terminate();
    await expectNothingLeft(judged);
  });

  test('by itself, at the first of them', async () => {
    const { worker, gate, judged } = await piledUpWorker();
    const ended = once(worker, 'exit');
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await ended;
    await expectNothingLeft(judged);
  });
});
