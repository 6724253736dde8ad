import type { NativeNewJob } from '../../../lib/contract/addon';
import type * as Capabilities from '../../../lib/bits/capabilities';
import type * as FailureCause from '../../../lib/download/failure_cause';
import type { JobQueue } from '../../../lib/download/job_queue';
import type * as NewJob from '../../../lib/download/new_job';
import type { Answer } from '../case';
import type * as Cases from '../cases';
import type * as Contract from '../contract';
import type * as World from './simulated_world';

// Defects of the library that no lenient service could show, put back on purpose: each is caught on the Windows profile.

/** What a case answers when a module of the library is another one. */
async function answerWith<Module extends object>(
  file: string,
  change: (real: Module) => Partial<Module>,
  id: string,
): Promise<{ readonly answer: unknown; readonly documented: Answer }> {
  let found: { answer: unknown; documented: Answer } | undefined;
  await jest.isolateModulesAsync(async () => {
    jest.doMock(file, () => {
      const real = jest.requireActual<Module>(file);
      return { ...real, ...change(real) };
    });
    const { answerTo } = jest.requireActual<typeof Contract>('../contract');
    const { CASES } = jest.requireActual<typeof Cases>('../cases');
    const { simulationTarget } = jest.requireActual<typeof World>('./simulated_world');
    const each = CASES.find((one) => one.id === id)!;
    const answer: unknown = await answerTo(simulationTarget(), each).catch((error: unknown) => String(error));
    found = { answer, documented: each.answer };
  });
  jest.dontMock(file);
  return found!;
}

/** A download whose job is made with other settings. */
const made =
  (change: (rest: NativeNewJob) => NativeNewJob) =>
  (real: typeof NewJob): Partial<typeof NewJob> => ({
    createDownloadJob: (queue, ...rest) => {
      const changed: Partial<JobQueue> = {
        createJobFrom: (name, type, settings) => queue.createJobFrom(name, type, change(settings)),
      };
      return real.createDownloadJob(Object.assign(Object.create(queue) as JobQueue, changed), ...rest);
    },
  });

test('the job that asks what BITS can do is made in C:\\, where a standard user may not write', async () => {
  const inRoot = (real: typeof Capabilities): Partial<typeof Capabilities> => ({
    capabilitiesOf: (connection, ask) =>
      real.capabilitiesOf(connection, {
        ...ask,
        job: (name, rest, properties) => {
          const files = rest.files?.map((file) => ({ ...file, localName: 'C:\\windows-bits.tmp' }));
          return ask.job(name, { ...rest, files }, properties);
        },
      }),
  });
  const { answer, documented } = await answerWith('../../../lib/bits/capabilities', inRoot, 'library/standard-user');
  expect(answer).not.toEqual(documented);
  expect(answer).toEqual(['E_ACCESSDENIED', 'complete']);
});

test('a mirror is burnt by a network that is lost', async () => {
  const always = (): Partial<typeof FailureCause> => ({ isFaultOfSource: () => true });
  const { answer, documented } = await answerWith(
    '../../../lib/download/failure_cause',
    always,
    'library/mirror-kept-without-network',
  );
  expect(answer).not.toEqual(documented);
  expect(answer).toEqual(['complete', 1, expect.any(Number)]);
});

test('a foreground download pauses for ten minutes', async () => {
  const { answer, documented } = await answerWith(
    '../../../lib/download/new_job',
    made((rest) => ({ ...rest, minimumRetryDelay: undefined })),
    'library/retries-within-a-minute',
  );
  expect(answer).not.toEqual(documented);
  expect(answer).toEqual(['complete', false]);
});

test('a file without a length cannot be had', async () => {
  const { answer, documented } = await answerWith(
    '../../../lib/download/new_job',
    made((rest) => ({ ...rest, dynamicContent: undefined })),
    'library/no-length',
  );
  expect(answer).not.toEqual(documented);
  expect(answer).toEqual(['BG_E_MISSING_FILE_SIZE', null]);
});
