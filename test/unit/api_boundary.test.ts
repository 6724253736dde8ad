import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import {
  BitsAbortError,
  BitsError,
  BitsFileError,
  BitsManager,
  BitsNotFoundError,
  BitsVerificationError,
  codeOf,
  connect,
  explain,
  hresultHex,
  httpStatusOf,
  isBitsError,
} from '../../lib';
import type { BitsFile, BitsJob } from '../../lib';
import { toLibraryError } from '../../lib/errors';
import { connectTo } from '../../lib/connect';
import { HOST } from '../../lib/host';
import { makeFolder } from '../../lib/download/targets';
import { failing, fakeAddon } from '../support/fake_addon';
import type { FakeCall } from '../support/fake_addon';
import { FAKE_ID as ID, openFake } from '../support/open_fake';
import { outcomeOf, rejection } from '../support/outcome';

/*
 * The edge between callers and the library: what `this` must be, and what comes out when something goes wrong.
 */

const any = (value: unknown) => value as never;
const matching = (fields: object): Error => expect.objectContaining(fields) as Error;
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

let bits: BitsManager;
let job: BitsJob;
let file: BitsFile;
let calls: FakeCall[];

beforeAll(async () => {
  ({ bits, job, file, calls } = await openFake({ manager: { getJob: () => ({ id: ID, handle: {} }) } }));
});
beforeEach(() => {
  calls.length = 0;
});

describe('a method called on another object throws a TypeError, and at its caller only', () => {
  const thisError = { name: 'TypeError', code: 'ERR_INVALID_THIS', argument: 'this' };

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['an object', {}],
    ['what only inherits', Object.create(BitsManager.prototype)],
    ['a revoked proxy', revoked()],
  ])('getJob() on %s', async (_, on) => {
    const pending = Reflect.apply(bits.getJob, on, [ID]);
    expect(pending).toBeInstanceOf(Promise);
    expect(await rejection(pending)).toMatchObject(thisError);
    expect(calls).toEqual([]);
  });

  test('an object of another class is refused, too', async () => {
    expect(await rejection(Reflect.apply(job.getState, file, []))).toMatchObject({
      ...thisError,
      message: 'Value of "this" must be of type BitsJob. Received an instance of BitsFile',
    });
    expect(await rejection(Reflect.apply(file.getProgress, job, []))).toMatchObject(thisError);
    expect(await rejection(Reflect.apply(bits.getJobs, bits.peerCache, []))).toMatchObject(thisError);
    expect(calls).toEqual([]);
  });

  test('methods that return no promise throw, and so do accessors', () => {
    expect(() => Reflect.apply(job.on, {}, ['error', () => undefined])).toThrow(matching(thisError));
    expect(() => Reflect.apply(job.watch, undefined, [])).toThrow(matching(thisError));
    expect(() => Reflect.get(BitsManager.prototype, 'watchProfile', {})).toThrow(matching(thisError));
    expect(() => Reflect.set(BitsManager.prototype, 'watchProfile', 'attended', {})).toThrow(matching(thisError));
  });

  test('the iterator of watch() is guarded as well', async () => {
    expect(await rejection(Reflect.apply(job.watch().next, {}, []))).toMatchObject(thisError);
  });

  test('names and lengths of methods are as they were written', () => {
    expect([bits.getJob.name, bits.getJob.length, job.setPriority.name]).toEqual(['getJob', 1, 'setPriority']);
  });
});

