import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BitsLoadError, BitsPlatformError, connect, isSupported } from '../../lib';
import type { BitsError, BitsLoadReason } from '../../lib';
import type { NativeAddon } from '../../lib/contract/addon';
import { isFullPath, loadFor, thisProcess } from '../../lib/native/load';
import type { Attempt, LoaderProcess } from '../../lib/native/load';
import { supportOf } from '../../lib/native/support';
import { fakeBinary, MACHINE } from '../support/pe';

const addonOf = (version: string, elevated = false) =>
  ({ version, systemInfo: () => ({ elevated }) }) as unknown as NativeAddon;
const good = addonOf('1.2.3');
/** What the environment names. */
const other = addonOf('1.2.3');
let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits load '))));
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A Windows x64 process whose package is in `folder`; nothing of it is real. */
function host(changes: Partial<LoaderProcess> = {}): LoaderProcess {
  return {
    platform: 'win32',
    arch: 'x64',
    nodeApi: '9',
    override: undefined,
    prebuilds: folder,
    version: () => '1.2.3',
    warn: () => {
      throw new Error('no warning was expected');
    },
    requireBinary: () => ({ addon: good }),
    open: () => ({ addon: good }),
    ...changes,
  };
}

const fails =
  (message: string, code = 'ERR_DLOPEN_FAILED'): (() => Attempt) =>
  () => ({ cause: Object.assign(new Error(message), { code }) });

function errorOf(work: () => unknown): BitsLoadError {
  try {
    work();
  } catch (error) {
    if (error instanceof BitsLoadError) return error;
    throw error;
  }
  throw new Error('expected a BitsLoadError');
}

function put(name: string, body: Buffer | string): string {
  const file = path.join(folder, name, 'windows_bits.node');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, body);
  return file;
}

describe('what is loaded', () => {
  test("the package's own binary for the CPU of the process", () => {
    const requireBinary = jest.fn(() => ({ addon: good }));
    expect(loadFor(host({ arch: 'arm64', requireBinary }))).toBe(good);
    expect(requireBinary).toHaveBeenCalledWith('arm64');
  });

  test('else the one that was asked for, and the option before the environment', () => {
    const open = jest.fn(() => ({ addon: other }));
    const at = host({ override: 'C:\\env.node', open });
    expect(loadFor(at)).toBe(other);
    expect(loadFor({ ...at, requireBinary: fails('not to be called') }, 'D:\\option.node')).toBe(other);
    expect(loadFor(host({ override: '', open }))).toBe(good);
    expect(open.mock.calls).toEqual([['C:\\env.node'], ['D:\\option.node']]);
  });

  test('a failing override is the failure: nothing else is used', () => {
    const error = errorOf(() => loadFor(host({ override: 'C:\\no\\such.node', open: fails('no') })));
    expect(error).toMatchObject({ reason: 'missing', tried: ['C:\\no\\such.node'] });
  });

  test.each(['a.node', '.\\a.node', '\\a.node', 'C:a.node', '/a.node'])('%s is no full path', (override) => {
    expect(isFullPath(override)).toBe(false);
    expect(errorOf(() => loadFor(host({ override }))).reason).toBe('badPath');
  });

  test.each(['C:\\a.node', 'c:/a.node', '\\\\server\\share\\a.node'])('%s is a full path', (file) => {
    expect(isFullPath(file)).toBe(true);
    expect(loadFor(host({ open: () => ({ addon: other }) }), file)).toBe(other);
  });

  test.each([
    '\\\\server\\share\\a.node',
    '//server/share/a.node',
    '\\/server/share/a.node',
    '\\\\?\\UNC\\server\\share\\a.node',
    '//?/UNC/server/share/a.node',
    '\\\\.\\UNC\\server\\share\\a.node',
    '\\??\\UNC\\server\\share\\a.node',
    '\\\\?\\GLOBALROOT\\Device\\Mup\\server\\share\\a.node',
    '\\\\server@SSL\\DavWWWRoot\\a.node',
  ])('the environment names no file of another computer: %s', (override) => {
    const open = jest.fn(() => ({ addon: other }));
    expect(errorOf(() => loadFor(host({ override, open })))).toMatchObject({
      reason: 'badPath',
      message: expect.stringContaining('on a drive'),
    });
    expect(open).not.toHaveBeenCalled();
  });

  test.each(['C:\\env.node', '\\\\server\\share\\a.node', 'a.node'])(
    'in an elevated process the environment has no say, and that is said: %s',
    (override) => {
      const elevated = addonOf('1.2.3', true);
      const [open, warn] = [jest.fn(() => ({ addon: other })), jest.fn()];
      const at = host({ override, open, warn, requireBinary: () => ({ addon: elevated }) });
      expect(loadFor(at)).toBe(elevated);
      expect(open).not.toHaveBeenCalled();
      expect(warn).toHaveBeenCalledWith(expect.stringMatching(/WINDOWS_BITS_BINARY is ignored.* elevated/));
      expect(loadFor(at, 'C:\\option.node')).toBe(other); // the program itself may choose
    },
  );

  test("where the package's own cannot be asked, the environment has no say either", () => {
    const open = jest.fn(() => ({ addon: other }));
    const error = errorOf(() =>
      loadFor(host({ override: 'C:\\env.node', open, requireBinary: fails('', 'MODULE_NOT_FOUND') })),
    );
    expect(error.reason).toBe('missing');
    expect(open).not.toHaveBeenCalled();
  });
});

