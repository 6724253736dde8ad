import { answerOf, failureOf, file, hr, outcomesOf, settled, StandIn } from './stand_in';

/* createJob and probe of the addon: steps, their order, and that nothing is left of a job that fails (native/bits). */

const FULL = {
  description: 'd',
  priority: 0,
  minimumRetryDelay: 60,
  noProgressTimeout: 3600,
  dynamicContent: false,
  files: [file(0)],
  ranges: [{ ...file(1), ranges: [{ offset: 5, length: null }] }],
  customHeaders: 'A: b\r\n',
  writeOnlyHeaders: true,
};
const CREATE = 'IBackgroundCopyManager::CreateJob';
const CANCEL = 'IBackgroundCopyJob::Cancel';
const STEPS = [
  'IBackgroundCopyJob::SetDescription',
  'IBackgroundCopyJob::SetPriority',
  'IBackgroundCopyJob::SetMinimumRetryDelay',
  'IBackgroundCopyJob::SetNoProgressTimeout',
  'IBackgroundCopyJob5::SetProperty',
  'IBackgroundCopyJob::AddFileSet',
  'IBackgroundCopyJob3::AddFileWithRanges',
  'IBackgroundCopyJob::GetProgress',
  'IBackgroundCopyJobHttpOptions::SetCustomHeaders',
  'IBackgroundCopyJobHttpOptions3::MakeCustomHeadersWriteOnly',
];

const open = (version: '10.3' | '10.2' | '4.0' = '10.3') => {
  const computer = new StandIn({ version });
  const { addon, manager } = computer.connect();
  const make = (rest: object = FULL, type = 0) => addon.manager.createJob(manager, 'x', type, rest);
  const names = () => computer.hooks.calls.made.map(({ method }) => method);
  return { computer, addon, manager, make, names };
};

test('makes a job with all its settings, in an order that BITS accepts', async () => {
  const { computer, make, names } = open();
  const { id } = await make();
  expect(names()).toEqual([CREATE, ...STEPS]);
  const [job] = computer.state.jobs;
  expect(job).toMatchObject({
    id,
    displayName: 'x',
    description: 'd',
    priority: 0,
    minimumRetryDelay: 60,
    noProgressTimeout: 3600,
    customHeaders: 'A: b\r\n',
    headersWriteOnly: true,
    state: 3,
    resumed: false,
  });
  expect(job!.files.map(({ ranges }) => ranges)).toEqual([null, [{ offset: 5, length: null }]]);
  expect(id).toMatch(/^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/);
});

test('the same computer makes the same ids, and never one twice', async () => {
  const ids = async () => {
    const { make } = open();
    return [(await make({})).id, (await make({})).id];
  };
  const first = await ids();
  expect(await ids()).toEqual(first);
  expect(new Set(first).size).toBe(2);
});

test.each([CREATE, ...STEPS])('%s fails: no job is left, and the failure names the step', async (step) => {
  const { computer, make, names } = open();
  computer.hooks.faults.next(step, 'E_ACCESSDENIED');
  const shown = step.endsWith('GetProgress') ? 'IBackgroundCopyJob3::AddFileWithRanges' : step;
  expect(await failureOf(make())).toEqual({ hresult: hr('E_ACCESSDENIED'), method: shown, kind: 'call' });
  expect(computer.state.jobs).toEqual([]);
  const done = [CREATE, ...STEPS.slice(0, STEPS.indexOf(step) + 1)];
  expect(names()).toEqual(step === CREATE ? done : [...done, CANCEL]);
});

test.each([
  ['a description that is too long', { description: 'x'.repeat(1025) }, 0, 'BG_E_STRING_TOO_LONG', 'SetDescription'],
  [
    'a file without a folder',
    { files: [{ ...file(), localName: 'C:\\no\\a' }] },
    0,
    'ERROR_PATH_NOT_FOUND',
    'AddFileSet',
  ],
  ['a reply of a download', { replyFileName: 'C:\\data\\r' }, 0, 'E_NOTIMPL', 'SetReplyFileName'],
  ['ranges of an upload', { ranges: FULL.ranges }, 1, 'E_NOTIMPL', 'AddFileWithRanges'],
  ['a type that there is not', {}, 3, 'E_NOTIMPL', 'CreateJob'],
] as const)('%s', async (_what, rest, type, code, step) => {
  const { computer, make } = open();
  const failure = await failureOf(make(rest, type));
  expect(failure).toMatchObject({ hresult: hr(code), kind: 'call' });
  expect(failure.method).toMatch(new RegExp(`::${step}$`));
  expect(computer.state.jobs).toEqual([]);
});

