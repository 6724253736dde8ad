import events from 'node:events';
import type { BitsManager, JobEventArguments, JobEventName } from '../../lib';
import { BitsClosedError, BitsEndedError, BitsNotFoundError, BitsTransferError } from '../../lib';
import { failing, fakeSnapshot } from '../support/fake_addon';
import { fastHost } from '../support/fast_host';
import { FAKE_ID as ID, openFake } from '../support/open_fake';
import { rejection } from '../support/outcome';
import { until } from '../support/until';

const STATES = { transferring: 2, suspended: 3, error: 4, transferred: 6, acknowledged: 7, cancelled: 8 } as const;

/** A job whose state and bytes the test decides, and what became of its callbacks. */
async function open() {
  const service = { state: STATES.transferring as number, bytes: 0, gone: false, callbacks: 0 };
  const snapshot = () => {
    if (service.gone) failing('IBackgroundCopyManager::GetJob', 0x80200001)();
    const progress = { bytesTotal: 100, bytesTransferred: service.bytes, filesTotal: 1, filesTransferred: 0 };
    return fakeSnapshot({ state: service.state, progress });
  };
  const answers = {
    job: {
      snapshot,
      getState: () => service.state,
      getError: () => ({}),
      getNotifyInterface: () => service.callbacks,
      setNotifyInterface: (callback: unknown) => {
        service.callbacks = callback === null ? 0 : 1;
      },
    },
    error: { getError: () => [5, 0x80190194], getFile: failing('IBackgroundCopyError::GetFile', 0x80200004) },
  };
  return { ...(await openFake(answers, { host: fastHost() })), service };
}

describe('events.once(job, …)', () => {
  test('resolves with what the event says, and leaves no listener', async () => {
    const { job, service } = await open();
    const told = events.once(job, 'transferred');
    expect(job.eventNames().sort()).toEqual(['error', 'transferred']);
    service.state = STATES.transferred;
    expect(await told).toEqual([
      expect.objectContaining({ job, snapshot: expect.objectContaining({ state: 'transferred' }) }),
    ]);
    expect(job.eventNames()).toEqual([]);
    await until(() => service.callbacks === 0);
  });

  const failures: [
    string,
    (given: { bits: BitsManager; service: { state: number; gone: boolean } }) => unknown,
    unknown,
  ][] = [
    [
      'the job fails',
      ({ service }) => {
        service.state = STATES.error;
      },
      BitsTransferError,
    ],
    [
      'it is cancelled',
      ({ service }) => {
        service.state = STATES.cancelled;
      },
      BitsEndedError,
    ],
    [
      'somebody else completes it',
      ({ service }) => {
        service.state = STATES.acknowledged;
      },
      BitsEndedError,
    ],
    [
      'it is gone',
      ({ service }) => {
        service.gone = true;
      },
      BitsNotFoundError,
    ],
    ['the connection is closed', ({ bits }) => bits.close(), BitsClosedError],
  ];

  test.each(failures)('rejects when %s, before and after it', async (_, happen, Class) => {
    const given = await open();
    const { job } = given;
    const told = rejection(events.once(job, 'transferred'));
    await until(() => given.service.callbacks === 1);
    await happen(given);
    expect(await told).toBeInstanceOf(Class);
    expect(job.eventNames()).toEqual([]);
    expect(await rejection(events.once(job, 'transferred'))).toBeInstanceOf(Class);
  });

  test('a signal ends it, and the callbacks are withdrawn', async () => {
    const { job, service } = await open();
    const abort = new AbortController();
    const told = rejection(events.once(job, 'transferred', { signal: abort.signal }));
    await until(() => service.callbacks === 1);
    abort.abort();
    expect(await told).toMatchObject({ name: 'AbortError' });
    expect(job.eventNames()).toEqual([]);
    await until(() => service.callbacks === 0);
  });

  test('waiting for the error gives the Error and the event', async () => {
    const { job, service } = await open();
    service.state = STATES.error;
    const [error, event] = (await events.once(job, 'error')) as JobEventArguments<'error'>;
    expect(error).toBeInstanceOf(BitsTransferError);
    expect([event.job, event.error, event.snapshot?.state]).toEqual([job, error, 'error']);
  });

  test('waiting again after a failure, while others still listen, takes a new look', async () => {
    const { job, service } = await open();
    job.on('progress', () => undefined);
    service.state = STATES.error;
    expect(await rejection(events.once(job, 'transferred'))).toBeInstanceOf(BitsTransferError);
    service.state = STATES.transferred; // resumed, and quick
    expect(await events.once(job, 'transferred')).toHaveLength(1);
    job.removeAllListeners();
  });
});

describe('events.on(job, …)', () => {
  test('gives every event, until the signal', async () => {
    const { job, service } = await open();
    const abort = new AbortController();
    const seen: number[] = [];
    const loop = (async () => {
      for await (const [{ snapshot }] of events.on(job, 'progress', { signal: abort.signal })) {
        seen.push((snapshot as { bytes: number }).bytes);
        if (seen.length === 2) abort.abort();
      }
    })();
    const timer = setInterval(() => {
      service.bytes += 1;
    }, 5);
    expect(await rejection(loop)).toMatchObject({ name: 'AbortError' });
    clearInterval(timer);
    expect(seen).toHaveLength(2);
    expect(job.eventNames()).toEqual([]);
  });

  test('rejects when the job fails', async () => {
    const { job, service } = await open();
    const iterator = events.on(job, 'progress');
    service.state = STATES.error;
    expect(await rejection(iterator.next() as Promise<unknown>)).toBeInstanceOf(BitsTransferError);
    expect(job.eventNames()).toEqual([]);
  });
});

