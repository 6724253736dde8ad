import { answerOf, arrive, file, StandIn } from './stand_in';

/* BITS_JOB_PROPERTY_ID: who has which property, until when it can be set, and to what. */

const bytes = (...values: number[]) => Uint8Array.from({ length: 16 }, (_, at) => values[at] ?? 0);
const ON = bytes(1);
const OFF = bytes();

type Moment = 'new' | 'with file' | 'resumed';

const ROWS: readonly (readonly [id: number, value: Uint8Array, type: number, at: Moment, answer: string])[] = [
  [1, bytes(0x21, 0, 0, 0x80), 0, 'resumed', 'ok'],
  [1, bytes(0x21, 0, 0, 0x80), 1, 'resumed', 'ok'],
  [2, bytes(1, 2, 3), 2, 'resumed', 'ok'],
  [3, ON, 0, 'with file', 'ok'],
  [3, ON, 0, 'resumed', 'BG_E_READ_ONLY_PROPERTY_AFTER_RESUME'],
  [3, ON, 1, 'new', 'BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY'],
  [4, ON, 0, 'new', 'ok'],
  [4, ON, 0, 'with file', 'BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE'],
  [4, ON, 2, 'new', 'BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY'],
  [5, bytes(1), 0, 'with file', 'ok'],
  [5, bytes(), 0, 'with file', 'BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE'],
  [5, bytes(1), 0, 'resumed', 'BG_E_READ_ONLY_PROPERTY_AFTER_RESUME'],
  [5, bytes(1), 1, 'new', 'BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY'],
  [7, bytes(2), 1, 'resumed', 'ok'],
  [7, bytes(1), 0, 'new', 'BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED'],
  [9, bytes(0xe8, 3), 0, 'resumed', 'ok'],
  [10, ON, 0, 'with file', 'ok'],
  [10, ON, 1, 'new', 'BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY'],
  [6, ON, 0, 'new', 'BG_E_UNKNOWN_PROPERTY_ID'],
  [0, ON, 0, 'new', 'BG_E_UNKNOWN_PROPERTY_ID'],
];

test.each(ROWS)('property %i, %j, of type %i, %s: %s', async (id, value, type, at, answer) => {
  const computer = new StandIn();
  const { addon, manager } = computer.connect();
  const files = at === 'new' ? [] : [file()];
  const { handle } = await addon.manager.createJob(manager, 'x', type, { files });
  if (at === 'resumed') await addon.job.resume(handle);
  expect(await answerOf(addon.job.setProperty(handle, id, value))).toBe(answer);
  if (answer === 'ok') expect(await addon.job.getProperty(handle, id)).toEqual(value);
});

const FRESH: readonly (readonly [id: number, value: Uint8Array])[] = [
  [1, bytes(0x21, 0, 0, 0x80)],
  [2, bytes()],
  [3, OFF],
  [4, OFF],
  [5, bytes(...new Array<number>(8).fill(0xff))],
  [7, bytes()],
  [9, bytes(0xf4, 1)],
  [10, OFF],
];

test.each(FRESH)('property %i of a new job is %j', async (id, value) => {
  const program = new StandIn().connect();
  const { handle } = await program.createJob();
  expect(await program.addon.job.getProperty(handle, id)).toEqual(value);
});

test('properties came with BITS 5.0, two of them with 10.1', async () => {
  const get = async (version: '4.0' | '5.0' | '10.1', id: number) => {
    const program = new StandIn({ version }).connect();
    const { handle } = await program.createJob();
    return answerOf(program.addon.job.getProperty(handle, id));
  };
  expect([await get('4.0', 1), await get('5.0', 1), await get('5.0', 9), await get('10.1', 9)]).toEqual([
    'E_NOINTERFACE',
    'ok',
    'BG_E_UNKNOWN_PROPERTY_ID',
    'ok',
  ]);
});

test('dynamic content, ranges, on-demand mode and a verb of its own exclude each other', async () => {
  const make = async () => {
    const program = new StandIn().connect();
    const job = await program.createJob({ files: [file()] });
    return { job, api: program.addon.job };
  };
  const ranges = [{ offset: 0, length: 1 }];
  const dynamic = await make();
  await dynamic.api.setProperty(dynamic.job.handle, 3, ON);
  expect([
    await answerOf(dynamic.api.addFileWithRanges(dynamic.job.handle, 'https://h/b', 'C:\\data\\b', ranges)),
    await answerOf(dynamic.api.setProperty(dynamic.job.handle, 10, ON)),
    await answerOf(dynamic.api.setProperty(dynamic.job.handle, 10, OFF)),
    await answerOf(dynamic.api.setHttpMethod(dynamic.job.handle, 'POST')),
  ]).toEqual([
    'BG_E_UNSUPPORTED_JOB_CONFIGURATION',
    'BG_E_RANDOM_ACCESS_NOT_SUPPORTED',
    'ok',
    'BG_E_UNSUPPORTED_JOB_CONFIGURATION',
  ]);
  const ranged = await make();
  await ranged.api.addFileWithRanges(ranged.job.handle, 'https://h/b', 'C:\\data\\b', ranges);
  expect(await answerOf(ranged.api.setProperty(ranged.job.handle, 3, ON))).toBe('BG_E_UNSUPPORTED_JOB_CONFIGURATION');
  const own = await make();
  await own.api.setHttpMethod(own.job.handle, 'POST');
  expect([
    await answerOf(own.api.setProperty(own.job.handle, 3, ON)),
    await answerOf(own.api.setProperty(own.job.handle, 10, ON)),
  ]).toEqual(new Array(2).fill('BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD'));
});

test('the engine is told of what takes effect at once', async () => {
  const computer = new StandIn();
  const program = computer.connect();
  const job = await program.createJob({ files: [file()] });
  arrive(computer, job);
  computer.asked.length = 0;
  await program.addon.job.setProperty(job.handle, 1, bytes(1));
  expect(computer.asked).toEqual(['changed']);
});
