import { subject } from '../case';
import type { Case } from '../case';
import { answerOf, failureOf, jobOf, settle, settled } from '../steps';

// Errors: which pass and which do not, what they say, and when the service tries again.

const CODES = 'BITS Return Values';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** What a status of the server means for a download. */
const STATUSES: readonly (readonly [status: number, state: 'error' | 'transientError', isSettled?: false])[] = [
  [400, 'error'],
  [401, 'error'],
  [403, 'error'],
  [404, 'error'],
  [405, 'error'],
  [410, 'error'],
  [416, 'error'],
  [500, 'transientError'],
  [501, 'error'],
  [502, 'transientError'],
  [503, 'transientError'],
  [504, 'transientError'],
];

const statuses: readonly Case[] = STATUSES.map(([status, state]) => ({
  id: `http-${status}`,
  title: `${status} from the server: ${state === 'error' ? 'fatal' : 'it may pass'}`,
  source: `${CODES} (BG_E_HTTP_ERROR_${status})`,
  answer: [state, { code: `BG_E_HTTP_ERROR_${status}`, context: 'remoteFile' }],
  run: async (world) => {
    const { job, state: reached } = await settled(world, { 'a.bin': { status } });
    return [reached, await failureOf(job)];
  },
}));

export const errors = subject('errors', [
  ...statuses,
  {
    id: 'refused',
    title: 'A connection that is refused is a transient error',
    source: 'Life Cycle of a BITS Job (transient errors)',
    answer: 'transientError',
    run: async (world) => {
      const job = await world.createJob({ files: [{ url: world.nowhere, path: world.path('a.bin') }] });
      await job.resume();
      return settle(world, job);
    },
  },
  {
    id: 'names-file',
    title: 'The error names its file',
    source: 'IBackgroundCopyError::GetFile',
    answer: ['b.bin', 'b.bin'],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': {}, 'b.bin': { status: 404 } });
      const file = await (await job.getError()).getFile();
      const end = (name: string) => name.slice(-5);
      return [end(await file.getRemoteName()), end(await file.getLocalName())];
    },
  },
  {
    id: 'texts',
    title: 'The error has a text, and its context has one',
    source: 'IBackgroundCopyError::GetErrorDescription, GetErrorContextDescription',
    answer: [true, true],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': { status: 404 } });
      const error = await job.getError();
      const isText = (text: unknown) => typeof text === 'string' && text.includes(' ');
      return [
        isText(await answerOf(error.getErrorDescription())),
        isText(await answerOf(error.getErrorContextDescription())),
      ];
    },
  },
  {
    id: 'protocol',
    title: 'The error of a remote file names its protocol',
    source: 'IBackgroundCopyError::GetProtocol',
    answer: 'http',
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': { status: 404 } });
      const protocol = await answerOf((await job.getError()).getProtocol());
      return typeof protocol === 'string' ? protocol.toLowerCase() : protocol;
    },
  },
  {
    id: 'counted',
    title: 'Each failed attempt counts, and the count is never reset',
    source: 'IBackgroundCopyJob::GetErrorCount',
    answer: [0, 1, 2, 'transferred', 2],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { status: 503 } });
      const counts = [await answerOf(job.getErrorCount())];
      for (let i = 0; i < 2; i++) {
        await job.resume();
        await settle(world, job);
        counts.push(await answerOf(job.getErrorCount()));
      }
      world.serve('a.bin');
      await job.resume();
      return [...counts, await settle(world, job), await answerOf(job.getErrorCount())];
    },
  },
  {
    id: 'gone-after-success',
    title: 'The error is gone once data moves again',
    source: 'IBackgroundCopyJob::GetError; Handling Errors',
    answer: ['transferred', 'BG_E_ERROR_INFORMATION_UNAVAILABLE'],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': { status: 404 } });
      world.serve('a.bin');
      await job.resume();
      return [await settle(world, job), await answerOf(job.getError())];
    },
  },
  {
    id: 'one-stops-all',
    title: 'One file that fails stops its job; those behind it do not come',
    source: 'Handling Errors',
    answer: ['error', [true, false, false]],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': {}, 'b.bin': { status: 404 }, 'c.bin': {} });
      const files = await job.getFiles();
      return [state, await Promise.all(files.map(async (file) => (await file.getProgress()).completed))];
    },
  },
  {
    id: 'no-progress-zero',
    title: 'With a no-progress timeout of zero every error is fatal',
    source: 'IBackgroundCopyJob::SetNoProgressTimeout',
    answer: 'error',
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { status: 503 } });
      await job.setNoProgressTimeout(0);
      await job.resume();
      await world.eventually(async () => (await job.getState()) === 'error', 5000);
      return job.getState();
    },
  },
  {
    id: 'retry-default',
    title: 'After a transient error the service tries again after ten minutes, and not before',
    source: 'IBackgroundCopyJob::SetMinimumRetryDelay (600 seconds)',
    needs: ['clock'],
    answer: ['transientError', 'transientError', 'transferred'],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': { status: 503 } });
      world.serve('a.bin');
      await world.clock.advance(9.5 * MINUTE);
      const before = await job.getState();
      await world.clock.advance(1.5 * MINUTE);
      await world.eventually(async () => (await job.getState()) === 'transferred', MINUTE);
      return [state, before, await job.getState()];
    },
  },
  {
    id: 'retry-set',
    title: 'The minimum retry delay of a job is kept',
    source: 'IBackgroundCopyJob::SetMinimumRetryDelay',
    needs: ['clock'],
    answer: ['transientError', 'transferred'],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { status: 503 } });
      await job.setMinimumRetryDelay(120);
      await job.resume();
      await settle(world, job);
      world.serve('a.bin');
      await world.clock.advance(110_000);
      const before = await job.getState();
      await world.clock.advance(20_000);
      await world.eventually(async () => (await job.getState()) === 'transferred', MINUTE);
      return [before, await job.getState()];
    },
  },
  {
    id: 'retry-repeats',
    title: 'It is tried again and again',
    source: 'BG_JOB_STATE_TRANSIENT_ERROR',
    needs: ['clock'],
    answer: ['transientError', 4],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { status: 503 } });
      await job.setMinimumRetryDelay(60);
      await job.resume();
      await settle(world, job);
      await world.clock.advance(3 * MINUTE + 30_000);
      return [await settle(world, job), await job.getErrorCount()];
    },
  },
  {
    id: 'no-progress-timeout',
    title: 'A job without progress for the no-progress timeout is in the state error',
    source: 'IBackgroundCopyJob::SetNoProgressTimeout',
    needs: ['clock'],
    answer: ['transientError', 'error'],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { status: 503 } });
      await job.setMinimumRetryDelay(60);
      await job.setNoProgressTimeout(3600);
      await job.resume();
      await settle(world, job);
      await world.clock.advance(50 * MINUTE);
      const before = await settle(world, job);
      await world.clock.advance(20 * MINUTE);
      return [before, await settle(world, job)];
    },
  },
  {
    id: 'no-progress-default',
    title: 'By default that is fourteen days',
    source: 'IBackgroundCopyJob::SetNoProgressTimeout (1,209,600 seconds)',
    needs: ['clock'],
    answer: ['transientError', 'error'],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': { status: 503 } });
      await job.setMinimumRetryDelay(3600);
      await world.clock.advance(13.9 * DAY);
      const before = await settle(world, job);
      await world.clock.advance(0.3 * DAY);
      return [before, await settle(world, job)];
    },
  },
  {
    id: 'maximum-time',
    title: 'A job that has transferred for its maximum time is in the state error; Resume starts the time anew',
    source: 'IBackgroundCopyJob4::SetMaximumDownloadTime (BG_E_MAXDOWNLOAD_TIMEOUT)',
    needs: ['clock', 'network'],
    answer: ['error', 'BG_E_MAXDOWNLOAD_TIMEOUT', 'transferred'],
    run: async (world) => {
      world.network.bandwidth(10);
      const job = await jobOf(world, { 'a.bin': { size: 2000 } });
      await job.setMaximumDownloadTime(100);
      await job.resume();
      await world.clock.advance(110_000);
      const state = await settle(world, job);
      const code = (await job.failure())?.code ?? null;
      world.network.bandwidth(null);
      await job.resume();
      return [state, code, await settle(world, job)];
    },
  },
  {
    id: 'maximum-size',
    title: 'A file above the size limit of its job: BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED',
    source: 'BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE',
    answer: ['error', 'BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED'],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 5000 } });
      const set = await answerOf(job.setProperty('maxDownloadSize', 4999));
      if (set !== 'ok') return set;
      await job.resume();
      return [await settle(world, job), (await job.failure())?.code ?? null];
    },
  },
  {
    id: 'maximum-size-exact',
    title: 'A file of exactly the size limit is transferred',
    source: 'BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE',
    answer: 'transferred',
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 5000 } });
      const set = await answerOf(job.setProperty('maxDownloadSize', 5000));
      if (set !== 'ok') return set;
      await job.resume();
      return settle(world, job);
    },
  },
  {
    id: 'proxy-407',
    title: 'A proxy that wants a password the job does not have: BG_E_HTTP_ERROR_407',
    source: 'Authentication; BITS Return Values (BG_E_HTTP_ERROR_407)',
    needs: ['proxy'],
    answer: 'BG_E_HTTP_ERROR_407',
    run: async (world) => {
      world.proxy.answering(407);
      const { job } = await settled(world, { 'a.bin': {} });
      return (await job.failure())?.code ?? null;
    },
  },
  {
    id: 'described',
    title: 'The service has a text for its codes',
    source: 'IBackgroundCopyManager::GetErrorDescription',
    answer: true,
    run: async (world) => {
      const text = await answerOf(world.bits.getErrorDescription(0x80200003));
      return typeof text === 'string' && text.includes(' ');
    },
  },
]);