describe('each failure says what is wrong', () => {
  const found = (file: Buffer | string, changes: Partial<LoaderProcess> = {}) => {
    put('win32-x64', file);
    return errorOf(() => loadFor(host({ requireBinary: fails('whatever Windows says, in its language'), ...changes })));
  };

  test.each<[string, BitsLoadReason, RegExp, () => BitsLoadError]>([
    [
      'a CPU without binary',
      'noBinary',
      /win32-riscv64/,
      () => errorOf(() => loadFor(host({ arch: 'riscv64', requireBinary: () => undefined }))),
    ],
    [
      'an old host',
      'oldHost',
      /Node-API 9 is needed, and this host has 8/,
      () => errorOf(() => loadFor(host({ nodeApi: '8' }))),
    ],
    [
      'no file at all',
      'missing',
      /and so are all others/,
      () => errorOf(() => loadFor(host({ requireBinary: fails('', 'MODULE_NOT_FOUND') }))),
    ],
    [
      'only the file for another CPU',
      'missing',
      /there is win32-arm64/,
      () => {
        put('win32-arm64', fakeBinary(MACHINE.arm64));
        return errorOf(() => loadFor(host({ requireBinary: fails('', 'MODULE_NOT_FOUND') })));
      },
    ],
    [
      "another CPU's binary",
      'otherCpu',
      /is for arm64, and this process is x64/,
      () => found(fakeBinary(MACHINE.arm64)),
    ],
    ['a CPU nobody knows', 'otherCpu', /CPU type 0x1c4/, () => found(fakeBinary(MACHINE.arm))],
    ['an empty file', 'corrupt', /not a Windows binary \(0 bytes\)/, () => found('')],
    ['a web page', 'corrupt', /not a Windows binary/, () => found('<!doctype html>'.repeat(50))],
    [
      'a file cut off in its sections',
      'corrupt',
      /truncated \(1000 of 1536 bytes\)/,
      () => found(fakeBinary(MACHINE.x64).subarray(0, 1000)),
    ],
    ['a file cut off in its headers', 'corrupt', /truncated/, () => found(fakeBinary(MACHINE.x64).subarray(0, 0x180))],
    [
      'an asar archive',
      'archive',
      /inside an asar archive/,
      () =>
        errorOf(() =>
          loadFor(
            host({
              prebuilds: 'C:\\My App\\resources\\app.asar\\node_modules\\windows-bits\\prebuilds',
              requireBinary: fails('no'),
            }),
          ),
        ),
    ],
    [
      'a zip archive',
      'archive',
      /inside a zip archive/,
      () =>
        errorOf(() =>
          loadFor(
            host({
              prebuilds: 'C:\\.yarn\\cache\\windows-bits.zip\\node_modules\\windows-bits\\prebuilds',
              requireBinary: fails('no'),
            }),
          ),
        ),
    ],
    [
      'another version',
      'otherVersion',
      /is of version 1.2.2, and the package is version 1.2.3/,
      () => errorOf(() => loadFor(host({ requireBinary: () => ({ addon: { version: '1.2.2' } as NativeAddon }) }))),
    ],
    [
      'something else that is a Node addon',
      'otherVersion',
      /does not report its version/,
      () => errorOf(() => loadFor(host({ override: 'C:\\other.node', open: () => ({ addon: {} as NativeAddon }) }))),
    ],
    [
      'words that say nothing',
      'other',
      /cannot be loaded: whatever Windows says/,
      () => found(fakeBinary(MACHINE.x64)),
    ],
  ])('%s', (_, reason, message, make) => {
    const error = make();
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(message);
    expect(error.advice).toMatch(/\w{4}/);
    expect(error.code).toBe('BITS_LOAD');
  });

  // English texts of Windows, as libuv passes them on, and its fallback where there is no English.
  test.each<[string, BitsLoadReason]>([
    ['An Application Control policy has blocked this file.\r\n\\\\?\\C:\\x\\windows_bits.node', 'blocked'],
    ['error: 4551', 'blocked'],
    ['This program is blocked by group policy. For more information, contact your system administrator.', 'blocked'],
    [
      'Operation did not complete successfully because the file contains a virus or potentially unwanted software.',
      'blocked',
    ],
    ['Windows cannot verify the digital signature for this file.', 'blocked'],
    ['Access is denied.', 'blocked'],
    ['\\\\?\\C:\\x\\windows_bits.node is not a valid Win32 application.', 'otherCpu'],
    ['The specified procedure could not be found.', 'oldHost'],
    ['The paging file is too small for this operation to complete.', 'other'],
  ])('a good file, and Windows says: %s', (text, reason) => {
    const error = found(fakeBinary(MACHINE.x64), { requireBinary: fails(text) });
    expect(error.reason).toBe(reason);
    expect(error.cause).toMatchObject({ message: text });
  });

  test('a broken file is not mistaken for a policy, whatever Windows says', () => {
    expect(found('', { requireBinary: fails('error: 4551') }).reason).toBe('corrupt');
  });
});

