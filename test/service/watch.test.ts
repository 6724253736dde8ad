import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BitsClosedError,
  BitsEndedError,
  BitsStalledError,
  BitsTimeoutError,
  BitsTransferError,
  connect,
} from '../../lib';
import type { BitsAbortError, BitsJob, JobEventName, WatchSnapshot } from '../../lib';
import { expectedOn, milliseconds } from '../support/expected_on';
import { rejection } from '../support/outcome';
import { ACTIVE, mayBeLeft, oneOf, reach, refusal, useService } from '../support/service';
import { until } from '../support/until';

const at = useService();

/** A job whose file takes its time, in 40 pieces: long enough to be seen, and no longer, since Wine sends it to the end. */
async function slowJob(name: string): Promise<BitsJob> {
  const delay = milliseconds({ windows: 120, others: 30 });
  return at.createJob({ files: [at.serve(name, randomBytes(100_000), { chunk: 2500, delay })] });
}

async function quickJob(...names: string[]): Promise<BitsJob> {
  return at.createJob({ files: names.map((name) => at.serve(name, randomBytes(5000))) });
}

const heardUntil = (job: BitsJob, last: JobEventName, names: readonly JobEventName[]) =>
  new Promise<string[]>((resolve) => {
    const heard: string[] = [];
    for (const name of names) {
      job.on(
        name,
        () => {
          if (heard.at(-1) !== name) heard.push(name);
          if (name === last) resolve(heard);
        },
        { ref: true },
      );
    }
  });

describe('events', () => {
  test('of a download, with the callbacks attached only while somebody listens', async () => {
    const job = await quickJob('e1.bin', 'e2.bin');
    expect(job.callbacks).toBeNull();
    expect(await job.getNotifyInterface()).toBeNull();
    const files: string[] = [];
    const states: string[] = [];
    job.on('fileTransferred', ({ path }) => files.push(path));
    job.on('stateChange', ({ previous, state, snapshot }) => {
      expect(snapshot.state).toBe(state);
      states.push(previous, state);
    });
    const done = new Promise<WatchSnapshot>((resolve) => job.once('transferred', ({ snapshot }) => resolve(snapshot)));
    await job.resume();
    expect(await done).toMatchObject({
      state: 'transferred',
      bytes: 10_000,
      eta: 0,
      progress: { filesTransferred: 2 },
    });
    expect(states[0]).toBe('suspended');
    expect(states.at(-1)).toBe('transferred');
    await until(() => files.length === 2);
    expect(files.map((path) => path.slice(-6)).sort()).toEqual(['e1.bin', 'e2.bin']);
    await until(() => job.callbacks === 'own'); // polls may have seen all before
    expect(await job.getNotifyInterface()).toBe('own');
    await job[Symbol.asyncDispose]();
    expect(job.callbacks).toBeNull();
    await until(async () => (await job.getNotifyInterface()) === null);
    expect((await job.getNotifyFlags()).sort()).toEqual(['jobError', 'jobTransferred']);
    expect(await job.getState()).toBe('transferred');
  });

  test('who comes late is told all the same', async () => {
    const job = await quickJob('late.bin');
    await job.resume();
    await reach(job, 'transferred');
    expect(await heardUntil(job, 'transferred', ['transferred'])).toEqual(['transferred']);
    expect(await heardUntil(job, 'transferred', ['transferred'])).toEqual(['transferred']);
    await job[Symbol.asyncDispose]();
  });

  test('error, with the reason, although Wine calls nobody back for it', async () => {
    const job = await at.createJob({ files: [{ url: at.server.url('/none'), path: path.join(at.folder, 'none') }] });
    const failed = new Promise((resolve) => job.once('error', resolve, { ref: true }));
    await job.resume();
    expect(await failed).toMatchObject({ name: 'BitsTransferError', httpStatus: 404, transient: false });
  });

  test('callbacks of another program are left alone', async () => {
    const job = await slowJob('two.bin');
    let called = 0;
    const other = await connect();
    const same = await other.getJob(job.id);
    await same.setNotifyInterface({
      jobTransferred: () => {
        called++;
      },
    });
    const progress = heardUntil(job, 'transferred', ['progress', 'transferred']);
    await job.resume();
    expect(await progress).toEqual(['progress', 'transferred']);
    expect(job.callbacks).toBe('other');
    expect(await same.getNotifyInterface()).toBe('own');
    await job[Symbol.asyncDispose]();
    expect(await same.getNotifyInterface()).toBe('own');
    await until(() => called > 0); // at least once, says its page
    await other.close();
  });

  test('two programs watch one job', async () => {
    const job = await slowJob('both.bin');
    const other = await connect();
    const same = await other.getJob(job.id);
    const both = Promise.all([job.wait(), same.wait()]);
    await job.resume();
    expect((await both).map(({ state }) => state)).toEqual(['transferred', 'transferred']);
    await other.close();
  });

  test('bad arguments', async () => {
    expect(() => {
      at.bits.watchProfile = 'x' as 'attended';
    }).toThrow(TypeError);
    const job = await at.createJob();
    expect(() => job.on('done' as 'transferred', () => undefined)).toThrow(/"event"/);
    expect(() => job.on('transferred', 5 as never)).toThrow(/"listener"/);
    expect(() => job.watch({ intervall: 5 } as never)).toThrow(/did you mean 'interval'/);
    await expect(job.wait({ until: 'done' as 'queued' })).rejects.toThrow(TypeError);
    await expect(job.wait({ timeout: -1 })).rejects.toThrow(RangeError);
    await expect(job.wait({ signal: {} as AbortSignal })).rejects.toThrow(TypeError);
  });
});

