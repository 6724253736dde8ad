import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { connect } from '../../lib';
import type { DownloadOptions, RestoredDownload } from '../../lib';
import { connectTo } from '../../lib/connect';
import type { NativeAddon } from '../../lib/contract/addon';
import { currentService } from '../../lib/native/service';
import { expectedOn } from '../support/expected_on';
import { rejection } from '../support/outcome';
import { reach, useService } from '../support/service';
import { until } from '../support/until';

/** A thousand take half a minute under Wine: `WINDOWS_BITS_SETUPS=1000 npm test -- service/restore`. */
const SET_UPS = Number(process.env['WINDOWS_BITS_SETUPS'] ?? 100);
const at = useService();
const sha = (body: Buffer) => createHash('sha256').update(body).digest('hex');
let app = '';
let number = 0;

beforeEach(() => {
  app = `restore test ${process.pid} ${++number}`;
});
afterEach(async () => {
  await at.bits.reap({ app, olderThan: 0 });
  expect(await at.bits.restore({ app })).toEqual([]);
});

function serve(name: string, delay = 30, size = 50_000) {
  const body = randomBytes(size);
  at.server.files.set(`/${name}`, { body, chunk: 2500, delay });
  return { url: at.server.url(`/${name}`), path: path.join(at.folder, name), sha256: sha(body) };
}
const isThere = (file: { path: string; sha256: string }) => sha(fs.readFileSync(file.path)) === file.sha256;

/** A program that downloads, killed while it does. Resolves with the job's id. */
async function killed(options: DownloadOptions): Promise<string> {
  const { jobId, kill } = await at.elsewhere.download({ app, ...options });
  await kill();
  return jobId;
}

describe('restore', () => {
  test('a process is killed; the next one goes on with its download, and verifies it', async () => {
    const file = serve('killed.bin', 1000);
    const jobId = await killed({ ...file });
    const [restored, ...others] = await at.bits.restore({ app });
    expect(others).toEqual([]);
    expect(restored).toMatchObject({
      status: 'running',
      jobId,
      key: null,
      paths: [file.path],
      result: null,
      error: null,
    });
    Object.assign(at.server.files.get('/killed.bin') ?? {}, { delay: 5 });
    const result = await restored!.finish();
    expect(result).toMatchObject({ outcome: 'complete', adopted: true, bytes: 50_000 });
    expect(isThere(file)).toBe(true);
    expect(at.server.fetched('/killed.bin')).toEqual({ distinct: 50_000, total: 50_000 });
  });

  test('one that is ready is completed on the way; one with a key can be asked for again', async () => {
    const [ready, keyed] = [serve('ready.bin', 10), serve('keyed.bin', 60)];
    await killed({ ...ready });
    await killed({ ...keyed, key: 'k' });
    // One that restore() has completed is gone.
    const [{ jobId }] = (await at.bits.restore({ app })) as [RestoredDownload];
    const job = await at.bits.getJob(jobId).catch(() => null);
    if (job !== null) await reach(job, 'transferred').catch(() => undefined);
    const restored = await at.bits.restore({ app });
    expect(restored.find(({ key }) => key === 'k')?.status).toMatch(/running|completed/);
    await at.bits.download({ ...keyed, key: 'k', app });
    await Promise.all(restored.filter(({ key }) => key === null).map((each) => each.finish()));
    expect([ready, keyed].map(isThere)).toEqual([true, true]);
  });

  test('one that is wrong: reported, and nothing appears', async () => {
    const file = { ...serve('wrong.bin', 60), sha256: '0'.repeat(64) };
    const jobId = await killed({ ...file });
    await at.bits.getJob(jobId).then((job) => reach(job, 'transferred'));
    const [restored] = await at.bits.restore({ app });
    expect(restored).toMatchObject({ status: 'failed', error: { code: 'BITS_VERIFICATION', check: 'files' } });
    expect(fs.existsSync(file.path)).toBe(false);
    expect(fs.readdirSync(at.folder).filter((name) => name.startsWith('wrong'))).toEqual([]);
  });

  test('several files, one job in error: finish() tries again', async () => {
    const [one, two] = [serve('part1.bin', 5), serve('part2.bin', 5)];
    at.server.files.delete('/part2.bin');
    const bits = await connect();
    const failed = rejection(
      bits.download({ files: [one, two], app, key: 'parts', onProgress: () => void bits.close() }),
    );
    expect(await failed).toMatchObject({ code: 'BITS_CLOSED' });
    const restored = await until(
      async () => {
        const found = await at.bits.restore({ app });
        return found[0]?.status === 'running' ? null : found;
      },
      { what: 'the restored download to stop', every: 50 },
    );
    expect(restored).toMatchObject([{ status: 'failed', key: 'parts', error: { httpStatus: 404 } }]);
    const again = serve('part2.bin', 5);
    // It was sealed with the old hash.
    expect(await rejection(restored[0]!.finish())).toMatchObject({ check: 'files' });
    await at.bits.download({ files: [one, again], app, key: 'parts' });
    expect([one, again].map(isThere)).toEqual([true, true]);
  });

  test('cancel() leaves nothing; jobs of others are not touched', async () => {
    const file = serve('given-up.bin');
    await killed({ ...file });
    const foreign = await at.createJob({ description: '[windows-bits/1 owner=somebody id=0123456789ab part=0]' });
    const [restored] = await at.bits.restore({ app });
    await restored!.cancel();
    expect(await at.bits.restore({ app })).toEqual([]);
    expect(await foreign.getState()).toBe('suspended');
  });
});

