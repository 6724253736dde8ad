import { subject } from '../case';
import { answerOf, asAnswer, jobOf, settle, settled } from '../steps';

// What AddFile, AddFileSet and AddFileWithRanges look at before they accept a file.

const ADD = 'IBackgroundCopyJob::AddFile';
const RANGES = 'IBackgroundCopyJob3::AddFileWithRanges';

export const addingFiles = subject('files', [
  {
    id: 'unknown-size',
    title: 'A file that was never contacted has an unknown size, and nothing is transferred',
    source: 'BG_FILE_PROGRESS (BG_SIZE_UNKNOWN)',
    answer: { bytesTotal: null, bytesTransferred: 0, completed: false },
    run: async (world) => {
      const [file] = await (await jobOf(world, { 'a.bin': {} })).getFiles();
      return asAnswer(await file!.getProgress());
    },
  },
  {
    id: 'empty-job',
    title: 'A job without files has zero bytes',
    source: 'BG_JOB_PROGRESS',
    answer: { bytesTotal: 0, bytesTransferred: 0, filesTotal: 0, filesTransferred: 0 },
    run: async (world) => asAnswer(await (await world.createJob()).getProgress()),
  },
  {
    id: 'unknown-total',
    title: 'A job with a file of unknown size has an unknown size',
    source: 'BG_JOB_PROGRESS (BG_SIZE_UNKNOWN)',
    answer: { bytesTotal: null, bytesTransferred: 0, filesTotal: 2, filesTransferred: 0 },
    run: async (world) => asAnswer(await (await jobOf(world, { 'a.bin': {}, 'b.bin': {} })).getProgress()),
  },
  {
    id: 'names',
    title: 'A file keeps the names under which it was added',
    source: 'IBackgroundCopyFile::GetRemoteName, GetLocalName',
    answer: [true, true],
    run: async (world) => {
      const url = world.serve('a.bin');
      const job = await world.createJob({ files: [{ url, path: world.path('a.bin') }] });
      const [file] = await job.getFiles();
      return [(await file!.getRemoteName()) === url, (await file!.getLocalName()) === world.path('a.bin')];
    },
  },
  {
    id: 'missing-folder',
    title: 'A file cannot be added for a folder that does not exist',
    source: `${ADD} (the folder must exist)`,
    answer: ['ERROR_PATH_NOT_FOUND', 0],
    run: async (world) => {
      const job = await world.createJob();
      const answer = await answerOf(job.addFile(world.serve('a.bin'), world.path('none\\a.bin')));
      return [answer, (await job.getProgress()).filesTotal];
    },
  },
  {
    id: 'access-denied',
    title: 'A standard user cannot add a file for a folder that he may not write to: the root of the system drive',
    source: `${ADD} (E_ACCESSDENIED)`,
    needs: ['users'],
    answer: { standard: 'E_ACCESSDENIED', elevated: 'ok' },
    run: async (world) => {
      const url = world.serve('a.bin');
      const add = async (administrator: boolean) => {
        const bits = await world.users.connect({ administrator, elevated: administrator });
        const job = await bits.createJob({ name: 'root' });
        const answer = await answerOf(job.addFile(url, 'C:\\windows-bits-contract.bin'));
        await job.cancel();
        return answer;
      };
      return { standard: await add(false), elevated: await add(true) };
    },
  },
  {
    id: 'all-or-nothing',
    title: 'A set with a file that is refused adds none of its files',
    source: 'IBackgroundCopyJob::AddFileSet',
    answer: ['ERROR_PATH_NOT_FOUND', 0],
    run: async (world) => {
      const job = await world.createJob();
      const url = world.serve('a.bin');
      const set = [
        { url, path: world.path('a.bin') },
        { url, path: world.path('none\\b.bin') },
      ];
      return [await answerOf(job.addFileSet(set)), (await job.getProgress()).filesTotal];
    },
  },
  {
    id: 'upload-takes-one',
    title: 'An upload takes one file',
    source: `${ADD} (BG_E_TOO_MANY_FILES)`,
    answer: ['ok', 'BG_E_TOO_MANY_FILES'],
    run: async (world) => {
      for (const name of ['a.bin', 'b.bin']) await world.write(name, Buffer.from(name));
      const job = await world.createJob({ type: 'upload' });
      const add = (name: string) => answerOf(job.addFile(world.serve(name), world.path(name)));
      return [await add('a.bin'), await add('b.bin')];
    },
  },
  {
    id: 'upload-of-nothing',
    title: 'An upload of a file that does not exist comes to nothing: refused, or an error of the job',
    source: `${ADD} (the local file of an upload)`,
    needs: ['uploads'],
    answer: 'not transferred',
    run: async (world) => {
      const job = await world.createJob({ type: 'upload' });
      const added = await answerOf(job.addFile(await world.uploads.serve('none.bin'), world.path('none.bin')));
      if (added !== 'ok') return 'not transferred';
      await job.resume();
      return (await settle(world, job)) === 'transferred' ? 'transferred' : 'not transferred';
    },
  },
  {
    id: 'limit',
    title: 'A job takes 200 files',
    source: `${ADD} (BG_E_TOO_MANY_FILES_IN_JOB; MaxFilesPerJob)`,
    needs: ['users'],
    answer: ['ok', 'BG_E_TOO_MANY_FILES_IN_JOB', 200],
    run: async (world) => {
      const url = world.serve('a.bin');
      const bits = await world.users.connect({});
      const job = await bits.createJob({ name: 'many' });
      const files = Array.from({ length: 200 }, (_, i) => ({ url, path: world.path(`${i}.bin`) }));
      const all = await answerOf(job.addFileSet(files));
      const more = await answerOf(job.addFile(url, world.path('more.bin')));
      return [all, more, (await job.getProgress()).filesTotal];
    },
  },
  {
    id: 'limit-policy',
    title: 'Group policy sets how many files a job takes',
    source: 'Group Policies (MaxFilesPerJob)',
    needs: ['policy', 'users'],
    answer: ['ok', 'ok', 'BG_E_TOO_MANY_FILES_IN_JOB'],
    run: async (world) => {
      world.policy.set({ maxFilesPerJob: 2 });
      const url = world.serve('a.bin');
      const job = await (await world.users.connect({})).createJob({ name: 'few' });
      const add = (name: string) => answerOf(job.addFile(url, world.path(name)));
      return [await add('a.bin'), await add('b.bin'), await add('c.bin')];
    },
  },
  {
    id: 'ranges-kept',
    title: 'The ranges of a file are those with which it was added',
    source: `${RANGES}; IBackgroundCopyFile2::GetFileRanges`,
    answer: [
      { offset: 10, length: 5 },
      { offset: 100, length: 'eof' },
    ],
    run: async (world) => {
      const job = await world.createJob();
      await job.addFileWithRanges(world.serve('a.bin'), world.path('a.bin'), [
        { offset: 10, length: 5 },
        { offset: 100, length: 'eof' },
      ]);
      const [file] = await job.getFiles();
      return file === undefined ? 'no file' : answerOf(file.getFileRanges());
    },
  },
  {
    id: 'ranges-overlap',
    title: 'Ranges of a file must not overlap: the library refuses them before BITS is asked',
    source: `windows-bits: job.addFileWithRanges(); ${RANGES} (BG_E_OVERLAPPING_RANGES)`,
    answer: 'TypeError',
    run: async (world) => {
      const job = await world.createJob();
      const ranges = [
        { offset: 0, length: 100 },
        { offset: 50, length: 100 },
      ];
      return answerOf(job.addFileWithRanges(world.serve('a.bin'), world.path('a.bin'), ranges));
    },
  },
  {
    id: 'ranges-limit',
    title: 'A file takes 500 ranges',
    source: `${RANGES} (BG_E_TOO_MANY_RANGES_IN_FILE; MaxRangesPerFile)`,
    needs: ['users'],
    answer: ['ok', 'BG_E_TOO_MANY_RANGES_IN_FILE'],
    run: async (world) => {
      const job = await (await world.users.connect({})).createJob({ name: 'ranges' });
      const url = world.serve('a.bin', { size: 10_000 });
      const ranges = (count: number) => Array.from({ length: count }, (_, i) => ({ offset: i * 10, length: 5 }));
      return [
        await answerOf(job.addFileWithRanges(url, world.path('a.bin'), ranges(500))),
        await answerOf(job.addFileWithRanges(url, world.path('b.bin'), ranges(501))),
      ];
    },
  },
  {
    id: 'ranges-of-upload',
    title: 'Only downloads have ranges',
    source: `${RANGES} (E_NOTIMPL)`,
    answer: 'E_NOTIMPL',
    run: async (world) => {
      await world.write('a.bin', Buffer.from('a'));
      const job = await world.createJob({ type: 'upload' });
      return answerOf(job.addFileWithRanges(world.serve('a.bin'), world.path('a.bin'), [{ offset: 0, length: 1 }]));
    },
  },
  {
    id: 'ranges-transferred',
    title: 'Ranges are written one behind the other in the order given',
    source: `${RANGES}; BG_FILE_RANGE`,
    answer: 'cdefab',
    run: async (world) => {
      const job = await world.createJob();
      await job.addFileWithRanges(world.serve('a.bin', { body: Buffer.from('abcdef') }), world.path('a.bin'), [
        { offset: 2, length: 'eof' },
        { offset: 0, length: 2 },
      ]);
      await job.resume().catch(() => undefined);
      if ((await settle(world, job)) !== 'transferred') return 'not transferred';
      await job.complete();
      return (await world.read('a.bin'))?.toString() ?? null;
    },
  },
  {
    id: 'ranges-outside',
    title: 'A range that is not inside the file ends in an error',
    source: `${RANGES} (BG_E_INVALID_RANGE)`,
    answer: ['error', 'BG_E_INVALID_RANGE'],
    run: async (world) => {
      const job = await world.createJob();
      await job.addFileWithRanges(world.serve('a.bin'), world.path('a.bin'), [{ offset: 5000, length: 10 }]);
      const resumed = await answerOf(job.resume());
      if (resumed !== 'ok') return resumed;
      return [await settle(world, job), (await job.failure())?.code ?? null];
    },
  },
  {
    id: 'replace-prefix',
    title: 'ReplaceRemotePrefix changes the beginning of the names that begin so',
    source: 'IBackgroundCopyJob3::ReplaceRemotePrefix',
    answer: ['http://b.invalid/x/1', 'http://c.invalid/2'],
    run: async (world) => {
      const job = await world.createJob({
        files: [
          { url: 'http://a.invalid/1', path: world.path('1') },
          { url: 'http://c.invalid/2', path: world.path('2') },
        ],
      });
      await job.replaceRemotePrefix('http://a.invalid/', 'http://b.invalid/x/');
      const files = await job.getFiles();
      return (await Promise.all(files.map((file) => file.getRemoteName()))).sort();
    },
  },
  {
    id: 'remote-name',
    title: 'SetRemoteName gives a failed file another address, from which it comes after Resume',
    source: 'IBackgroundCopyFile2::SetRemoteName',
    answer: ['error', 'ok', 'transferred'],
    run: async (world) => {
      const { job, state } = await settled(world, { 'a.bin': { status: 404 } });
      const [file] = await job.getFiles();
      const renamed = await answerOf(file!.setRemoteName(world.serve('b.bin')));
      if (renamed !== 'ok') return [state, renamed];
      await job.resume();
      return [state, renamed, await settle(world, job)];
    },
  },
  {
    id: 'remote-name-of-upload',
    title: 'The address of an upload cannot be changed',
    source: 'IBackgroundCopyFile2::SetRemoteName, IBackgroundCopyJob3::ReplaceRemotePrefix (E_NOTIMPL)',
    answer: ['E_NOTIMPL', 'E_NOTIMPL'],
    run: async (world) => {
      await world.write('a.bin', Buffer.from('a'));
      const url = world.serve('a.bin');
      const job = await world.createJob({ type: 'upload', files: [{ url, path: world.path('a.bin') }] });
      const [file] = await job.getFiles();
      return [
        await answerOf(file!.setRemoteName(url)),
        await answerOf(job.replaceRemotePrefix('http://a/', 'http://b/')),
      ];
    },
  },
  {
    id: 'url-scheme',
    title: 'An address of a scheme that BITS does not know comes to nothing: refused, or an error of the job',
    source: 'BG_FILE_INFO (http, https and SMB)',
    answer: 'not transferred',
    run: async (world) => {
      const job = await world.createJob();
      const added = await answerOf(job.addFile('nonsense://127.0.0.1/x', world.path('a.bin')));
      if (added !== 'ok') return 'not transferred';
      await job.resume();
      return (await settle(world, job)) === 'transferred' ? 'transferred' : 'not transferred';
    },
  },
]);
