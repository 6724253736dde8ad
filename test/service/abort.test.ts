import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BitsAbortError, BitsJob, DownloadProgress, OnAbort } from '../../lib';
import type { Served } from '../support/server';
import { reach, rejection, useService } from '../support/service';

// download(), aborted in each state that it can be in here, with each `onAbort`. It resumes its job before it waits, so
// that it never sees it suspended; Wine's service has no passing errors: what fails is in the state error. Both are in
// test/native/download.test.ts, and job.wait() has its own table in watch.test.ts.
const at = useService();
const wine = () => at.bits.system.wine !== null;
const OWNER = `abort test ${process.pid}`;
const ON_ABORT = ['detach', 'suspend', 'cancel'] as const;

/** How the server answers, so that a download gets into that state and stays there. */
const STATES: Readonly<Record<string, Served>> = {
  queued: {},
  connecting: { silent: true },
  transferring: { chunk: 2500, delay: 40 },
  error: { status: 404 },
  transferred: {},
};

/** Wine transfers one job at a time. */
async function occupy(): Promise<BitsJob> {
  const job = await at.createJob({ files: [at.serve('occupied.bin', Buffer.alloc(1))] });
  at.server.files.set('/occupied.bin', { silent: true });
  await job.resume();
  await reach(job, 'connecting');
  return job;
}

async function aborted(
  name: string, onAbort: OnAbort, when: (progress: DownloadProgress, abort: () => void) => void,
): Promise<BitsAbortError> {
  const controller = new AbortController();
  const error = await rejection(at.bits.download({
    url: at.server.url(`/${name}`), path: path.join(at.folder, name), owner: OWNER, onAbort, signal: controller.signal,
    onProgress: (progress) => { when(progress, () => { controller.abort('enough'); }); },
  }));
  expect(error).toMatchObject({ code: 'BITS_ABORTED', cause: 'enough' });
  return error as BitsAbortError;
}

/** What there is of these downloads afterwards; nothing is left of it. */
async function clear(): Promise<unknown[]> {
  const jobs = await at.bits.reap({ owner: OWNER, olderThan: 0 });
  expect(fs.readdirSync(at.folder)).toEqual([]);
  return jobs.map(({ id, state }) => ({ id, state }));
}

describe.each(Object.keys(STATES))('aborted when %s', (state) => {
  test.each(ON_ABORT)('%s', async (onAbort) => {
    const name = `${state}-${onAbort}.bin`;
    at.server.files.set(`/${name}`, { body: randomBytes(50_000), ...STATES[state] });
    const other = state === 'queued' && wine() ? await occupy() : undefined;
    const error = await aborted(name, onAbort, (progress, abort) => { if (progress.state === state) abort(); });
    const { jobId: id } = error;
    if (onAbort === 'cancel') {
      expect(error.left).toBe('cancelled');
      expect(await clear()).toEqual([]);
    } else if (onAbort === 'suspend' && wine()) {
      const refused = { code: 'E_NOTIMPL', method: 'IBackgroundCopyJob::Suspend' };
      expect(error).toMatchObject({ left: 'detached', refused });
      expect(await clear()).toEqual([{ id, state }]);
    } else {
      expect(error.left).toBe(onAbort === 'suspend' ? 'suspended' : 'detached');
      expect(error.refused).toBeUndefined();
      const suspended = onAbort === 'suspend' && state !== 'transferred';
      expect(await clear()).toEqual([{ id, state: suspended ? 'suspended' : state }]);
    }
    await other?.cancel();
  });
});

test.each(ON_ABORT)('aborted while the target is in use: %s', async (onAbort) => {
  const name = `busy-${onAbort}.bin`;
  at.server.files.set(`/${name}`, { body: randomBytes(1000) });
  const target = path.join(at.folder, name);
  fs.writeFileSync(target, 'old');
  const open = fs.openSync(target, 'r+');
  let error: BitsAbortError;
  try {
    error = await aborted(name, onAbort, ({ state }, abort) => {
      if (state === 'transferred') void sleep(300).then(abort);
    });
  } finally {
    fs.closeSync(open);
  }
  expect(fs.readFileSync(target, 'utf8')).toBe('old');
  fs.rmSync(target);
  if (wine()) {
    // The job had to be completed for the file to be verified; without it there is only the file to remove.
    expect(error).toMatchObject({ left: 'cancelled' });
    expect(await clear()).toEqual([]);
  } else {
    expect(error.left).toBe({ detach: 'detached', suspend: 'suspended', cancel: 'cancelled' }[onAbort]);
    expect(await clear()).toHaveLength(onAbort === 'cancel' ? 0 : 1);
  }
});

test('aborted before it begins: there is no job to leave', async () => {
  for (const onAbort of ON_ABORT) {
    const error = await rejection(at.bits.download({
      url: at.server.url('/never'), path: path.join(at.folder, 'never'), owner: OWNER, onAbort,
      signal: AbortSignal.abort(),
    }));
    expect(error).toMatchObject({ code: 'BITS_ABORTED' });
    expect(error).not.toHaveProperty('left');
    expect(error).not.toHaveProperty('jobId');
  }
  expect(await clear()).toEqual([]);
});