describe('codes of anything', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ["a symbol of Microsoft's", 'BG_E_EMPTY'],
    ['a text', '0x80200003'],
    ['an object', {}],
    ['a bigint', 7n],
    ['a symbol', Symbol('x')],
    ['a revoked proxy', revoked()],
  ])('%s is no HRESULT', (_, value) => {
    for (const of of [codeOf, hresultHex, httpStatusOf]) {
      expect(() => of(any(value))).toThrow(matching({ name: 'TypeError', argument: 'hresult' }));
    }
  });

  test.each([NaN, 1.5, 2 ** 32, -(2 ** 31) - 1, Infinity])('%p is not of 32 bits', (value) => {
    for (const of of [codeOf, hresultHex, httpStatusOf]) {
      expect(() => of(value)).toThrow(matching({ name: 'RangeError', argument: 'hresult' }));
    }
  });

  test('signed and unsigned numbers of 32 bits are accepted', () => {
    expect([codeOf(0x80200003), codeOf(-2145386493), codeOf(0), hresultHex(-1), httpStatusOf(0x80190194)]).toEqual([
      'BG_E_EMPTY',
      'BG_E_EMPTY',
      'S_OK',
      '0xFFFFFFFF',
      404,
    ]);
  });

  test('isBitsError() and explain() look at nothing that throws', () => {
    expect([isBitsError(revoked()), isBitsError(undefined), isBitsError(any(revoked()), any({}))]).toEqual([
      false,
      false,
      false,
    ]);
    expect(() => explain(revoked())).toThrow(matching({ name: 'TypeError', argument: 'hresultOrError' }));
    const odd = Object.assign(new Error('x'), {
      [Symbol.for('windows-bits.BitsError')]: true,
      code: 'BG_E_EMPTY',
      hresult: 'no',
    });
    expect(explain(odd).code).toBe('BG_E_EMPTY');
    expect(
      explain(
        Object.defineProperty(odd, 'hresult', {
          get: () => {
            throw new Error('mine');
          },
        }),
      ).known,
    ).toBe(false);
  });
});

describe('an abort reason that throws when looked at still gives an error that can be logged', () => {
  const mine = {
    get: () => {
      throw new Error('mine');
    },
  };
  const hostile = Object.create(Error.prototype, { name: mine, message: mine, code: mine }) as Error;
  const odd = {
    [inspect.custom]: () => {
      throw new Error('mine');
    },
    toJSON: () => {
      throw new Error('mine');
    },
  };

  test.each<[string, unknown]>([
    ['a revoked proxy', revoked()],
    ['an error with getters', hostile],
    ['a record with hooks', odd],
    ['a symbol', Symbol('x')],
    ['a number', 7n],
    ['a function', () => undefined],
    ['nothing', null],
  ])('%s', async (_, reason) => {
    const controller = new AbortController();
    const waiting = rejection(job.wait({ signal: controller.signal }));
    controller.abort(reason);
    const error = await waiting;
    expect(error).toBeInstanceOf(BitsAbortError);
    expect((error as Error).cause).toBe(reason);
    expect(inspect(error)).toContain('BITS_ABORTED');
    expect(String(error)).toContain('BitsAbortError');
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ name: 'BitsAbortError', code: 'BITS_ABORTED' });
    expect(inspect(new Error('around', { cause: error }))).toContain('BITS_ABORTED');
  });
});

describe('everything that is rejected is a TypeError, a RangeError or a BitsError', () => {
  const system = (code: string) =>
    Object.assign(new Error(`${code}: it went wrong, rename 'C:\\a'`), { code, syscall: 'rename', path: 'C:\\a' });

  test('an error of the file system is a BitsFileError with advice and cause', () => {
    const cause = system('ENOSPC');
    const error = toLibraryError(cause);
    expect(error).toBeInstanceOf(BitsFileError);
    expect(error).toMatchObject({
      code: 'BITS_FILE',
      systemCode: 'ENOSPC',
      path: 'C:\\a',
      cause,
      advice: 'Free space on the disk.',
      message: 'rename of C:\\a failed: ENOSPC (BITS_FILE)',
    });
  });

  test.each<[string, unknown, string]>([
    [
      'an error of ours',
      new BitsVerificationError({ path: 'C:\\a', check: 'missing', expected: 'x', actual: 'y' }),
      'BITS_VERIFICATION',
    ],
    ['an AbortError', Object.assign(new Error('aborted'), { name: 'AbortError', code: 'ABORT_ERR' }), 'BITS_ABORTED'],
    ['a plain error', new Error('mine'), 'BITS_UNEXPECTED'],
    ['no error', 'text', 'BITS_UNEXPECTED'],
    ['nothing', undefined, 'BITS_UNEXPECTED'],
    ['a revoked proxy', revoked(), 'BITS_UNEXPECTED'],
  ])('%s', (_, thrown, code) => {
    const error = toLibraryError(thrown);
    expect(error).toBeInstanceOf(BitsError);
    expect(error).toMatchObject({ code });
    expect(error === thrown || error.cause === thrown).toBe(true);
  });

  test('methods pass on nothing else, whatever the addon rejects with', async () => {
    const { addon: broken } = fakeAddon({
      manager: {
        enumJobs: () => {
          throw new Error('unforeseen');
        },
      },
    });
    const other = await connectTo(broken);
    expect(await rejection(other.getJobs())).toMatchObject({
      name: 'BitsError',
      code: 'BITS_UNEXPECTED',
      cause: new Error('unforeseen'),
    });
  });

  test('createFolders through a file is a BitsFileError that says so', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bits-'));
    const inTheWay = path.join(folder, 'file');
    fs.writeFileSync(inTheWay, '');
    const error = await rejection(makeFolder(HOST.disk, path.join(inTheWay, 'below')));
    expect(error).toBeInstanceOf(BitsFileError);
    expect(error).toMatchObject({ code: 'BITS_FILE' });
    expect((error as BitsFileError).systemCode).toMatch(/^(ENOTDIR|EEXIST|ENOENT)$/);
    fs.rmSync(folder, { recursive: true });
  });
});

