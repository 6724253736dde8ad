import { answerOf, arrive, file, StandIn, URL } from './stand_in';
import type { UserName } from './stand_in';

/* Adding files, and what is done with them: BG_FILE_INFO, AddFile, AddFileSet, IBackgroundCopyFile and its successors. */

const f = (length: number) => 'f'.repeat(length);

const NAMES: readonly (readonly [remote: string, local: string, answer: string, user?: UserName])[] = [
  [URL, 'C:\\data\\a', 'ok'],
  ['http://h/a', 'C:/data/a'.replaceAll('/', '\\'), 'ok'],
  ['file://server/share/a', 'C:\\data\\a', 'ok'],
  ['\\\\server\\share\\a', 'C:\\data\\a', 'ok'],
  ['C:\\other\\a', 'C:\\data\\a', 'ok'],
  ['ftp://h/a', 'C:\\data\\a', 'E_INVALIDARG'],
  ['http:///a', 'C:\\data\\a', 'E_INVALIDARG'],
  ['', 'C:\\data\\a', 'E_INVALIDARG'],
  ['a', 'C:\\data\\a', 'E_INVALIDARG'],
  [`http://h/${f(2191)}`, 'C:\\data\\a', 'ok'],
  [`http://h/${f(2192)}`, 'C:\\data\\a', 'E_INVALIDARG'],
  [URL, 'a', 'E_INVALIDARG'],
  [URL, 'data\\a', 'E_INVALIDARG'],
  [URL, 'C:a', 'E_INVALIDARG'],
  [URL, '\\data\\a', 'E_INVALIDARG'],
  [URL, '\\\\?\\C:\\data\\a', 'E_INVALIDARG'],
  [URL, '\\\\.\\C:\\data\\a', 'E_INVALIDARG'],
  [URL, 'C:\\data\\a:stream', 'E_INVALIDARG'],
  [URL, 'C:\\data\\a?', 'E_INVALIDARG'],
  [URL, 'C:\\data\\', 'E_INVALIDARG'],
  [URL, 'C:\\data', 'E_INVALIDARG', 'admin'],
  [URL, `C:\\data\\${f(251)}`, 'ok'],
  [URL, `C:\\data\\${f(252)}`, 'E_INVALIDARG'],
  [URL, `C:\\${f(244)}\\a`, 'ok', 'admin'],
  [URL, `C:\\${f(245)}\\a`, 'E_INVALIDARG', 'admin'],
  [URL, 'C:\\nowhere\\a', 'ERROR_PATH_NOT_FOUND'],
  [URL, 'C:\\readonly\\a', 'E_ACCESSDENIED'],
  [URL, 'C:\\readonly\\a', 'ok', 'admin'],
  [URL, 'C:\\a', 'E_ACCESSDENIED'],
  [URL, 'C:\\a', 'E_ACCESSDENIED', 'filteredAdmin'],
  [URL, 'C:\\a', 'ok', 'system'],
];

const names = NAMES.map(([remote, local, answer, user = 'user']) => [remote, local, answer, user] as const);

test.each(names)('AddFile of %s to %s: %s, by %s', async (remote, local, answer, user) => {
  const program = new StandIn().connect(user);
  const job = await program.createJob();
  expect(await answerOf(program.addon.job.addFile(job.handle, remote, local))).toBe(answer);
  expect(job.state.files).toHaveLength(answer === 'ok' ? 1 : 0);
});

test('AddFileSet adds all or none', async () => {
  const program = new StandIn().connect();
  const job = await program.createJob();
  const bad = { remoteName: URL, localName: 'a' };
  expect(await answerOf(program.addon.job.addFileSet(job.handle, [file(), bad]))).toBe('E_INVALIDARG');
  expect(job.state.files).toEqual([]);
  expect(await answerOf(program.addon.job.addFileSet(job.handle, [file(0), file(1)]))).toBe('ok');
  const files = await program.addon.job.enumFiles(job.handle);
  expect(await Promise.all(files.map((each) => program.addon.file.getLocalName(each)))).toEqual([
    file(0).localName,
    file(1).localName,
  ]);
});

test('nothing can be added for a user who is not logged on; services always are', async () => {
  const computer = new StandIn();
  for (const user of computer.state.users) user.loggedOn = false;
  const answers = await Promise.all(
    (['user', 'localService'] as const).map(async (user) =>
      answerOf(computer.connect(user).createJob({ files: [file()] })),
    ),
  );
  expect(answers).toEqual(['ERROR_NOT_LOGGED_ON', 'ok']);
});

