import { inspect } from 'node:util';
import { createContext, Script } from 'node:vm';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import type * as errors from '../../lib/errors';
import {
  BitsAbortError,
  BitsClosedError,
  BitsError,
  BitsLoadError,
  BitsNotFoundError,
  BitsNotSupportedError,
  BitsPlatformError,
  BitsStateError,
  BitsTimeoutError,
  BitsTransferError,
  BitsUnavailableError,
  detectEnvironment,
  errorFromNative,
  isBitsError,
  transferError,
} from '../../lib/errors';
import type { BitsErrorCode, Environment, LibraryCode } from '../../lib/errors';
import { CODES, LIBRARY_CODES } from '../../lib/errors/codes';
import type { KnownCode } from '../../lib/errors/codes';

const EMPTY = { hresult: 0x80200003, method: 'IBackgroundCopyJob::Resume', kind: 'call' } as const;
const JOB = '{6c1f5c4a-0d2e-4b8e-9f57-0123456789ab}';

const CLASS_OF_FAMILY = {
  state: 'BitsStateError',
  notFound: 'BitsNotFoundError',
  access: 'BitsAccessError',
  limit: 'BitsLimitError',
  argument: 'BitsArgumentError',
  unavailable: 'BitsUnavailableError',
  notSupported: 'BitsNotSupportedError',
  transfer: 'BitsError',
  general: 'BitsError',
  success: 'BitsError',
} as const;

describe('every code of the table', () => {
  const rows = Object.entries(CODES);
  process.stdout.write(`errors: ${rows.length} codes are walked\n`);

  test(`as a failed call (${rows.length}): class, code, hresult, retryable, message`, () => {
    for (const [symbol, row] of rows) {
      const error = errorFromNative({ hresult: row.hresult, method: 'IBackgroundCopyJob::Resume', kind: 'call' });
      const hex = `0x${row.hresult.toString(16).toUpperCase().padStart(8, '0')}`;
      expect([symbol, error.name]).toEqual([symbol, CLASS_OF_FAMILY[row.family]]);
      expect(error.constructor.name).toBe(error.name);
      expect(error).toMatchObject({
        code: symbol,
        hresult: row.hresult,
        method: 'IBackgroundCopyJob::Resume',
        retryable: row.retryable,
        message: `IBackgroundCopyJob::Resume failed: ${row.summary} (${symbol}, ${hex})`,
      });
      expect(error.message).not.toMatch(/[\r\n]|undefined/);
      expect(error.message.endsWith(` (${symbol}, ${hex})`)).toBe(true);
      expect(error.advice).toBe(row.action);
      expect(error.advice?.length).toBeGreaterThan(3);
      expect(error instanceof BitsUnavailableError ? error.reason : undefined).toBe(row.reason);
    }
  });

  test(`as a failed transfer (${rows.length}): always BitsTransferError`, () => {
    for (const [symbol, row] of rows) {
      const error = transferError({ hresult: row.hresult, context: 'remoteFile', transient: false });
      expect(error).toBeInstanceOf(BitsTransferError);
      expect(error).toMatchObject({ code: symbol, context: 'remoteFile', retryable: row.retryable });
      expect([error.httpStatus, error.reason]).toEqual([row.httpStatus, row.reason]);
    }
  });

  test('E_NOTIMPL, REGDB_E_CLASSNOTREG and the lost service have the classes of the design', () => {
    const make = (hresult: number) => errorFromNative({ ...EMPTY, hresult });
    expect(make(0x80004001)).toBeInstanceOf(BitsNotSupportedError);
    expect(make(0x80004001)).toMatchObject({ needs: null });
    for (const [hresult, reason] of [
      [0x800706ba, 'rpc'],
      [0x80010108, 'rpc'],
      [0x800706be, 'rpc'],
      [0x800706bf, 'rpc'],
      [0x80080005, 'stopped'],
      [0x80070422, 'disabled'],
      [0x80070424, 'missing'],
      [0x80040154, 'missing'],
      [0x800704dd, 'notLoggedOn'],
      [0x8020006f, 'gameMode'],
      [0x8020006e, 'backgroundAccess'],
      [0x80200059, 'costPolicy'],
      [0x80200067, 'battery'],
    ] as const) {
      expect(make(hresult)).toBeInstanceOf(BitsUnavailableError);
      expect(make(hresult)).toMatchObject({ reason });
    }
  });
});

