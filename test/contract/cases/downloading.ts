import { subject } from '../case';
import { answerOf, asAnswer, beIn, jobOf, settle, settled } from '../steps';
import { bytesOf } from '../world';

// How files come: what a server must have, where the bytes are meanwhile, what happens when something changes.

const HTTP = 'HTTP Requirements for BITS Downloads';

export const downloading = subject('downloading', [
  {
    id: 'arrives',
    title: 'A download that is completed is the file that the server has',
    source: 'Completing and Canceling a Job',
    answer: ['transferred', 'complete', true],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': { size: 50_000 } });
      const completed = await answerOf(job.complete());
      return [state, completed, (await world.read('a.bin'))?.equals(bytesOf('a.bin', 50_000)) ?? false];
    },
  },
  {
    id: 'empty-file',
    title: 'A file of zero bytes is transferred',
    source: HTTP,
    answer: ['transferred', 0],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': { size: 0 } });
      await job.complete();
      return [state, (await world.read('a.bin'))?.length ?? null];
    },
  },
  {
    id: 'not-before-complete',
    title: 'Before Complete there is no file of that name',
    source: 'Completing and Canceling a Job; IBackgroundCopyJob::Complete',
    answer: [['BIT.tmp'], ['a.bin']],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': {} });
      const before = await world.names();
      await job.complete();
      return [before, await world.names()];
    },
  },
  {
    id: 'temporary-name',
    title: 'While it comes a file has a temporary name in the folder of its target',
    source: 'IBackgroundCopyFile3::GetTemporaryName',
    answer: { inFolder: true, pattern: true },
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': {} });
      const [file] = await job.getFiles();
      const name = await answerOf(file!.getTemporaryName());
      if (typeof name !== 'string' || !name.includes('\\')) return name;
      const [folder, base] = [name.slice(0, name.lastIndexOf('\\')), name.slice(name.lastIndexOf('\\') + 1)];
      return { inFolder: folder.toLowerCase() === world.folder.toLowerCase(), pattern: /^BIT.*\.tmp$/i.test(base) };
    },
  },
  {
    id: 'old-file-stays',
    title: 'A file that is there already stays until Complete replaces it',
    source: 'IBackgroundCopyJob::Complete',
    answer: ['old', 'complete', 'new'],
    run: async (world) => {
      await world.write('a.bin', Buffer.from('old'));
      const { job } = await settled(world, { 'a.bin': { body: Buffer.from('new') } });
      const before = (await world.read('a.bin'))?.toString() ?? null;
      return [before, await answerOf(job.complete()), (await world.read('a.bin'))?.toString() ?? null];
    },
  },
  {
    id: 'sizes',
    title: 'Once the server has answered, the size is known',
    source: 'BG_FILE_PROGRESS; BG_JOB_PROGRESS',
    answer: { bytesTotal: 3000, bytesTransferred: 3000, filesTotal: 2, filesTransferred: 2 },
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': { size: 1000 }, 'b.bin': { size: 2000 } });
      return asAnswer(await job.getProgress());
    },
  },
  {
    id: 'size-on-the-way',
    title: 'The size of a file is known before all of it is there',
    source: 'BG_FILE_PROGRESS',
    answer: true,
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      await job.resume();
      let isKnown = false;
      await world.eventually(async () => {
        const { bytesTotal, bytesTransferred } = await job.getProgress();
        isKnown = bytesTotal === 40_000 && bytesTransferred < 40_000;
        return isKnown || (await job.getState()) === 'transferred';
      });
      return isKnown;
    },
  },
  {
    id: 'bytes-grow',
    title: 'The bytes of a slow file are counted as they come',
    source: 'BG_JOB_PROGRESS',
    answer: true,
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      const counts = new Set<number>();
      await job.resume();
      await world.eventually(async () => {
        counts.add((await job.getProgress()).bytesTransferred);
        return (await job.getState()) === 'transferred';
      });
      return counts.size > 3;
    },
  },
  {
    id: 'in-order',
    title: 'The files of a job come one after the other',
    source: 'Life Cycle of a BITS Job',
    answer: true,
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true }, 'b.bin': {} });
      await job.resume();
      await beIn(world, job, 'transferring');
      const [, second] = await job.getFiles();
      return (await second!.getProgress()).bytesTransferred === 0;
    },
  },
  {
    id: 'head-first',
    title: 'The server is asked for the size (HEAD) before the content (GET)',
    source: HTTP,
    answer: ['HEAD', 'GET'],
    run: async (world) => {
      await settled(world, { 'a.bin': {} });
      const methods = world.asked('a.bin').map(({ method }) => method);
      return methods.filter((method, i) => method !== methods[i - 1]);
    },
  },
  {
    id: 'no-length',
    title: 'A server that tells no length: BG_E_MISSING_FILE_SIZE',
    source: `${HTTP}; BITS Return Values (BG_E_MISSING_FILE_SIZE)`,
    answer: ['error', 'BG_E_MISSING_FILE_SIZE'],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': { unsized: true } });
      return [state, (await job.failure())?.code ?? null];
    },
  },
  {
    id: 'no-length-dynamic',
    title: 'With dynamic content, and so foreground priority, no length is needed',
    source: 'BITS_JOB_PROPERTY_DYNAMIC_CONTENT',
    answer: ['transferred', 1000],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { unsized: true } }, { priority: 'foreground' });
      await job.setProperty('dynamicContent', true);
      await job.resume();
      const state = await settle(world, job);
      await job.complete();
      return [state, (await world.read('a.bin'))?.length ?? null];
    },
  },
  {
    id: 'no-ranges-background',
    title: 'A server without ranges, at background priority: BG_E_INSUFFICIENT_RANGE_SUPPORT',
    source: `${HTTP}; BITS Return Values (BG_E_INSUFFICIENT_RANGE_SUPPORT)`,
    answer: ['error', 'BG_E_INSUFFICIENT_RANGE_SUPPORT'],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': { size: 40_000, ranges: false } });
      return [state, (await job.failure())?.code ?? null];
    },
  },
  {
    id: 'no-ranges-foreground',
    title: 'A server without ranges will do at foreground priority',
    source: 'Best Practices When Using BITS',
    answer: ['transferred', true],
    run: async (world) => {
      const { job, state } = await settled(
        world,
        { 'a.bin': { size: 40_000, ranges: false } },
        { priority: 'foreground' },
      );
      await job.complete();
      return [state, (await world.read('a.bin'))?.equals(bytesOf('a.bin', 40_000)) ?? false];
    },
  },
  {
    id: 'headers-sent',
    title: 'Custom headers go with every request of the job',
    source: 'IBackgroundCopyJobHttpOptions::SetCustomHeaders',
    answer: true,
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      await job.setCustomHeaders({ 'X-One': '1' });
      await job.resume();
      await settle(world, job);
      const asked = world.asked('a.bin');
      return asked.length > 0 && asked.every(({ headers }) => headers['x-one'] === '1');
    },
  },
  {
    id: 'redirect-silent',
    title: 'A redirect is followed, and the name of the file stays',
    source: 'IBackgroundCopyJobHttpOptions::SetSecurityFlags (redirects)',
    answer: ['transferred', true],
    run: async (world) => {
      const location = world.serve('b.bin');
      const job = await jobOf(world, { 'a.bin': { status: 302, location } });
      await job.resume();
      const state = await settle(world, job);
      const [file] = await job.getFiles();
      return [state, (await file!.getRemoteName()).endsWith('/a.bin')];
    },
  },
  {
    id: 'redirect-report',
    title: 'With redirectAllowReport the file gets the last address as its name',
    source: 'IBackgroundCopyJobHttpOptions::SetSecurityFlags (ALLOW_REPORT)',
    answer: ['transferred', true],
    run: async (world) => {
      const location = world.serve('b.bin');
      const job = await jobOf(world, { 'a.bin': { status: 302, location } });
      await job.setSecurityFlags(['redirectAllowReport']);
      await job.resume();
      const state = await settle(world, job);
      const [file] = await job.getFiles();
      return [state, (await file!.getRemoteName()).endsWith('/b.bin')];
    },
  },
  {
    id: 'redirect-refused',
    title: 'With redirectDisallow a redirect is a fatal error with its status',
    source: 'IBackgroundCopyJobHttpOptions::SetSecurityFlags (DISALLOW)',
    answer: ['error', 'BG_E_HTTP_ERROR_302'],
    run: async (world) => {
      const location = world.serve('b.bin');
      const job = await jobOf(world, { 'a.bin': { status: 302, location } });
      await job.setSecurityFlags(['redirectDisallow']);
      await job.resume();
      return [await settle(world, job), (await job.failure())?.code ?? null];
    },
  },
  {
    id: 'changed-meanwhile',
    title: 'A file whose size or time has changed on the server starts over: never half of each',
    source: 'File Transfer Consistency',
    answer: ['transferred', true],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': { size: 40_000, slow: true } });
      await job.resume();
      await beIn(world, job, 'transferring');
      await job.suspend();
      const body = bytesOf('other', 50_000);
      world.serve('a.bin', { body });
      await job.resume();
      const state = await settle(world, job);
      await job.complete();
      return [state, (await world.read('a.bin'))?.equals(body) ?? false];
    },
  },
  {
    id: 'response-headers',
    title: 'The headers of the last answer can be read',
    source: 'BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS',
    answer: [true, true],
    run: async (world) => {
      const { job } = await settled(world, { 'a.bin': {} });
      const [file] = await job.getFiles();
      const headers = await answerOf(file!.getProperty('httpResponseHeaders'));
      return typeof headers === 'string' && headers.includes(':')
        ? [/^HTTP\/1\.1 20[06]/.test(headers), /^etag:/im.test(headers)]
        : headers;
    },
  },
  {
    id: 'method',
    title: 'The method of a job is GET until it gets another one',
    source: 'IBackgroundCopyJobHttpOptions2::SetHttpMethod',
    answer: ['GET', 'ok', 'POST'],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      return [
        await answerOf(job.getHttpMethod()),
        await answerOf(job.setHttpMethod('POST')),
        await answerOf(job.getHttpMethod()),
      ];
    },
  },
  {
    id: 'completion-time',
    title: 'There is a time of completion once all has arrived, and not before',
    source: 'BG_JOB_TIMES',
    answer: [false, true],
    run: async (world) => {
      const job = await jobOf(world, { 'a.bin': {} });
      const before = await answerOf(job.getTimes().then((times) => times.transferCompletionTime !== null));
      await job.resume();
      await settle(world, job);
      return [before, await answerOf(job.getTimes().then((times) => times.transferCompletionTime !== null))];
    },
  },
]);