test('an upload has one file, whose folder may be one in which nothing can be written', async () => {
  const program = new StandIn().connect();
  const job = await program.createJob({}, 1);
  expect(await answerOf(program.addon.job.addFileSet(job.handle, [file(0), file(1)]))).toBe('BG_E_TOO_MANY_FILES');
  expect(await answerOf(program.addon.job.addFile(job.handle, URL, 'C:\\readonly\\a'))).toBe('ok');
  expect(await answerOf(program.addon.job.addFile(job.handle, URL, 'C:\\data\\b'))).toBe('BG_E_TOO_MANY_FILES');
});

describe('limits', () => {
  const set = (count: number, from = 0) => Array.from({ length: count }, (_, at) => file(from + at));

  test.each([
    ['user', 'BG_E_TOO_MANY_FILES_IN_JOB'],
    ['filteredAdmin', 'BG_E_TOO_MANY_FILES_IN_JOB'],
    ['admin', 'ok'],
    ['localService', 'ok'],
  ] as const)('200 files in a job of %s, then %s', async (user, answer) => {
    const program = new StandIn().connect(user);
    const { handle } = await program.createJob({ files: set(200) });
    expect(await answerOf(program.addon.job.addFile(handle, URL, 'C:\\data\\more'))).toBe(answer);
  });

  test.each([
    ['user', 'BG_E_TOO_MANY_RANGES_IN_FILE'],
    ['system', 'ok'],
  ] as const)('500 ranges of a file of %s, then %s', async (user, answer) => {
    const program = new StandIn().connect(user);
    const { handle } = await program.createJob();
    const ranges = Array.from({ length: 501 }, (_, at) => ({ offset: 2 * at, length: 1 }));
    const add = (count: number) =>
      program.addon.job.addFileWithRanges(handle, URL, 'C:\\data\\a', ranges.slice(0, count));
    expect(await answerOf(add(500))).toBe('ok');
    expect(await answerOf(add(501))).toBe(answer);
  });

  test('60 jobs of a user, and 300 of all, without those of administrators and services', async () => {
    const computer = new StandIn();
    const add = (user: UserName) => answerOf(computer.connect(user).createJob());
    const addMany = async (user: UserName, count: number) => {
      const answers = new Set<string>();
      for (let i = 0; i < count; i++) answers.add(await add(user));
      return [...answers];
    };
    expect(await addMany('admin', 61)).toEqual(['ok']);
    expect(await addMany('system', 61)).toEqual(['ok']);
    expect(await addMany('user', 60)).toEqual(['ok']);
    expect(await add('user')).toBe('BG_E_TOO_MANY_JOBS_PER_USER');
    expect(await add('other')).toBe('ok');
    computer.state.policy.maxJobsPerMachine = 62;
    expect(await add('other')).toBe('ok');
    expect(await add('other')).toBe('BG_E_TOO_MANY_JOBS_PER_MACHINE');
    expect(await add('admin')).toBe('ok');
  });
});

