import { createHash } from 'node:crypto';
import { isBitsError } from '../../../lib';
import type { BitsManager, DownloadOneOptions } from '../../../lib';
import { subject } from '../case';
import type { Answer } from '../case';
import { answerOf, jobOf, settled } from '../steps';
import { bytesOf } from '../world';
import type { Served, World } from '../world';

// The library's own calls, over all that: what they promise, on each service.

/** A name of its own for each case: what another has left is none of its business. */
const appOf = (world: World) => `contract ${world.folder.slice(-6)}`;
const sha256 = (body: Buffer) => createHash('sha256').update(body).digest('hex');

function file(world: World, name: string, served: Served = {}): DownloadOneOptions {
  const body = served.body ?? bytesOf(name, served.size ?? 1000);
  return { url: world.serve(name, served), path: world.path(name), sha256: sha256(body), app: appOf(world) };
}

/** How a download ended: its outcome, or the code of the error. */
const outcomeOf = (bits: BitsManager, options: DownloadOneOptions): Promise<Answer> =>
  answerOf(bits.download(options).then(({ outcome }) => outcome));

export const library = subject('library', [
  {
    id: 'download',
    title: 'download() puts a verified file in place and leaves no job',
    source: 'windows-bits: bits.download()',
    answer: ['complete', ['a.bin'], 0],
    run: async (world) => {
      const outcome = await outcomeOf(world.bits, file(world, 'a.bin', { size: 50_000 }));
      const left = await world.bits.reap({ app: appOf(world), olderThan: 0 });
      return [outcome, [...(await world.names())], left.length];
    },
  },
  {
    id: 'wrong-hash',
    title: 'A file with the wrong hash does not get its name',
    source: 'windows-bits: bits.download() (BITS_VERIFICATION)',
    answer: ['BITS_VERIFICATION', []],
    run: async (world) => {
      const options = { ...file(world, 'a.bin'), sha256: '0'.repeat(64) };
      return [await outcomeOf(world.bits, options), [...(await world.names())]];
    },
  },
  {
    id: 'mirror-after-hash',
    title: 'A file with the wrong hash comes from the mirror',
    source: 'windows-bits: bits.download(), mirrors',
    answer: ['complete', 1],
    run: async (world) => {
      const good = file(world, 'a.bin');
      const bad = world.serve('bad.bin');
      const result = await world.bits.download({ ...good, url: bad, mirrors: [good.url] });
      return [result.outcome, result.files[0]?.source ?? null];
    },
  },
  {
    id: 'file-snapshots',
    title: 'getFileSnapshots() tells of each file what its getters tell',
    source: 'windows-bits: job.getFileSnapshots()',
    answer: ['transferred', ['a.bin', 'b.bin'], []],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': {}, 'b.bin': { size: 5000 } });
      const files = await job.getFileSnapshots();
      const different: string[] = [];
      for (const { file: one, ...told } of files) {
        const [progress, ...others] = await Promise.all([
          one.getProgress(),
          one.getRemoteName(),
          one.getLocalName(),
          one.getTemporaryName().catch(() => null),
          one.getValidationState().catch(() => null),
        ]);
        const [remoteName, localName, temporaryName, validationState] = others;
        const asked = { ...progress, remoteName, localName, temporaryName, validationState };
        for (const name of Object.keys(asked) as (keyof typeof asked)[])
          if (asked[name] !== told[name]) different.push(name);
      }
      const names = files.map(({ localName }) => (localName ?? '').split(/[\\/]/).at(-1) ?? '');
      return [state, names.sort(), different];
    },
  },
  {
    id: 'job-snapshots',
    title: 'getSnapshots() tells of each job what snapshot() tells',
    source: 'windows-bits: bits.getSnapshots()',
    answer: [true, true],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': {} });
      const other = await jobOf(world, { 'b.bin': {} });
      const listed = await world.bits.getSnapshots();
      return Promise.all(
        [job, other].map(async (each) => {
          const { capturedAt: _, ...asked } = await each.snapshot();
          const told = listed.find(({ snapshot }) => snapshot.id === each.id)?.snapshot;
          return JSON.stringify({ ...told, capturedAt: undefined }) === JSON.stringify(asked);
        }),
      );
    },
  },
  {
    id: 'mirror-after-404',
    title: 'A file that the server does not have comes from the mirror',
    source: 'windows-bits: bits.download(), mirrors',
    answer: ['complete', 1],
    run: async (world) => {
      const good = file(world, 'a.bin');
      const gone = world.serve('gone.bin', { status: 404 });
      const result = await world.bits.download({ ...good, url: gone, mirrors: [good.url] });
      return [result.outcome, result.files[0]?.source ?? null];
    },
  },
  {
    id: 'mirror-kept-without-network',
    title: 'A network that is lost is no reason to try a mirror: the first source goes on',
    source: 'windows-bits: bits.download(), mirrors; Users and Network Connections',
    needs: ['network', 'clock'],
    answer: ['complete', 0, 0],
    run: async (world) => {
      const good = file(world, 'a.bin', { size: 40_000, slow: true });
      const mirror = world.serve('mirror.bin', { body: bytesOf('a.bin', 40_000) });
      const done = world.bits.download({ ...good, mirrors: [mirror] });
      await world.eventually(() => world.fetched('a.bin').total > 0);
      world.network.disconnect();
      await world.clock.advance(3_600_000);
      world.network.connect();
      const result = await done;
      return [result.outcome, result.files[0]?.source ?? null, world.asked('mirror.bin').length];
    },
  },
  {
    id: 'retries-within-a-minute',
    title: 'A foreground download tries again after a minute, not after ten',
    source: 'windows-bits: bits.download(), minimumRetryDelay; Best Practices When Using BITS',
    needs: ['clock'],
    answer: ['complete', true],
    run: async (world) => {
      const good = file(world, 'a.bin', { status: 503 });
      let elapsed = 0;
      const done = world.bits.download(good).then((result) => {
        elapsed = result.elapsed;
        return result.outcome;
      });
      await world.eventually(() => world.asked('a.bin').length > 0);
      world.serve('a.bin');
      return [await answerOf(done), elapsed < 120_000];
    },
  },
  {
    id: 'no-length',
    title: 'dynamicContent fetches what has no length',
    source: 'windows-bits: bits.download(), dynamicContent; BITS_JOB_PROPERTY_DYNAMIC_CONTENT',
    answer: ['complete', 1000],
    run: async (world) => {
      const outcome = await outcomeOf(world.bits, { ...file(world, 'a.bin', { unsized: true }), dynamicContent: true });
      return [outcome, (await world.read('a.bin'))?.length ?? null];
    },
  },
  {
    id: 'no-length-refused',
    title: 'Without it a file that has no length fails with BG_E_MISSING_FILE_SIZE',
    source: 'HTTP Requirements for BITS Downloads',
    answer: ['BG_E_MISSING_FILE_SIZE', []],
    run: async (world) => [
      await outcomeOf(world.bits, file(world, 'a.bin', { unsized: true })),
      [...(await world.names())],
    ],
  },
  {
    id: 'standard-user',
    title: 'Asking what BITS supports, and downloading, take no more rights than a standard user has',
    source: 'windows-bits: bits.capabilities; IBackgroundCopyJob::AddFile (E_ACCESSDENIED)',
    needs: ['users'],
    answer: [true, 'complete'],
    run: async (world) => {
      const bits = await world.users.connect({});
      const hasInterfaces = await answerOf(bits.capabilities.then(({ interfaces }) => interfaces.size > 0));
      return [hasInterfaces, await outcomeOf(bits, file(world, 'a.bin'))];
    },
  },
  {
    id: 'abort-cancels',
    title: 'An abort cancels the job and leaves nothing',
    source: 'windows-bits: bits.download(), signal',
    answer: ['BITS_ABORTED', [], 0],
    run: async (world) => {
      const abort = new AbortController();
      const done = outcomeOf(world.bits, {
        ...file(world, 'a.bin', { size: 40_000, slow: true }),
        signal: abort.signal,
        onProgress: ({ state }) => {
          if (state === 'transferring') abort.abort();
        },
      });
      const outcome = await done;
      const left = await world.bits.reap({ app: appOf(world), olderThan: 0 });
      return [outcome, [...(await world.names())], left.length];
    },
  },
  {
    id: 'restored',
    title: 'A download that a program has left is restored and finished by the next one',
    source: 'windows-bits: bits.restore()',
    answer: ['BITS_CLOSED', 1, 'complete', true],
    run: async (world) => {
      const other = await world.connect();
      const options = { ...file(world, 'a.bin', { size: 40_000, slow: true }), key: 'k' };
      const first = await outcomeOf(other, {
        ...options,
        onProgress: ({ state }) => {
          if (state === 'transferring') void other.close();
        },
      });
      const found = await world.bits.restore({ app: appOf(world) });
      const result = await answerOf(found[0]!.finish().then(({ outcome }) => outcome));
      return [first, found.length, result, (await world.read('a.bin'))?.equals(bytesOf('a.bin', 40_000)) ?? false];
    },
  },
  {
    id: 'same-key',
    title: 'Two calls with one key are one download',
    source: 'windows-bits: bits.download(), key',
    answer: ['complete', 'complete', 40_000],
    run: async (world) => {
      const options = { ...file(world, 'a.bin', { size: 40_000, slow: true }), key: 'k' };
      const [one, two] = await Promise.all([outcomeOf(world.bits, options), outcomeOf(world.bits, options)]);
      return [one, two, world.fetched('a.bin').total];
    },
  },
  {
    id: 'reaped',
    title: 'reap() cancels what downloads have left, and only that',
    source: 'windows-bits: bits.reap()',
    answer: [1, 'suspended'],
    run: async (world) => {
      const foreign = await world.createJob();
      const other = await world.connect();
      await outcomeOf(other, {
        ...file(world, 'a.bin', { size: 40_000, slow: true }),
        key: 'k',
        onProgress: ({ state }) => {
          if (state === 'transferring') void other.close();
        },
      });
      const reaped = await world.bits.reap({ app: appOf(world), olderThan: 0 });
      return [reaped.length, await foreign.getState()];
    },
  },
  {
    id: 'explains',
    title: 'explain() says that a job waits, and for what',
    source: 'windows-bits: job.explain()',
    answer: ['waiting', true],
    run: async (world) => {
      const job = await world.createJob({
        files: [{ url: world.serve('a.bin', { status: 503 }), path: world.path('a.bin') }],
      });
      await job.resume();
      await world.eventually(async () => (await job.failure()) !== null);
      const { verdict, text } = await job.explain();
      return [verdict, text.includes('503')];
    },
  },
  {
    id: 'limit-error',
    title: 'Too many jobs are a BitsLimitError',
    source: 'windows-bits: bits.createJob(); MaxJobsPerUser',
    needs: ['users', 'policy'],
    answer: ['BitsLimitError', 'BG_E_TOO_MANY_JOBS_PER_USER'],
    run: async (world) => {
      world.policy.set({ maxJobsPerUser: 0 });
      const bits = await world.users.connect({ name: 'busy' });
      const error: unknown = await bits.createJob({ name: 'one' }).catch((reason: unknown) => reason);
      return isBitsError(error) ? [error.name, error.code] : 'created';
    },
  },
]);