describe('errorFromNative', () => {
  test('the message of the seed', () => {
    expect(errorFromNative(EMPTY).message).toBe(
      'IBackgroundCopyJob::Resume failed: the job has no files (BG_E_EMPTY, 0x80200003)',
    );
  });

  test('context: job, state, what was tried with URLs masked', () => {
    const context = { jobId: JOB, action: 'adding https://me:pw@host/a?sig=1', state: 'cancelled' } as const;
    const error = errorFromNative({ ...EMPTY, hresult: 0x80200002, method: 'IBackgroundCopyJob::AddFile' }, context);
    expect(error).toMatchObject({ jobId: JOB, state: 'cancelled', name: 'BitsStateError' });
    expect(error.message).toBe(
      'adding https://***@host/a?*** failed in IBackgroundCopyJob::AddFile in state ' +
        "'cancelled': the call is not allowed in the job's current state (BG_E_INVALID_STATE, 0x80200002)",
    );
  });

  test('an unknown code keeps number, facility and severity', () => {
    const error = errorFromNative({ ...EMPTY, hresult: 0x8020ffff });
    expect(error).toMatchObject({ name: 'BitsError', code: 'HRESULT_0x8020FFFF', hresult: 0x8020ffff });
    expect(error.message).toBe(
      'IBackgroundCopyJob::Resume failed: an unknown code (facility BITS, ' +
        'number 65535) (HRESULT_0x8020FFFF, 0x8020FFFF)',
    );
  });

  test('a signed HRESULT becomes unsigned', () => {
    const error = errorFromNative({ ...EMPTY, hresult: -2145386493 });
    expect(error).toMatchObject({ code: 'BG_E_EMPTY', hresult: 0x80200003 });
  });

  test('a missing interface names what it needs', () => {
    const method = 'IBackgroundCopyFile6::RequestFileRanges';
    const error = errorFromNative({ hresult: 0x80004002, method, kind: 'interface' });
    expect(error).toMatchObject({
      name: 'BitsNotSupportedError',
      code: 'E_NOINTERFACE',
      needs: { interface: 'IBackgroundCopyFile6', bits: '10.1', windows: 'Windows 10 version 1703 (build 15063)' },
      message:
        'IBackgroundCopyFile6::RequestFileRanges is not supported by this BITS: IBackgroundCopyFile6 needs ' +
        'BITS 10.1, Windows 10 version 1703 (build 15063) or later (E_NOINTERFACE, 0x80004002)',
    });
  });

  test.each([
    [0x80070005, 'BitsAccessError'],
    [0x800706ba, 'BitsUnavailableError'],
  ])('QueryInterface failing with %p is not "not supported"', (hresult, name) => {
    expect(errorFromNative({ hresult, method: 'IBackgroundCopyJob5::SetProperty', kind: 'interface' }).name).toBe(name);
  });

  test('an interface that the table does not know', () => {
    const error = errorFromNative({ hresult: 0x80004002, method: 'IFuture::Do', kind: 'interface' });
    expect(error).toMatchObject({ name: 'BitsNotSupportedError', needs: null });
    expect(error.message).toContain('it has no IFuture');
  });

  test('closed', () => {
    const error = errorFromNative({ ...EMPTY, hresult: 0, kind: 'closed' }, { jobId: JOB });
    expect(error).toBeInstanceOf(BitsClosedError);
    expect(error).toMatchObject({ code: 'BITS_CLOSED', method: EMPTY.method, jobId: JOB });
    expect('hresult' in error).toBe(false);
  });

  test('lost: not retryable, says that nothing was repeated', () => {
    const error = errorFromNative({ ...EMPTY, hresult: 0x800706be, kind: 'lost' });
    expect(error).toMatchObject({
      name: 'BitsUnavailableError',
      reason: 'rpc',
      retryable: false,
      code: 'RPC_S_CALL_FAILED',
    });
    expect(error.message).toMatch(/was not repeated/);
    expect(error.advice).toMatch(/Check the state and the files of the job/);
  });

  test('the stack begins with the message and points at the caller, also after an await', async () => {
    async function callerOfResume(): Promise<never> {
      await Promise.resolve();
      throw errorFromNative(EMPTY);
    }
    const error = await callerOfResume().catch((e: unknown) => e as Error);
    const lines = (error.stack ?? '').split('\n');
    expect(lines[0]).toBe(`BitsStateError: ${error.message}`);
    expect(lines[1]).toMatch(/callerOfResume.*errors\.test\.ts/);
  });
});

