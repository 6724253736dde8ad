import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BitsAbortError, BitsJob, DownloadProgress, OnAbort } from '../../lib';
import { expectedOn, milliseconds } from '../support/expected_on';
import type { Served } from '../support/server';
import { rejection } from '../support/outcome';
import { ACTIVE, holdFile, mayBeLeft, oneOf, reach, refusal, useService } from '../support/service';

// download(), aborted in each state that it can be in here, with each `onAbort`. It resumes its job before it waits, so
// that it never sees it suspended; Wine's service has no transient errors: what fails is in the state error. Both are in
// test/native/download.test.ts, and job.wait() has its own table in watch.test.ts.
const at = useService();
const APP = `abort test ${process.pid}`;
const ON_ABORT = ['detach', 'suspend', 'cancel'] as const;

interface Row {
  /** How the server answers, so that a download gets into that state and stays there. */
  readonly served: Omit<Served, 'body'>;
  /** The states in which it is aborted. A job of Windows does not wait for others of its own priority class. */
  readonly aborted: { readonly windows: readonly string[]; readonly wine: readonly string[] };
  /** What the job may be afterwards, when it is not touched, and when it is suspended. */
  readonly detached: { readonly windows: readonly string[]; readonly wine: readonly string[] };
  readonly suspended: readonly string[];
}

const WAITING = [...ACTIVE, 'transientError'];
const STATES: Readonly<Record<string, Row>> = {
  queued: {
    served: { silent: true },
    aborted: { windows: ACTIVE, wine: ['queued'] },
    detached: { windows: WAITING, wine: ['queued'] },
    suspended: ['suspended'],
  },
  connecting: {
    served: { silent: true },
    aborted: { windows: ACTIVE, wine: ['connecting'] },
    detached: { windows: WAITING, wine: ['connecting'] },
    suspended: ['suspended'],
  },
  transferring: {
    served: { chunk: 2500 },
    aborted: { windows: ['transferring'], wine: ['transferring'] },
    detached: { windows: [...WAITING, 'transferred'], wine: ['transferring'] },
    suspended: ['suspended'],
  },
  // What Suspend makes of a job that has stopped is not documented.
  error: {
    served: { status: 404 },
    aborted: { windows: ['error'], wine: ['error'] },
    detached: { windows: ['error'], wine: ['error'] },
    suspended: ['error', 'suspended'],
  },
  transferred: {
    served: {},
    aborted: { windows: ['transferred'], wine: ['transferred'] },
    detached: { windows: ['transferred'], wine: ['transferred'] },
    suspended: ['transferred', 'suspended'],
  },
};

const transfersOneJobAtATime = () => expectedOn({ windows: false, wine: true });

/** Keeps other jobs queued, where the service transfers one at a time. */
async function occupy(): Promise<BitsJob> {
  const job = await at.createJob({ files: [at.serve('occupied.bin', Buffer.alloc(1))] });
  at.server.files.set('/occupied.bin', { silent: true });
  await job.resume();
  await reach(job, 'connecting');
  return job;
}

async function aborted(
  name: string,
  onAbort: OnAbort,
  when: (progress: DownloadProgress, abort: () => void) => void,
): Promise<BitsAbortError> {
  const controller = new AbortController();
  const error = await rejection(
    at.bits.download({
      url: at.server.url(`/${name}`),
      path: path.join(at.folder, name),
      app: APP,
      onAbort,
      signal: controller.signal,
      onProgress: (progress) => {
        when(progress, () => {
          controller.abort('enough');
        });
      },
    }),
  );
  expect(error).toMatchObject({ code: 'BITS_ABORTED', cause: 'enough' });
  return error as BitsAbortError;
}

/** The jobs that these downloads have left; they are removed. */
async function clear(): Promise<unknown[]> {
  const jobs = await at.bits.reap({ app: APP, olderThan: 0 });
  expect(fs.readdirSync(at.folder)).toEqual([]);
  return jobs.map(({ id, state }) => ({ id, state }));
}

describe.each(Object.entries(STATES))('aborted when %s', (state, row) => {
  test.each(ON_ABORT)('%s', async (onAbort) => {
    const name = `${state}-${onAbort}.bin`;
    // Long enough to be seen. Wine's service sends all of it before it lets a job go.
    const delay = milliseconds({ windows: 250, others: 40 });
    at.server.files.set(`/${name}`, { body: randomBytes(50_000), delay, ...row.served });
    const other = state === 'queued' && transfersOneJobAtATime() ? await occupy() : undefined;
    const states = expectedOn(row.aborted);
    const error = await aborted(name, onAbort, (progress, abort) => {
      if (states.includes(progress.state)) abort();
    });
    const { jobId: id, left } = error;
    expect(left).toEqual(oneOf(...mayBeLeft(state)[onAbort]));
    const refused = onAbort === 'suspend' && left === 'detached' ? expect.objectContaining(refusal()) : undefined;
    expect(error.refused).toEqual(refused);
    const after = { cancelled: [], suspended: row.suspended, detached: expectedOn(row.detached) }[left!];
    expect(await clear()).toEqual(after.length === 0 ? [] : [{ id, state: oneOf(...after) }]);
    await other?.cancel();
  });
});

test.each(ON_ABORT)('aborted while the target is in use: %s', async (onAbort) => {
  const name = `busy-${onAbort}.bin`;
  at.server.files.set(`/${name}`, { body: randomBytes(1000) });
  const target = path.join(at.folder, name);
  fs.writeFileSync(target, 'old');
  const held = holdFile(target);
  let error: BitsAbortError;
  try {
    error = await aborted(name, onAbort, ({ state }, abort) => {
      if (state === 'transferred') void sleep(300).then(abort);
    });
  } finally {
    held.release();
  }
  expect(fs.readFileSync(target, 'utf8')).toBe('old');
  fs.rmSync(target);
  // Wine's job has to be completed for the file to be verified; without it there is only the file to remove.
  const left = expectedOn<Record<OnAbort, readonly string[]>>({
    windows: { detach: ['detached'], suspend: ['suspended', 'detached'], cancel: ['cancelled'] },
    wine: { detach: ['cancelled'], suspend: ['cancelled'], cancel: ['cancelled'] },
  });
  expect(error.left).toEqual(oneOf(...left[onAbort]));
  expect(await clear()).toHaveLength(error.left === 'cancelled' ? 0 : 1);
});

test('aborted before it begins: there is no job to leave', async () => {
  for (const onAbort of ON_ABORT) {
    const error = await rejection(
      at.bits.download({
        url: at.server.url('/never'),
        path: path.join(at.folder, 'never'),
        app: APP,
        onAbort,
        signal: AbortSignal.abort(),
      }),
    );
    expect(error).toMatchObject({ code: 'BITS_ABORTED' });
    expect(error).not.toHaveProperty('left');
    expect(error).not.toHaveProperty('jobId');
  }
  expect(await clear()).toEqual([]);
});