describe('reap', () => {
  test('cancels by age and state, and only what the app has made', async () => {
    const foreign = await at.createJob();
    const jobId = await killed({ ...serve('old.bin') });
    expect(await at.bits.reap({ app, olderThan: 365 * 24 * 3_600_000 })).toEqual([]);
    expect(await at.bits.reap({ app, states: ['error'] })).toEqual([]);
    const reaped = await at.bits.reap({
      app,
      olderThan: 0,
      states: ['transferring', 'transferred', 'connecting', 'queued'],
    });
    expect(reaped).toMatchObject([{ id: jobId, key: null }]);
    expect(Date.now() - (reaped[0]?.made?.getTime() ?? 0)).toBeLessThan(60_000);
    expect(await foreign.getState()).toBe('suspended');
    await expect(at.bits.reap({ app })).rejects.toThrow(/"options.olderThan"/);
    await expect(at.bits.reap({ app, states: ['old' as 'error'] })).rejects.toThrow(/"options.states\[0\]"/);
  });
});

describe('set-up that fails', () => {
  /** The addon, in which one call of a job or file fails: the nth after `failAt(n)`. */
  function failing(addon: NativeAddon): { addon: NativeAddon; failAt: (call: number) => void } {
    let left = Infinity;
    const failingGroup = <G extends object>(calls: G): G =>
      new Proxy(calls, {
        get:
          (group, name: keyof G & string) =>
          (...args: never[]) => {
            if (name !== 'cancel' && --left === 0)
              return Promise.reject({ hresult: 0x80004005, method: name, kind: 'call' });
            return (group[name] as (...given: never[]) => unknown)(...args);
          },
      });
    return {
      addon: Object.create(addon, {
        job: { value: failingGroup(addon.job) },
        file: { value: failingGroup(addon.file) },
      }) as NativeAddon,
      failAt: (call) => {
        left = call;
      },
    };
  }

  test(`at every step, ${SET_UPS} times: no job is left`, async () => {
    const options: DownloadOptions = {
      url: at.server.url('/none.bin'),
      path: path.join(at.folder, 'none.bin'),
      app,
      headers: { Authorization: 'x' },
      mirrors: [at.server.url('/none2.bin')],
    };
    for (let i = 0; i < SET_UPS; i++) {
      const { addon, failAt } = failing(currentService().addon); // a new one knows nothing about temporary names
      const bits = await connectTo(addon);
      failAt(1 + (i % 3)); // the files, the interfaces of the first one, resume
      await expect(bits.download(options)).rejects.toMatchObject({ code: 'E_FAIL' });
      await bits.close();
    }
    expect(await at.bits.restore({ app })).toEqual([]);
    const all = await Promise.all((await at.bits.getJobs()).map((job) => job.snapshot()));
    expect(
      all.filter(
        ({ state, displayName }) =>
          displayName?.startsWith(app) === true && state !== 'cancelled' && state !== 'acknowledged',
      ),
    ).toEqual([]);
  });
});

describe('upload', () => {
  test('an upload never replaces its file: Wine ignores the type of a job, and is given no upload', async () => {
    const file = path.join(at.folder, 'up.bin');
    const body = randomBytes(1000);
    fs.writeFileSync(file, body);
    at.server.files.set('/up', { body: randomBytes(10) });
    const error = await rejection(at.bits.upload({ url: at.server.url('/up'), path: file, app, timeout: 1500 }));
    expect(error).toMatchObject(
      expectedOn<object>({ windows: {}, wine: { name: 'BitsNotSupportedError', code: 'E_NOTIMPL' } }),
    );
    expect(fs.readFileSync(file).equals(body)).toBe(true);
    expect(at.server.requests.some(({ url }) => url === '/up')).toEqual(
      expectedOn<unknown>({ windows: expect.any(Boolean), wine: false }),
    );
    expect(await at.bits.reap({ app, olderThan: 0 })).toEqual([]);
    await expect(at.bits.upload({ url: 'x', path: file })).rejects.toThrow(/"options.url"/);
  });
});