describe('isSupported', () => {
  test('never throws, and says why not', () => {
    expect(supportOf(() => good)).toMatchObject({ supported: true, platform: process.platform });
    expect(
      supportOf(() => {
        throw new BitsPlatformError('linux');
      }),
    ).toMatchObject({ supported: false, reason: 'platform', advice: expect.stringContaining('another transport') });
    expect(supportOf(() => loadFor(host({ nodeApi: undefined })))).toMatchObject({
      supported: false,
      reason: 'oldHost',
      message: expect.stringContaining('Node-API'),
      error: expect.any(BitsLoadError),
    });
    expect(
      supportOf(() => {
        throw new Error('boom');
      }),
    ).toMatchObject({ supported: false, reason: 'other' });
  });

  test('answers off Windows', () => {
    if (process.platform === 'win32') return;
    expect(isSupported()).toMatchObject({ supported: false, reason: 'platform', arch: process.arch });
  });
});

describe('connect', () => {
  const refused = async (options: unknown) =>
    connect(options as { binary: string }).then(
      () => undefined,
      (error: unknown) => error as BitsError & TypeError,
    );

  test('checks its option', async () => {
    expect(await refused({ binary: 'a.node' })).toMatchObject({ name: 'TypeError', argument: 'options.binary' });
    expect(await refused({ binary: 7 })).toMatchObject({ name: 'TypeError', argument: 'options.binary' });
    expect(await refused({ binry: 'C:\\a.node' })).toBeInstanceOf(TypeError);
  });

  test('tells a missing binary and another system apart', async () => {
    const error = await refused({ binary: 'C:\\no such folder\\a.node' });
    expect(error?.code).toBe(process.platform === 'win32' ? 'BITS_LOAD' : 'BITS_PLATFORM');
  });

  test('this process is described as it is', () => {
    expect(thisProcess()).toMatchObject({
      platform: process.platform,
      arch: process.arch,
      nodeApi: process.versions['napi'],
    });
  });
});