describe('watch', () => {
  test('gives immutable snapshots with rate, and ends by itself', async () => {
    const job = await slowJob('w.bin');
    await job.resume();
    const seen: WatchSnapshot[] = [];
    for await (const snapshot of job.watch({ interval: 100 })) seen.push(snapshot);
    expect(seen.at(-1)).toMatchObject({ state: 'transferred', bytes: 100_000, eta: 0, rate: null });
    expect(seen.filter(({ state }) => state === 'transferred')).toHaveLength(1);
    expect(seen.every(Object.isFrozen)).toBe(true);
    const rates = seen.flatMap(({ rate }) => (rate === null ? [] : [rate]));
    expect(rates.length).toBeGreaterThan(0);
    // Windows counts what has been written, which is more at a time than has just come.
    expect(rates.every((rate) => rate >= 0 && rate < expectedOn({ windows: Infinity, wine: 200_000 }))).toBe(true);
    // Wine does not know the size of a job until all of it has arrived, Windows does.
    expect(seen.slice(0, -1).every(({ percent }) => percent === null)).toEqual(
      expectedOn<unknown>({ windows: expect.any(Boolean), wine: true }),
    );
    expect(seen.at(-1)?.percent).toBe(100);
    expect(job.callbacks).toBeNull();
  });

  test('a slow consumer gets the newest only; break ends it', async () => {
    const job = await slowJob('slow.bin');
    await job.resume();
    const bytes: number[] = [];
    for await (const snapshot of job.watch({ interval: 0 })) {
      bytes.push(snapshot.bytes);
      if (bytes.length === 2) break;
      await reach(job, 'transferred');
      await sleep(300);
    }
    expect(bytes).toEqual([expect.any(Number), 100_000]);
    expect(job.callbacks).toBeNull();
  });

  test('a signal ends it', async () => {
    const job = await slowJob('sig.bin');
    const abort = new AbortController();
    const stream = job.watch({ signal: abort.signal });
    expect((await stream.next()).value).toMatchObject({ state: 'suspended', rate: null, eta: null });
    abort.abort('enough');
    expect(await rejection(stream.next())).toMatchObject({ name: 'BitsAbortError', cause: 'enough', left: 'detached' });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });
});