describe('options of a polluted Object.prototype', () => {
  const prototype = Object.prototype as Record<string, unknown>;
  const polluted = async (values: Record<string, unknown>, work: () => Promise<unknown>) => {
    Object.assign(prototype, values);
    try {
      return await outcomeOf(work());
    } finally {
      for (const name of Object.keys(values)) Reflect.deleteProperty(prototype, name);
    }
  };

  test('connect() loads no binary that they name', async () => {
    const error = await polluted({ binary: 'not a full path' }, () => connect({}));
    expect(error).not.toBeInstanceOf(TypeError); // of "options.binary"
  });

  test('setNotifyCmdLine() needs its own opt-ins', async () => {
    const error = await polluted({ allowNotifyCommand: true, allowScriptHost: true }, () =>
      job.setNotifyCmdLine('C:\\a.exe'),
    );
    expect(error).toMatchObject({ name: 'TypeError', argument: 'options.allowNotifyCommand' });
  });

  test('createJob() and getJobs() use only the options they were given', async () => {
    await polluted({ description: 'theirs', priority: 'low', allUsers: true }, async () => {
      await bits.createJob({ name: 'x' });
      await bits.getJobs().catch(() => undefined);
    });
    const asGiven = { description: undefined, priority: undefined, files: undefined };
    expect(calls).toEqual([
      ['manager.createJob', 'x', 0, asGiven],
      ['manager.enumJobs', 0],
    ]);
  });
});

test('no client certificate is null', async () => {
  const { addon: without } = fakeAddon({
    manager: { createJob: () => ({ id: ID, handle: {} }) },
    job: { getClientCertificate: failing('IBackgroundCopyJobHttpOptions::GetClientCertificate', 0x800706f7) },
  });
  const made = await (await connectTo(without)).createJob({ name: 'x' });
  expect(await made.getClientCertificate()).toBeNull();
});

test('another failure of getClientCertificate() is an error', async () => {
  const { addon: gone } = fakeAddon({
    manager: { createJob: () => ({ id: ID, handle: {} }) },
    job: { getClientCertificate: failing('IBackgroundCopyJobHttpOptions::GetClientCertificate', 0x80200001) },
  });
  const made = await (await connectTo(gone)).createJob({ name: 'x' });
  expect(await rejection(made.getClientCertificate())).toBeInstanceOf(BitsNotFoundError);
});

test.each<[string, unknown]>([
  ['a list', []],
  ['a record', {}],
  ['a Map', new Map()],
  ['Headers', new Headers()],
])('setCustomHeaders() with none in %s clears them with NULL', async (_, none) => {
  await job.setCustomHeaders(any(none));
  expect(calls).toEqual([['job.setCustomHeaders', null]]);
});

test('setCustomHeaders() sends what a Headers object and a Map hold', async () => {
  await job.setCustomHeaders(new Headers({ Authorization: 'Bearer x' }));
  await job.setCustomHeaders(
    new Map([
      ['X-A', '1'],
      ['X-B', '2'],
    ]),
  );
  expect(calls).toEqual([
    ['job.setCustomHeaders', 'authorization: Bearer x\r\n'],
    ['job.setCustomHeaders', 'X-A: 1\r\nX-B: 2\r\n'],
  ]);
});
