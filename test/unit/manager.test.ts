import {
  BitsClosedError,
  BitsLimitError,
  BitsPlatformError,
  BitsStateError,
  BitsUnavailableError,
  connect,
} from '../../lib';
import { connectTo } from '../../lib/connect';
import { failing, fakeAddon } from '../support/fake_addon';
import { FAKE_ID as ID, openFake } from '../support/open_fake';
import { rejection } from '../support/outcome';

test('off Windows, importing works and connecting rejects with BitsPlatformError', async () => {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};
  Object.defineProperty(process, 'platform', { value: 'darwin', configurable: true });
  try {
    const error = await rejection(connect());
    expect(error).toBeInstanceOf(BitsPlatformError);
    expect(error).toMatchObject({ code: 'BITS_PLATFORM', platform: 'darwin' });
  } finally {
    Object.defineProperty(process, 'platform', platform);
  }
});

describe('connect', () => {
  test('says what it tried', async () => {
    const { addon } = fakeAddon({ manager: { connect: failing('IBackgroundCopyManager::Connect', 0x80070422) } });
    const error = await rejection(connectTo(addon));
    expect(error).toBeInstanceOf(BitsUnavailableError);
    expect(error).toMatchObject({ code: 'ERROR_SERVICE_DISABLED', reason: 'disabled' });
    expect((error as Error).message).toMatch(/^connecting to BITS failed/);
  });
});

describe('createJob', () => {
  test('makes the job as it is to be in one call', async () => {
    const { bits, calls } = await openFake();
    await bits.createJob({
      name: 'n',
      type: 'upload',
      description: 'd',
      priority: 'foreground',
      files: [{ url: 'http://h/a', path: 'C:/a' }],
    });
    expect(calls).toEqual([
      [
        'manager.createJob',
        'n',
        1,
        {
          description: 'd',
          priority: 0,
          files: [{ remoteName: 'http://h/a', localName: 'C:\\a' }],
        },
      ],
    ]);
  });

  test('says which step failed', async () => {
    const { addon } = fakeAddon({ manager: { createJob: failing('IBackgroundCopyJob::AddFileSet', 0x80200051) } });
    const bits = await connectTo(addon);
    const error = await rejection(bits.createJob({ name: 'n', files: [{ url: 'http://h/a', path: 'C:\\a' }] }));
    expect(error).toBeInstanceOf(BitsLimitError);
    expect(error).toMatchObject({ method: 'IBackgroundCopyJob::AddFileSet' });
  });
});

describe('a job', () => {
  test.each([
    [0, 'complete'],
    [0x00200017, 'partial'],
    [0x0020001a, 'undeletedFiles'],
  ])('complete() with success code %i is %s', async (code, result) => {
    const { job } = await openFake({ job: { complete: () => code } });
    expect(await job.complete()).toBe(result);
  });

  test.each([
    [0, 'cancelled'],
    [0x0020001a, 'undeletedFiles'],
  ])('cancel() with success code %i is %s', async (code, result) => {
    const { job } = await openFake({ job: { cancel: () => code } });
    expect(await job.cancel()).toBe(result);
  });

  test('words for numbers, dates for milliseconds, null for what is unknown', async () => {
    const { job } = await openFake({
      job: {
        getState: () => 5,
        getType: () => 2,
        getPriority: () => 17,
        getTimes: () => ({ creationTime: 1e12, modificationTime: 1e12 + 1, transferCompletionTime: null }),
        getProgress: () => ({ bytesTotal: null, bytesTransferred: 2 ** 40, filesTotal: 2, filesTransferred: 1 }),
      },
    });
    expect(await job.getState()).toBe('transientError');
    expect(await job.getType()).toBe('uploadReply');
    expect(await job.getPriority()).toBe('unknown:17');
    expect(await job.getTimes()).toEqual({
      creationTime: new Date(1e12),
      modificationTime: new Date(1e12 + 1),
      transferCompletionTime: null,
    });
    expect(await job.getProgress()).toEqual({
      bytesTotal: null,
      bytesTransferred: 2 ** 40,
      filesTotal: 2,
      filesTransferred: 1,
    });
  });

  test('a state error carries the state, read afterwards; without it when that fails', async () => {
    const resume = failing('IBackgroundCopyJob::Resume', 0x80200002);
    const { job } = await openFake({ job: { resume, getState: () => 7 } });
    const error = await rejection(job.resume());
    expect(error).toBeInstanceOf(BitsStateError);
    expect(error).toMatchObject({ state: 'acknowledged', jobId: ID });
    const { job: other } = await openFake({
      job: { resume, getState: failing('IBackgroundCopyJob::GetState', 0x800706ba) },
    });
    expect(await rejection(other.resume())).not.toHaveProperty('state');
  });

  test('the stack of an error leads to the line that made the call', async () => {
    const { job } = await openFake({ job: { resume: failing('IBackgroundCopyJob::Resume', 0x80200003) } });
    const callSite = async () => {
      await job.resume();
    };
    expect(((await rejection(callSite())) as Error).stack).toMatch(/at (async )?callSite .*manager\.test\.ts/);
  });

  test('bad arguments reach no call', async () => {
    const { job, bits, calls } = await openFake();
    await rejection(job.addFile('http://h/a', 'relative'));
    await rejection(job.addFileSet([]));
    await rejection(job.setPriority('urgent' as never));
    await rejection(bits.getJob('{}'));
    await rejection(bits.getJobs({ all: true } as never));
    await rejection(bits.getSnapshots({ all: true } as never));
    await rejection(bits.getSnapshots({ allUsers: 1 } as never));
    await rejection(bits.getErrorDescription(2 ** 33));
    await rejection(bits.getErrorDescription(0, 0));
    expect(calls).toEqual([]);
  });
});

describe('close', () => {
  test('waits for calls under way, refuses later ones, and may be called again', async () => {
    let finish: (code: number) => void = () => undefined;
    const { bits, job } = await openFake({ job: { resume: () => new Promise((resolve) => (finish = resolve)) } });
    const resumed = job.resume();
    let closed = false;
    const closing = bits.close().then(() => (closed = true));
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    expect(await rejection(job.getState())).toBeInstanceOf(BitsClosedError);
    expect(await rejection(bits.getJobs())).toMatchObject({ code: 'BITS_CLOSED' });
    finish(0);
    await Promise.all([resumed, closing, bits.close()]);
  });
});