describe('wait', () => {
  test('for another state', async () => {
    const job = await slowJob('until.bin');
    await job.resume();
    expect(await job.wait({ until: ['transferring', 'transferred'] })).toMatchObject({ state: 'transferring' });
    await job.cancel();
    // An ended job has left the queue of Windows; what was held before may still tell the state.
    const ended = await job.wait({ until: 'cancelled' }).then(
      ({ state }) => state,
      (error: unknown) => (error as Error).name,
    );
    expect(ended).toEqual(expectedOn({ windows: oneOf('cancelled', 'BitsNotFoundError'), wine: 'cancelled' }));
  });

  test('cancelled, completed by somebody else, failed', async () => {
    const [one, two] = [await slowJob('c1.bin'), await quickJob('c2.bin')];
    const waits = [rejection(one.wait()), rejection(two.wait({ until: 'error' }))];
    await two.resume();
    await reach(two, 'transferred');
    await two.complete();
    await one.cancel();
    const [first, second] = await Promise.all(waits);
    expect(first).toMatchObject({ code: 'BITS_ENDED', state: 'cancelled', jobId: one.id });
    expect(second).toBeInstanceOf(BitsEndedError);
    expect(second).toMatchObject({ state: 'acknowledged' });
    const bad = await at.createJob({
      files: [{ url: at.server.url('/no?sig=secret'), path: path.join(at.folder, 'no') }],
    });
    await bad.resume();
    const error = await rejection(bad.wait());
    expect(error).toBeInstanceOf(BitsTransferError);
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  test('gives up on time and on a stall, with the cause; the job is not touched', async () => {
    const job = await slowJob('never.bin'); // never resumed
    const [late, stalled] = await Promise.all([
      rejection(job.wait({ timeout: 100 })),
      rejection(job.wait({ stallTimeout: 150 })),
    ]);
    expect(late).toBeInstanceOf(BitsTimeoutError);
    expect(stalled).toBeInstanceOf(BitsStalledError);
    expect(stalled).toMatchObject({ explanation: { verdict: 'stopped', state: 'suspended' }, stallTimeout: 150 });
    expect(await job.getState()).toBe('suspended');
  });

  test('does not take progress for a stall', async () => {
    const job = await slowJob('moves.bin');
    await job.resume();
    // On Windows it may take a while until the first byte moves.
    await expect(job.wait({ stallTimeout: expectedOn({ windows: 30_000, wine: 2000 }) })).resolves.toMatchObject({
      state: 'transferred',
    });
  });

  test('the connection is closed', async () => {
    const job = await slowJob('closed.bin');
    const other = await connect();
    const same = await other.getJob(job.id);
    const waiting = rejection(same.wait());
    await job.resume();
    await reach(job, 'transferring');
    await other.close();
    expect(await waiting).toBeInstanceOf(BitsClosedError);
    expect(await job.getNotifyInterface()).toBeNull();
    expect(await job.getState()).toEqual(oneOf(...ACTIVE));
  });

  describe.each(['suspended', 'transferring', 'transferred', 'error'] as const)('aborted in the state %s', (state) => {
    test.each(['detach', 'suspend', 'cancel'] as const)('%s', async (onAbort) => {
      const name = `${state}-${onAbort}.bin`;
      const job =
        state === 'error'
          ? await at.createJob({ files: [{ url: at.server.url('/gone'), path: path.join(at.folder, 'gone') }] })
          : state === 'transferred'
            ? await quickJob(name)
            : await slowJob(name);
      if (state !== 'suspended') {
        await job.resume();
        await reach(job, state);
      }
      const abort = new AbortController();
      const waiting = rejection(job.wait({ until: 'connecting', signal: abort.signal, onAbort }));
      abort.abort(new Error('enough'));
      const error = (await waiting) as BitsAbortError;
      if (state === 'error' && error instanceof BitsTransferError) throw new Error('the abort came first');
      expect(error).toMatchObject({ code: 'BITS_ABORTED', cause: { message: 'enough' }, jobId: job.id });
      const { left } = error;
      expect(left).toEqual(oneOf(...mayBeLeft(state)[onAbort]));
      const refused = onAbort === 'suspend' && left === 'detached' ? expect.objectContaining(refusal()) : undefined;
      expect(error.refused).toEqual(refused);
      const untouched = state === 'transferring' ? [...ACTIVE, 'transferred'] : [state];
      // What Suspend makes of a job that has stopped is not documented.
      const suspended = ['suspended', ...(['error', 'transferred'].includes(state) ? [state] : [])];
      const after = { cancelled: ['cancelled'], suspended, detached: untouched }[left!];
      expect(await job.getState()).toEqual(oneOf(...after));
    });
  });
});