describe('a file', () => {
  async function open(type = 0) {
    const computer = new StandIn();
    const program = computer.connect();
    const job = await program.createJob({ files: [file()] }, type);
    return { computer, job, addon: program.addon, file: await program.fileOf(job), state: job.state.files[0]! };
  }

  test('has names, progress and no ranges', async () => {
    const { addon, file: one } = await open();
    expect(await addon.file.getRemoteName(one)).toBe(file().remoteName);
    expect(await addon.file.getProgress(one)).toEqual({ bytesTotal: null, bytesTransferred: 0, completed: false });
    expect(await addon.file.getFileRanges(one)).toEqual([]);
    expect(await addon.file.getTemporaryName(one)).toBeNull();
    expect(await addon.file.getProperty(one, 1)).toBeNull();
    expect(await addon.file.isDownloadedFromPeer(one)).toBe(false);
  });

  test('keeps ranges as they were given', async () => {
    const program = new StandIn().connect();
    const ranges = [
      { offset: 10, length: 5 },
      { offset: 0, length: 2 },
    ];
    const job = await program.createJob({ ranges: [{ ...file(), ranges }] });
    expect(await program.addon.file.getFileRanges(await program.fileOf(job))).toEqual(ranges);
  });

  test('its remote name is saved at the next Resume', async () => {
    const { addon, job, file: one, state } = await open();
    expect(await answerOf(addon.file.setRemoteName(one, 'ftp://h/a'))).toBe('E_INVALIDARG');
    await addon.file.setRemoteName(one, 'http://h/b');
    expect(state).toMatchObject({ remoteName: 'http://h/b', savedRemoteName: file().remoteName });
    await addon.job.resume(job.handle);
    expect(state.savedRemoteName).toBe('http://h/b');
  });

  test('can be declared invalid once it has arrived: the job fails, and Resume fetches it again', async () => {
    const { computer, addon, job, file: one, state } = await open();
    expect(await answerOf(addon.file.setValidationState(one, true))).toBe('E_PENDING');
    arrive(computer, job);
    job.state.state = 6;
    expect(await addon.file.getValidationState(one)).toBe(false);
    await addon.file.setValidationState(one, true);
    expect(await addon.file.getValidationState(one)).toBe(true);
    expect(job.state.state).toBe(6);
    await addon.file.setValidationState(one, false);
    expect(job.state).toMatchObject({ state: 4, errorCount: 0 });
    expect(await addon.file.getProgress(one)).toMatchObject({ bytesTransferred: 0, completed: false });
    const error = await addon.job.getError(job.handle);
    expect(await addon.error.getError(error)).toEqual([5, 0x80200053]);
    await addon.job.resume(job.handle);
    expect(job.state.state).toBe(0);
    expect(state.valid).toBeNull();
  });

  test('its properties', async () => {
    const { addon, file: one, state } = await open();
    state.responseHeaders = 'HTTP/1.1 200 OK\r\n';
    expect(await addon.file.getProperty(one, 1)).toBe('HTTP/1.1 200 OK\r\n');
    expect(await answerOf(addon.file.getProperty(one, 2))).toBe('BG_E_UNKNOWN_PROPERTY_ID');
    expect(await answerOf(addon.file.setProperty(one, 1, ''))).toBe('BG_E_READ_ONLY_PROPERTY');
    expect(await answerOf(addon.file.setProperty(one, 2, ''))).toBe('BG_E_UNKNOWN_PROPERTY_ID');
  });

  test('random access: for downloads by HTTP of fixed content', async () => {
    const enable = new Uint8Array(16).fill(1, 0, 1);
    const request = async (change: (opened: Awaited<ReturnType<typeof open>>) => unknown, type = 0) => {
      const opened = await open(type);
      await change(opened);
      return answerOf(opened.addon.file.requestFileRanges(opened.file, [{ offset: 1, length: 2 }]));
    };
    expect(await request(() => undefined)).toBe('ok');
    expect(await request(() => undefined, 1)).toBe('BG_E_RANDOM_ACCESS_NOT_SUPPORTED');
    expect(await request(({ addon, file: one }) => addon.file.setRemoteName(one, '\\\\s\\d\\a'))).toBe(
      'BG_E_RANDOM_ACCESS_NOT_SUPPORTED',
    );
    expect(await request(({ addon, job }) => addon.job.setProperty(job.handle, 3, enable))).toBe(
      'BG_E_RANDOM_ACCESS_NOT_SUPPORTED',
    );
    expect(await request(({ state }) => (state.bytesTotal = 3))).toBe('ok');
    expect(await request(({ state }) => (state.bytesTotal = 2))).toBe('BG_E_INVALID_RANGE');
  });

  test('a request sets an on-demand job going again', async () => {
    const { computer, addon, job, file: one, state } = await open();
    await addon.job.setProperty(job.handle, 10, new Uint8Array(16).fill(1, 0, 1));
    await addon.file.requestFileRanges(one, [{ offset: 5, length: 5 }]);
    expect(job.state.state).toBe(3); // it was never resumed
    await addon.job.resume(job.handle);
    job.state.state = 3; // asleep between requests
    await addon.file.requestFileRanges(one, [{ offset: 0, length: null }]);
    expect(job.state.state).toBe(0);
    expect(state).toMatchObject({
      position: 0,
      ranges: [
        { offset: 5, length: 5 },
        { offset: 0, length: null },
      ],
    });
    expect(computer.asked.at(-1)).toBe('changed');
    state.filled = [{ offset: 5, length: 5 }];
    expect(await addon.file.getFilledFileRanges(one)).toEqual([{ offset: 5, length: 5 }]);
    await addon.file.updateDownloadPosition(one, 7);
    expect(state.position).toBe(7);
  });
});