describe('the event error', () => {
  test('needs no listener', async () => {
    const { job, service } = await open();
    const changes: string[] = [];
    job.on('stateChange', ({ state }) => changes.push(state));
    await until(() => service.callbacks === 1);
    service.state = STATES.error;
    await until(() => changes.length > 0);
    expect(job.emit('error', new Error('mine'), { job, snapshot: null, error: new Error('mine') })).toBe(false);
    job.removeAllListeners();
  });

  test.each(['error', 'transferred'] as const)('a job that ends after %s has no more to tell', async (state) => {
    const { job, service } = await open();
    const heard: string[] = [];
    job.on('error', ({ name }) => heard.push(name)).on('transferred', () => heard.push('transferred'));
    service.state = STATES[state];
    await until(() => heard.length === 1);
    service.state = state === 'error' ? STATES.cancelled : STATES.acknowledged;
    await until(() => job.eventNames().length === 0);
    expect(heard).toEqual([state === 'error' ? 'BitsTransferError' : 'transferred']);
  });

  test('a listener added during the last event starts a new watch', async () => {
    const { job, service } = await open();
    service.state = STATES.cancelled;
    const again = new Promise((resolve) => job.once('error', () => job.once('error', resolve)));
    expect(await again).toBeInstanceOf(BitsEndedError);
  });
});

describe('the listeners', () => {
  const NONE = () => undefined;
  const NAMES = ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const;
  const REMOVERS = ['off', 'removeListener'] as const;

  test('are a NodeJS.EventEmitter as far as Node and TypeScript look', async () => {
    const { job } = await open();
    const emitter: NodeJS.EventEmitter = job;
    for (const name of Object.getOwnPropertyNames(events.prototype)) {
      const given = (job as unknown as Record<string, unknown>)[name];
      if (!name.startsWith('_') && name !== 'constructor') expect([name, typeof given]).toEqual([name, 'function']);
    }
    job.on('progress', NONE);
    expect(events.getEventListeners(emitter, 'progress')).toEqual([NONE]);
    events.setMaxListeners(3, emitter);
    expect(job.getMaxListeners()).toBe(3);
    expect(job.setMaxListeners(0).getMaxListeners()).toBe(0);
    job.removeAllListeners();
  });

  test('are called in order, once or always, and removed one at a time, the last first', async () => {
    const { job } = await open();
    const heard: string[] = [];
    const listener = (name: string) => () => {
      heard.push(name);
    };
    const twice = listener('twice');
    job.on('modified', listener('on')).once('modified', listener('once')).addListener('modified', twice);
    job.prependListener('modified', listener('first')).prependOnceListener('modified', listener('very first'));
    job.addListener('modified', twice);
    expect(job.listenerCount('modified')).toBe(6);
    expect(job.listenerCount('modified', twice)).toBe(2);
    const emit = () => job.emit('modified', { job, snapshot: {} as never });
    expect(emit()).toBe(true);
    expect(heard.splice(0)).toEqual(['very first', 'first', 'on', 'once', 'twice', 'twice']);
    job.off('modified', twice);
    emit();
    expect(heard.splice(0)).toEqual(['first', 'on', 'twice']);
    job.removeAllListeners('modified');
    expect(emit()).toBe(false);
  });

  test('rawListeners shows what once() wraps, which can be removed too', async () => {
    const { job } = await open();
    job.once('transferred', NONE);
    const [raw] = job.rawListeners('transferred') as { listener?: unknown }[];
    expect(raw?.listener).toBe(NONE);
    expect(job.listeners('transferred')).toEqual([NONE]);
    job.removeListener('transferred', raw as never);
    expect(job.listeners('transferred')).toEqual([]);
  });

  test('one that throws is uncaught, and the others are called', async () => {
    const { job } = await open();
    const thrown: unknown[] = [];
    const microtask = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((work) => {
      try {
        work();
      } catch (error) {
        thrown.push(error);
      }
    });
    const last = jest.fn();
    job
      .on('modified', () => {
        throw new Error('mine');
      })
      .on('modified', last);
    job.emit('modified', { job, snapshot: {} as never });
    microtask.mockRestore();
    expect(thrown).toEqual([new Error('mine')]);
    expect(last).toHaveBeenCalledTimes(1);
    job.removeAllListeners();
  });

  test('more listeners than the limit cause one warning', async () => {
    const { job } = await open();
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    for (let i = 0; i < 12; i++) job.on('progress', () => undefined);
    expect(warn.mock.calls).toEqual([[expect.stringContaining(ID), 'MaxListenersExceededWarning']]);
    warn.mockRestore();
    job.removeAllListeners();
  });

  test('bad arguments', async () => {
    const { job } = await open();
    for (const method of [...NAMES, ...REMOVERS]) {
      expect(() => job[method]('done' as 'progress', NONE)).toThrow(/"event"/);
      expect(() => job[method]('progress', 5 as never)).toThrow(/"listener"/);
    }
    for (const method of NAMES)
      expect(() => job[method]('progress', NONE, { ref: 1 } as never)).toThrow(/"options.ref"/);
    for (const method of ['listeners', 'rawListeners', 'listenerCount', 'removeAllListeners', 'emit'] as const) {
      expect(() =>
        (job as unknown as Record<string, (event: JobEventName) => void>)[method]?.('done' as 'progress'),
      ).toThrow(/"event"/);
    }
    expect(() => job.setMaxListeners(-1)).toThrow(RangeError);
    expect(job.eventNames()).toEqual([]);
  });
});

test('await using ends a watch', async () => {
  const { job, service } = await open();
  const stream = job.watch({ interval: 0 });
  await stream.next();
  await until(() => service.callbacks === 1);
  await stream[Symbol.asyncDispose]();
  await until(() => service.callbacks === 0);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});