describe('the environment', () => {
  const make = (hresult: number, environment: Environment) =>
    errorFromNative(
      { hresult, method: 'CoCreateInstance', kind: 'call' },
      { environment, action: 'connecting to BITS' },
    );

  test('gives the reason where the code cannot', () => {
    const error = make(0x80040154, 'winpe');
    expect(error).toMatchObject({
      name: 'BitsUnavailableError',
      code: 'REGDB_E_CLASSNOTREG',
      reason: 'winpe',
      retryable: false,
      message:
        'connecting to BITS failed in CoCreateInstance: this is Windows PE, which has no BITS service ' +
        '(REGDB_E_CLASSNOTREG, 0x80040154)',
      advice:
        'Possible solutions: use another transport in Windows PE; start the transfer once the installed Windows is running.',
    });
    expect(make(0x80070424, 'container')).toMatchObject({ name: 'BitsUnavailableError', reason: 'container' });
    expect(make(0x80070005, 'restrictedToken')).toMatchObject({
      name: 'BitsUnavailableError',
      code: 'E_ACCESSDENIED',
      reason: 'restrictedToken',
    });
  });

  test('changes nothing about other codes', () => {
    expect(make(0x80070422, 'winpe')).toMatchObject({ reason: 'disabled' });
    expect(make(0x80070005, 'container')).toMatchObject({ name: 'BitsAccessError' });
  });

  test.each([
    [{ SystemDrive: 'X:' }, 'winpe'],
    [{ SystemDrive: 'C:', USERNAME: 'ContainerAdministrator' }, 'container'],
    [{ USERNAME: 'ContainerUser' }, 'container'],
    [{ SystemDrive: 'C:', USERNAME: 'me' }, undefined],
    [{}, undefined],
  ])('%p is %p', (variables, environment) => expect(detectEnvironment(variables)).toBe(environment));
});

describe('transferError', () => {
  const file = { remoteName: 'https://u:p@host/a.zip?sig=secret#x', localName: 'C:\\a.zip' };

  test('carries file, status and timing; URLs are masked', () => {
    const nextRetry = new Date(0);
    const error = transferError({
      hresult: 0x80190194,
      context: 'remoteFile',
      transient: false,
      file,
      protocol: 'https',
      errorCount: 2,
      nextRetry,
      jobId: JOB,
      description: 'Nicht gefunden',
    });
    expect(error.message).toBe(
      'the transfer of https://***@host/a.zip?***#*** (C:\\a.zip) failed at the remote file: ' +
        'the server answered 404: not found (BG_E_HTTP_ERROR_404, 0x80190194)',
    );
    const url = 'https://***@host/a.zip?***#***';
    expect(error).toMatchObject({
      url,
      file: { remoteName: url, localName: 'C:\\a.zip' },
      httpStatus: 404,
      protocol: 'https',
      errorCount: 2,
      nextRetry,
      transient: false,
      jobId: JOB,
      description: 'Nicht gefunden',
    });
    for (const text of [inspect(error), JSON.stringify(error), String(error.stack)]) {
      expect(text).not.toMatch(/secret|u:p/);
    }
  });

  test('revealUrls', () => {
    const failure = { hresult: 0x80190194, context: 'remoteFile', transient: false, file } as const;
    const error = transferError({ ...failure, revealUrls: true });
    expect([error.url, error.file]).toEqual([file.remoteName, file]);
  });

  test('transient: BITS tries again, so it is retryable', () => {
    const error = transferError({ hresult: 0x8020006f, context: 'queueManager', transient: true });
    expect(error).toMatchObject({ retryable: true, reason: 'gameMode' });
    expect(error.message).toMatch(
      /^the transfer is held up in the BITS queue manager: the job is waiting because Game Mode/,
    );
  });

  test('a context of a newer Windows', () => {
    expect(transferError({ hresult: 0x80004005, context: 'unknown:17', transient: false }).message).toBe(
      'the transfer failed in context unknown:17: unspecified failure (E_FAIL, 0x80004005)',
    );
  });
});