test('a name of 257 characters', async () => {
  const { addon, manager } = open();
  expect(await answerOf(addon.manager.createJob(manager, 'x'.repeat(257), 0))).toBe('E_INVALIDARG');
  expect(await answerOf(addon.manager.createJob(manager, 'x'.repeat(256), 0))).toBe('ok');
});

test('a missing interface is a failure, but for headers that cannot be made write-only', async () => {
  const old = open('4.0');
  expect(await failureOf(old.make())).toEqual({
    hresult: hr('E_NOINTERFACE'),
    method: 'IBackgroundCopyJob5::SetProperty',
    kind: 'interface',
  });
  expect(old.computer.state.jobs).toEqual([]);
  const newer = open('10.2');
  expect(await answerOf(newer.make())).toBe('ok');
  expect(newer.computer.state.jobs[0]).toMatchObject({ headersWriteOnly: false });
});

describe('a job that nobody waits for any more', () => {
  test.each([CREATE, ...STEPS])('is cancelled: while %s hangs', async (step) => {
    const { computer, addon, make, names } = open();
    computer.hooks.faults.hang(step);
    const making = make();
    const failure = failureOf(making);
    await settled();
    addon.abandon(making);
    computer.hooks.faults.release();
    expect(await failure).toEqual({ hresult: hr('E_ABORT'), method: CREATE, kind: 'closed' });
    expect(computer.state.jobs).toEqual([]);
    expect(names()).toEqual([CREATE, ...STEPS.slice(0, STEPS.indexOf(step) + 1), CANCEL]);
  });

  test('is not made, if it was not yet', async () => {
    const { computer, addon, make, names } = open();
    const making = make();
    const failure = failureOf(making);
    addon.abandon(making);
    expect(await failure).toMatchObject({ kind: 'closed' });
    expect(names()).toEqual([]);
    expect(computer.state.jobs).toEqual([]);
  });

  test('stays, once it has been handed over', async () => {
    const { computer, addon, make } = open();
    const making = make();
    await making;
    addon.abandon(making);
    await settled();
    expect(computer.state.jobs).toHaveLength(1);
  });

  test('is cancelled when its program ends', async () => {
    const computer = new StandIn();
    const { addon, manager, client } = computer.connect();
    computer.hooks.faults.hang('addFileSet');
    const seen = outcomesOf(addon.manager.createJob(manager, 'x', 0, FULL));
    await settled();
    client.alive = false;
    computer.hooks.faults.release();
    await settled();
    expect(computer.state.jobs).toEqual([]);
    expect(seen).toEqual([]); // its promises never settle
  });
});

describe('probe', () => {
  test('tells what jobs and files have, and leaves no job', async () => {
    const { computer, addon, manager } = open();
    const probed = await addon.manager.probe(manager, 'asking', { files: [file()] }, [1, 2, 10, 99]);
    expect(probed.job).toContain('IBackgroundCopyJobHttpOptions3');
    expect(probed.file).toContain('IBackgroundCopyFile6');
    expect(probed.properties).toEqual([1, 2, 10]);
    expect(computer.state.jobs).toEqual([]);
  });

  test('of an older version', async () => {
    const { addon, manager } = open('4.0');
    const probed = await addon.manager.probe(manager, 'asking', { files: [file()] }, [1]);
    expect(probed).toEqual({
      job: [
        'IBackgroundCopyJob',
        'IBackgroundCopyJob2',
        'IBackgroundCopyJob3',
        'IBackgroundCopyJob4',
        'IBackgroundCopyJobHttpOptions',
        'IBitsTokenOptions',
      ],
      file: ['IBackgroundCopyFile', 'IBackgroundCopyFile2', 'IBackgroundCopyFile3', 'IBackgroundCopyFile4'],
      properties: [],
    });
  });

  test('fails where the user may not write, and leaves no job either', async () => {
    const { computer, addon, manager } = open();
    const files = [{ ...file(), localName: 'C:\\a' }];
    expect(await failureOf(addon.manager.probe(manager, 'asking', { files }, []))).toEqual({
      hresult: hr('E_ACCESSDENIED'),
      method: 'IBackgroundCopyJob::AddFileSet',
      kind: 'call',
    });
    expect(computer.state.jobs).toEqual([]);
  });
});