describe('classes', () => {
  const made: [string, BitsError, BitsErrorCode][] = [
    ['BitsPlatformError', new BitsPlatformError('linux'), 'BITS_PLATFORM'],
    ['BitsLoadError', new BitsLoadError('the binary is missing', { tried: ['a.node'] }), 'BITS_LOAD'],
    ['BitsAbortError', new BitsAbortError('waiting for the job', { cause: 'why' }), 'BITS_ABORTED'],
    ['BitsTimeoutError', new BitsTimeoutError('waiting for the job', 500), 'BITS_TIMEOUT'],
    ['BitsClosedError', new BitsClosedError('IBackgroundCopyJob::Resume'), 'BITS_CLOSED'],
  ];

  test.each(made)('%s', (name, error, code) => {
    expect(error).toMatchObject({ name, code });
    expect(error.message).toContain(`(${code})`);
    expect(error).toBeInstanceOf(BitsError);
    expect(error).toBeInstanceOf(Error);
    expect(Object.keys(error)).not.toContain('name');
    expect('hresult' in error).toBe(false);
  });

  test('instanceof respects the hierarchy', () => {
    const state = errorFromNative(EMPTY);
    expect(state instanceof BitsStateError && state instanceof BitsError).toBe(true);
    expect(state instanceof BitsNotFoundError).toBe(false);
    expect(new BitsError('x', { code: 'E_FAIL' }) instanceof BitsStateError).toBe(false);
    for (const other of [new Error('x'), null, undefined, 'x', { code: 'BG_E_EMPTY' }, () => 0]) {
      expect(other instanceof BitsError).toBe(false);
    }
  });

  test("a class of the user's own is compared the ordinary way", () => {
    class Mine extends BitsStateError {}
    const mine = new Mine('x', { code: 'BG_E_EMPTY' });
    expect(mine instanceof Mine && mine instanceof BitsStateError && mine instanceof BitsError).toBe(true);
    expect(errorFromNative(EMPTY) instanceof Mine).toBe(false);
  });

  test('instanceof and isBitsError work for another copy in another realm, both ways', () => {
    const other = loadInOtherRealm();
    const theirs = other.errorFromNative(EMPTY);
    expect(Object.getPrototypeOf(other.BitsError)).not.toBe(Error);
    expect(theirs instanceof BitsStateError && theirs instanceof BitsError).toBe(true);
    expect(theirs instanceof BitsNotFoundError).toBe(false);
    expect(isBitsError(theirs, 'BG_E_EMPTY')).toBe(true);
    const ours = errorFromNative(EMPTY);
    expect(ours instanceof other.BitsStateError && other.isBitsError(ours, 'BG_E_EMPTY')).toBe(true);
    expect(ours instanceof other.BitsNotFoundError).toBe(false);
  });

  test('isBitsError', () => {
    const error: unknown = errorFromNative(EMPTY);
    expect([isBitsError(error), isBitsError(error, 'BG_E_EMPTY'), isBitsError(error, 'BG_E_NOT_FOUND')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(isBitsError(new TypeError('x'))).toBe(false);
    if (isBitsError(error, 'BG_E_EMPTY')) {
      const code: 'BG_E_EMPTY' = error.code;
      expect(code).toBe('BG_E_EMPTY');
    }
    // @ts-expect-error -- an unknown symbol does not type-check
    expect(isBitsError(error, 'BG_E_TYPO')).toBe(false);
  });

  test('switch (error.code) narrows to literals', () => {
    const error = errorFromNative(EMPTY);
    switch (error.code) {
      case 'BG_E_EMPTY': {
        const code: KnownCode = error.code;
        expect(code).toBe('BG_E_EMPTY');
        break;
      }
      case 'HRESULT_0x8020FFFF':
      case 'BITS_CLOSED':
        throw new Error('no');
      // @ts-expect-error -- an unknown symbol does not type-check
      case 'BG_E_TYPO':
        throw new Error('no');
      default:
        throw new Error('no');
    }
  });

  test('toJSON', () => {
    const cause = Object.assign(new Error('inner'), { code: 'EIO', secret: 'x' });
    const error = new BitsNotFoundError('gone', { code: 'BG_E_NOT_FOUND', hresult: 0x80200001, jobId: JOB, cause });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'BitsNotFoundError',
      message: 'gone',
      code: 'BG_E_NOT_FOUND',
      retryable: false,
      hresult: 0x80200001,
      hresultHex: '0x80200001',
      jobId: JOB,
      advice: CODES.BG_E_NOT_FOUND.action,
      cause: { name: 'Error', message: 'inner', code: 'EIO' },
    });
    const outer = new BitsAbortError('waiting', { cause: error });
    expect(outer.toJSON()['cause']).toMatchObject({ code: 'BG_E_NOT_FOUND', cause: { message: 'inner' } });
  });

  test('inspect: stack, fields, HRESULT in hexadecimal, cause', () => {
    const cause = new Error('inner');
    const error = new BitsNotFoundError('gone', { code: 'BG_E_NOT_FOUND', hresult: 0x80200001, cause });
    const text = inspect(error);
    expect(text).toMatch(/^BitsNotFoundError: gone\n {4}at /);
    expect(text).toMatch(/code: 'BG_E_NOT_FOUND'/);
    expect(text).toMatch(/hresult: 0x80200001/);
    expect(text).toMatch(/cause: Error: inner/);
    expect(inspect({ a: { b: { c: { error } } } })).not.toMatch(/\n {4,}at /);
    expect(inspect(new BitsAbortError('waiting', { cause: { secret: 1 } }))).toMatch(/cause: \{ secret: 1 \}/);
  });

  test('absent fields are absent', () => {
    expect(Object.keys(new BitsError('x', { code: 'E_FAIL', jobId: undefined }))).toEqual(['code', 'retryable']);
  });

  test('advice comes from the table unless it is given', () => {
    expect(new BitsError('x', { code: 'BG_E_EMPTY', hresult: 0x80200003 }).advice).toBe(CODES.BG_E_EMPTY.action);
    expect(new BitsError('x', { code: 'BG_E_EMPTY', hresult: 0x80200003, advice: 'y' }).advice).toBe('y');
    expect(new BitsError('x', { code: 'HRESULT_0x8020FFFF', hresult: 0x8020ffff }).advice).toMatch(/describeError/);
    for (const [, error, code] of made) expect(error.advice).toBe(LIBRARY_CODES[code as LibraryCode].action);
  });
});

/** The same sources, compiled and run again in a vm context with its own Error, Map and Symbol.for registry shared. */
function loadInOtherRealm(): typeof errors {
  const context = createContext({});
  const cache = new Map<string, { exports: unknown }>();
  const load = (file: string): unknown => {
    const cached = cache.get(file);
    if (cached !== undefined) return cached.exports;
    const module = { exports: {} };
    cache.set(file, module);
    const options = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
    const { outputText } = transpileModule(readFileSync(file, 'utf8'), { compilerOptions: options });
    const run = new Script(`(function (module, exports, require) {${outputText}\n})`).runInContext(context) as (
      module: object,
      exports: object,
      require: (name: string) => unknown,
    ) => void;
    run(module, module.exports, (name) => {
      const base = resolve(dirname(file), name);
      return load(`${base}.ts`);
    });
    return module.exports;
  };
  return load(join(__dirname, '..', '..', 'lib', 'errors', 'index.ts')) as typeof errors;
}
